"""Work out what an order would do to an account: before → after, and the worst that one day's limit can bring.

Margin and risk degree are at worst case on both sides: every live and UNKNOWN opening order filled (SAFETY I6). What
is held is what is held, and says so where orders are at work beside it. A close is shown done, at its own price: that
is what it is asked for; what happens if it does not fill is its worst case. What else waits for a second person is
nowhere counted. These are figures for a person; the gate judges again when the order is released.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from terminal.domain.books.account import AccountBook
from terminal.domain.books.holding import decimal_text
from terminal.domain.ids import TradeId
from terminal.domain.orders.kinds import reckoned
from terminal.domain.orders.offset import closable
from terminal.domain.orders.order import OrderTerms, Side
from terminal.domain.products.combination import contracts_of
from terminal.domain.products.fees import ZERO, fees_known
from terminal.domain.words.target import BY_TONNES
from terminal.engine.book.coming import coming
from terminal.engine.confirmations.circumstances import level_over
from terminal.engine.orders.gate import group_tonnes
from terminal.engine.screen import Figure
from terminal.engine.wording import LEVELS, both_sides, percent, short, signed_yuan, used_percent, yuan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.combined_order import LegOf
    from terminal.domain.orders.confirmation import Stored
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import AccountView
    from terminal.engine.state import AccountState
    from terminal.shell.picture.present import Present


def order_figures(present: Present, account: AccountState, terms: OrderTerms) -> tuple[Figure, ...]:
    """Return what an order changes, ready to be read; rows that nothing is known about are left out."""
    known = present.state.tenant.instruments.get(terms.instrument)
    if known is None:
        return ()
    money = account.book.view(present.mark)
    after = _after(present, account, known, terms, money)
    fees = fee_of(account, known, terms, terms.lots)
    return (
        _position(account, terms),
        *(() if after is None else money_figures(account, money, after)),
        *limit_figures(present, account, terms),
        day_figure(money, None if terms.is_opening else after, fees),
    )


def too_few(present: Present, account: AccountState, terms: OrderTerms) -> str:
    """Return that there is less to close than an order wants, so that it cannot go out; "" where there is enough."""
    known = present.state.tenant.instruments.get(terms.instrument)
    if known is None or terms.is_opening:
        return ""
    there = closable_lots(account, known, terms)
    return f"此刻可平 {there:,} 手，不够本单的 {terms.lots:,} 手：批准后也报不出" if there < terms.lots else ""


def closable_lots(account: AccountState, known: Instrument, terms: OrderTerms) -> int:
    """Return how many lots an order could close now."""
    return closable(known, account.book.position(terms.instrument, terms.hedge_flag), terms.side, terms.offset)


def _after(
    present: Present, account: AccountState, known: Instrument, terms: OrderTerms, money: AccountView
) -> AccountView | None:
    if terms.is_opening:
        quote = present.quotes.get(terms.instrument)
        upper = None if quote is None or quote.upper_limit is None else known.price(quote.upper_limit)
        return account.book.view_after(money.position_profit, known, reckoned(terms, upper))
    if closable_lots(account, known, terms) < terms.lots:
        return None  # it cannot go out: there is no after
    book = AccountBook.of_form(account.book.form(), present.state.tenant.instruments)
    fee = fee_of(account, known, terms, terms.lots)
    book.fill(known, terms, terms.lots, terms.price, fee, at=present.at, trade=TradeId(""))
    return book.view(present.mark)


def _position(account: AccountState, terms: OrderTerms) -> Figure:
    moved = terms.lots if terms.is_opening else -terms.lots
    return position_figure(account, terms.instrument, {terms.position_side: moved})


def position_figure(account: AccountState, instrument: InstrumentId, *ends: dict[Side, int]) -> Figure:
    """Return what is held of a contract, and what would be: each of `ends` is one way it may end, as lots by side."""
    views = [account.book.position(name, flag) for name, flag in account.book.positions() if name == instrument]
    held = {Side.BUY: sum(one.long for one in views), Side.SELL: sum(one.short for one in views)}
    after = [{side: max(0, lots + moved.get(side, 0)) for side, lots in held.items()} for moved in ends]
    works = any(row.terms.instrument == instrument for row in account.live.values())
    return Figure(
        name=f"持仓 {short(instrument)}{'（不含挂单）' if works else ''}",
        before=both_sides(held[Side.BUY], held[Side.SELL]),
        after=" 或 ".join(both_sides(one[Side.BUY], one[Side.SELL]) for one in after),
        worse=any(_net(one) > _net(held) or sum(one.values()) > sum(held.values()) for one in after),
    )


def level_figure(account: AccountState, stored: Stored) -> Figure:
    """Return the risk level that covers what is asked for: when it was asked for, and now; a higher one voids a yes."""
    now = level_over(account, stored.cause.strategy, stored.looked_at)
    return Figure(
        name="风险级别（提交 → 现在）", before=LEVELS[stored.level], after=LEVELS[now], worse=now > stored.level
    )


def _net(held: dict[Side, int]) -> int:
    return abs(held[Side.BUY] - held[Side.SELL])


def money_figures(account: AccountState, money: AccountView, after: AccountView) -> list[Figure]:
    """Return margin, what is available and the risk degree, before and after."""
    bound, bound_after = money.margin + money.frozen_margin, after.margin + after.frozen_margin
    short_of = after.available < ZERO and after.available < money.available
    rows = [
        Figure(name="保证金（含挂单）", before=yuan(bound), after=yuan(bound_after), worse=bound_after > bound),
        Figure(name="可用", before=yuan(money.available), after=yuan(after.available), worse=short_of),
    ]
    if money.equity > 0 and after.equity > 0:
        before, then, limits = bound / money.equity, bound_after / after.equity, account.limits
        worse = limits is not None and then > limits.margin_confirm and then > before
        rows.append(Figure(name="风险度（含挂单）", before=percent(before), after=percent(then), worse=worse))
    return rows


def limit_figures(present: Present, account: AccountState, terms: OrderTerms) -> list[Figure]:
    """Return how far an order uses the position limit and the hedges, before and after."""
    instruments = present.state.tenant.instruments
    return [*_limit(instruments, account, terms), *_hedges(present, account, terms)]


def _limit(instruments: Mapping[InstrumentId, Instrument], account: AccountState, terms: OrderTerms) -> list[Figure]:
    limits = account.limits
    most = limits.position_lots_by_instrument.get(terms.instrument, limits.position_lots) if limits else None
    if limits is None or not most:
        return []
    long, short_lots = account.book.worst_lots(terms.instrument)
    before = long if terms.position_side is Side.BUY else short_lots
    after = before + terms.lots if terms.is_opening else max(before - terms.lots, 0)
    rows = account.live.values()
    working = sum(
        row.remaining
        for row in rows
        if row.terms.instrument == terms.instrument
        and row.terms.is_opening
        and row.terms.position_side is terms.position_side
    )
    comes = coming(instruments, account) if account.exercises.may_come else ()
    asked = sum(one.opened for one in comes if (one.future, one.side) == (terms.instrument, terms.position_side))
    beside = [f"{what} {lots} 手" for what, lots in (("挂单", working), ("行权", asked)) if lots]
    return [
        Figure(
            name=f"限仓占用（含{'、'.join(beside)}）" if beside else "限仓占用",
            before=f"{before} / {most} 手（{used_percent(before, most)}）",
            after=f"{after} / {most} 手（{used_percent(after, most)}）",
            worse=after > before and after > limits.position_confirm_fraction * most,
        )
    ]


def _hedges(present: Present, account: AccountState, terms: OrderTerms) -> list[Figure]:
    limits = account.limits
    if limits is None:
        return []
    tonnes = group_tonnes(present.state.tenant.instruments, account, terms)
    rows = []
    for bound in limits.hedge_bounds:
        exposure = bound.physical_tonnes + bound.planned_tonnes
        if bound.group not in tonnes or not exposure:
            continue
        # Short futures hedge a long exposure: the ratio is positive while the two stand against each other.
        before, after = (-moved / exposure for moved in tonnes[bound.group])
        worse = after > limits.hedge_confirm_fraction or after < ZERO
        if not terms.is_opening:
            worse = abs(1 - after) > abs(1 - before)  # closing a hedge leaves exposure uncovered (SAFETY 6)
        rows.append(
            Figure(
                name=f"套保比例 {bound.group}（{BY_TONNES}）", before=percent(before), after=percent(after), worse=worse
            )
        )
    return rows


def day_figure(money: AccountView, after: AccountView | None, fees: Decimal) -> Figure:
    """Return the result of the day before and after; where nothing says how it will be, less the fees alone."""
    now = day_of(money)
    then = now - fees if after is None else day_of(after)
    before_text, after_text = signed_yuan(now), signed_yuan(then)
    worse = then < now and then < ZERO and after_text != before_text
    return Figure(name="当日盈亏", before=before_text, after=after_text, worse=worse)


def day_of(money: AccountView) -> Decimal:
    """Return the result of the day in yuan."""
    return money.close_profit + money.position_profit - money.commission


def worst_case(present: Present, account: AccountState, terms: OrderTerms) -> str:
    """Return what the account loses if the price goes to its daily limit; "" where no limit is known.

    On its way there the price fills the order and every live and UNKNOWN order of its side (SAFETY I6), each at its own
    price and for its fee; those of the other side would gain, so they do not count. A close may be left unfilled: both
    ends are told, each at the limit that is worse for it.
    """
    known, quote = present.state.tenant.instruments.get(terms.instrument), present.quotes.get(terms.instrument)
    if known is None or quote is None:
        return ""
    lower, upper = (
        None if ticks is None else Limit(known.price(ticks), name, side)
        for ticks, name, side in ((quote.lower_limit, "跌停", Side.BUY), (quote.upper_limit, "涨停", Side.SELL))
    )
    if terms.is_opening:
        limit = lower if terms.side is Side.BUY else upper
        return "" if limit is None else _opened_at(present, account, known, terms, limit)
    against = (lower, upper) if terms.position_side is Side.BUY else (upper, lower)
    limits = [one for one in against if one is not None]
    return _closed_at(present, account, known, terms, limits) if limits else ""


class Limit(NamedTuple):
    """Hold a daily limit: its price in yuan, its name, and the side of the orders it fills."""

    price: Decimal
    name: str
    fills: Side  # the orders the price fills on its way there, to their loss

    def __str__(self) -> str:
        return f"{self.name} {decimal_text(self.price)}"


def _opened_at(present: Present, account: AccountState, known: Instrument, terms: OrderTerms, limit: Limit) -> str:
    own = _filled(account, known, terms, terms.lots, limit.price)
    day = day_at(present, account, known, limit) + own
    counted = _counted(present, account, known, terms, limit)
    return f"若{limit}：本单 {signed_yuan(own)}，账户当日盈亏 {signed_yuan(day)}（{counted}）"


def _closed_at(
    present: Present, account: AccountState, known: Instrument, terms: OrderTerms, limits: list[Limit]
) -> str:
    left = {limit: day_at(present, account, known, limit) for limit in limits}
    done = {limit: day + _filled(account, known, terms, terms.lots, limit.price) for limit, day in left.items()}
    unfilled, filled = min(left, key=lambda one: left[one]), min(done, key=lambda one: done[one])
    if done[filled] == done[unfilled]:  # nothing is left that moves
        filled = unfilled
    counted = _counted(present, account, known, terms, unfilled)
    other = "" if filled is unfilled else f"若{filled}："
    return (
        f"若{unfilled}：本单没有成交时账户当日盈亏 {signed_yuan(left[unfilled])}；"
        f"{other}成交后 {signed_yuan(done[filled])}（{counted}）"
    )


def day_at(present: Present, account: AccountState, known: Instrument, limit: Limit) -> Decimal:
    """Return the account's result of the day with one contract at its limit price, and what that fills filled."""
    mark = present.mark(known.id)
    net = account.book.net_lots().get(known.id, 0)
    held = ZERO if mark is None else known.value(limit.price - mark, net)
    working = filled_by(present, account, known, limit)
    others = sum((_filled(account, known, terms, terms.lots, limit.price) for terms in working), ZERO)
    return day_of(account.book.view(present.mark)) + others + held


def _counted(present: Present, account: AccountState, known: Instrument, terms: OrderTerms, limit: Limit) -> str:
    lots = sum(one.lots for one in filled_by(present, account, known, limit))
    which = "同向" if limit.fills is terms.side else "反向"
    counted = [f"{which}挂单 {lots} 手"] if lots else []
    counted += ["手续费"] if fees_known(known) else []
    return "，".join([f"含{'与'.join(counted)}"] * bool(counted) + ["其他合约按现价"])


def filled_by(present: Present, account: AccountState, known: Instrument, limit: Limit) -> list[OrderTerms]:
    """Return the working orders a limit fills, with their lots left; the leg of a combination at what that reaches."""
    rows = account.live.values()
    rows_here = [row for row in rows if row.terms.instrument == known.id and row.terms.side is limit.fills]
    found = []
    for row in rows_here:
        price = row.terms.price if row.leg is None else _reached(present, row.leg)
        if price is not None and (price - limit.price) * row.terms.side.sign >= 0:
            found.append(msgspec.structs.replace(row.terms, lots=row.remaining, price=price))
    return found


def _reached(present: Present, leg: LegOf) -> Decimal | None:
    # At which price of this contract the difference is what is asked, the other leg where it is now.
    first, second = contracts_of(leg.combination)
    other = present.mark(second if leg.is_first else first)
    if other is None:
        return None
    return other + leg.price if leg.is_first else other - leg.price


def _filled(account: AccountState, known: Instrument, terms: OrderTerms, lots: int, limit: Decimal) -> Decimal:
    gained = known.value(limit - terms.price, lots) * terms.side.sign
    return gained - fee_of(account, known, terms, lots)


def fee_of(account: AccountState, known: Instrument, terms: OrderTerms, lots: int) -> Decimal:
    """Return the fee of so many lots at an order's price, zero where nobody has told the fees."""
    return account.book.fee(known, terms, lots, terms.price) if fees_known(known) else ZERO
