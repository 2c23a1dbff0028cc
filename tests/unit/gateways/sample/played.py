"""Some days of a sample market as whole columns, for tests that look at many rows at once."""

from __future__ import annotations

from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from terminal.domain.days.calendar import instant
from terminal.domain.ids import InstrumentId
from terminal.domain.market import Batch, Column, DayFacts, Valid
from terminal.domain.products.instrument import Reference
from terminal.gateways.sample.market import SampleMarket
from terminal.gateways.sample.scenario import DEMO, Scenario
from terminal.store.reference import load_reference

START = instant(20250303, 17)


class Played(NamedTuple):
    """Hold rows in the order of the market; `at` is the clock of each row's batch, `number` its day."""

    market: SampleMarket
    batches: tuple[Batch, ...]
    slots: NDArray[np.int64]
    rows: NDArray[np.int64]
    at: NDArray[np.int64]
    number: NDArray[np.int64]

    def of(self, instrument: InstrumentId, number: int | None = None) -> NDArray[np.int64]:
        wanted = self.slots == self.market.universe.index(instrument)
        rows: NDArray[np.int64] = self.rows[wanted if number is None else wanted & (self.number == number)]
        return rows

    def said(self) -> list[DayFacts]:
        return [fact for batch in self.batches for fact in batch.day_facts]


@lru_cache(maxsize=1)
def reference() -> Reference:
    return load_reference()


def new_market(seed: int = 7, scenario: Scenario = DEMO, start: int = START) -> SampleMarket:
    return SampleMarket(seed=seed, reference=reference(), start=start, scenario=scenario)


@lru_cache(maxsize=8)
def play(seed: int = 7, days: int = 4, scenario: Scenario = DEMO, start: int = START) -> Played:
    market = new_market(seed, scenario, start)
    end = market.first_batch(days)
    batches = tuple(takewhile(lambda batch: batch.index < end, market.batches()))
    sizes = [len(batch.slots) for batch in batches]
    begins = [market.first_batch(number) for number in range(days)]
    numbers = np.searchsorted(begins, [batch.index for batch in batches], side="right") - 1
    return Played(
        market,
        batches,
        np.concatenate([batch.slots for batch in batches]),
        np.concatenate([batch.rows for batch in batches]),
        np.repeat(np.array([batch.at for batch in batches], np.int64), sizes),
        np.repeat(numbers, sizes),
    )


def has(rows: NDArray[np.int64], bit: Valid) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (rows[:, Column.MASK] & int(bit)) > 0
    return found
