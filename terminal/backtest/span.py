"""Tell what a stretch of a recording leaves behind: latest quotes, volumes that moved, and the pace of a clock."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.domain.market import Column, Valid
from terminal.domain.quiet import Passed, Span
from terminal.engine.pace import JUMP, LOOK_EVERY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from terminal.domain.market import Recording
    from terminal.engine.receive import Engine

HOPS: Final = 1 << 12  # batches whose next looks are worked out at once
HAS_VOLUME: Final = int(Valid.VOLUME)


class Spans:
    """Serve one recording."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        # Single numbers are read through views, at half the price.
        self._at, self._ends = recording.at.data, recording.ends.data
        self._hops: list[int] = []  # the batch at which what time demands is looked at after a look at this one
        self._hops_from = 0
        # Market time without its jumps, from the first batch to each.
        self._steady_at = np.cumsum(np.minimum(np.diff(recording.at, prepend=recording.at[:1]), JUMP)).data

    def from_instant(self, first: int, end: int, instant: int) -> int:
        """Return the first batch from `first` on at or after an instant (UTC ns), `end` where none is before it."""
        if first >= end or self._at[first] >= instant:
            return first
        if self._at[end - 1] < instant:
            return end
        return first + int(self._recording.at[first:end].searchsorted(instant))

    def look_from(self, first: int, stop: int, due: int, instant: int) -> int:
        """Return the first batch from `first` on, at or after an instant, at which what time demands is looked at.

        It is looked at when it is `due`, and then as often as ever; `stop` where there is no such batch before it.
        """
        place = self.from_instant(first, stop, due)
        not_before = self.from_instant(first, stop, instant)
        while place < not_before:
            hops, begins = self._hops, self._hops_from
            ends = min(begins + len(hops), not_before)
            while begins <= place < ends:  # without a call for each second of the market
                place = hops[place - begins]
            if place < not_before:
                place = self._hop(place)
        return min(place, stop)

    def rows(self, first: int, stop: int) -> int:
        """Return how many quotes the batches from one to before another hold."""
        return self._row(stop) - self._row(first)

    def span(self, first: int, stop: int, engine: Engine) -> Span:
        """Return the batches from one to before another as a span for an engine that took all before them."""
        at = self._at
        looked = self._last_look(first, stop, engine.pace.due)
        return Span(
            last=stop - 1,
            batches=stop - first,
            at=at[stop - 1],
            looked=None if looked is None else at[looked],
            steady=self._steady(first, stop - 1),
            steady_looked=0 if looked is None else self._steady(first, looked),
            slots=self._slots(first, stop, engine),
        )

    def _row(self, batch: int) -> int:
        return self._ends[batch - 1] if batch else 0

    def _steady(self, first: int, last: int) -> int:
        return self._steady_at[last] - self._steady_at[first - 1]

    def _last_look(self, first: int, stop: int, due: int) -> int | None:
        place, last = self.from_instant(first, stop, due), None
        while place < stop:
            hops, begins = self._hops, self._hops_from
            ends = min(begins + len(hops), stop)
            while begins <= place < ends:  # without a call for each second of the market
                last, place = place, hops[place - begins]
            if place < stop:
                last, place = place, self._hop(place)
        return last

    def _hop(self, batch: int) -> int:
        place = batch - self._hops_from
        if not 0 <= place < len(self._hops):
            at = self._recording.at
            self._hops = np.searchsorted(at, at[batch : batch + HOPS] + LOOK_EVERY).tolist()
            self._hops_from, place = batch, 0
        return self._hops[place]

    # --- quotes ---

    def _slots(self, first: int, stop: int, engine: Engine) -> dict[int, Passed]:
        start, end = self._row(first), self._row(stop)
        if len(self._recording.universe) == 1 or end - start == 1:
            slot = int(self._recording.slots[start])
            return {slot: self._passed(range(start, end), engine, slot)}
        slots = self._recording.slots[start:end]
        order = np.argsort(slots, kind="stable")
        edges = [0, *(np.flatnonzero(np.diff(slots[order])) + 1).tolist(), end - start]
        places = order + start
        return {
            int(slots[order[begin]]): self._passed(places[begin:stop], engine, int(slots[order[begin]]))
            for begin, stop in pairwise(edges)
        }

    def _passed(self, rows: range | NDArray[np.int64], engine: Engine, slot: int) -> Passed:
        recording, last = self._recording, int(rows[-1])
        where = slice(rows.start, rows.stop) if isinstance(rows, range) else rows
        return Passed(
            row=recording.row(last),
            received=self._received(last),
            traded=self._traded(rows, engine, slot),
            seen=lambda column: recording.column(column)[where],
        )

    def _received(self, row: int) -> int:
        return self._at[self._recording.batch_of(row)]

    def _traded(self, rows: range | NDArray[np.int64], engine: Engine, slot: int) -> tuple[int, int] | None:
        # After and by when the volume last changed, as one batch after another would have told it: mostly with the
        # last quote.
        volume, mask = self._recording.view(Column.VOLUME), self._recording.view(Column.MASK)
        for place in range(len(rows) - 1, 0, -1):
            one, other = int(rows[place - 1]), int(rows[place])
            if volume[one] != volume[other] and mask[one] & mask[other] & HAS_VOLUME:
                return self._received(one), self._received(other)
        before, first = engine.columns.row(slot), int(rows[0])
        if before is None or not before[Column.MASK] & mask[first] & HAS_VOLUME:
            return None
        if before[Column.VOLUME] == volume[first]:
            return None
        return engine.columns.received[slot], self._received(first)
