"""Say that a roll does not move all of near by a day at which near must be left, as things stand.

The theory. A company's deadline, the month before delivery, a step day are days of the roll's own timings, yet they do
not command it: together with others (全部满足, 权重) they may never call for it, and daily slices (分批日程) go on at
their pace. What slices cannot reach, and no timing can hasten, is known days ahead, and is told as soon as it is. On
the day itself what the timings say is what counts: one they do not call for then leaves its lots in near. Both are
told once for each such day, ahead and on it; where a change of its settings does not mend it, how it stands then is
stated, and nobody is alerted of one day twice on a trading day. Near's own last trading day is told elsewhere
(`last_days`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.days.calendar import number, to_date
from terminal.domain.fact.roll_marks import DeadlineMissed
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import DaysToExpiry, Half, RollSettings, StepDay, Timing
from terminal.strategies.roll.last_days import is_over
from terminal.strategies.roll.pace import hastening, share_by, slices_of
from terminal.strategies.roll.timings import calls_without_slices, judge, lead_of, satisfied

if TYPE_CHECKING:
    from terminal.domain.view import View
    from terminal.strategies.roll.memory import LateDay, RollMemory


class Deadline(NamedTuple):
    """Hold a natural day (YYYYMMDD) by which near must be left, the trading days to it, and its timing's place."""

    day: int
    left: int
    place: int


def deadline_missed(
    settings: RollSettings, memory: RollMemory, view: View, *, rests: bool = False
) -> DeadlineMissed | None:
    """Return the mark of the first day that is not kept as things stand, untold; `None` where there is none.

    `rests`: it is paused, and moves nothing on the day.
    """
    lots = _left(settings, memory, view, rests=rests)
    for one in _untold(settings, memory, view) if lots else ():
        moves = _moves_by(settings, memory, view, one, rests=rests)
        if moves is not None and moves < lots:
            told = memory.late.get(str(one.day))
            return DeadlineMissed(
                instrument=settings.near,
                day=one.day,
                days=one.left,
                place=one.place,
                lots=lots,
                moves=moves,
                trading_day=view.trading_day,
                again=told is not None and told.alerted == view.trading_day,
            )
    return None


def may_be_missed(settings: RollSettings, memory: RollMemory, view: View, *, rests: bool = False) -> bool:
    """Return whether quotes or time alone may yet have a day told of on this trading day."""
    if not _left(settings, memory, view, rests=rests):
        return False
    reached = any(one.left <= 0 for one in _untold(settings, memory, view))
    return reached or deadline_missed(settings, memory, view, rests=rests) is not None


def _left(settings: RollSettings, memory: RollMemory, view: View, *, rests: bool) -> int:
    # Near lots still to be rolled that are there; none of a roll that goes on as fast as it can.
    if settings.half is Half.FAR or memory.finished or (memory.began and not memory.sliced and not rests):
        return 0
    if is_over(settings, view):
        return 0
    position = view.position(settings.account, settings.near, settings.hedge_flag)
    held = position.long if settings.side is Side.BUY else position.short
    return max(min(settings.lots - memory.closed, held), 0)


def _untold(settings: RollSettings, memory: RollMemory, view: View) -> list[Deadline]:
    found = (_deadline(settings, place, timing, view) for place, timing in enumerate(settings.timings))
    days = sorted(one for one in found if one is not None)
    return [one for one in days if not _is_told(memory.late.get(str(one.day)), one)]


def _is_told(late: LateDay | None, one: Deadline) -> bool:
    return late is not None and late.stands and (late.on or one.left > 0)


def _deadline(settings: RollSettings, place: int, timing: Timing, view: View) -> Deadline | None:
    if isinstance(timing, StepDay):
        left = view.days_until(timing.day)
        return None if left is None else Deadline(timing.day, left, place)
    if not isinstance(timing, DaysToExpiry):
        return None
    days = [] if timing.policy_day is None else [timing.policy_day]
    month = view.instrument(settings.near).delivery_month
    if timing.before_delivery_month and month is not None:
        days.append(number(to_date(month * 100 + 1) - timedelta(days=1)))
    own = view.days_to_expiry(settings.near)
    found = [(day, left) for day in days if (left := view.days_until(day)) is not None]
    return next((Deadline(day, left, place) for day, left in sorted(found) if own is None or left < own), None)


def _moves_by(settings: RollSettings, memory: RollMemory, view: View, one: Deadline, *, rests: bool) -> int | None:
    # How many more lots it moves by the day's end; `None` where that is not certain yet, or all it can.
    slices = slices_of(settings)
    if one.left > 0:
        if slices is None or hastening(settings, one.left, view).may:
            return None
        return max(share_by(settings, slices, one.left, view) - memory.closed, 0)
    if rests or one.left < 0:
        return 0
    both = zip(settings.timings, memory.timings, strict=True)
    judged = tuple(judge(settings, timing, known, view) for timing, known in both)
    lead = lead_of(settings, memory.lead, memory.lead_day, judged, view.trading_day)
    if calls_without_slices(settings, judged, lead):
        return None
    if slices is None or not (memory.began or satisfied(settings, judged, lead)):
        return 0
    return max(share_by(settings, slices, 0, view) - memory.closed, 0)
