"""Carry the mean of a basis and two standard deviations over its last twenty trading days, at every step of a course.

Theory. The window is counted in trading time, not in samples: every step of the last `DAYS` trading days weighs the
same, the present one as far as it has come. An hour that was sampled once and an hour that was sampled at every step
count alike, and no old print that leaves makes the usual jump within a day. Where the course is shorter, the window is
all of it; whoever shows a mean says from when on it is.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from terminal.widgets.basis.ring import Ring

Floats = NDArray[np.float64]
Stamps = NDArray[np.int64]

DAYS: Final = 20  # trading days


class Band(NamedTuple):
    """Hold the running mean and two standard deviations around it."""

    mean: Floats
    low: Floats
    high: Floats


def window_begins(places: Stamps, days: Stamps) -> Stamps:
    """Return the step each step's window begins with; `days` are the steps that trading days begin with."""
    today = np.searchsorted(days, places, side="right") - 1
    return days[np.maximum(0, today - DAYS + 1)]


class RunningBand:
    """Hold the band of one course; its room is `capacity` steps."""

    def __init__(self, capacity: int) -> None:
        # Sums of differences from the first value: squares of whole prices would eat the digits that matter.
        self._shift = 0.0
        self._sums, self._squares, self._mean, self._spread = (Ring(np.float64, capacity) for _ in range(4))

    def go_on(self, place: int, values: Floats, days: Stamps) -> None:
        """Take the values of the steps from `place` on: behind the newest, or in its place."""
        if not place:
            self._shift = float(values[0])
        shifted = values - self._shift
        places = np.arange(place, place + len(values))
        oldest = max(0, place - self._sums.capacity)
        begins = np.maximum(window_begins(places, days), oldest + 1 if oldest else 0)
        sums, mean = self._carried(self._sums, place, shifted, begins)
        squares, square_mean = self._carried(self._squares, place, shifted * shifted, begins)
        spread = 2.0 * np.sqrt(np.maximum(square_mean - mean * mean, 0.0))
        kept = ((self._sums, sums), (self._squares, squares), (self._mean, mean + self._shift), (self._spread, spread))
        for ring, column in kept:
            again = ring.count > place
            if again:
                ring.replace_last(column[0])
            ring.extend(column[again:])

    def pick(self, numbers: Stamps) -> Band:
        """Return mean and band at these steps, which must be kept."""
        mean, spread = self._mean.pick(numbers), self._spread.pick(numbers)
        return Band(mean, mean - spread, mean + spread)

    @staticmethod
    def _carried(ring: Ring[np.float64], place: int, values: Floats, begins: Stamps) -> tuple[Floats, Floats]:
        before = ring.slice(place - 1, place) if place else np.zeros(1)
        sums = np.cumsum(np.concatenate((before, values)))  # number i is the sum up to the step `place + i - 1`
        ends = begins - 1  # what is summed up to here belongs to no window any more
        old = ring.pick(np.clip(ends, 0, max(0, place - 1)))
        left = np.where(ends < place, old, sums[np.maximum(0, ends - place + 1)])
        counts = np.arange(place, place + len(values)) - ends
        return sums[1:], (sums[1:] - np.where(ends < 0, 0.0, left)) / counts
