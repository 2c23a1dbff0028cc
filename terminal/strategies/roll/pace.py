"""Hold a roll to its daily slices (分批日程), and let it go once it would have begun without them.

The slices pace only what they alone have called for. A deadline that comes, a person who says now, whatever else the
timings together wait for: each lets the roll go on at once, as if it had begun then, and for good, for a roll that has
begun goes on to its end whatever its timings say later. Until then every look at the market asks it anew.

Slices that end after a day by which near must be left are foreseen here as well: the other timings may not hasten them,
and what a market timing says now is no promise for that day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.fact.roll_marks import SlicesLifted
from terminal.domain.parameters.strategy import Combine, DaysToExpiry, Manual, RollSettings, Slices, StepDay, Timing
from terminal.strategies.roll.leaving import days_to_met, deadlines
from terminal.strategies.roll.timing_sight import Judged, slices_due
from terminal.strategies.roll.timings import (
    TimingMemory,
    calls_without_slices,
    decides_for_good,
    judge,
    lead_of,
)

if TYPE_CHECKING:
    from terminal.domain.view import View
    from terminal.strategies.roll.memory import RollMemory


class Late(NamedTuple):
    """Hold the day that slices end after, by its timing: what moves by then, and whether that timing lets the rest go.

    `ends_in` are the trading days to the last slice; `lots` move by that day in slices, `left` do not. `hastens` is
    whether the rest surely goes by then, `may_hasten` whether it would were the other timings met on that day.
    """

    timing: Timing
    ends_in: int
    lots: int
    left: int
    hastens: bool
    may_hasten: bool


class Hastening(NamedTuple):
    """Hold whether slices are surely let go by some day, and whether they may be, as markets and people stand then."""

    surely: bool
    may: bool


def slices_of(settings: RollSettings) -> Slices | None:
    """Return the slices among a roll's timings."""
    return next((timing for timing in settings.timings if isinstance(timing, Slices)), None)


def due_lots(settings: RollSettings, memory: RollMemory, view: View) -> int:
    """Return how many lots may have been rolled by today."""
    slices = slices_of(settings)
    due = None if slices is None or not memory.sliced else slices_due(slices, view)
    return settings.lots if slices is None or due is None else _share(settings, slices, due)


def lifted(
    settings: RollSettings, memory: RollMemory, judged: tuple[Judged, ...], lead: int | None
) -> SlicesLifted | None:
    """Return the mark that the slices hold the roll no longer, `None` where they do or never did."""
    if not memory.sliced or not calls_without_slices(settings, judged, lead):
        return None
    met = (place for place, one in enumerate(judged) if one.met and not isinstance(settings.timings[place], Slices))
    return SlicesLifted(places=tuple(met), lots=settings.lots - memory.closed)


def late(settings: RollSettings, view: View) -> Late | None:
    """Return the first day to come by which near must be left that the slices end after, or `None`; near is listed.

    The roll is taken to begin by that day: where it cannot, nothing moves by then (`leaving.beyond_reach`).
    """
    slices = slices_of(settings)
    first = None if slices is None else view.days_until(slices.first_day)
    if slices is None or first is None:
        return None
    for_good = decides_for_good(settings, view)
    if for_good is not None and for_good < settings.timings.index(slices):
        return None  # the slices never decide
    judged = tuple(judge(settings, timing, TimingMemory(), view) for timing in settings.timings)
    if calls_without_slices(settings, judged, lead_of(settings, None, 0, judged, view.trading_day)):
        return None  # it begins without them
    ends_in = first + _last_slice(settings, slices) - 1
    passed = next((one for one in deadlines(settings, view) if 0 <= one.left < ends_in), None)
    if passed is None:
        return None
    lots = share_by(settings, slices, passed.left, view)
    hastens, may = hastening(settings, passed.left, view)
    return Late(settings.timings[passed.place], ends_in, lots, settings.lots - lots, hastens, may)


def share_by(settings: RollSettings, slices: Slices, by: int, view: View) -> int:
    """Return how many lots may have been rolled so many trading days from now, none beyond the calendar."""
    return _share(settings, slices, min(slices_by(slices, by, view), slices.slices))


def slices_by(slices: Slices, by: int, view: View) -> int:
    """Return how many slices at most end within so many trading days, none beyond the calendar."""
    first = view.days_until(slices.first_day)
    return 0 if first is None else max(by - first + 1, 0)


def hastening(settings: RollSettings, by: int, view: View) -> Hastening:
    """Return whether other timings surely let slices go within so many trading days, and whether they may."""
    if settings.combine is Combine.SWITCH:
        # A calendar, slices and a person's word are known at all times: nothing behind the slices ever decides.
        return Hastening(surely=False, may=not isinstance(settings.timings[0], Slices))
    surely = tuple(
        Judged(met=_surely_met(settings, timing, by, view), sighted=False, value="", threshold="", note="")
        for timing in settings.timings
    )
    perhaps = tuple(
        sure if isinstance(timing, DaysToExpiry | StepDay) else sure._replace(met=True)  # a calendar does not turn
        for timing, sure in zip(settings.timings, surely, strict=True)
    )
    return Hastening(*(calls_without_slices(settings, then, None) for then in (surely, perhaps)))


def _surely_met(settings: RollSettings, timing: Timing, by: int, view: View) -> bool:
    # So many trading days from now: a day that is reached stays so, and a person's word; a market may turn again.
    if isinstance(timing, Manual):
        return timing.go
    left = days_to_met(settings, timing, view)
    return left is not None and left <= by


def _last_slice(settings: RollSettings, slices: Slices) -> int:
    # The slice by which all lots may be rolled: with more slices than lots the last ones are empty.
    return slices.slices * (settings.lots - 1) // settings.lots + 1


def _share(settings: RollSettings, slices: Slices, due: int) -> int:
    return -(-settings.lots * due // slices.slices)
