"""Remember the samples of every product's basis, and say where the latest one stands among them.

Samples are numbered from 0 as they stand in the track, oldest first. Older ones that arrive later (`take_history`)
are put where their instants belong, and the track is numbered anew. Statistics are floats: they are drawn and ranked,
never traded on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from terminal.domain.calendar import CHINA_NS, DAY_NS, HOUR_NS, natural_day
from terminal.domain.ids import ProductId
from terminal.engine.mailbox import Basis
from terminal.engine.screen import BasisHistory
from terminal.widgets.pyramid import Outline, Pyramid
from terminal.widgets.ring import Ring

Floats = NDArray[np.float64]
Stamps = NDArray[np.int64]

CAPACITY: Final = 1 << 18
WINDOW: Final = 240  # samples of mean and deviation
LEAST: Final = 20  # fewer samples say nothing about the usual
EVENING: Final = 6 * HOUR_NS  # from 18:00 on a session belongs to the next trading day
MONDAY: Final = 4  # days from 1970-01-01, a Thursday, to its first Monday


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


class Moment(NamedTuple):
    """Hold one sample as it is read out: instant (UTC ns), yuan, and its rank among all kept."""

    at: int
    value: float
    spot: float
    future: float
    permille: int


class Track:
    """Keep the last `capacity` samples of one product, a power of two."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.latest: Basis | None = None
        self.days: list[tuple[int, int]] = []  # trading day, the number of its first sample
        self.era = 0  # grows when the samples are numbered anew
        self._capacity = capacity
        self._clear()

    @property
    def count(self) -> int:
        """Return how many samples there have been."""
        return self._at.count

    @property
    def first(self) -> int:
        """Return the number of the oldest sample that is kept."""
        return self._at.first

    @property
    def last_at(self) -> int:
        """Return when the newest sample was taken, UTC ns; there must be one."""
        return int(self._at.last())

    @property
    def last_value(self) -> float:
        """Return the newest basis; there must be a sample."""
        return float(self._value.values.last())

    def take(self, samples: Sequence[Basis]) -> None:
        """Add samples in the order of their time."""
        at = np.array([sample.at for sample in samples], np.int64)
        spot = np.array([float(sample.spot_price) for sample in samples])
        # The difference is taken before it becomes a float: 0.1 stays 0.1.
        value = np.array([float(sample.value) for sample in samples])
        for place, sample in enumerate(samples, self.count):
            if not self.days or self.days[-1][0] != sample.trading_day:
                self.days.append((sample.trading_day, place))
        self._extend(at, spot, value)
        self.latest = samples[-1]

    def take_history(self, history: BasisHistory) -> bool:
        """Put samples where their instants belong and return whether any was missing; one that is known stays."""
        older = np.array(history.at, np.int64)
        own = self._at.slice(self.first, self.count)
        _, fresh = np.unique(older, return_index=True)
        fresh = fresh[~np.isin(older[fresh], own)]
        if not len(fresh):
            return False
        days = np.repeat(
            np.array([day for day, _ in self.days], np.int64),
            np.diff([max(place, self.first) for _, place in self.days] + [self.count]),
        )
        at = np.concatenate((own, older[fresh]))
        spot = np.concatenate((self._spot.slice(self.first, self.count), np.array(history.spot)[fresh]))
        value = np.concatenate(
            (
                self._value.values.slice(self.first, self.count),
                (np.array(history.spot) - np.array(history.future))[fresh],
            )
        )
        days = np.concatenate((days, trading_days(older[fresh])))
        # Two live samples of one instant stay in their order.
        order = np.argsort(at, kind="stable")
        self._clear()
        self._extend(at[order], spot[order], value[order])
        days = days[order]
        turns = np.flatnonzero(np.diff(days, prepend=-1))
        self.days = [(int(days[turn]), int(turn)) for turn in turns]
        self.era += 1
        return True

    def outline(self, begin: int, end: int, most: int) -> Outline:
        """Return the curve between two numbers as at most about `most` columns; x is the sample's number."""
        return self._value.outline(begin, end, most)

    def band(self, numbers: Stamps) -> Band:
        """Return mean and band at these samples."""
        mean, spread = self._mean.pick(numbers), self._spread.pick(numbers)
        return Band(mean, mean - spread, mean + spread)

    def value_of(self, number: int) -> float:
        """Return the basis of one sample that is kept."""
        return float(self._value.values.slice(number, number + 1)[0])

    def instants(self, numbers: Stamps) -> Stamps:
        """Return when these samples were taken, UTC ns."""
        return self._at.pick(numbers)

    def value_at(self, at: int) -> tuple[int, float] | None:
        """Return number and value of the sample that stood at an instant, `None` before the oldest."""
        begin = self.first
        place = int(np.searchsorted(self._at.slice(begin, self.count), at, side="right")) - 1
        if place < 0:
            return None
        number = begin + place
        return number, self.value_of(number)

    def numbers_from(self, instants: Stamps) -> Stamps:
        """Return the first sample at or after each instant; behind the newest it is the count."""
        return self.first + np.searchsorted(self._at.slice(self.first, self.count), instants)

    def moment(self, number: int) -> Moment:
        """Return one sample that is kept."""
        one = np.array([number])
        value, spot = float(self._value.values.pick(one)[0]), float(self._spot.pick(one)[0])
        return Moment(int(self._at.pick(one)[0]), value, spot, spot - value, self._permille(value))

    def standing(self) -> Standing | None:
        """Return where the latest sample stands, or `None` while there are too few."""
        kept = self.count - self.first
        if kept < LEAST:
            return None
        value, mean, deviation = self.last_value, float(self._mean.last()), float(self._spread.last()) / 2
        sigmas = Decimal(f"{(value - mean) / deviation:.1f}") if deviation > 0 else None
        return Standing(Decimal(f"{mean:.1f}"), sigmas, self._permille(value), kept)

    def _permille(self, value: float) -> int:
        kept = self._value.values.kept
        return int(np.count_nonzero(kept < value)) * 1000 // len(kept)

    def _clear(self) -> None:
        self._at = Ring(np.int64, self._capacity)
        self._spot, self._mean, self._spread = (Ring(np.float64, self._capacity) for _ in range(3))
        self._value = Pyramid(self._capacity)

    def _extend(self, at: Stamps, spot: Floats, value: Floats) -> None:
        # The samples before belong to the window of the first new ones.
        before = self._value.values.slice(max(self.first, self.count - WINDOW + 1), self.count)
        found = band(np.concatenate((before, value)))
        self._at.extend(at)
        self._spot.extend(spot)
        self._value.extend(value)
        self._mean.extend(found.mean[len(before) :])
        self._spread.extend((found.high - found.mean)[len(before) :])


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


def trading_days(at: Stamps) -> Stamps:
    """Return the days instants (UTC ns) are shown under, like 20250106.

    History comes without its trading day. An evening belongs to the next weekday; before a holiday there is no night
    session, so no calendar is needed.
    """
    shifted = (at + (CHINA_NS + EVENING)) // DAY_NS
    weekday = (shifted - MONDAY) % 7
    shifted = shifted + np.where(weekday >= 5, 7 - weekday, 0)
    found, places = np.unique(shifted, return_inverse=True)
    named = np.array([natural_day(int(day) * DAY_NS - CHINA_NS) for day in found], np.int64)
    return named[places]


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
        sorted_out: dict[ProductId, list[Basis]] = {}
        for sample in samples:
            sorted_out.setdefault(sample.product, []).append(sample)
        for product, own in sorted_out.items():
            self._track(product).take(own)
        return set(sorted_out)

    def take_history(self, history: BasisHistory) -> set[ProductId]:
        """Put a stretch of older samples into its product's track and return the product if any was missing."""
        changed = bool(history.at) and self._track(history.product).take_history(history)
        return {history.product} if changed else set()

    def _track(self, product: ProductId) -> Track:
        track = self.by_product.get(product)
        if track is None:
            track = self.by_product[product] = Track()
        return track
