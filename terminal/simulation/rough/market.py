"""Lay hazards over the sample market, batch by batch; what comes of it is a market like any other.

Limits stay where the exchange has put them: a price that would jump beyond one stops there, and the side beyond it is
gone. The words of the exchange itself, settlements and day facts, come as they are. What it sends in an auction or
after the close may show the latest bid and ask again, as exchanges do: nobody may trade on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from terminal.domain.ids import InstrumentId
from terminal.domain.market import Batch, Column, Valid
from terminal.engine.ports import MarketSource
from terminal.simulation.rough.hazards import Hazard, Kind

_BOTH = int(Valid.BID | Valid.ASK)
_PRICES = [Column.BID, Column.ASK, Column.LAST]
_SIDES = [Column.BID, Column.ASK, Column.BID_LOTS, Column.ASK_LOTS]
_QUEUE = 5_000  # lots at a limit
_GONE = {Kind.NO_BID: Valid.BID, Kind.NO_ASK: Valid.ASK, Kind.LOCK_UP: Valid.ASK, Kind.LOCK_DOWN: Valid.BID}

Row = NDArray[np.int64]


class RoughMarket:
    """Be a `MarketSource`: another one with hazards laid over it."""

    def __init__(self, source: MarketSource, hazards: Sequence[Hazard], *, quotes_always: bool = False) -> None:
        self._source = source
        self._quotes_always = quotes_always
        self._hazards = tuple(hazards)

    @property
    def name(self) -> str:
        """Return the market's name."""
        return self._source.name

    @property
    def universe(self) -> tuple[InstrumentId, ...]:
        """Return the instrument of each slot."""
        return self._source.universe

    def batches(self, start: int = 0, /) -> Iterator[Batch]:
        """Yield the batches from index `start` on; the limits are those said in the batches before."""
        slot_of = {name: slot for slot, name in enumerate(self.universe)}
        limits: dict[int, tuple[int, int]] = {}
        latest: dict[int, Row] = {}
        for batch in self._source.batches():
            for fact in batch.day_facts:
                if fact.lower_limit is not None and fact.upper_limit is not None:
                    limits[slot_of[fact.instrument]] = fact.lower_limit, fact.upper_limit
            traded = bool(np.any(batch.rows[:, Column.MASK] & _BOTH))
            made = self._roughened(batch, limits) if traded else self._quoted(batch, latest, limits)
            if traded and self._quotes_always:
                latest.update(zip(made.slots.tolist(), made.rows, strict=True))
            if batch.index >= start:
                yield made

    def _quoted(self, batch: Batch, latest: dict[int, Row], limits: dict[int, tuple[int, int]]) -> Batch:
        rows = batch.rows.copy()
        for slot, row in zip(batch.slots.tolist(), rows, strict=True):
            if slot in latest and slot in limits:
                shown = latest[slot]
                row[_SIDES] = shown[_SIDES]
                row[Column.MASK] |= shown[Column.MASK] & _BOTH
                _change(row, (), limits[slot])
        return Batch(index=batch.index, at=batch.at, slots=batch.slots, rows=rows, day_facts=batch.day_facts)

    def _roughened(self, batch: Batch, limits: dict[int, tuple[int, int]]) -> Batch:
        here = [hazard for hazard in self._hazards if hazard.first <= batch.index < hazard.last]
        if not here:
            return batch
        kept, rows = [], batch.rows.copy()
        for place, slot in enumerate(batch.slots.tolist()):
            mine = [hazard for hazard in here if slot in hazard.slots]
            if any(hazard.kind is Kind.HALT for hazard in mine):
                continue
            kept.append(place)
            if mine and slot in limits:
                _change(rows[place], mine, limits[slot])
        return Batch(
            index=batch.index, at=batch.at, slots=batch.slots[kept], rows=rows[kept], day_facts=batch.day_facts
        )


def _change(row: Row, hazards: Sequence[Hazard], limits: tuple[int, int]) -> None:
    lower, upper = limits
    jump = sum(hazard.ticks for hazard in hazards)
    row[_PRICES] += jump
    for hazard in hazards:
        if hazard.kind in {Kind.LOCK_UP, Kind.LOCK_DOWN}:
            up = hazard.kind is Kind.LOCK_UP
            row[_PRICES] = upper if up else lower
            row[Column.BID_LOTS if up else Column.ASK_LOTS] = _QUEUE
            row[Column.MASK] |= int(Valid.BID if up else Valid.ASK)
        if hazard.kind in _GONE:
            row[Column.MASK] &= ~int(_GONE[hazard.kind])
    for column, side in ((Column.BID, Valid.BID), (Column.ASK, Valid.ASK)):
        beyond = row[column] > upper if side is Valid.ASK else row[column] < lower
        if beyond:
            row[Column.MASK] &= ~int(side)
        row[column] = np.clip(row[column], lower, upper)
    row[Column.LAST] = np.clip(row[Column.LAST], lower, upper)
    for column, lots, side in ((Column.BID, Column.BID_LOTS, Valid.BID), (Column.ASK, Column.ASK_LOTS, Valid.ASK)):
        if not row[Column.MASK] & int(side):
            row[column] = row[lots] = 0
