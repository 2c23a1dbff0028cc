"""Say whether a roll's timings (移仓时机) are met, and state it so that people see it.

The theory (DOMAIN 4.8). Each timing is judged from what both contracts show while both trade continuously. What is
seen reaches the memory only as a stated `TimingMark`: once a trading day, and again when it turns, though not more
often than every half minute, so that two open interests running level do not flood the journal. The last mark of a
trading day is therefore its last sight, and a crossover over several days is met by a row of sighted days. Days on
which the strategy saw nothing are no part of the row and do not break it.

The main contract (主力) is fixed at the first sight of a trading day and not changed between night and day.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, NamedTuple, assert_never

import msgspec

from terminal.domain.marks import ContractFrozen, TimingMark
from terminal.domain.order import Side
from terminal.domain.strategy_settings import (
    Combine,
    DaysToExpiry,
    OpenInterestCrossover,
    RollSettings,
    SpreadPercentile,
    Timing,
)
from terminal.domain.view import SpreadWatch
from terminal.strategies.children import SECOND

if TYPE_CHECKING:
    from terminal.domain.view import View

STATED_AGAIN = 30 * SECOND
MOST_PERMILLE = 1000
RATIO_STEP = Decimal("0.0001")


class TimingMemory(msgspec.Struct):
    """Hold what was last stated about one timing; `row` counts the sighted days in a row before that day."""

    met: bool = False
    sighted: bool = False
    trading_day: int = 0
    stated_at: int = 0
    row: int = 0


class Judged(NamedTuple):
    """Hold one timing's answer now."""

    met: bool
    sighted: bool
    value: str
    threshold: str
    note: str


def check_timings(settings: RollSettings) -> str | None:
    """Return what is wrong with a roll's timings in one sentence, or `None`."""
    if not settings.timings:
        return "移仓至少要有一个时机。"
    for timing in settings.timings:
        match timing:
            case DaysToExpiry() if timing.days < 0:
                return "到期日时机的天数不能为负。"
            case OpenInterestCrossover() if timing.ratio <= 0 or timing.days < 1:
                return "持仓量交叉时机的倍数应为正，天数至少为 1。"
            case SpreadPercentile() if (
                not 0 <= timing.permille <= MOST_PERMILLE
                or timing.sample_seconds < 1
                or not 1 <= timing.at_least <= timing.window
            ):
                return "价差分位时机的分位应在 0 至 1000 之间，预热样本数应不多于窗口。"
            case _:
                pass
    return None


def name_of(timing: Timing) -> str:
    """Return a timing's name as plans and marks write it."""
    return str(type(timing).__struct_config__.tag)


def watch_of(settings: RollSettings, timing: SpreadPercentile) -> SpreadWatch:
    """Return the window of far - near that a percentile timing wants kept."""
    return SpreadWatch(
        legs=((settings.far, Decimal(1)), (settings.near, Decimal(-1))),
        sample_seconds=timing.sample_seconds,
        window=timing.window,
    )


def judge(settings: RollSettings, timing: Timing, memory: TimingMemory, view: View) -> Judged:
    """Return how a timing stands now."""
    match timing:
        case DaysToExpiry():
            return _days(settings, timing, view)
        case OpenInterestCrossover():
            return _crossover(settings, timing, memory, view)
        case SpreadPercentile():
            return _percentile(settings, timing, view)
        case _:
            assert_never(timing)


def _days(settings: RollSettings, timing: DaysToExpiry, view: View) -> Judged:
    left = view.days_to_expiry(settings.near)
    threshold = str(timing.days)
    if left is None:
        return Judged(met=False, sighted=False, value="", threshold=threshold, note="最后交易日未知")
    met = left <= timing.days
    return Judged(met=met, sighted=met, value=str(left), threshold=threshold, note="")


def _crossover(settings: RollSettings, timing: OpenInterestCrossover, memory: TimingMemory, view: View) -> Judged:
    near, far = view.quote(settings.near), view.quote(settings.far)
    held_near = None if near is None else near.open_interest
    held_far = None if far is None else far.open_interest
    threshold = str(timing.ratio)
    if held_near is None or held_far is None:
        return Judged(met=False, sighted=False, value="", threshold=threshold, note="持仓量未知")
    sighted = held_far > 0 and held_far >= timing.ratio * held_near  # two empty contracts have crossed nothing
    row = row_before(memory, view.trading_day) + sighted if sighted else 0
    ratio = Decimal(held_far) / held_near if held_near else None
    value = "" if ratio is None else str(ratio.quantize(RATIO_STEP, rounding=ROUND_HALF_UP))
    return Judged(
        met=row >= timing.days,
        sighted=sighted,
        value=value,
        threshold=threshold,
        note=f"远月 {held_far} 手，近月 {held_near} 手，连续 {row} 日，需 {timing.days} 日",
    )


def _percentile(settings: RollSettings, timing: SpreadPercentile, view: View) -> Judged:
    rank = view.rank(watch_of(settings, timing))
    threshold = str(timing.permille if settings.side is Side.BUY else 1000 - timing.permille)
    if rank is None:
        return Judged(met=False, sighted=False, value="", threshold=threshold, note="尚无价差样本")
    cheap = rank.permille <= timing.permille if settings.side is Side.BUY else rank.permille >= 1000 - timing.permille
    met = cheap and rank.samples >= timing.at_least
    note = f"价差 {rank.value}，样本 {rank.samples}/{timing.at_least}"
    return Judged(met=met, sighted=met, value=str(rank.permille), threshold=threshold, note=note)


def row_before(memory: TimingMemory, trading_day: int) -> int:
    """Return the sighted days in a row before a trading day."""
    if trading_day == memory.trading_day:
        return memory.row
    return memory.row + 1 if memory.sighted else 0


def fold_timing(memory: TimingMemory, mark: TimingMark, at: int) -> None:
    """Take a stated timing into its memory."""
    memory.row = row_before(memory, mark.trading_day)
    memory.met, memory.sighted, memory.trading_day, memory.stated_at = mark.met, mark.sighted, mark.trading_day, at


def satisfied(settings: RollSettings, judged: tuple[Judged, ...]) -> bool:
    """Return whether the timings together call for the roll."""
    met = [one.met for one in judged]
    return all(met) if settings.combine is Combine.ALL else any(met)


def statements(
    settings: RollSettings, memories: list[TimingMemory], judged: tuple[Judged, ...], view: View, *, now: bool
) -> list[TimingMark]:
    """Return the marks due: of timings not yet stated today, and of turned ones (all of these, where `now`)."""
    found = []
    for place, (timing, memory, one) in enumerate(zip(settings.timings, memories, judged, strict=True)):
        turned = (one.met, one.sighted) != (memory.met, memory.sighted)
        due = now or view.now - memory.stated_at >= STATED_AGAIN
        if memory.trading_day == view.trading_day and not (turned and due):
            continue
        found.append(
            TimingMark(
                timing=name_of(timing),
                met=one.met,
                value=one.value,
                threshold=one.threshold,
                trading_day=view.trading_day,
                place=place,
                sighted=one.sighted,
                note=one.note,
            )
        )
    return found


def main_of_day(settings: RollSettings, frozen_on: int, view: View) -> ContractFrozen | None:
    """Return the main contract to fix for today, or `None` where it is fixed or not known."""
    if frozen_on == view.trading_day:
        return None
    near, far = view.quote(settings.near), view.quote(settings.far)
    if near is None or far is None or near.open_interest is None or far.open_interest is None:
        return None
    main = settings.far if far.open_interest > near.open_interest else settings.near
    return ContractFrozen(trading_day=view.trading_day, main=main)
