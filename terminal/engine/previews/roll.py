"""Say before a roll starts what it would cost now, how each timing stands, and whose lots it closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.marks import TimingMark
from terminal.domain.orders.close_plan import close_orders
from terminal.domain.orders.order import Offset, OrderTerms
from terminal.domain.parameters.strategy import Half
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.parameters.timing_kinds import tag_of
from terminal.domain.products.fees import ZERO, fee, fees_known
from terminal.engine.book.claims import claims_on
from terminal.engine.book.hedge import bound_of
from terminal.engine.records.forgetting import OVER
from terminal.engine.strategy.wording import timing_sentence
from terminal.engine.wording import short
from terminal.strategies.roll.report import crossed, forecast
from terminal.strategies.roll.timings import TimingMemory, judge

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.parameters.strategy import RollSettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState


def roll_foreseen(look: Look, account: AccountState, settings: RollSettings) -> tuple[str, ...]:
    """Return the sentences of a roll that follow from the market and from the account, as they are now."""
    if settings.half is Half.FAR:
        return ()  # near's half says them
    return (
        _cost(look, account, settings) or "按现价移完的成本：近月或远月没有双边报价，或手续费未知，算不出",
        *_timings(look, settings),
        *lots_of_others(account, settings),
        *_kept_by_targets(look, account, settings),
    )


def _kept_by_targets(look: Look, account: AccountState, settings: RollSettings) -> list[str]:
    # What leaves the account is missing in its hedge group, and a target there buys it back.
    if settings.half is not Half.NEAR:
        return []
    product = look.instrument(settings.near).product
    keepers = [
        row.strategy
        for row in account.strategies.values()
        if isinstance(row.settings, TargetSettings)
        and row.status not in OVER
        and (bound := bound_of(account, row.settings.group)) is not None
        and product in bound.weights
    ]
    if not keepers:
        return []
    names = "、".join(keepers)
    return [f"自动配平 {names} 管着本账户的套保比例：移出去的手数它会在本账户补回，请先停止它，或改好敞口再移"]


def _cost(look: Look, account: AccountState, settings: RollSettings) -> str | None:
    prices = crossed(settings, look)
    fees = None if prices is None else closing_fee(look, account, settings, prices[0])
    return None if fees is None else forecast(settings, look, fees)


def closing_fee(look: Look, account: AccountState, settings: RollSettings, price: Decimal) -> Decimal | None:
    """Return what closing all near lots at a price costs in yuan, `None` where a fee is not known."""
    near = look.instrument(settings.near)
    if not fees_known(near):
        return None
    wish = _close(settings, settings.lots, price)
    planned = close_orders(account.book, near, wish)
    fees = planned.fee or ZERO
    if planned.missing:  # not held yet, or frozen: reckoned as lots of an earlier day
        fees += fee(near, offset=Offset.CLOSE, lots=planned.missing, price=wish.price, flag=settings.hedge_flag)
    return fees


def _close(settings: RollSettings, lots: int, price: Decimal) -> OrderTerms:
    return OrderTerms(
        account=settings.account,
        instrument=settings.near,
        side=settings.side.opposite,
        offset=Offset.CLOSE,
        lots=lots,
        price=price,
        hedge_flag=settings.hedge_flag,
    )


def _timings(look: Look, settings: RollSettings) -> list[str]:
    found = []
    for place, timing in enumerate(settings.timings):
        one = judge(settings, timing, TimingMemory(), look)
        mark = TimingMark(
            timing=tag_of(timing),
            met=one.met,
            value=one.value,
            threshold=one.threshold,
            trading_day=look.trading_day,
            place=place,
            note=one.note,
        )
        found.append(f"时机 {place + 1} 现在{timing_sentence(settings, mark)}")
    return found


def lots_of_others(account: AccountState, settings: RollSettings) -> list[str]:
    """Return whose lots the roll would take along, and whose it would close without taking them along."""
    if settings.half is Half.FAR:
        return []  # it closes nothing
    taken = [name for name in settings.strategies if name in account.strategies]
    found = []
    if taken:
        then = f"移仓开始时暂停，移完改绑 {short(settings.far)}、各线按实际价差平移"
        found.append(f"随移策略 {'、'.join(taken)}：{then}")
    claims = claims_on(account, _close(settings, settings.lots, ZERO))
    if claims is None:
        return found
    own = sum(abs(held.lots) for name in taken if (held := account.strategies[name].lots.get(settings.near)))
    others = "、".join(name for name in claims.strategies if name not in taken)
    recorded = sum(
        abs(row.lots[settings.near].lots)
        for row in account.strategies.values()
        if row.strategy in claims.strategies and row.strategy not in taken and settings.near in row.lots
    )
    lots = min(settings.lots - claims.free - own, recorded)
    if others and lots > 0:
        found.append(f"{short(settings.near)} {settings.lots} 手里有 {lots} 手是策略 {others} 的持仓，移走后它停下")
    return found
