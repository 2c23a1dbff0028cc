"""Remember the samples of every product's basis, and say where the latest one stands among them.

Two things are kept. The *samples*, one a step of market time (`BASIS_STEP_NS`; a later one of the same step takes the
place of the one before): a rank is among these, and every desk has the same. And the *course*, one value a step of
trading time, numbered from 0, in which a value stands until the next sample: it is what is drawn, so a minute is as
wide as any other and breaks and nights take no room; mean and deviation are of its last days (`basis_window`). The
history of the runner takes the place of all that is older; the course is numbered anew then. Statistics are floats:
they are drawn and ranked, never traded on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from terminal.domain.days.calendar import Calendar
from terminal.domain.days.sessions import SessionId, template_of
from terminal.domain.errors import InvariantError
from terminal.domain.ids import ProductId
from terminal.domain.percentile import middle_rank
from terminal.domain.products.instrument import Kind
from terminal.engine.mailbox import Market
from terminal.engine.prices.basis import BASIS_KEPT, BASIS_STEP_NS, Basis
from terminal.engine.prices.history import BasisHistory
from terminal.widgets.basis.pyramid import Outline, Pyramid
from terminal.widgets.basis.ring import Ring
from terminal.widgets.basis.trading_steps import Hours, TradingSteps
from terminal.widgets.basis.window import Band, RunningBand, window_begins

Floats = NDArray[np.float64]
Stamps = NDArray[np.int64]

LEAST: Final = 20  # fewer samples say nothing about the usual
LEAST_DEVIATION: Final = 0.001  # yuan; a basis that moves at all moves by more
DIGITS: Final = 6  # of a basis, in which prices are exact: 775.5 less 775.4 is 0.1 and not a float beside it


class Standing(NamedTuple):
    """Say where the latest sample stands: mean and deviation of its window, rank among all samples kept."""

    mean: Decimal
    sigmas: Decimal | None
    permille: int
    samples: int
    days: int  # trading days that the window reaches back, the present one among them
    since: int  # UTC ns of the first step of the window


class Moment(NamedTuple):
    """Hold one step as it is read out: its begin (UTC ns), yuan, and its rank among all samples kept."""

    at: int
    value: float
    spot: float
    future: float
    permille: int


class Samples(NamedTuple):
    """Hold samples as columns, oldest first."""

    at: Stamps
    spot: Floats
    value: Floats

    def where(self, mask: NDArray[np.bool_]) -> Samples:
        """Return those that a mask names."""
        return Samples(self.at[mask], self.spot[mask], self.value[mask])

    def and_then(self, later: Samples) -> Samples:
        """Return these and later ones."""
        return Samples(
            np.concatenate((self.at, later.at)),
            np.concatenate((self.spot, later.spot)),
            np.concatenate((self.value, later.value)),
        )

    def equals(self, other: Samples) -> bool:
        """Return whether the steps, prices and values are the same."""
        return (
            np.array_equal(_steps(self.at), _steps(other.at))
            and np.array_equal(self.spot, other.spot)
            and np.array_equal(self.value, other.value)
        )


class Track:
    """Keep the last `capacity` samples of one product and as many steps of its course; a power of two."""

    def __init__(self, hours: Hours, capacity: int = BASIS_KEPT) -> None:
        self.latest: Basis | None = None
        self.era = 0  # grows when the course is numbered anew
        self._hours = hours
        self._capacity = capacity
        self._told_until = 0  # what is older than this came with the history, whenever it comes again
        self._clear()

    @property
    def count(self) -> int:
        """Return how many steps there have been."""
        return self._value.values.count

    @property
    def first(self) -> int:
        """Return the number of the oldest step that is kept."""
        return self._value.values.first

    @property
    def samples(self) -> int:
        """Return how many samples are kept."""
        return self._at.count - self._at.first

    @property
    def days(self) -> list[tuple[int, int]]:
        """Return the trading days of the course, each with the number of its first step."""
        count = self.count
        if not count:
            return []
        days = self._axis.days
        begun = len(days)
        while days[begun - 1][1] >= count:  # the axis knows the next one already
            begun -= 1
        return days[:begun]

    @property
    def last_at(self) -> int:
        """Return when the newest sample was taken, UTC ns; there must be one."""
        return int(self._at.last())

    @property
    def last_value(self) -> float:
        """Return the newest basis; there must be a sample."""
        return float(self._value.values.last())

    def trade_in(self, hours: Hours) -> None:
        """Take when the product trades."""
        if hours != self._hours:
            self._hours = hours
            self._begin_anew(self._kept())

    def take(self, samples: Sequence[Basis]) -> None:
        """Add samples in the order of their time."""
        self.latest = samples[-1]
        at = np.array([sample.at for sample in samples], np.int64)
        spot = np.array([float(sample.spot_price) for sample in samples])
        future = np.array([float(sample.future_price) for sample in samples])
        new = at >= self._told_until
        if new.any():
            self._take(Samples(at, spot, _difference(spot, future)).where(new))

    def take_history(self, history: BasisHistory) -> bool:
        """Take what the runner has in the place of all that is older; return whether that changes anything."""
        mine, spot = self._kept(), np.array(history.spot)
        theirs = Samples(np.array(history.at, np.int64), spot, _difference(spot, np.array(history.future)))
        until = int(theirs.at[-1]) + 1 if len(theirs.at) else 0
        # What was heard while the history was on its way is newer, and may be of the very step it ends with.
        newer = mine.where((mine.at >= until) & (mine.at >= history.before - BASIS_STEP_NS))
        before = _steps(newer.at[:1] if len(newer.at) else theirs.at[-1:] + BASIS_STEP_NS)
        merged = theirs.where(_steps(theirs.at) < before).and_then(newer)
        self._told_until = until
        if merged.equals(mine):
            return False
        self._begin_anew(merged)
        return True

    def outline(self, begin: int, end: int, most: int) -> Outline:
        """Return the curve between two numbers as at most about `most` columns; x is the number of the step."""
        return self._value.outline(begin, end, most)

    def band(self, numbers: Stamps) -> Band:
        """Return mean and band at these steps."""
        return self._band.pick(numbers)

    def value_of(self, number: int) -> float:
        """Return the basis of one step that is kept."""
        return float(self._value.values.slice(number, number + 1)[0])

    def instants(self, numbers: Stamps) -> Stamps:
        """Return when these steps begin, UTC ns; there must be a sample."""
        return self._axis.instants(numbers)

    def value_at(self, at: int) -> tuple[int, float] | None:
        """Return number and value of the step of an instant, or of the newest; `None` before the oldest."""
        if not self.count or at < int(self.instants(np.array([self.first]))[0]):
            return None
        number = int(self._axis.numbers(np.array([min(at, self.last_at)]))[0])
        return number, self.value_of(number)

    def is_final(self, at: int) -> bool:
        """Return whether the step of an instant is over, so that its value stays; there must be a sample."""
        return at // BASIS_STEP_NS < self.last_at // BASIS_STEP_NS

    def numbers_from(self, instants: Stamps) -> Stamps:
        """Return the first step that begins at or after each instant; there must be a sample."""
        numbers = self._axis.numbers(instants)
        return numbers + (self._axis.instants(numbers) < instants)

    def moment(self, number: int) -> Moment:
        """Return one step that is kept."""
        one = np.array([number])
        value, spot = float(self._value.values.pick(one)[0]), float(self._spot.pick(one)[0])
        return Moment(int(self.instants(one)[0]), value, spot, spot - value, self._permille(value))

    def standing(self) -> Standing | None:
        """Return where the latest sample stands, or `None` while there are too few."""
        if self.samples < LEAST:
            return None
        begins, days = self._day_begins(), len(self.days)
        begin = max(self.first, int(window_begins(np.array([self.count - 1]), begins)[0]))
        drawn, value = self.band(np.array([self.count - 1])), self.last_value
        # To the digits a basis has: what sums that were carried on leave behind differs from desk to desk.
        mean, deviation = round(float(drawn.mean[0]), DIGITS), float(drawn.high[0] - drawn.mean[0]) / 2
        sigmas = Decimal(f"{(value - mean) / deviation:.1f}") if deviation > LEAST_DEVIATION else None
        since = int(self.instants(np.array([begin]))[0])
        reach = days - int(np.searchsorted(begins[:days], begin, side="right")) + 1
        return Standing(Decimal(f"{mean:.1f}"), sigmas, self._permille(value), self.samples, reach, since)

    def _day_begins(self) -> Stamps:
        return np.array([first for _, first in self._axis.days], np.int64)

    def _permille(self, value: float) -> int:
        kept = self._sampled.kept
        others = max(int(np.count_nonzero(kept == value)) - 1, 0)
        return middle_rank(int(np.count_nonzero(kept < value)), others, len(kept))

    def _kept(self) -> Samples:
        begin, end = self._at.first, self._at.count
        return Samples(self._at.slice(begin, end), self._spots.slice(begin, end), self._sampled.slice(begin, end))

    @property
    def _axis(self) -> TradingSteps:
        if self._steps is None:
            raise InvariantError("a course without a sample has no axis")
        return self._steps

    def _clear(self) -> None:
        self._at = Ring(np.int64, self._capacity)
        self._spots, self._sampled = Ring(np.float64, self._capacity), Ring(np.float64, self._capacity)
        self._value = Pyramid(self._capacity)
        self._spot, self._band = Ring(np.float64, self._capacity), RunningBand(self._capacity)
        self._steps: TradingSteps | None = None  # the first sample begins them

    def _begin_anew(self, samples: Samples) -> None:
        self._clear()
        if len(samples.at):
            self._extend(samples)
        self.era += 1

    def _take(self, samples: Samples) -> None:
        back = np.flatnonzero(np.diff(samples.at) < 0)
        if len(back):
            # The runner has begun again, a little earlier: what came after that comes once more.
            later = np.arange(len(samples.at)) > back[0]
            self._take(samples.where(~later))
            self._take(samples.where(later))
            return
        steps = _steps(samples.at)
        new = samples.where(np.append(np.diff(steps) > 0, [True]))  # of each step the last stands
        if self._at.count and steps[0] < self.last_at // BASIS_STEP_NS:
            kept = self._kept()
            self._begin_anew(kept.where(_steps(kept.at) < steps[0]).and_then(new))
        else:
            self._extend(new)

    def _extend(self, new: Samples) -> None:
        # One sample a step; the first may be of the newest step and then takes its place.
        again = self._at.count > 0 and bool(_steps(new.at[:1])[0] == self.last_at // BASIS_STEP_NS)
        if again:
            self._at.replace_last(new.at[0])
            self._spots.replace_last(new.spot[0])
            self._sampled.replace_last(new.value[0])
        self._at.extend(new.at[again:])
        self._spots.extend(new.spot[again:])
        self._sampled.extend(new.value[again:])
        if self._steps is None:
            self._steps = TradingSteps(self._hours, int(new.at[0]))
        self._go_on(self._steps.numbers(new.at), new)

    def _go_on(self, numbers: Stamps, new: Samples) -> None:
        # The course up to the last of these: in a step without a sample stands what stood before.
        last = np.append(np.diff(numbers) > 0, [True])
        count, numbers = self.count, numbers[last]
        places = np.arange(count, numbers[-1] + 1)
        source = np.searchsorted(numbers, places, side="right") - 1
        again = int(numbers[0] < count)  # the first of these is of the newest step

        def go_on(ring: Ring[np.float64] | Pyramid, values: Floats) -> Floats:
            if again:
                ring.replace_last(values[0])
            stood = ring.last() if count else values[0]
            filled = np.where(source < 0, stood, values[source])
            ring.extend(filled)
            return np.concatenate((values[:again], filled))

        go_on(self._spot, new.spot[last])
        self._band.go_on(count - again, go_on(self._value, new.value[last]), self._day_begins())


def _steps(at: Stamps) -> Stamps:
    return at // BASIS_STEP_NS


def _difference(spot: Floats, future: Floats) -> Floats:
    return np.round(spot - future, DIGITS)


class Tracks:
    """Hold a track for every product that has a basis; samples wait for the market, which says when it trades."""

    def __init__(self) -> None:
        self.by_product: dict[ProductId, Track] = {}
        self._calendar: Calendar | None = None
        self._sessions: dict[ProductId, SessionId | None] = {}

    def show_market(self, market: Market) -> None:
        """Take when the products trade."""
        self._calendar = market.calendar
        self._sessions = {one.product: one.session for one in market.instruments if one.kind is Kind.FUTURE}
        for product, track in self.by_product.items():
            track.trade_in(self._hours(product, market.calendar))

    def take(self, samples: Iterable[Basis]) -> set[ProductId]:
        """Add samples and return the products they belong to."""
        sorted_out: dict[ProductId, list[Basis]] = {}
        for sample in samples:
            sorted_out.setdefault(sample.product, []).append(sample)
        for product, own in sorted_out.items():
            self._track(product).take(own)
        return set(sorted_out)

    def take_history(self, history: BasisHistory) -> set[ProductId]:
        """Take a product's history and return the product if that changes anything."""
        known = history.product in self.by_product
        changed = (known or bool(history.at)) and self._track(history.product).take_history(history)
        return {history.product} if changed else set()

    def _track(self, product: ProductId) -> Track:
        track = self.by_product.get(product)
        if track is None:
            if self._calendar is None:
                raise InvariantError("a basis came before its market")  # the desk names the market first
            track = self.by_product[product] = Track(self._hours(product, self._calendar))
        return track

    def _hours(self, product: ProductId, calendar: Calendar) -> Hours:
        session = self._sessions.get(product)
        if session is not None and template_of(session) not in calendar.sessions:
            session = None  # a runner's own template that this desk has no row of
        return Hours(calendar, session)
