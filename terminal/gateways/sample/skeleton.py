"""Draw the slow life of the sample market: closing levels, term structure and open interest of every day.

Each product's spot level wanders and is pulled back to its home level; products of one sector move together. A
contract's close is the spot level times one plus slope times the years to its last day (cost of carry less
convenience), so it meets spot when it ends; the slope wanders too.

What the rest relies on: from one close to the next a contract moves at most `STEP` of its price band, and within a day
it stays within `REACH` of the band around the day's two closes. So no price leaves the band around yesterday's
settlement, whatever that settlement turned out to be, except where a limit lock is meant. A day can therefore be made
without making all the days before it.

Open interest moves from a contract to the next around their crossing, where both are equal.
"""

from __future__ import annotations

import numpy as np

from terminal.domain.days.calendar import Calendar, to_date
from terminal.domain.ids import ProductId
from terminal.gateways.sample.listing import Listing
from terminal.gateways.sample.products import Sector
from terminal.gateways.sample.streams import Floats, Ints, Stream, stream

STEP = 0.20
REACH = 0.15

_SPOT_STEP = 0.16
_SIGMA = 0.10  # of the band, per day
_PULL = 0.03  # back to the home level, per day
_SLOPE_SIGMA = 0.03  # of the band, per day
_SLOPE_PULL = 0.05
_MARKET, _SECTOR = 0.35, 0.60  # loadings
_OWN = (1.0 - _MARKET**2 - _SECTOR**2) ** 0.5
_YEAR = 365.0
_HANDOVER = 12.0  # trading days on either side of a crossing
_AT_CROSSING = 0.56
_FAR, _OLD = 0.10, 0.02  # shares of the peak before and after a contract's time
_EARLY_GAP = 4.0  # least trading days from one crossing to the next
_PER_NATURAL_DAY = 243.0 / 365.0
_GAP_EVERY = 3  # days


class Skeleton:
    """Hold the slow life of a market; day 0 is its first trading day, and closes begin with the day before it.

    `closes[d]` are the contracts' closes of the day before day d, yuan; `spots[d]` likewise the products' spot levels;
    `gaps[d]` is the product that opens day d away from its last close, -1 for none; `bands` are the products' daily
    price bands as fractions; `phases` are where in their turn a product's waves (range, swing, basis) begin a day.
    """

    def __init__(
        self,
        *,
        seed: int,
        listing: Listing,
        calendar: Calendar,
        days: tuple[int, ...],
        bands: Floats,
        early_rolls: tuple[ProductId, ...],
        with_gaps: bool,
    ) -> None:
        rng = stream(seed, Stream.SKELETON)
        count = len(listing.products)
        draws = rng.standard_normal((len(days) + 1, 1 + len(Sector) + 2 * count))
        self.bands = bands
        self.phases = rng.random((3, count))
        self.gaps = _gaps(rng, len(days), count) if with_gaps else np.full(len(days), -1, np.int64)
        self.spots, slopes = _levels(listing, bands, draws, self.gaps)
        self.owner: Ints = np.array([contract.product for contract in listing.contracts], np.int64)
        dates = (calendar.previous_day(days[0]), *days)
        ordinals = np.array([to_date(day).toordinal() for day in dates], np.float64)
        ends = np.array([contract.last_ordinal for contract in listing.contracts], np.float64)
        years = np.maximum(ends[None, :] - ordinals[:, None], 0.0) / _YEAR
        fair = self.spots[:, self.owner] * (1.0 + slopes[:, self.owner] * years)
        self.closes = _bounded(fair, bands[self.owner])
        self.crossings = _crossings(listing, calendar, days[0], early_rolls)
        self._before, self._twice_before, self._handover = _neighbours(listing, self.crossings)

    def shares(self, age: float) -> Floats:
        """Return the open interest of every contract at an age in trading days, as a share of a peak."""
        out, into = self.crossings, self._before
        rise = np.clip(_AT_CROSSING + (1.0 - _AT_CROSSING) * (age - into) / self._handover[0], _FAR, 1.0)
        fall = np.clip(_AT_CROSSING - (1.0 - _AT_CROSSING) * (age - out) / self._handover[1], _OLD, 1.0)
        young = np.clip(0.7 + 0.075 * (age - self._twice_before), 0.4, 1.0)
        share: Floats = np.minimum(rise, fall) * young
        return share

    def main(self, chain: range, age: float) -> int:
        """Return the slot of a chain's main contract (主力合约) at an age."""
        slots = np.arange(chain.start, chain.stop)
        later = np.flatnonzero(self.crossings[slots] > age)
        return int(slots[later[0]]) if len(later) else chain.stop - 1


def _gaps(rng: np.random.Generator, days: int, products: int) -> Ints:
    drawn = rng.integers(0, products, days)
    drawn[np.arange(days) % _GAP_EVERY != 0] = -1
    return drawn


def _levels(listing: Listing, bands: Floats, draws: Floats, gaps: Ints) -> tuple[Floats, Floats]:
    count = len(listing.products)
    home = np.array([product.price for product in listing.products], np.float64)
    carry = np.array([product.carry for product in listing.products], np.float64)
    sector = np.array([int(product.sector) for product in listing.products], np.int64)
    own = 1 + len(Sector)
    shocks = _MARKET * draws[:, :1] + _SECTOR * draws[:, 1 + sector] + _OWN * draws[:, own : own + count]
    turns = draws[:, own + count :]
    most = _SPOT_STEP * bands * home
    spots, slopes = np.empty((len(draws), count)), np.empty((len(draws), count))
    spots[0], slopes[0] = home * (1.0 + 0.05 * bands * shocks[0]), carry
    for day in range(1, len(draws)):
        step = _PULL * (home - spots[day - 1]) + _SIGMA * bands * home * shocks[day]
        step = np.clip(step, -most, most)
        jumper = gaps[day - 1]
        if jumper >= 0:
            step[jumper] = most[jumper] if shocks[day, jumper] > 0 else -most[jumper]
        spots[day] = spots[day - 1] + step
        pull = _SLOPE_PULL * (carry - slopes[day - 1])
        slopes[day] = slopes[day - 1] + pull + _SLOPE_SIGMA * bands * turns[day]
    return spots, slopes


def _bounded(fair: Floats, bands: Floats) -> Floats:
    closes = fair.copy()
    for day in range(1, len(closes)):
        most = STEP * bands * closes[day - 1]
        closes[day] = closes[day - 1] + np.clip(fair[day] - closes[day - 1], -most, most)
    return closes


def _crossings(listing: Listing, calendar: Calendar, first_day: int, early_rolls: tuple[ProductId, ...]) -> Floats:
    crossings = np.empty(len(listing.contracts))
    first = to_date(first_day).toordinal()
    for place, product in enumerate(listing.products):
        chain = listing.chain(place)
        for slot in chain:
            contract = listing.contracts[slot]
            known = contract.last_day <= calendar.last
            last = (
                float(calendar.days_between(first_day, contract.last_day))
                if known
                else (contract.last_ordinal - first) * _PER_NATURAL_DAY
            )
            crossings[slot] = last - product.roll_days + 0.5
        found = crossings[chain.start : chain.stop]
        if product.product in early_rolls:
            wanted = early_rolls.index(product.product) + 0.5
            coming = int(np.flatnonzero(found > 0.0)[0])
            found[coming] = min(found[coming], wanted)
            found[:coming] = np.minimum(found[:coming], found[coming] - _EARLY_GAP * np.arange(coming, 0, -1))
        for later in range(1, len(found)):
            found[later] = max(found[later], found[later - 1] + _EARLY_GAP)
    return crossings


def _neighbours(listing: Listing, crossings: Floats) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    before, twice = np.full(len(crossings), -1e6), np.full(len(crossings), -1e6)
    into, out = np.full(len(crossings), _HANDOVER), np.full(len(crossings), _HANDOVER)
    for place in range(len(listing.products)):
        chain = listing.chain(place)
        found = crossings[chain.start : chain.stop]
        before[chain.start + 1 : chain.stop] = found[:-1]
        twice[chain.start + 2 : chain.stop] = found[:-2]
        gaps = np.concatenate(([np.inf], np.diff(found), [np.inf]))
        half = np.minimum(_HANDOVER, 0.45 * np.minimum(gaps[:-1], gaps[1:]))
        out[chain.start : chain.stop] = half
        into[chain.start + 1 : chain.stop] = half[:-1]
    return before, twice, (into, out)
