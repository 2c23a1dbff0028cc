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
from typing import TYPE_CHECKING, Final

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
Row = tuple[int, ...]  # one quote, column by column
BLOCK = 1 << 16  # rows taken at once where a whole recording is gone through


class Valid(IntFlag):
    """Say which values of a quote row are really there."""

    BID = 1
    ASK = 2
    LAST = 4
    VOLUME = 8
    OPEN_INTEREST = 16
    BAR = 32  # made of a bar: bid and ask are reckoned from its close, and nobody displayed them


BIT_OF: Final = {  # what says of a column's value that it is there; 0: it always is
    **dict.fromkeys(Column, 0),
    Column.BID: int(Valid.BID),
    Column.ASK: int(Valid.ASK),
    Column.LAST: int(Valid.LAST),
    Column.VOLUME: int(Valid.VOLUME),
    Column.OPEN_INTEREST: int(Valid.OPEN_INTEREST),
}


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

    `universe[slot]` is the instrument of a slot; `slots` are those of the quotes in market order; `ends[i]` is the
    row after the last row of batch i; `at[i]` is the market clock after batch i (UTC ns, never falling).
    `day_facts` pairs a batch index with what was said in it; `quarantined` counts refused rows by reason and
    `absent` counts values read as absent (empty, 0.00, N/A, 1.797e308) by column name. `bars` stands beside the quotes
    where the recording is of bars, and is `None` where it is of quotes.

    Each column is kept in the narrowest whole numbers that hold all of it: a tick takes some forty bytes.
    """

    __slots__ = (
        "_columns",
        "_said",
        "_single",
        "_views",
        "absent",
        "at",
        "bars",
        "day_facts",
        "ends",
        "name",
        "quarantined",
        "slots",
        "universe",
    )

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
        self.slots = narrowed(slots)
        self.ends = narrowed(ends)
        self.at = at
        self.day_facts = day_facts
        self.quarantined = quarantined
        self.absent = absent
        self.bars = bars
        self._columns = tuple(narrowed(rows[:, column]) for column in Column)
        self._views = tuple(
            column.data for column in self._columns
        )  # a single number is read through one at half the price
        self._single = len(ends) == len(slots) and bool((np.diff(self.ends, prepend=0) == 1).all())  # a quote a batch
        self._said: dict[int, list[DayFacts]] | None = None

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def rows(self) -> NDArray[np.int64]:
        """Return all quotes as one table, made anew: 72 bytes a tick."""
        return self.table(0, len(self.slots))

    @property
    def nbytes(self) -> int:
        """Return the bytes that all columns take."""
        return sum(column.nbytes for column in (*self._columns, self.slots, self.ends, self.at))

    @property
    def by_day(self) -> frozenset[InstrumentId]:
        """Return the contracts of which there are bars of whole days: these alone tell how they opened."""
        if self.bars is None:
            return frozenset()
        opened = self.bars[:, BarColumn.BEGAN] == self.column(Column.EXCHANGE_AT)
        return frozenset(self.universe[slot] for slot in np.unique(self.slots[opened]).tolist())

    def column(self, column: Column) -> NDArray[np.signedinteger]:
        """Return one column of all quotes."""
        return self._columns[column]

    def view(self, column: Column) -> memoryview[int]:
        """Return one column of all quotes to read single numbers from."""
        return self._views[column]

    def table(self, start: int, stop: int) -> NDArray[np.int64]:
        """Return the quotes from one row to before another as a table."""
        if stop - start == 1:  # as nearly every batch of a tape; column by column one row costs three times as much
            return np.array((self.row(start),), dtype=np.int64)
        table = np.empty((stop - start, WIDTH), dtype=np.int64)
        for place, column in enumerate(self._columns):
            table[:, place] = column[start:stop]
        return table

    def row(self, place: int) -> Row:
        """Return one quote."""
        return tuple([view[place] for view in self._views])

    def batch_of(self, row: int) -> int:
        """Return the batch that holds a row."""
        if self._single:
            return row
        # A number of another type would have the whole column converted.
        return int(self.ends.searchsorted(self.ends.dtype.type(row), side="right"))

    def batch(self, index: int) -> Batch:
        """Return batch `index`; its day facts are not attached (see `batches`)."""
        start = int(self.ends[index - 1]) if index else 0
        end = int(self.ends[index])
        return Batch(
            index=index,
            at=int(self.at[index]),
            slots=self.slots[start:end].astype(np.int64),
            rows=self.table(start, end),
            bars=None if self.bars is None else self.bars[start:end],
        )

    def slots_of(self, index: int) -> list[int]:
        """Return the slots that batch `index` names, in its order."""
        slots: list[int] = self.slots[int(self.ends[index - 1]) if index else 0 : int(self.ends[index])].tolist()
        return slots

    def batches(self, start: int = 0) -> Iterator[Batch]:
        """Yield the batches from index `start` on, with their day facts."""
        if self._said is None:
            self._said = {}
            for index, fact in self.day_facts:
                self._said.setdefault(index, []).append(fact)
        for index in range(start, len(self.ends)):
            batch = self.batch(index)
            if index in self._said:
                batch.day_facts = tuple(self._said[index])
            yield batch


def narrowed(column: NDArray[np.signedinteger]) -> NDArray[np.signedinteger]:
    """Return a column of its own in the narrowest type that holds it; it cannot be written to."""
    low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
    kinds = (np.dtype(f"i{size}") for size in (1, 2, 4, 8))
    kind = next(kind for kind in kinds if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    narrow: NDArray[np.signedinteger] = column.astype(kind)
    narrow.flags.writeable = False
    return narrow
