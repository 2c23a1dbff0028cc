"""Work out which samples a window will take of a recording, as they depend on nothing but the recording.

A window samples its contract at the first batch that names it, or one that stands beside it, with both sides of all of
them quoted in the session that each trades in, once so many seconds have passed since the last sample. So one sample
follows from the one before, and all of them form a chain; a piece of it, once worked out, serves every sleep.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from terminal.domain.market import Column, Valid
from terminal.domain.quiet import NEVER
from terminal.engine.prices.samples import FRESH_SECONDS, SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from terminal.domain.days.spans import TradingSpan
    from terminal.domain.market import Recording
    from terminal.engine.prices.samples import Window

TWO_SIDED: Final = int(Valid.BID | Valid.ASK)
BID, ASK = Column.BID, Column.ASK

# By slot, when it trades; a slot without sessions is quoted for nothing.
Trading = Mapping[int, "Sequence[TradingSpan]"]


class Chances(NamedTuple):
    """Hold the batches in which a window could take a sample, and the row that it would take it from, of each."""

    batches: NDArray[np.int32]
    rows: NDArray[np.int32]

    @staticmethod
    def of(recording: Recording, needed: tuple[int, ...], slots: tuple[int, ...], trading: Trading | None) -> Chances:
        """Find those of the contract of the first slot needed, at quotes of any of the slots.

        Every slot needed must have both sides quoted, and freshly; with `trading` it must trade, and have been quoted
        since that began.
        """
        bringing = np.flatnonzero(np.isin(recording.slots, slots))
        batches = recording.ends.searchsorted(bringing.astype(recording.ends.dtype), side="right")
        good = batches[np.diff(batches, prepend=-1) > 0].astype(np.int32)
        for slot in reversed(needed):  # the priced one last: its rows are returned
            good, rows = _quoted(recording, slot, good, None if trading is None else trading[slot])
        return Chances(good, rows)

    def from_batch(self, batch: int) -> int:
        """Return the place of the first chance in a batch or after it."""
        # A number of another type would have the whole column converted.
        return int(self.batches.searchsorted(np.int32(batch)))


class Chain:
    """Hold the samples of one window from a batch on, as far as somebody has asked for them."""

    def __init__(self, recording: Recording, chances: Chances, window: Window, first: int) -> None:
        self.batches = array("q")
        self.values = array("q")  # twice the middle, millionths of a yuan
        self._dues = array("q")  # when each was due, UTC ns
        self._recording, self._chances = recording, chances
        self._at, self._bid, self._ask = recording.at.data, recording.view(BID), recording.view(ASK)
        self._batch_of, self._row_of = chances.batches.data, chances.rows.data
        self._weight, self._step = window.spread.legs[0][1], window.step
        self._due, self._place = window.due, chances.from_batch(first)

    def place(self, due: int) -> int | None:
        """Return the place of the sample that was due at an instant (UTC ns), `None` where the chain has none."""
        place = bisect_left(self._dues, due)
        at = self._dues[place] if place < len(self._dues) else self._due
        return place if at == due else None

    def until(self, stop: int, start: int, most: int) -> int:
        """Return the place after the last sample before a batch; at most so many from a place on are worked out."""
        batches = self.batches
        while (not batches or batches[-1] < stop) and len(batches) < start + most and self._go_on():
            pass
        return min(bisect_left(batches, stop, start), start + most)

    def late(self, start: int, stop: int, end: int | None, longest: int) -> list[tuple[int, int]]:
        """Return where no sample is taken for `longest` ns and more: from when it is due until it is taken, UTC ns.

        Looked at are the samples of places from one to before another, and then, with `end`, on to that batch, where
        none follows before it.
        """
        at = self._recording.at
        dues = np.array(self._dues[start:stop], dtype=np.int64)
        taken = at[np.array(self.batches[start:stop], dtype=np.int64)]
        found = [(int(dues[place]), int(taken[place])) for place in np.flatnonzero(taken - dues >= longest)]
        if end is not None and (stop == len(self.batches) or self.batches[stop] >= end):
            due = self._dues[stop] if stop < len(self._dues) else self._due
            found.append((due, int(at[min(end, len(at) - 1)])))
        return found

    def _go_on(self) -> bool:
        place, batches, due = self._place, self._batch_of, self._due
        if place < len(batches) and self._at[batches[place]] < due:  # else it is the next chance, as on every bar
            place = max(place, self._chances.from_batch(int(self._recording.at.searchsorted(due))))
        if place >= len(batches):
            return False
        batch, row = batches[place], self._row_of[place]
        self.batches.append(batch)
        self.values.append(self._weight * (self._bid[row] + self._ask[row]))
        self._dues.append(due)
        self._due, self._place = self._at[batch] + self._step, place + 1
        return True


def _quoted(
    recording: Recording, slot: int, batches: NDArray[np.int32], spans: Sequence[TradingSpan] | None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    # Of batches those by which a contract is quoted on both sides and freshly, and the row of that quote.
    rows = np.flatnonzero(recording.slots == slot)
    place = rows.searchsorted(recording.ends[batches].astype(rows.dtype)) - 1  # the contract's latest quote by then
    batches, place = batches[place >= 0], place[place >= 0]
    row = rows[place]
    received = recording.at[recording.ends.searchsorted(row.astype(recording.ends.dtype), side="right")]
    good = received >= recording.at[batches] - FRESH_SECONDS * SECOND
    good &= (recording.column(Column.MASK)[row] & TWO_SIDED) == TWO_SIDED
    if spans is not None:
        good &= _since(spans, recording.at[batches]) <= received
    return batches[good], row[good].astype(np.int32)


def _since(spans: Sequence[TradingSpan], at: NDArray[np.int64]) -> NDArray[np.int64]:
    # Since when a contract trades without a break, at each instant; for ever to come while it does not.
    begins = np.array([NEVER, *(span.begins_at for span in spans)], dtype=np.int64)
    ends = np.array([0, *(span.ends_at for span in spans)], dtype=np.int64)
    place = begins[1:].searchsorted(at, side="right")
    found: NDArray[np.int64] = np.where(at < ends[place], begins[place], NEVER)
    return found
