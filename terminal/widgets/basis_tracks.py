"""Remember the samples of every product's basis, and say where the latest one stands among them.

Statistics are floats: they are drawn and ranked, never traded on.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from terminal.domain.ids import ProductId
from terminal.engine.mailbox import Basis

Floats = NDArray[np.float64]

CAPACITY: Final = 20_000
WINDOW: Final = 240  # samples of mean and deviation
LEAST: Final = 20  # fewer samples say nothing about the usual


class Series(NamedTuple):
    """Hold a stretch of samples, oldest first; `x` counts the samples of the product from 0, `at` is UTC ns."""

    x: Floats
    at: NDArray[np.int64]
    value: Floats
    spot: Floats
    future: Floats


class Band(NamedTuple):
    """Hold the running mean and two standard deviations around it."""

    mean: Floats
    low: Floats
    high: Floats


class Standing(NamedTuple):
    """Say where the latest sample stands: mean and deviation of the last `WINDOW`, rank among all kept."""

    mean: Decimal
    sigmas: Decimal | None
    permille: int
    samples: int


class Track:
    """Keep the last `CAPACITY` samples of one product in a ring that is written twice, so a view is one slice."""

    def __init__(self) -> None:
        self.latest: Basis | None = None
        self.days: list[tuple[int, int]] = []  # trading day, the `x` of its first sample
        self.count = 0
        self._at = np.zeros(2 * CAPACITY, np.int64)
        self._value, self._spot, self._future = (np.zeros(2 * CAPACITY) for _ in range(3))

    def take(self, sample: Basis) -> None:
        """Add a sample."""
        if not self.days or self.days[-1][0] != sample.trading_day:
            self.days.append((sample.trading_day, self.count))
        for place in (self.count % CAPACITY, self.count % CAPACITY + CAPACITY):
            self._at[place] = sample.at
            self._value[place] = sample.value
            self._spot[place] = sample.spot_price
            self._future[place] = sample.future_price
        self.count += 1
        self.latest = sample

    def series(self) -> Series:
        """Return what is kept; the arrays are views and change with the next sample."""
        begin = self.count % CAPACITY if self.count > CAPACITY else 0
        kept = slice(begin, begin + min(self.count, CAPACITY))
        first = self.count - min(self.count, CAPACITY)
        x = np.arange(first, self.count, dtype=np.float64)
        return Series(x, self._at[kept], self._value[kept], self._spot[kept], self._future[kept])

    def standing(self) -> Standing | None:
        """Return where the latest sample stands, or `None` while there are too few."""
        values = self.series().value
        if len(values) < LEAST:
            return None
        recent = values[-WINDOW:]
        mean, deviation = float(recent.mean()), float(recent.std())
        sigmas = Decimal(f"{(values[-1] - mean) / deviation:.1f}") if deviation > 0 else None
        below = int(np.count_nonzero(values < values[-1]))
        return Standing(Decimal(f"{mean:.1f}"), sigmas, below * 1000 // len(values), len(values))


def band(values: Floats, window: int = WINDOW) -> Band:
    """Return the running mean of the last `window` samples and two standard deviations around it."""
    if not len(values):
        return Band(values, values, values)
    # Sums of differences from the first value: squares of whole prices would eat the digits that matter.
    shifted = values - values[0]
    ends = np.arange(1, len(values) + 1)
    counts = np.minimum(ends, window)
    sums = _running(shifted, window)
    squares = _running(shifted * shifted, window)
    mean = sums / counts
    spread = 2.0 * np.sqrt(np.maximum(squares / counts - mean * mean, 0.0))
    mean = mean + values[0]
    return Band(mean, mean - spread, mean + spread)


def _running(values: Floats, window: int) -> Floats:
    sums = np.cumsum(values)
    sums[window:] = sums[window:] - sums[:-window]
    return sums


class Tracks:
    """Hold a track for every product that has a basis."""

    def __init__(self) -> None:
        self.by_product: dict[ProductId, Track] = {}

    def take(self, samples: Iterable[Basis]) -> set[ProductId]:
        """Add samples and return the products they belong to."""
        changed = set()
        for sample in samples:
            track = self.by_product.get(sample.product)
            if track is None:
                track = self.by_product[sample.product] = Track()
            track.take(sample)
            changed.add(sample.product)
        return changed
