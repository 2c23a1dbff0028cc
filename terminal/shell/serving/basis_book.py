"""Sample the basis of every product that has a spot quote, and keep the samples for desks that come later.

One sample a step of market time and product (`BASIS_STEP_NS`), as it stood at the end of the step or stands now: spot
less the main contract (主力合约), which is the one with the most open interest when a trading day has its first sample,
and stays it for that day (DOMAIN 4.8). Steps begin at the same instants in every run, and each holds the last there
was, so what is kept does not depend on when anybody came to look. A start reads only the latest past again: the days
before it come from a file (`restore`, `unsaved`), and what is read twice is kept once. Stamps and prices are kept as
plain columns: a chart draws them, nothing decides by them (SAFETY I29).
"""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.errors import UserError
from terminal.domain.products.instrument import Kind
from terminal.engine.prices.basis import BASIS_KEPT, BASIS_STEP_NS, Basis
from terminal.engine.prices.columns import HAS_LAST, LAST, MASK, OPEN_INTEREST
from terminal.engine.prices.samples import FRESH_SECONDS
from terminal.store.basis_file import BasisDay
from terminal.sync.messages import Chunk
from terminal.sync.wire import encode

if TYPE_CHECKING:
    from terminal.domain.days.calendar import Calendar
    from terminal.domain.ids import InstrumentId, ProductId
    from terminal.domain.market import Batch
    from terminal.engine.prices.columns import Columns

SECOND: Final = 1_000_000_000
EVERY: Final = SECOND  # of market time, at the latest: a price that stands is told again, for its age is shown
KEPT: Final = BASIS_KEPT * 5 // 4  # samples of a product; a tenth goes at once, and never one that a desk asks for
PART: Final = 6_000  # samples in one CHUNK, well under a frame


class _Day(NamedTuple):
    trading_day: int
    future: InstrumentId
    begins: int  # the place of its first sample, those that were dropped counted


class _Series:
    """Hold one product's samples, oldest first, how many older ones were dropped, and the last one that was told."""

    __slots__ = ("at", "days", "dropped", "future", "spot", "told", "unsaved")

    def __init__(self) -> None:
        self.at, self.spot, self.future = array("q"), array("d"), array("d")
        self.dropped = 0
        self.days: list[_Day] = []
        self.unsaved = 0  # days before this place are in the file as they are
        self.told: tuple[int, object] = (0, None)

    @property
    def main(self) -> tuple[int, InstrumentId] | None:
        """Return the trading day of the last sample, and its main contract."""
        return (self.days[-1].trading_day, self.days[-1].future) if self.days else None

    def add(self, sample: Basis) -> None:
        if self.at and sample.at < self.at[-1]:
            return  # read again, and kept already
        if self.at and self.at[-1] // BASIS_STEP_NS == sample.at // BASIS_STEP_NS:
            for column in (self.at, self.spot, self.future):
                column.pop()
        if not self.days or self.days[-1].trading_day != sample.trading_day:
            self.days.append(_Day(sample.trading_day, sample.future, len(self.at) + self.dropped))
        self.at.append(sample.at)
        self.spot.append(float(sample.spot_price))
        self.future.append(float(sample.future_price))
        if len(self.at) > KEPT:
            for column in (self.at, self.spot, self.future):
                del column[: KEPT // 10]
            self.dropped += KEPT // 10

    def restore(self, day: BasisDay) -> None:
        self.days.append(_Day(day.trading_day, day.future, len(self.at)))
        self.at.extend(day.at)
        self.spot.extend(day.spot_prices)
        self.future.extend(day.future_prices)
        self.unsaved = len(self.days)

    def list_unsaved(self, product: ProductId) -> Iterator[BasisDay]:
        ends = [*(day.begins for day in self.days[1:]), len(self.at) + self.dropped]
        for place in range(max(0, self.unsaved - 1), len(self.days)):
            day = self.days[place]
            cut = slice(max(0, day.begins - self.dropped), max(0, ends[place] - self.dropped))
            yield BasisDay(product, day.trading_day, day.future, self.at[cut], self.spot[cut], self.future[cut])

    def is_news(self, sample: Basis) -> bool:
        """Return whether desks must be told: other legs, another step, or a second later."""
        at, legs = self.told
        now = (sample.at // BASIS_STEP_NS, sample.future, sample.spot_price, sample.future_price)
        if legs == now and sample.at < at + EVERY:
            return False
        self.told = (sample.at, now)
        return True


class BasisBook:
    """Hold the basis of all products; belongs to the runner's loop."""

    def __init__(self, columns: Columns, calendar: Calendar, standing: Batch | None = None) -> None:
        # `standing`: what the exchange knew at login, for the contracts that were not quoted since.
        self._columns = columns
        self._standing = {} if standing is None else dict(zip(standing.slots.tolist(), standing.rows, strict=True))
        self._calendar = calendar
        self._series: dict[ProductId, _Series] = {}
        self._pairs = _pairs(columns)
        self._of_slot: dict[int, list[int]] = {}
        for place, (spot, futures) in enumerate(self._pairs):
            for slot in (spot, *futures):
                self._of_slot.setdefault(slot, []).append(place)

    def restore(self, days: Iterable[BasisDay], *, until: int) -> None:
        """Take the days of a file up to a trading day, the oldest of each product first, before anything is seen.

        What cannot have been on its day is left out: samples are told in the order of their stamps.
        """
        for day in days:
            stamps = day.at.tolist()
            if stamps and day.trading_day <= until and stamps == sorted(stamps) and self._is_of(day, stamps):
                self._series.setdefault(day.product, _Series()).restore(day)

    def _is_of(self, day: BasisDay, stamps: list[int]) -> bool:
        try:
            return all(self._calendar.trading_day(stamp) == day.trading_day for stamp in (stamps[0], stamps[-1]))
        except UserError:
            return False  # outside the calendar

    def unsaved(self) -> list[BasisDay]:
        """Return the days that are not in the file as they are now, the last of each product always among them."""
        return [day for product, series in self._series.items() for day in series.list_unsaved(product)]

    def saved(self) -> None:
        """Take that all of them are in the file now."""
        for series in self._series.values():
            series.unsaved = len(series.days)

    def saw(self, slots: list[int]) -> list[Basis]:
        """Take what a batch touched; return the samples that desks have to hear of."""
        found = []
        for place in dict.fromkeys(place for slot in slots for place in self._of_slot.get(slot, ())):
            sample = self._sample(*self._pairs[place])
            if sample is None:
                continue
            series = self._series.setdefault(sample.product, _Series())
            series.add(sample)
            if series.is_news(sample):
                found.append(sample)
        return found

    def now(self) -> list[Basis]:
        """Return every product's basis as it stands, for whoever begins to look while nothing moves."""
        return [sample for pair in self._pairs if (sample := self._sample(*pair)) is not None]

    def chunks(self, request: int, product: ProductId, before: int, most: int) -> Iterator[bytes]:
        """Yield the CHUNK frames with the newest `most` samples before a moment; an empty one where there is none.

        Each is made when it is asked for; what has become too old meanwhile is left out.
        """
        series = self._series.get(product, _Series())
        end = bisect_left(series.at, before) + series.dropped
        begin = max(series.dropped, end - max(0, min(most, KEPT)))
        part = 0
        while begin < end or part == 0:
            stop = min(begin + PART, end)
            cut = slice(max(0, begin - series.dropped), max(0, stop - series.dropped))
            columns = (column[cut].tobytes() for column in (series.at, series.spot, series.future))
            data = zlib.compress(b"".join(columns), 1)
            yield encode(Chunk(request=request, product=product, part=part, last=stop >= end, data=data))
            begin, part = stop, part + 1

    def _sample(self, spot: int, futures: list[int]) -> Basis | None:
        columns, calendar = self._columns, self._calendar
        day = calendar.trading_day(columns.at)
        future = self._main(day, futures)
        spot_row = columns.row(spot)
        if future is None or spot_row is None or not spot_row[MASK] & HAS_LAST:
            return None
        future_row = columns.row(future)
        if future_row is None or not future_row[MASK] & HAS_LAST:
            return None
        spot_at, future_at = columns.received[spot], columns.received[future]
        return Basis(
            product=columns.instruments[future].product,
            trading_day=day,
            at=columns.at,
            spot=columns.universe[spot],
            spot_price=columns.instruments[spot].price(spot_row[LAST]),
            spot_at=spot_at,
            spot_until=_keeps_until(calendar, spot_at),
            future=columns.universe[future],
            future_price=columns.instruments[future].price(future_row[LAST]),
            future_at=future_at,
            future_until=future_at + FRESH_SECONDS * SECOND,
        )

    def _main(self, day: int, futures: list[int]) -> int | None:
        if not futures:
            return None
        series = self._series.get(self._columns.instruments[futures[0]].product)
        chosen = None if series is None else series.main
        if chosen is not None and chosen[0] >= day and chosen[1] in self._columns.slot_of:
            return self._columns.slot_of[chosen[1]]
        known = ((slot, self._columns.row(slot) or self._standing.get(slot)) for slot in futures)
        interest = {slot: row[OPEN_INTEREST] for slot, row in known if row is not None and row[MASK] & HAS_LAST}
        return max(interest, key=lambda slot: interest[slot], default=None)  # the screen's: strategies freeze their own


def _keeps_until(calendar: Calendar, spot_at: int) -> int:
    # A spot price keeps through the next trading day; on the last day of the table there is none to ask for.
    day = calendar.trading_day(spot_at)
    return calendar.ends_at(calendar.next_day(day) if day < calendar.trading_days(day, calendar.last)[-1] else day)


def _pairs(columns: Columns) -> list[tuple[int, list[int]]]:
    found = []
    for slot, instrument in enumerate(columns.instruments):
        if instrument.kind is Kind.SPOT:
            same = [
                other
                for other, future in enumerate(columns.instruments)
                if future.kind is Kind.FUTURE and future.code == instrument.code
            ]
            found.append((slot, same))
    return found
