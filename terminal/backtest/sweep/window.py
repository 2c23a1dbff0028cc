"""Cut a recording into stretches of whole trading days, and those into windows to choose in and windows to judge in.

A stretch is a recording of its own: who plays it sees nothing from before and nothing from after. Windows follow one
another by the days that are judged, so that every one of these is judged once and by what was known before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terminal.domain.market import Recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.days.calendar import Calendar

Span = tuple[int, int]
"""First and last trading day, both included."""


class Window(NamedTuple):
    """Hold the days in which settings are chosen (样本内), and those after them in which they are judged (样本外)."""

    chosen: Span
    judged: Span


def days_of(recording: Recording, calendar: Calendar) -> tuple[int, ...]:
    """Return the trading days of a recording that have a batch."""
    days = calendar.trading_days(
        calendar.trading_day(int(recording.at[0])), calendar.trading_day(int(recording.at[-1]))
    )
    return tuple(day for day in days if range(*_batches(recording, calendar, (day, day))))


def windows(days: Sequence[int], *, in_days: int, out_days: int) -> list[Window]:
    """Return the windows over some days; the last one is judged by what days are left."""
    starts = range(0, len(days) - in_days, out_days)
    return [
        Window(
            (days[start], days[start + in_days - 1]),
            (days[start + in_days], days[min(start + in_days + out_days, len(days)) - 1]),
        )
        for start in starts
    ]


def cut(recording: Recording, calendar: Calendar, span: Span) -> Recording:
    """Return what a recording holds of some trading days, with what was said about them in them."""
    first, stop = _batches(recording, calendar, span)
    start = int(recording.ends[first - 1]) if first else 0
    end = int(recording.ends[stop - 1]) if stop else 0
    return Recording(
        name=recording.name,
        universe=recording.universe,
        slots=recording.slots[start:end].astype(np.int64),
        rows=recording.table(start, end),
        ends=recording.ends[first:stop].astype(np.int64) - start,
        at=recording.at[first:stop],
        day_facts=tuple((index - first, fact) for index, fact in recording.day_facts if first <= index < stop),
        quarantined={},
        absent={},
        bars=None if recording.bars is None else recording.bars[start:end],
    )


def _batches(recording: Recording, calendar: Calendar, span: Span) -> tuple[int, int]:
    # From the first batch of the first day to before the first one after the last day.
    at = recording.at
    first, stop = np.searchsorted(at, (calendar.begins_at(span[0]), calendar.ends_at(span[1])))
    return int(first), int(stop)
