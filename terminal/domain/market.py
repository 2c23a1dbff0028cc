"""Carry market data as columns of whole ticks, a whole burst at a time.

A recording or feed arrives as bursts: one exchange packet holds many instruments. A `Batch` keeps a burst together
as one integer table, so that the engine updates its columns once and asks every strategy once. Prices are int64
counts of the instrument's tick; whether a price is there at all is a bit in the mask column, because 0 and NaN are
numbers and "no price" is not.

A bar (K 线) says what traded until its end and no quote. Its row carries the close as the last price, marked `BAR`, and
for sides what a trade was made at moved one tick against whoever comes: reckoned, never displayed. The exchange does
not trade on them; it fills from what the next bar says was traded, which comes beside the rows as `BarColumn` columns.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from terminal.domain.ids import InstrumentId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


class Column(IntEnum):
    """Name the columns of a quote row."""

    BID = 0  # ticks
    ASK = 1  # ticks
    LAST = 2  # ticks
    BID_LOTS = 3
    ASK_LOTS = 4
    VOLUME = 5  # lots traded so far this trading day
    OPEN_INTEREST = 6  # lots
    MASK = 7  # Valid bits
    EXCHANGE_AT = 8  # exchange's own stamp, UTC ns


WIDTH = len(Column)


class Valid(IntFlag):
    """Say which values of a quote row are really there."""

    BID = 1
    ASK = 2
    LAST = 4
    VOLUME = 8
    OPEN_INTEREST = 16
    BAR = 32  # made of a bar: bid and ask are reckoned from its close, and nobody displayed them


class BarColumn(IntEnum):
    """Name the columns of what a bar says was traded; prices in ticks."""

    OPEN = 0  # where only closes are recorded, the close before
    HIGH = 1
    LOW = 2
    LOTS = 3  # of what was traded, the lots that orders of ours may take
    BEGAN = 4  # UTC ns


BAR_WIDTH = len(BarColumn)
SIDE_TICKS = 1  # how far from a price that traded either side is reckoned to stand


class DayFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what an exchange says once a day about one instrument; ticks, `None` where it was not said."""

    instrument: InstrumentId
    trading_day: int
    pre_settlement: int | None = None
    upper_limit: int | None = None
    lower_limit: int | None = None
    settlement: int | None = None


class Batch:
    """Hold one burst of quotes: `slots[k]` names the instrument whose complete snapshot is `rows[k]`.

    `at` is the market clock after the burst (receiver's stamp where recorded, else exchange time), UTC ns.
    `index` counts the batches of a market from 0 and is the cursor a restart continues from.
    A slot may appear twice in one batch; the later row wins. `day_facts` is empty in most batches. `bars` stands
    beside `rows` where these are bars, each once, and is `None` where they are quotes.
    """

    __slots__ = ("at", "bars", "day_facts", "index", "rows", "slots")

    def __init__(
        self,
        *,
        index: int,
        at: int,
        slots: NDArray[np.int64],
        rows: NDArray[np.int64],
        day_facts: tuple[DayFacts, ...] = (),
        bars: NDArray[np.int64] | None = None,
    ) -> None:
        self.index = index
        self.at = at
        self.slots = slots
        self.rows = rows
        self.day_facts = day_facts
        self.bars = bars


class Recording:
    """Hold a whole recorded market as columns, already validated, merged, and cut into batches.

    `universe[slot]` is the instrument of a slot; `slots` and `rows` are the quotes in market order; `ends[i]` is the
    row after the last row of batch i; `at[i]` is the market clock after batch i (UTC ns, never falling).
    `day_facts` pairs a batch index with what was said in it; `quarantined` counts refused rows by reason and
    `absent` counts values read as absent (empty, 0.00, N/A, 1.797e308) by column name. `bars` stands beside `rows`
    where the recording is of bars, and is `None` where it is of quotes.
    """

    __slots__ = ("absent", "at", "bars", "day_facts", "ends", "name", "quarantined", "rows", "slots", "universe")

    def __init__(
        self,
        *,
        name: str,
        universe: tuple[InstrumentId, ...],
        slots: NDArray[np.int64],
        rows: NDArray[np.int64],
        ends: NDArray[np.int64],
        at: NDArray[np.int64],
        day_facts: tuple[tuple[int, DayFacts], ...],
        quarantined: dict[str, int],
        absent: dict[str, int],
        bars: NDArray[np.int64] | None = None,
    ) -> None:
        self.name = name
        self.universe = universe
        self.slots = slots
        self.rows = rows
        self.ends = ends
        self.at = at
        self.day_facts = day_facts
        self.quarantined = quarantined
        self.absent = absent
        self.bars = bars

    def __len__(self) -> int:
        return len(self.ends)

    def batch(self, index: int) -> Batch:
        """Return batch `index`; its day facts are not attached (see `batches`)."""
        start = int(self.ends[index - 1]) if index else 0
        end = int(self.ends[index])
        return Batch(
            index=index,
            at=int(self.at[index]),
            slots=self.slots[start:end],
            rows=self.rows[start:end],
            bars=None if self.bars is None else self.bars[start:end],
        )

    def batches(self, start: int = 0) -> Iterator[Batch]:
        """Yield the batches from index `start` on, with their day facts."""
        said: dict[int, list[DayFacts]] = {}
        for index, fact in self.day_facts:
            said.setdefault(index, []).append(fact)
        for index in range(start, len(self.ends)):
            batch = self.batch(index)
            if index in said:
                batch.day_facts = tuple(said[index])
            yield batch
