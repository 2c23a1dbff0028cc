"""Say whether a roll's timings (移仓时机) are met together, and state each so that people see it.

The theory (DOMAIN 4.8). Each timing is judged from what both contracts show while both trade continuously. What is
seen reaches the memory only as a stated `TimingMark`: once a trading day, and again when it turns, though not more
often than every half minute, so that two open interests running level do not flood the journal. The last mark of a
trading day is therefore its last sight, and a crossover over several days is met by a row of sighted days. Days on
which the strategy saw nothing that counts are no part of the row and do not break it. So that the last sight is the
day's, what turns in the last half minute of a trading day is stated at once.

Timings that switch (自动切换) stand in the order of their importance. One decides at a time: the first whose value is
known. It is chosen at the first sight of a trading day and changed within the day only when its value is lost.

The main contract (主力) is fixed at the first sight of a trading day and not changed between night and day.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.marks import ContractFrozen, TimingChosen, TimingMark
from terminal.domain.parameters.strategy import (
    Combine,
    DaysToExpiry,
    Manual,
    RollSettings,
    Slices,
    SpreadDeviation,
    SpreadPercentile,
    StepDay,
    Timing,
)
from terminal.domain.parameters.timing_kinds import tag_of
from terminal.domain.words.timings import timing_fault, timing_name
from terminal.strategies.children import SECOND
from terminal.strategies.roll.day_end import in_last_moments
from terminal.strategies.roll.timing_sight import Before, Judged, middle, sight_timing

if TYPE_CHECKING:
    from terminal.domain.view import View

UNQUOTED = (DaysToExpiry, StepDay, Slices, Manual)  # what they look at is the calendar, or a person's word
STATED_AGAIN = 30 * SECOND
VALUE_AGAIN = 600 * SECOND  # a value that only moved is told again after this


class TimingMemory(msgspec.Struct):
    """Hold what was last stated about one timing; `row` counts the sighted days in a row before that day.

    `counts` says whether that sight stands for its day.
    `since` is when it turned to what it is (UTC ns). The middles are those of the first moment at which it was met.
    """

    met: bool = False
    sighted: bool = False
    value: str = ""
    trading_day: int = 0
    stated_at: int = 0
    row: int = 0
    since: int = 0
    met_at: int = 0
    near_mid: Decimal | None = None
    far_mid: Decimal | None = None
    counts: bool = True


def check_timings(settings: RollSettings) -> str | None:
    """Return what is wrong with a roll's timings in one sentence, or `None`."""
    if not settings.timings:
        return "移仓至少要有一个时机。"
    for place, timing in enumerate(settings.timings, 1):
        wrong = timing_fault(timing)
        if wrong:
            return f"移仓时机 {place}（{timing_name(timing)}）：{wrong}"
    if sum(isinstance(timing, Slices) for timing in settings.timings) > 1:
        return "分批日程只能有一个。"
    return _check_weights(settings)


def _check_weights(settings: RollSettings) -> str | None:
    if settings.combine is not Combine.WEIGHTED:
        return None if not settings.weights else "只有加权组合才用权重，请改时机组合或去掉权重。"
    if len(settings.weights) != len(settings.timings) or min(settings.weights) < 1:
        return f"加权组合：{len(settings.timings)} 个时机各要一个正的权重。"
    most = sum(settings.weights)
    if not 1 <= settings.needed_weight <= most:
        return f"加权组合：所需权重 {settings.needed_weight} 应在 1 至 {most}（权重之和）之间，否则永远满足不了。"
    return None


def judge(settings: RollSettings, timing: Timing, memory: TimingMemory, view: View) -> Judged:
    """Return how a timing stands now."""
    return sight_timing(settings, timing, Before(memory.sighted, row_before(memory, view.trading_day)), view)


def row_before(memory: TimingMemory, trading_day: int) -> int:
    """Return the sighted days in a row before a trading day."""
    if trading_day == memory.trading_day or not memory.counts:
        return memory.row
    return memory.row + 1 if memory.sighted else 0


def fold_timing(memory: TimingMemory, mark: TimingMark, at: int) -> None:
    """Take a stated timing into its memory."""
    memory.row = row_before(memory, mark.trading_day)
    if mark.met is not memory.met or not memory.trading_day:
        memory.since = at
    if mark.met and not memory.met_at and not mark.unseen:
        memory.met_at, memory.near_mid, memory.far_mid = at, mark.near_mid, mark.far_mid
    memory.value, memory.counts = mark.value, mark.counts
    memory.met, memory.sighted, memory.trading_day, memory.stated_at = mark.met, mark.sighted, mark.trading_day, at


def lead_of(
    settings: RollSettings, lead: int | None, lead_day: int, judged: tuple[Judged, ...], day: int
) -> int | None:
    """Return the place of the timing that decides where they switch; `None` where no value is known.

    `lead` is the one that was chosen last, on `lead_day`.
    """
    if settings.combine is not Combine.SWITCH:
        return None
    if lead is not None and lead_day == day and judged[lead].known:
        return lead
    return next((place for place, one in enumerate(judged) if one.known), None)


def decides_for_good(settings: RollSettings, view: View) -> int | None:
    """Return the place of the timing behind which none ever decides where they switch, as its value is always known.

    It looks at the calendar alone, or waits for a person's word; `None` where there is none.
    """
    if settings.combine is not Combine.SWITCH:
        return None
    places = (place for place, timing in enumerate(settings.timings) if isinstance(timing, UNQUOTED))
    return next((one for one in places if judge(settings, settings.timings[one], TimingMemory(), view).known), None)


def satisfied(settings: RollSettings, judged: tuple[Judged, ...], lead: int | None) -> bool:
    """Return whether the timings together call for the roll."""
    met = [one.met for one in judged]
    if settings.combine is Combine.ALL:
        return all(met)
    if settings.combine is Combine.WEIGHTED:
        weights = zip(settings.weights, met, strict=True)
        return sum(weight for weight, is_met in weights if is_met) >= settings.needed_weight
    if settings.combine is Combine.SWITCH:
        return lead is not None and met[lead]
    return any(met)


def sliced(settings: RollSettings, judged: tuple[Judged, ...], lead: int | None) -> bool:
    """Return whether the slices (分批日程) hold the roll to their pace: without them it would not begin."""
    both = zip(settings.timings, judged, strict=True)
    met = any(one.met for timing, one in both if isinstance(timing, Slices))
    return met and not calls_without_slices(settings, judged, lead)


def calls_without_slices(settings: RollSettings, judged: tuple[Judged, ...], lead: int | None) -> bool:
    """Return whether the timings together call for the roll were the slices (分批日程) not met."""
    both = zip(settings.timings, judged, strict=True)
    without = tuple(one._replace(met=False) if isinstance(timing, Slices) else one for timing, one in both)
    return satisfied(settings, without, lead)


def chosen(lead: int | None, lead_day: int, now: int | None, view: View) -> TimingChosen | None:
    """Return the mark that another timing decides from now on, or `None`."""
    if now is None or (now == lead and lead_day == view.trading_day):
        return None
    return TimingChosen(place=now, trading_day=view.trading_day)


def statements(
    settings: RollSettings, memories: list[TimingMemory], judged: tuple[Judged, ...], view: View, *, now: bool
) -> list[TimingMark]:
    """Return the marks due: of what is not yet stated today, has turned (at once, where `now`), or moved long ago."""
    found = []
    at_once = now or in_last_moments(settings, view)
    for place, (timing, memory, one) in enumerate(zip(settings.timings, memories, judged, strict=True)):
        turned = (one.met, one.sighted, one.counts) != (memory.met, memory.sighted, memory.counts)
        age = view.now - memory.stated_at
        is_new = memory.trading_day != view.trading_day or (turned and (at_once or age >= STATED_AGAIN))
        moved = one.value != memory.value or _warms_up(timing, one)
        first = one.met and not memory.met_at
        seen_first = first and memory.met
        if not is_new and not seen_first and (not moved or age < VALUE_AGAIN):
            continue
        mark = _mark(timing, place, one, view, turned=is_new)
        if first:
            mids = middle(view, settings.near), middle(view, settings.far)
            mark = msgspec.structs.replace(mark, near_mid=mids[0], far_mid=mids[1])
        found.append(mark)
    return found


def statements_unseen(
    settings: RollSettings, memories: list[TimingMemory], judged: tuple[Judged, ...], view: View
) -> list[TimingMark]:
    """Return the marks due while a contract is not quoted: of those that need no quote, and are not yet stated so."""
    return [
        msgspec.structs.replace(_mark(timing, place, one, view, turned=True), unseen=True)
        for place, (timing, memory, one) in enumerate(zip(settings.timings, memories, judged, strict=True))
        if isinstance(timing, UNQUOTED) and (memory.trading_day != view.trading_day or one.met != memory.met)
    ]


def _mark(timing: Timing, place: int, one: Judged, view: View, *, turned: bool) -> TimingMark:
    return TimingMark(
        timing=tag_of(timing),
        met=one.met,
        value=one.value,
        threshold=one.threshold,
        trading_day=view.trading_day,
        place=place,
        sighted=one.sighted,
        note=one.note,
        turned=turned,
        counts=one.counts,
    )


def _warms_up(timing: Timing, one: Judged) -> bool:
    return not one.known and isinstance(timing, SpreadPercentile | SpreadDeviation)  # its note counts the samples


def main_of_day(settings: RollSettings, frozen_on: int, view: View) -> ContractFrozen | None:
    """Return the main contract to fix for today, or `None` where it is fixed or not known."""
    if frozen_on == view.trading_day:
        return None
    near, far = view.quote(settings.near), view.quote(settings.far)
    if near is None or far is None or near.open_interest is None or far.open_interest is None:
        return None
    main = settings.far if far.open_interest > near.open_interest else settings.near
    return ContractFrozen(trading_day=view.trading_day, main=main)
