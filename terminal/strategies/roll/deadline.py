"""Say that a roll does not move all of near by a day at which near must be left, as things stand, and why.

The theory. A company's deadline, the month before delivery, a step day are days of the roll's own timings, yet they do
not command it: together with others (全部满足, 权重) they may never call for it, and daily slices (分批日程) go on at
their pace. Each such day is looked at by one question: how much of near moves by its end, and what keeps the rest
(`remainder`). Ahead of the day only what is certain counts: timings that cannot call for the roll by then whatever
markets and people say, and slices that nothing can hasten. On the day what the timings say is what counts, and whether
the roll is at rest.

A roll that goes on as fast as it can may be held up all the same: by a market, by far that cannot be opened, by near
lots that cannot be closed. Books flicker, and people hear of each of these by itself; so it is told of its day in the
last stretch of trading only, while a person can still act, and at the latest when little of the day is left.

Each day is told once ahead of it and once when it has come; where a change of its settings does not mend it, how it
stands then is stated, and nobody is alerted of one day twice on a trading day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.days.calendar import instant
from terminal.domain.fact.roll_marks import DeadlineMissed, Delay
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Half, RollSettings
from terminal.strategies.children import SECOND
from terminal.strategies.roll.day_end import DAY_ENDS, in_last_stretch
from terminal.strategies.roll.halves import fellow_ready
from terminal.strategies.roll.last_days import is_over
from terminal.strategies.roll.leaving import Deadline, deadlines, may_begin
from terminal.strategies.roll.pace import hastening, share_by, slices_of
from terminal.strategies.roll.timings import calls_without_slices, judge, lead_of, satisfied

if TYPE_CHECKING:
    from terminal.domain.view import View
    from terminal.strategies.roll.memory import LateDay, RollMemory

LITTLE_LEFT = 900 * SECOND  # of the day: what has not moved by then may well not move any more


class Remainder(NamedTuple):
    """Hold how many more lots of near move by a day's end at most, and what keeps the others."""

    moves: int
    cause: Delay


def deadline_missed(
    settings: RollSettings, memory: RollMemory, view: View, *, rests: bool = False
) -> DeadlineMissed | None:
    """Return the mark of the first day that is not kept as things stand, untold; `None` where there is none.

    `rests`: it is paused or winds down, and moves nothing of near on the day.
    """
    lots = lots_left(settings, memory, view)
    for one in _untold(settings, memory, view) if lots else ():
        left = remainder(settings, memory, view, one, rests=rests)
        if left is not None:
            told = memory.late.get(str(one.day))
            return DeadlineMissed(
                instrument=settings.near,
                day=one.day,
                days=one.left,
                place=one.place,
                lots=lots,
                moves=left.moves,
                trading_day=view.trading_day,
                cause=left.cause,
                again=told is not None and told.alerted == view.trading_day,
            )
    return None


def may_be_missed(settings: RollSettings, memory: RollMemory, view: View, *, rests: bool = False) -> bool:
    """Return whether quotes or time alone may yet have a day told of on this trading day."""
    if not lots_left(settings, memory, view):
        return False
    reached = any(one.left <= 0 for one in _untold(settings, memory, view))
    return reached or deadline_missed(settings, memory, view, rests=rests) is not None


def remainder(
    settings: RollSettings, memory: RollMemory, view: View, one: Deadline, *, rests: bool = False
) -> Remainder | None:
    """Return what moves by the end of a day, and what keeps the rest; `None` where all may yet go.

    Of a day that is past it is what moves by the end of this trading day.
    """
    lots, slices = lots_left(settings, memory, view), slices_of(settings)
    if one.left > 0:
        return _ahead(settings, memory, view, one.left, lots)
    if rests:
        return Remainder(0, Delay.RESTS)
    both = zip(settings.timings, memory.timings, strict=True)
    judged = tuple(judge(settings, timing, known, view) for timing, known in both)
    lead = lead_of(settings, memory.lead, memory.lead_day, judged, view.trading_day)
    if not (memory.began or satisfied(settings, judged, lead)):
        return Remainder(0, Delay.TIMINGS)
    paced = memory.sliced or not memory.began
    if slices is not None and paced and not calls_without_slices(settings, judged, lead):
        due = max(share_by(settings, slices, 0, view) - memory.closed, 0)
        if due < lots:
            return Remainder(due, Delay.SLICES)
    return _held_up(settings, memory, view, one.left, lots)


def lots_left(settings: RollSettings, memory: RollMemory, view: View) -> int:
    """Return the near lots still to be rolled that are there."""
    if settings.half is Half.FAR or memory.finished or is_over(settings, view):
        return 0
    return max(min(settings.lots - memory.closed, _held(settings, view)), 0)


def _untold(settings: RollSettings, memory: RollMemory, view: View) -> list[Deadline]:
    return [one for one in deadlines(settings, view) if not _is_told(memory.late.get(str(one.day)), one)]


def _is_told(late: LateDay | None, one: Deadline) -> bool:
    return late is not None and late.stands and (late.on or one.left > 0)


def _ahead(settings: RollSettings, memory: RollMemory, view: View, by: int, lots: int) -> Remainder | None:
    slices = slices_of(settings)
    if not memory.began and not may_begin(settings, by, view):
        return Remainder(0, Delay.TIMINGS)
    if slices is None or (memory.began and not memory.sliced) or hastening(settings, by, view).may:
        return None
    due = max(share_by(settings, slices, by, view) - memory.closed, 0)
    return Remainder(due, Delay.SLICES) if due < lots else None


def _held_up(settings: RollSettings, memory: RollMemory, view: View, left: int, lots: int) -> Remainder | None:
    # Of a roll that nothing paces but its batches.
    ends_at = _day_ends_at(settings, view)
    cause = _hindrance(settings, memory, view)
    if cause is not None:
        return Remainder(0, cause) if left < 0 or in_last_stretch(settings, view) else None
    goes = _goes_in_batches(settings, memory, view, ends_at)
    if goes < lots:
        return Remainder(goes, Delay.BATCHES)
    return Remainder(lots, Delay.MOVING) if left < 0 or ends_at - view.now <= LITTLE_LEFT else None


def _hindrance(settings: RollSettings, memory: RollMemory, view: View) -> Delay | None:
    position = view.position(settings.account, settings.near, settings.hedge_flag)
    closable = position.long_closable if settings.side is Side.BUY else position.short_closable
    waits = memory.waits_day == view.trading_day and not memory.began
    misses = memory.missing_day == view.trading_day and closable < 1
    found = (
        (memory.stuck, Delay.STUCK),
        (bool(memory.held), Delay.FAR_HELD),
        (memory.began and not fellow_ready(settings, memory), Delay.FELLOW),
        (memory.far.broken is not None, Delay.BROKEN),
        (misses or memory.outgrown_day == view.trading_day, Delay.MISSING),
        (waits, Delay.WAITS),
    )
    return next((cause for holds, cause in found if holds), None)


def _goes_in_batches(settings: RollSettings, memory: RollMemory, view: View, ends_at: int) -> int:
    # At most: how long a batch takes is not known, and breaks are not reckoned with.
    left = settings.lots - memory.closed
    pause = settings.batch_pause_seconds * SECOND
    if not pause:
        return left
    current = max(memory.batch_goal - memory.closed, 0)
    next_at = max(view.now, memory.filled_at + pause) if memory.batch else view.now
    batches = 0 if next_at >= ends_at else (ends_at - 1 - next_at) // pause + 1
    return min(current + batches * settings.batch_lots, left)


def _day_ends_at(settings: RollSettings, view: View) -> int:
    # When the trading day of both contracts is over: the last moment at which both trade continuously, UTC ns.
    until = instant(view.trading_day, DAY_ENDS)
    spans = (view.trading(name, view.now, until) for name in (settings.near, settings.far))
    return min((max((one.ends_at for one in of_one), default=view.now) for of_one in spans), default=view.now)


def _held(settings: RollSettings, view: View) -> int:
    position = view.position(settings.account, settings.near, settings.hedge_flag)
    return position.long if settings.side is Side.BUY else position.short
