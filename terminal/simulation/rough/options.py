"""Quote options on the futures of a market: what happens to a future happens to its options in the same burst.

A call is worth (x + sqrt(x² + w²)) / 2 with x = future - strike, a put exactly x less: so the two are the future, their
values bend at the strike, and `w` is twice what both are worth there. Everything is whole ticks. Where one side of the
future is gone, so is that side of the call, and the other one of the put. Limits are as far from the option's previous
settlement as the future's from its own, and nothing is worth less than a tick.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import isqrt
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.market import Batch, Column, DayFacts, Valid
from terminal.domain.products.instrument import Instrument, Kind, Reference
from terminal.domain.products.option import Right
from terminal.engine.ports import MarketSource

_STEPS: Final = (-1, 0, 1)  # strikes: at the money, and one on either side
_APART: Final = Decimal("0.02")  # of the future's price, from strike to strike
_WORTH: Final = Decimal("0.06")  # of it, a call and a put at the money together
_LOTS: Final = 60  # shown on either side
_SWAPPED: Final = {Valid.BID: Valid.ASK, Valid.ASK: Valid.BID}


class Listed(NamedTuple):
    """Hold one option of the market: of which slot it is, its strike and width in its own ticks."""

    option: Instrument
    of: int
    right: Right
    strike: int
    width: int
    ratio: int  # ticks of the option in one of the future

    def worth(self, future: int) -> int:
        """Return what it is worth in its ticks, the future's price given in the future's."""
        apart = future * self.ratio - self.strike
        call = (apart + isqrt(apart * apart + self.width * self.width)) // 2
        return max(call if self.right is Right.CALL else call - apart, 1)


def listed(source: MarketSource, facts: Sequence[DayFacts], reference: Reference, day: int) -> tuple[Listed, ...]:
    """Return options on each future of a market of which the tables know options, three strikes of a call and a put."""
    slot_of, found = {name: slot for slot, name in enumerate(source.universe)}, []
    for fact in facts:
        future = reference.instrument(fact.instrument, day)
        if future.kind is Kind.FUTURE and fact.pre_settlement is not None:
            found += _chain(future, fact.pre_settlement, slot_of[fact.instrument], reference, day)
    return tuple(found)


def _chain(future: Instrument, price: int, slot: int, reference: Reference, day: int) -> list[Listed]:
    middle = (future.tick * price).quantize(Decimal(1))
    apart = max((middle * _APART).quantize(Decimal(1)), Decimal(1))
    found = []
    for step in _STEPS:
        for right in Right:
            option = _known(reference, future, right, middle + step * apart, day)
            if option is None:
                return []
            width, strike = (int(yuan / option.tick) for yuan in (middle * _WORTH, middle + step * apart))
            found.append(Listed(option, slot, right, strike, width, int(future.tick / option.tick)))
    return found


def _known(reference: Reference, future: Instrument, right: Right, strike: Decimal, day: int) -> Instrument | None:
    between = "-" if future.exchange in {"DCE", "GFEX"} else ""
    name = InstrumentId(f"{future.id}{between}{right.value[0]}{between}{strike}")
    try:
        option = reference.instrument(name, day)
    except UserError:  # no options of this product then
        return None
    is_alive = option.option is not None and option.expiry is not None and option.expiry >= day
    return option if is_alive and future.tick % option.tick == 0 else None


class OptionMarket:
    """Be a `MarketSource`: another one with options after its own instruments."""

    def __init__(self, source: MarketSource, options: Sequence[Listed]) -> None:
        self._source = source
        self._options = tuple(options)
        self.universe = (*source.universe, *(one.option.id for one in options))

    @property
    def name(self) -> str:
        """Return the market's name."""
        return self._source.name

    def batches(self, start: int = 0, /) -> Iterator[Batch]:
        """Yield the batches from index `start` on."""
        first, alive = len(self._source.universe), dict(enumerate(self._options))
        for batch in self._source.batches():
            said = {fact.instrument: fact for fact in batch.day_facts}
            for fact in batch.day_facts[:1]:
                alive = {n: one for n, one in alive.items() if (one.option.expiry or 0) >= fact.trading_day}
            if batch.index < start:
                continue
            row_of = dict(zip(batch.slots.tolist(), batch.rows, strict=True))
            mine = [n for n, one in alive.items() if one.of in row_of]
            rows = [_row(alive[n], row_of[alive[n].of]) for n in mine]
            universe = self._source.universe
            facts = [_facts(one, said[universe[one.of]]) for one in alive.values() if universe[one.of] in said]
            yield Batch(
                index=batch.index,
                at=batch.at,
                slots=np.concatenate([batch.slots, np.array([first + n for n in mine], np.int64)]),
                rows=np.concatenate([batch.rows, np.array(rows, np.int64).reshape(-1, batch.rows.shape[1])]),
                day_facts=(*batch.day_facts, *facts),
            )


def _row(one: Listed, future: NDArray[np.int64]) -> NDArray[np.int64]:
    row = future.copy()
    mask = Valid(int(future[Column.MASK]))
    row[[Column.BID, Column.ASK, Column.BID_LOTS, Column.ASK_LOTS, Column.LAST]] = 0
    kept = mask & ~(Valid.BID | Valid.ASK)
    if mask & Valid.LAST:
        row[Column.LAST] = one.worth(int(future[Column.LAST]))
    for side, column, lots, step in (
        (Valid.BID, Column.BID, Column.BID_LOTS, -1),
        (Valid.ASK, Column.ASK, Column.ASK_LOTS, 1),
    ):
        there = side if one.right is Right.CALL else _SWAPPED[side]
        if mask & there:
            price = one.worth(int(future[Column.BID if there is Valid.BID else Column.ASK])) + step
            if price > 0:
                row[column], row[lots] = price, _LOTS
                kept |= side
    row[Column.MASK] = int(kept)
    return row


def _facts(one: Listed, future: DayFacts) -> DayFacts:
    before, lower, upper = future.pre_settlement, future.lower_limit, future.upper_limit
    bare = DayFacts(
        instrument=one.option.id,
        trading_day=future.trading_day,
        settlement=None if future.settlement is None else one.worth(future.settlement),
    )
    if before is None or lower is None or upper is None:
        return bare
    settled = one.worth(before)
    return msgspec.structs.replace(
        bare,
        pre_settlement=settled,
        upper_limit=settled + (upper - before) * one.ratio,
        lower_limit=max(settled - (before - lower) * one.ratio, 1),
    )
