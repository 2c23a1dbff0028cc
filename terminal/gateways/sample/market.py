"""Play the sample market (样例行情) batch by batch, from any batch on.

What a batch holds follows from seed, start, scenario and its index alone, so a market taken up at index n goes on byte
for byte as the one that came from 0. Taking it up makes at most the two days before again, for their settlements.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from terminal.domain.errors import InvariantError
from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.market import WIDTH, Batch, Column, DayFacts, Valid
from terminal.domain.products.instrument import Reference
from terminal.gateways.sample.book import Burst, Dealt, burst, count
from terminal.gateways.sample.day import Day, prepare, sessions_of
from terminal.gateways.sample.scenario import DEMO, Event, Scenario
from terminal.gateways.sample.settlement import Settled, Settlements
from terminal.gateways.sample.streams import Ints
from terminal.gateways.sample.timeline import Call, Chunk
from terminal.gateways.sample.world import World

NAME = "样例行情"

_MS = 1_000_000


class SampleMarket:
    """Give the batches of a seeded market that begins at the first trading day not yet begun at `start` (UTC ns)."""

    name = NAME

    def __init__(self, *, seed: int, reference: Reference, start: int, scenario: Scenario = DEMO) -> None:
        self._world = World(seed=seed, reference=reference, start=start, scenario=scenario)
        self._settlements = Settlements(self._world)
        self._begins = [0]  # index of the first batch of each day laid out so far

    @property
    def universe(self) -> tuple[InstrumentId, ...]:
        """Return the instrument of every slot: all contracts of all days, then the spot quotes."""
        return self._world.listing.universe

    @property
    def trading_days(self) -> tuple[int, ...]:
        """Return the trading days the market plays, in order."""
        return self._world.days

    def first_batch(self, number: int) -> int:
        """Return the index of the first batch of day `number`; one past the last day gives the end."""
        while len(self._begins) <= number:
            self._begins.append(self._begins[-1] + sum(self._shape(len(self._begins) - 1)))
        return self._begins[number]

    def batches(self, start_index: int = 0) -> Iterator[Batch]:
        """Yield the batches from an index on, to the end of the last trading day."""
        number = 0
        while number < len(self.trading_days) and self.first_batch(number + 1) <= start_index:
            number += 1
        for day in range(number, len(self.trading_days)):
            yield from self._day(day, start_index)

    def events(self, first: int = 0, days: int = 5) -> tuple[Event, ...]:
        """Return what is made to happen on `days` trading days from day number `first` on, in the order of time."""
        world, found = self._world, []
        for number in range(first, min(first + days, len(world.days))):
            timeline = world.timeline(number)
            found += [
                Event(
                    kind=happening.kind,
                    instrument=self.universe[happening.slot],
                    trading_day=timeline.trading_day,
                    begins_at=timeline.instant(happening.first, world.step_ns),
                    ends_at=timeline.instant(happening.last - 1, world.step_ns) + world.step_ns,
                )
                for happening in world.happenings(number, timeline)
            ]
        return tuple(sorted(found, key=lambda event: (event.begins_at, event.kind, event.instrument)))

    def mains(self, number: int) -> dict[ProductId, InstrumentId]:
        """Return each product's main contract (主力合约) as day `number` begins."""
        listing, skeleton = self._world.listing, self._world.skeleton
        return {
            product.product: self.universe[skeleton.main(listing.chain(place), float(number))]
            for place, product in enumerate(listing.products)
        }

    def day_facts(self, number: int) -> tuple[DayFacts, ...]:
        """Return the previous settlements and price limits of day `number`."""
        return _facts(self._world, prepare(self._world, number, self._settlements.before(number)), None, None)

    def _shape(self, number: int) -> list[int]:
        """Return how many batches each moment of a day has, the settlement last."""
        world = self._world
        timeline, slots = world.timeline(number), world.listing.on(world.days[number])
        sessions = sessions_of(world, number)
        products = [world.listing.contracts[slot].product for slot in slots]
        pairs = {
            (session, world.listing.exchanges[product], product)
            for session, product in zip(sessions, products, strict=True)
        }
        quoted = {product for product, _ in world.listing.spots}
        shape = []
        for moment in timeline.moments:
            now = moment.sessions if isinstance(moment, Call) else moment.open
            groups = len({exchange for session, exchange, _ in pairs if session in now})
            if isinstance(moment, Call):
                shape.append(groups)
            else:
                spots = sum(session in now and product in quoted for session, _, product in pairs)
                shape.append(count(world, moment, groups, spots if moment.daylight else 0))
        return [*shape, len(world.exchanges)]

    def _day(self, number: int, start_index: int) -> Iterator[Batch]:
        world, index = self._world, self.first_batch(number)
        day = prepare(world, number, self._settlements.before(number))
        dealt: dict[int, Dealt] = {}
        silent = set(range(len(world.exchanges)))  # who has not said the day's facts yet
        chunk = 0
        for moment, batches in zip(day.timeline.moments, self._shape(number), strict=False):
            if isinstance(moment, Chunk):
                if index + batches > start_index:
                    made = burst(world, day, chunk)
                    dealt[chunk] = made.dealt
                    yield from _cut(made, index, max(0, start_index - index))
                chunk += 1
            else:
                for place, batch in enumerate(_call(world, day, moment, index, silent)):
                    if index + place >= start_index:
                        yield batch
            index += batches
        settled = self._settlements.settle(day, dealt)
        for place, batch in enumerate(_close(world, day, settled, index)):
            if index + place >= start_index:
                yield batch


def _cut(made: Burst, index: int, skipped: int) -> Iterator[Batch]:
    begin = made.ends[skipped - 1] if skipped else 0
    for place in range(skipped, len(made.ends)):
        end = made.ends[place]
        yield Batch(index=index + place, at=made.at[place], slots=made.slots[begin:end], rows=made.rows[begin:end])
        begin = end


def _call(world: World, day: Day, call: Call, index: int, silent: set[int]) -> Iterator[Batch]:
    called = np.array([session in call.sessions for session in day.sessions])
    for exchange in sorted(set(day.group[called].tolist())):
        columns = np.flatnonzero(called & (day.group == exchange))
        rows = np.zeros((len(columns), WIDTH), np.int64)
        rows[:, Column.OPEN_INTEREST] = day.open_interest[0][columns]
        rows[:, Column.MASK] = int(Valid.VOLUME | Valid.OPEN_INTEREST)
        if call.matched:
            rows[:, Column.LAST] = day.opens[columns]
            rows[:, Column.VOLUME] = day.opening[columns]
            rows[:, Column.MASK] |= int(Valid.LAST)
        rows[:, Column.EXCHANGE_AT] = call.at
        facts = _facts(world, day, exchange, None) if exchange in silent else ()
        silent.discard(exchange)
        at = call.at + (exchange + 1) * _MS
        yield Batch(index=index, at=at, slots=day.slots[columns], rows=rows, day_facts=facts)
        index += 1


def _close(world: World, day: Day, settled: Settled, index: int) -> Iterator[Batch]:
    for exchange in range(len(world.exchanges)):
        columns = np.flatnonzero(day.group == exchange)
        rows = np.zeros((len(columns), WIDTH), np.int64)
        rows[:, Column.LAST] = settled.last[columns]
        rows[:, Column.VOLUME] = (day.before[-1] + day.lots[-1])[columns]
        rows[:, Column.OPEN_INTEREST] = day.open_interest[-1][columns]
        rows[:, Column.MASK] = int(Valid.LAST | Valid.VOLUME | Valid.OPEN_INTEREST)
        rows[:, Column.EXCHANGE_AT] = day.timeline.settles_at
        yield Batch(
            index=index + exchange,
            at=day.timeline.settles_at + (exchange + 1) * _MS,
            slots=day.slots[columns],
            rows=rows,
            day_facts=_facts(world, day, exchange, settled.ticks),
        )


def _facts(world: World, day: Day, exchange: int | None, settled: Ints | None) -> tuple[DayFacts, ...]:
    if day.prices is None:
        raise InvariantError("a day that is played has no previous settlements")
    return tuple(
        DayFacts(
            instrument=world.listing.universe[int(day.slots[column])],
            trading_day=day.timeline.trading_day,
            pre_settlement=int(day.prices.pre_settlement[column]),
            upper_limit=int(day.prices.upper[column]),
            lower_limit=int(day.prices.lower[column]),
            settlement=None if settled is None else int(settled[column]),
        )
        for column in range(len(day.slots))
        if exchange is None or day.group[column] == exchange
    )
