"""Say before a roll starts what it would cost now, how each timing stands, and whose lots it closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.marks import TimingMark
from terminal.domain.parameters.strategy import Half
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.parameters.timing_kinds import tag_of
from terminal.engine.book.hedge import bound_of
from terminal.engine.previews.along import lots_of_others
from terminal.engine.previews.closing import closing_fee
from terminal.engine.records.forgetting import OVER
from terminal.engine.strategy.mark_wording import timing_sentence
from terminal.strategies.roll.report import crossed, forecast
from terminal.strategies.roll.timings import TimingMemory, judge

if TYPE_CHECKING:
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
        *lots_of_others(look, account, settings),
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
