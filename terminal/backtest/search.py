"""Find the first batch of a recording with a quote outside what was declared to change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.domain.market import BIT_OF, Column
from terminal.domain.quiet import NEVER, bounds_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from terminal.domain.market import Recording, Row
    from terminal.domain.quiet import Band

FIRST_LOOK: Final = 64  # rows; each further look is longer, since most sleeps are short and some are very long
LONGER: Final = 4
LONGEST_LOOK: Final = 1 << 16

Limits = dict[Column, tuple[int, int]]


class Search:
    """Search one recording; the rows of an instrument are found once, when it is first asked about."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._slot_of = {name: slot for slot, name in enumerate(recording.universe)}
        self._rows_of: dict[int, NDArray[np.int32]] = {}

    def first_outside(self, first: int, end: int, bands: Iterable[Band]) -> int:
        """Return the first batch from `first` on in which an instrument leaves its bands, `end` where none does.

        A price that is not there is outside every band of its column.
        """
        for name, limits in bounds_of(bands).items():
            if name not in self._slot_of:
                continue
            if first >= end:
                return first
            for low, high in limits.values():
                if low > high:
                    return first
            end = self._slot(self._slot_of[name], limits, first, end)
        return end

    def latest(self, slot: int, first: int, batch: int) -> Row | None:
        """Return the latest quote of a slot among the batches from `first` to `batch`, `None` where none is of it."""
        recording, end = self._recording, int(self._recording.ends[batch])
        if len(recording.universe) == 1:
            return recording.row(end - 1)
        rows = self._rows(slot)
        place = int(rows.searchsorted(rows.dtype.type(end))) - 1
        start = int(recording.ends[first - 1]) if first else 0
        return recording.row(int(rows[place])) if place >= 0 and rows[place] >= start else None

    def _slot(self, slot: int, limits: Limits, first: int, end: int) -> int:
        ends = self._recording.ends
        start, stop = int(ends[first - 1]) if first else 0, int(ends[end - 1])
        if len(self._recording.universe) == 1:
            place = self._outside(limits, start, stop, None)
            return end if place == stop else self._recording.batch_of(place)
        rows = self._rows(slot)
        from_place, to_place = rows.searchsorted(np.array((start, stop), dtype=rows.dtype)).tolist()
        place = self._outside(limits, from_place, to_place, rows)
        return end if place == to_place else self._recording.batch_of(int(rows[place]))

    def _outside(self, limits: Limits, start: int, stop: int, rows: NDArray[np.int32] | None) -> int:
        needs = sum([BIT_OF[column] for column in limits])  # each its own bit
        mask, length = self._recording.column(Column.MASK), FIRST_LOOK
        fixed, most = limits.get(Column.MASK, (-NEVER, NEVER))
        is_fixed = fixed == most and fixed & needs == needs  # one comparison says that all is there
        checks = [
            (self._recording.column(column), low, high)
            for column, (low, high) in limits.items()
            if not (is_fixed and column is Column.MASK)
        ]
        while start < stop:
            until = min(start + length, stop)
            where: slice | NDArray[np.int32] = slice(start, until) if rows is None else rows[start:until]
            outside = mask[where] != fixed if is_fixed else (mask[where] & needs) != needs
            for column, low, high in checks:
                values = column[where]
                if low > -NEVER:
                    outside |= values < low
                if high < NEVER:
                    outside |= values > high
            place = int(outside.argmax())
            if outside[place]:
                return start + place
            start, length = until, min(length * LONGER, LONGEST_LOOK)
        return stop

    def _rows(self, slot: int) -> NDArray[np.int32]:
        found = self._rows_of.get(slot)
        if found is None:
            found = self._rows_of[slot] = np.flatnonzero(self._recording.slots == slot).astype(np.int32)
        return found
