"""Lay out the slices of an execution: from when on how many of its lots should be out (TWAP, VWAP).

Time is trading time: a slice that a break interrupts goes on after it. A slice's lots may go out from its beginning on.
By the curve, the lots of a moment follow the weight of its part, even over that part's own trading time, so that a part
the window holds half of counts half. Lots are rounded half-up on the running sum, so that the last slice ends at the
whole and no rounding adds up.

An exchange takes no cancels in a break, so a window whose trading ends with one has to have its orders back before:
what rests would rest into the next session and meet its opening, beyond the window.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.days.calendar import CHINA_NS, DAY_NS, MINUTE_NS
from terminal.domain.parameters.strategy import CurvePart, ExecutionStyle
from terminal.strategies.children import GAP, SECOND
from terminal.strategies.sight import EDGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.domain.days.spans import TradingSpan
    from terminal.domain.parameters.strategy import ExecutionSettings
    from terminal.domain.view import View

    Trading = Callable[[int, int], tuple[TradingSpan, ...]]

MOST_SLICES: Final = 2000


class Slice(NamedTuple):
    """Hold when a slice begins (UTC ns), and the lots of it and all before it."""

    begins_at: int
    due: int


class Schedule(NamedTuple):
    """Hold the slices in order, and the lots of the largest one."""

    slices: tuple[Slice, ...]
    largest: int

    def due(self, at: int) -> int:
        """Return the lots that may be out at an instant."""
        place = bisect_right(self.slices, at, key=lambda one: one.begins_at)
        return self.slices[place - 1].due if place else 0


EMPTY: Final = Schedule((), 0)


class Stretch(NamedTuple):
    """Hold trading time of one weight: UTC ns, and weight per ns."""

    begins_at: int
    ends_at: int
    rate: Fraction

    @property
    def weight(self) -> Fraction:
        """Return the weight of it all."""
        return self.rate * (self.ends_at - self.begins_at)


def sliced(style: ExecutionStyle) -> bool:
    """Return whether a style follows a schedule."""
    return style in {ExecutionStyle.TWAP, ExecutionStyle.VWAP}


def schedule_of(settings: ExecutionSettings, view: View, since: int) -> Schedule:
    """Return the schedule of a window that begins at an instant; none where it has no trading time or no weight."""
    return schedule_within(settings, partial(view.trading, settings.instrument), since)


def schedule_within(settings: ExecutionSettings, trading: Trading, since: int) -> Schedule:
    """Return the schedule by the contract's continuous trading time, which `trading` tells between two instants."""
    spans, until = trading(since, settings.ends_at), settings.ends_at
    # The parts of a curve are whole parts of a day: how long they trade is not cut off by the window.
    days = trading(since - DAY_NS, until + DAY_NS) if settings.style is ExecutionStyle.VWAP else ()
    return _schedule(settings.total_lots, settings.slice_seconds, settings.curve, spans, days)


def taken_back_at(settings: ExecutionSettings, view: View) -> int:
    """Return from when on all orders are taken back, UTC ns: the end of the window, or shortly before its last break.

    A window without trading time has nothing to wait for: its beginning.
    """
    name, until = settings.instrument, settings.ends_at
    for span in reversed(view.trading(name, settings.begins_at, until + DAY_NS)):  # not cut off by the window
        if span.begins_at < until:
            return min(until, span.ends_at - EDGE)
    return settings.begins_at


def weight_passed(settings: ExecutionSettings, view: View) -> bool:
    """Return whether the last weight of a VWAP's curve within its window is past: of what is left nothing is due."""
    if settings.style is not ExecutionStyle.VWAP:
        return False
    trading = partial(view.trading, settings.instrument)
    spans = trading(settings.begins_at, settings.ends_at)
    days = trading(settings.begins_at - DAY_NS, settings.ends_at + DAY_NS)
    return view.now >= _weight_ends_at(settings.curve, spans, days)


def largest_child(settings: ExecutionSettings, planned: ExecutionSettings | None, view: View) -> int:
    """Return the lots of the largest child of TWAP and VWAP: the largest slice of the whole window.

    It follows from the settings alone, not from when the market is first seen: of what is due late, no child is larger.
    `planned` are the settings it was started with: changing them makes a child smaller, never larger.
    """
    found = schedule_of(settings, view, settings.begins_at).largest
    if planned is None or planned == settings:
        return found
    return min(found, schedule_of(planned, view, planned.begins_at).largest or found)


def undone(plan: Schedule, spans: tuple[TradingSpan, ...], *, now: int, had: int, most: int) -> int:
    """Return the lots of a schedule that cannot go out within spans from `now` on, by children of at most `most`.

    It is the least that is left: each child goes out as soon as it may.
    """
    begins = [max(one.begins_at, now) for one in plan.slices]
    ends = [*begins[1:], max((span.ends_at for span in spans), default=now)]
    for one, begin, end in zip(plan.slices, begins, ends, strict=True):
        if begin < end and one.due > had:
            children = sum(-(-(last - first) // GAP) for first, last in _cut(spans, begin, end))
            had = min(one.due, had + children * most)
    return max(plan.slices[-1].due - had, 0) if plan.slices else 0


def slice_count(settings: ExecutionSettings, spans: tuple[TradingSpan, ...]) -> int:
    """Return into how many slices trading time is cut."""
    whole = sum(span.ends_at - span.begins_at for span in spans)
    return -(-whole // (settings.slice_seconds * SECOND))


@lru_cache(maxsize=64)
def _schedule(
    lots: int,
    seconds: int,
    curve: tuple[CurvePart, ...],
    spans: tuple[TradingSpan, ...],
    days: tuple[TradingSpan, ...],
) -> Schedule:
    if not spans:
        return EMPTY
    stretches = _by_curve(curve, spans, days) if days else [Stretch(*span, Fraction(1)) for span in spans]
    whole = sum((one.weight for one in stretches), Fraction(0))
    if not whole:
        return EMPTY
    edges = _edges(spans, seconds * SECOND)
    found: list[Slice] = []
    passed, place, most = Fraction(0), 0, 0
    for begins_at, ends_at in edges:
        while place < len(stretches) and stretches[place].ends_at <= ends_at:
            passed += stretches[place].weight
            place += 1
        part = Fraction(0)
        if place < len(stretches) and stretches[place].begins_at < ends_at:
            part = stretches[place].rate * (ends_at - stretches[place].begins_at)
        due = int((passed + part) / whole * lots + Fraction(1, 2))
        before = found[-1].due if found else 0
        if due > before:
            found.append(Slice(begins_at, due))
            most = max(most, due - before)
    return Schedule(tuple(found), most)


@lru_cache(maxsize=64)
def _weight_ends_at(curve: tuple[CurvePart, ...], spans: tuple[TradingSpan, ...], days: tuple[TradingSpan, ...]) -> int:
    stretches = _by_curve(curve, spans, days) if spans else []
    return max((one.ends_at for one in stretches if one.rate), default=0)


def _edges(spans: tuple[TradingSpan, ...], length: int) -> list[tuple[int, int]]:
    # The slices on the clock, each from its first moment of trading to its last.
    edges: list[tuple[int, int]] = []
    begun, left = 0, 0
    for span in spans:
        at = span.begins_at
        while at < span.ends_at:
            if not left:
                begun, left = at, length
            step = min(left, span.ends_at - at)
            at, left = at + step, left - step
            if not left:
                edges.append((begun, at))
    if left and spans:
        edges.append((begun, spans[-1].ends_at))
    return edges


def _by_curve(
    curve: tuple[CurvePart, ...], spans: tuple[TradingSpan, ...], days: tuple[TradingSpan, ...]
) -> list[Stretch]:
    found = []
    midnight = (days[0].begins_at + CHINA_NS) // DAY_NS * DAY_NS - CHINA_NS - DAY_NS
    while midnight < spans[-1].ends_at:
        for part in curve:
            begin, end = bounds(part)
            first, last = midnight + begin, midnight + end
            traded = sum(ends_at - begins_at for begins_at, ends_at in _cut(days, first, last))
            if traded:
                rate = Fraction(part.weight) / traded
                found += [Stretch(begins_at, ends_at, rate) for begins_at, ends_at in _cut(spans, first, last)]
        midnight += DAY_NS
    return sorted(found)


def _cut(spans: tuple[TradingSpan, ...], first: int, last: int) -> list[tuple[int, int]]:
    return [
        (max(span.begins_at, first), min(span.ends_at, last))
        for span in spans
        if span.begins_at < last and span.ends_at > first
    ]


def bounds(part: CurvePart) -> tuple[int, int]:
    """Return begin and end of a part in ns after midnight; one that runs over midnight ends on the next day.

    >>> from decimal import Decimal
    >>> [at // MINUTE_NS for at in bounds(CurvePart(begin="21:00", end="01:30", weight=Decimal(1)))]
    [1260, 1530]
    """
    begin, end = minutes(part.begin) or 0, minutes(part.end) or 0
    return begin * MINUTE_NS, (end if end > begin else end + 24 * 60) * MINUTE_NS


def minutes(clock: str) -> int | None:
    """Return a time of day like 09:30 in minutes, `None` where it is none."""
    hour, colon, minute = clock.partition(":")
    written = len(hour) == 2 and len(minute) == 2 and colon and (hour + minute).isascii() and (hour + minute).isdigit()
    if not written or int(hour) > 23 or int(minute) > 59:
        return None
    return int(hour) * 60 + int(minute)
