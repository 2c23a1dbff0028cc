"""Tell what a stretch of a recording leaves behind: latest quotes, volumes that moved, and the pace of a clock."""

from __future__ import annotations

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
SEEN: Final = (Column.BID, Column.ASK, Column.BID_LOTS, Column.ASK_LOTS)
HAS_VOLUME: Final = int(Valid.VOLUME)


class Spans:
    """Serve one recording."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._hops: list[int] = []  # the batch at which what time demands is looked at after a look at this one
        self._hops_from = 0

    def from_instant(self, first: int, end: int, instant: int) -> int:
        """Return the first batch from `first` on at or after an instant (UTC ns), `end` where none is before it."""
        return first + int(np.searchsorted(self._recording.at[first:end], instant))

    def look_from(self, first: int, stop: int, due: int, instant: int) -> int:
        """Return the first batch from `first` on, at or after an instant, at which what time demands is looked at.

        It is looked at when it is `due`, and then as often as ever; `stop` where there is no such batch before it.
        """
        place = self.from_instant(first, stop, due)
        while place < stop and self._recording.at[place] < instant:
            place = self._hop(place)
        return min(place, stop)

    def rows(self, first: int, stop: int) -> int:
        """Return how many quotes the batches from one to before another hold."""
        return self._row(stop) - self._row(first)

    def span(self, first: int, stop: int, engine: Engine) -> Span:
        """Return the batches from one to before another as a span for an engine that took all before them."""
        at = self._recording.at
        looked = self._last_look(first, stop, engine.pace.due)
        return Span(
            last=stop - 1,
            batches=stop - first,
            at=int(at[stop - 1]),
            looked=None if looked is None else int(at[looked]),
            steady=self._steady(first, stop),
            steady_looked=0 if looked is None else self._steady(first, looked + 1),
            slots=self._slots(first, stop, engine),
        )

    def _row(self, batch: int) -> int:
        return int(self._recording.ends[batch - 1]) if batch else 0

    def _steady(self, first: int, stop: int) -> int:
        return int(np.minimum(np.diff(self._recording.at[first - 1 : stop]), JUMP).sum())

    def _last_look(self, first: int, stop: int, due: int) -> int | None:
        place, last = self.from_instant(first, stop, due), None
        while place < stop:
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
        if len(self._recording.universe) == 1:
            return {0: self._passed(slice(start, end), range(start, end), engine, 0)}
        slots = self._recording.slots[start:end]
        order = np.argsort(slots, kind="stable")
        cuts = np.flatnonzero(np.diff(slots[order])) + 1
        return {
            int(slots[places[0]]): self._passed(places + start, places + start, engine, int(slots[places[0]]))
            for places in np.split(order, cuts)
        }

    def _passed(
        self, where: slice | NDArray[np.int64], rows: range | NDArray[np.int64], engine: Engine, slot: int
    ) -> Passed:
        recording = self._recording
        return Passed(
            row=recording.row(int(rows[-1])),
            received=self._at(int(rows[-1])),
            traded=self._traded(where, rows, engine, slot),
            seen={column: recording.column(column)[where] for column in SEEN},
        )

    def _at(self, row: int) -> int:
        recording = self._recording
        return int(recording.at[recording.batch_of(row)])

    def _traded(
        self, where: slice | NDArray[np.int64], rows: range | NDArray[np.int64], engine: Engine, slot: int
    ) -> tuple[int, int] | None:
        # After and by when the volume last changed, as one batch after another would have told it.
        before = engine.columns.rows[slot]
        volumes = self._recording.column(Column.VOLUME)[where]
        valid = (self._recording.column(Column.MASK)[where] & HAS_VOLUME) != 0
        moved = np.flatnonzero((volumes[1:] != volumes[:-1]) & valid[1:] & valid[:-1])
        if len(moved):
            place = int(moved[-1]) + 1
            return self._at(int(rows[place - 1])), self._at(int(rows[place]))
        if before is None or not before[Column.MASK] & HAS_VOLUME or not valid[0]:
            return None
        return None if before[Column.VOLUME] == volumes[0] else (engine.columns.received[slot], self._at(int(rows[0])))
