"""Work out what an order would do to an account: before → after, and the worst that one day's limit can bring.

Margin and risk degree are at worst case on both sides: every live and UNKNOWN opening order filled (SAFETY I6). What
is held is what is held, and says so where orders are at work beside it. What else waits for a second person is nowhere
counted. These are figures for a person; the gate judges again when the order is released.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.fees import ZERO, fees_known
from terminal.domain.holding import decimal_text
from terminal.domain.order import OrderTerms, Side
from terminal.engine.gate import group_tonnes
from terminal.engine.scopes import worst_level
from terminal.engine.screen import Figure
from terminal.engine.wording import LEVELS, both_sides, percent, short, signed_yuan, used_percent, yuan

if TYPE_CHECKING:
    from terminal.domain.confirmation import Stored
    from terminal.domain.ids import InstrumentId
    from terminal.domain.instrument import Instrument
    from terminal.domain.view import AccountView
    from terminal.engine.state import AccountState, OrderRow
    from terminal.shell.picture.present import Present


def order_figures(present: Present, account: AccountState, terms: OrderTerms) -> tuple[Figure, ...]:
    """Return what an order changes, ready to be read; rows that nothing is known about are left out."""
    known = present.state.tenant.instruments.get(terms.instrument)
    if known is None:
        return ()
    money = account.book.view(present.mark)
    return (
        _position(account, terms),
        *_money(account, known, terms, money),
        *_limit(account, terms),
        *_hedges(present, account, terms),
        _day_profit(account, known, terms, money),
    )


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
    terms = stored.terms
    now = worst_level(account, stored.cause.strategy, None if terms is None else terms.instrument)
    return Figure(
        name="风险级别（提交 → 现在）", before=LEVELS[stored.level], after=LEVELS[now], worse=now > stored.level
    )


def _net(held: dict[Side, int]) -> int:
    return abs(held[Side.BUY] - held[Side.SELL])


def _money(account: AccountState, known: Instrument, terms: OrderTerms, money: AccountView) -> list[Figure]:
    if not terms.is_opening:
        return []  # at worst case a close does not fill: margin stays
    after = account.book.view_after(money, known, terms)
    return [] if after is None else money_figures(account, money, after)


def money_figures(account: AccountState, money: AccountView, after: AccountView) -> list[Figure]:
    """Return margin, what is available and the risk degree, before and after; `after` has all its margin held."""
    bound = money.margin + money.frozen_margin
    before_degree = bound / money.equity if money.equity > 0 else None
    after_degree = after.margin / after.equity if after.equity > 0 else None
    rows = [
        Figure(name="保证金（含挂单）", before=yuan(bound), after=yuan(after.margin), worse=after.margin > bound),
        Figure(name="可用", before=yuan(money.available), after=yuan(after.available), worse=after.available < ZERO),
    ]
    if before_degree is not None and after_degree is not None:
        limits = account.limits
        worse = limits is not None and after_degree > limits.margin_confirm
        rows.append(
            Figure(name="风险度（含挂单）", before=percent(before_degree), after=percent(after_degree), worse=worse)
        )
    return rows


def _limit(account: AccountState, terms: OrderTerms) -> list[Figure]:
    limits = account.limits
    if limits is None or not terms.is_opening:
        return []
    most = limits.position_lots_by_instrument.get(terms.instrument, limits.position_lots)
    if not most:
        return []
    long, short_lots = account.book.worst_lots(terms.instrument)
    before = long if terms.side is Side.BUY else short_lots
    after = before + terms.lots
    working = sum(row.remaining for row in _working(account, terms) if row.terms.is_opening)
    return [
        Figure(
            name=f"限仓占用（含挂单 {working} 手）" if working else "限仓占用",
            before=f"{before} / {most} 手（{used_percent(before, most)}）",
            after=f"{after} / {most} 手（{used_percent(after, most)}）",
            worse=after > limits.position_confirm_fraction * most,
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
        rows.append(Figure(name=f"套保比例 {bound.group}", before=percent(before), after=percent(after), worse=worse))
    return rows


def _day_profit(account: AccountState, known: Instrument, terms: OrderTerms, money: AccountView) -> Figure:
    now = money.close_profit + money.position_profit - money.commission
    charge = _fee(account, known, terms, terms.lots)
    return Figure(name="当日盈亏", before=signed_yuan(now), after=signed_yuan(now - charge), worse=now - charge < ZERO)


def worst_case(present: Present, account: AccountState, terms: OrderTerms) -> str:
    """Return what the account loses if the price goes to its daily limit; "" where no limit is known.

    On its way there the price fills the order and every live and UNKNOWN order of its side (SAFETY I6), each at its own
    price and for its fee; those of the other side would gain, so they do not count.
    """
    known, quote = present.state.tenant.instruments.get(terms.instrument), present.quotes.get(terms.instrument)
    if known is None or quote is None or not terms.is_opening:
        return ""
    ticks, name = (quote.lower_limit, "跌停") if terms.side is Side.BUY else (quote.upper_limit, "涨停")
    if ticks is None:
        return ""
    limit = known.price(ticks)
    mark = present.mark(terms.instrument)
    net = account.book.net_lots().get(terms.instrument, 0)
    held = ZERO if mark is None else known.value(limit - mark, net)
    own = _filled(account, known, terms, terms.lots, limit)
    working = _working(account, terms)
    others = sum((_filled(account, known, row.terms, row.remaining, limit) for row in working), ZERO)
    money = account.book.view(present.mark)
    day = money.close_profit + money.position_profit - money.commission + own + others + held
    lots = sum(row.remaining for row in working)
    counted = [f"同向挂单 {lots} 手"] if lots else []
    counted += ["手续费"] if fees_known(known) else []
    basis = "，".join([f"含{'与'.join(counted)}"] * bool(counted) + ["其他合约按现价"])
    return f"若{name} {decimal_text(limit)}：本单 {signed_yuan(own)}，账户当日盈亏 {signed_yuan(day)}（{basis}）"


def _working(account: AccountState, terms: OrderTerms) -> list[OrderRow]:
    rows = account.live.values()
    return [row for row in rows if row.terms.instrument == terms.instrument and row.terms.side is terms.side]


def _filled(account: AccountState, known: Instrument, terms: OrderTerms, lots: int, limit: Decimal) -> Decimal:
    gained = known.value(limit - terms.price, lots) * terms.side.sign
    return gained - _fee(account, known, terms, lots)


def _fee(account: AccountState, known: Instrument, terms: OrderTerms, lots: int) -> Decimal:
    return account.book.fee(known, terms, lots, terms.price) if fees_known(known) else ZERO
