"""Name the days by which near must be left, and say whether a roll may have begun by one of them.

A timing may name several: a company's deadline and the last trading day before near's delivery month are two days, and
the one stays to be kept when the other is past. Near's own last trading day is none of them: it is told elsewhere
(`last_days`), and what is later than it or on it is past anyway by then.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.days.calendar import number, to_date
from terminal.domain.parameters.strategy import Combine, DaysToExpiry, RollSettings, Slices, StepDay, Timing
from terminal.strategies.roll.timing_sight import Judged, days_to_policy
from terminal.strategies.roll.timings import decides_for_good, satisfied

if TYPE_CHECKING:
    from terminal.domain.view import View


class Deadline(NamedTuple):
    """Hold a natural day (YYYYMMDD) by which near must be left, the trading days to it, and its timing's place."""

    day: int
    left: int
    place: int


def deadlines(settings: RollSettings, view: View) -> list[Deadline]:
    """Return all days by which near must be left, the earliest first, each once, past ones included."""
    own, found = view.days_to_expiry(settings.near), dict[int, Deadline]()
    for place, timing in enumerate(settings.timings):
        for day in _days_of(settings, timing, view):
            left = view.days_until(day)
            if left is not None and (own is None or left < own):
                found.setdefault(day, Deadline(day, left, place))
    return sorted(found.values())


def may_begin(settings: RollSettings, by: int, view: View) -> bool:
    """Return whether the timings may call for the roll within so many trading days, as calendars go.

    What a market, or a person, may still say is taken to be said. A calendar does not turn: a day that is not reached
    by then calls for nothing.
    """
    best = tuple(_at_best(met=_may_be_met(settings, timing, by, view)) for timing in settings.timings)
    if settings.combine is Combine.SWITCH:
        for_good = decides_for_good(settings, view)
        return any(one.met for one in best[: None if for_good is None else for_good + 1])
    return satisfied(settings, best, None)


def beyond_reach(settings: RollSettings, view: View) -> Deadline | None:
    """Return the first day to come by which a roll that has not begun cannot begin (`may_begin`), or `None`."""
    days = (one for one in deadlines(settings, view) if one.left >= 0)
    return next((one for one in days if not may_begin(settings, one.left, view)), None)


def days_to_met(settings: RollSettings, timing: Timing, view: View) -> int | None:
    """Return in how many trading days a timing that counts down to a day is met, `None` where it counts to none."""
    if isinstance(timing, DaysToExpiry):
        left = days_to_policy(settings, timing, view)
    elif isinstance(timing, StepDay):
        left = view.days_until(timing.day)
    else:
        return None
    return None if left is None else left - timing.days


def _days_of(settings: RollSettings, timing: Timing, view: View) -> list[int]:
    if isinstance(timing, StepDay):
        return [timing.day]
    if not isinstance(timing, DaysToExpiry):
        return []
    days = [] if timing.policy_day is None else [timing.policy_day]
    month = view.instrument(settings.near).delivery_month
    if timing.before_delivery_month and month is not None:
        days.append(number(to_date(month * 100 + 1) - timedelta(days=1)))
    return days


def _may_be_met(settings: RollSettings, timing: Timing, by: int, view: View) -> bool:
    if isinstance(timing, DaysToExpiry | StepDay):
        left = days_to_met(settings, timing, view)
    elif isinstance(timing, Slices):
        left = view.days_until(timing.first_day)
    else:
        return True
    return left is not None and left <= by


def _at_best(*, met: bool) -> Judged:
    return Judged(met=met, sighted=False, value="", threshold="", note="")
