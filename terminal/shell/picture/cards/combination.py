"""Work out what an order on a combination (组合合约) would do to an account: both legs, the money, the worst of a day.

A close is shown done at the difference it asks for: the second leg at the price it is marked at, the first at the rest,
for a leg has no price of its own. What happens where it does not fill is its worst case, as of any close.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.books.account import AccountBook
from terminal.domain.books.holding import decimal_text
from terminal.domain.ids import TradeId
from terminal.domain.orders.combined_order import legs_of
from terminal.domain.orders.kinds import reckoned
from terminal.domain.orders.order import Side
from terminal.domain.products.combination import known_combination
from terminal.domain.products.fees import ZERO, fees_known
from terminal.engine.combinations.money import money_after
from terminal.engine.wording import short, signed_yuan
from terminal.shell.picture.cards.consequence import (
    Limit,
    closable_lots,
    day_at,
    day_figure,
    day_of,
    fee_of,
    filled_by,
    limit_figures,
    money_figures,
    position_figure,
    too_few,
)

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.orders.order import OrderTerms
    from terminal.domain.products.combination import Combination
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import AccountView
    from terminal.engine.screen import Figure
    from terminal.engine.state import AccountState
    from terminal.shell.picture.present import Present

_Pair = tuple[tuple["Instrument", "OrderTerms"], tuple["Instrument", "OrderTerms"]]


def combined_figures(present: Present, account: AccountState, terms: OrderTerms) -> tuple[Figure, ...]:
    """Return what an order on a combination changes in each leg and in the account's money, ready to be read."""
    combination = known_combination(present.state.tenant.instruments, terms.instrument)
    if combination is None:
        return ()
    pair = _pair(present, combination, terms)
    rows = []
    for _, leg in pair:
        moved = leg.lots if leg.is_opening else -leg.lots
        rows.append(position_figure(account, leg.instrument, {leg.position_side: moved}))
    money = account.book.view(present.mark)
    dealt = _dealt(present, combination, pair, terms)
    after = _opened(present, account, pair, money) if terms.is_opening else _closed(present, account, dealt)
    if after is not None:
        rows += money_figures(account, money, after)
    for _, leg in pair:
        for row in limit_figures(present, account, leg):
            rows.append(msgspec.structs.replace(row, name=f"{row.name} {short(leg.instrument)}"))
    rows.append(day_figure(money, None if terms.is_opening else after, _fees(account, dealt)))
    return tuple(rows)


def combined_details(present: Present, account: AccountState, terms: OrderTerms) -> tuple[str, ...]:
    """Return what both legs of an order on a combination lose at the worst, and what stands in their way now."""
    combination = known_combination(present.state.tenant.instruments, terms.instrument)
    if combination is None:
        return ()
    pair = _pair(present, combination, terms)
    told = (too_few(present, account, leg) for _, leg in pair)
    return tuple(one for one in (*told, _lost_at_worst(present, account, combination, pair, terms)) if one)


def _opened(present: Present, account: AccountState, pair: _Pair, money: AccountView) -> AccountView | None:
    orders = [(known, reckoned(leg, _bound(present, known, Side.BUY))) for known, leg in pair]
    return money_after(account.book, money.position_profit, orders)


def _closed(present: Present, account: AccountState, dealt: _Pair) -> AccountView | None:
    if any(closable_lots(account, known, leg) < leg.lots for known, leg in dealt):
        return None  # it cannot go out: there is no after
    book = AccountBook.of_form(account.book.form(), present.state.tenant.instruments)
    for known, leg in dealt:
        fee = fee_of(account, known, leg, leg.lots)
        book.fill(known, leg, leg.lots, leg.price, fee, at=present.at, trade=TradeId(""))
    return book.view(present.mark)


def _lost_at_worst(
    present: Present, account: AccountState, combination: Combination, pair: _Pair, terms: OrderTerms
) -> str:
    # Each leg at the limit that hurts it: what is bought or held long falls, and what is sold or held short rises.
    limits = [_worst(present, known, leg.position_side) for known, leg in pair]
    first, second = limits
    if first is None or second is None:
        return ""
    own = combination.first.value((first.price - second.price - terms.price) * terms.side.sign, terms.lots)
    own -= _fees(account, _dealt(present, combination, pair, terms))
    where = "、".join(
        f"{short(known.id)} {limit.name} {decimal_text(limit.price)}"
        for (known, _), limit in zip(pair, (first, second), strict=True)
    )
    at = f"若两腿各到不利的停板（{where}）"
    if terms.is_opening:
        return f"{at}：本单 {signed_yuan(own)}"
    day = day_of(account.book.view(present.mark))
    ends = ((combination.first, first), (combination.second, second))
    left = day + sum((day_at(present, account, known, limit) - day for known, limit in ends), ZERO)
    counted = ["挂单"] if any(filled_by(present, account, known, limit) for known, limit in ends) else []
    counted += ["手续费"] if all(fees_known(known) for known, _ in pair) else []
    said = "，".join([f"含{'与'.join(counted)}"] * bool(counted) + ["其他合约按现价"])
    unfilled = f"本单没有成交时账户当日盈亏 {signed_yuan(left)}"
    return f"{at}：{unfilled}；成交后 {signed_yuan(left + own)}（{said}）"


def _worst(present: Present, known: Instrument, held: Side) -> Limit | None:
    bound = _bound(present, known, held.opposite)
    return None if bound is None else Limit(bound, "跌停" if held is Side.BUY else "涨停", held)


def _fees(account: AccountState, dealt: _Pair) -> Decimal:
    return sum((fee_of(account, known, leg, leg.lots) for known, leg in dealt), ZERO)


def _pair(present: Present, combination: Combination, terms: OrderTerms) -> _Pair:
    sides = (terms.side, terms.side.opposite)
    first, second = (_bound(present, leg, side) or leg.tick for leg, side in zip(combination.legs, sides, strict=True))
    legs = legs_of(terms, combination, (first, second))
    return (combination.first, legs[0]), (combination.second, legs[1])


def _dealt(present: Present, combination: Combination, pair: _Pair, terms: OrderTerms) -> _Pair:
    mark = present.mark(combination.second.id)
    if mark is None:
        return pair
    prices = (mark + terms.price, mark)
    first, second = (
        (known, msgspec.structs.replace(leg, price=price)) for (known, leg), price in zip(pair, prices, strict=True)
    )
    return first, second


def _bound(present: Present, known: Instrument, side: Side) -> Decimal | None:
    quote = present.quotes.get(known.id)
    ticks = None if quote is None else quote.upper_limit if side is Side.BUY else quote.lower_limit
    return None if ticks is None else known.price(ticks)
