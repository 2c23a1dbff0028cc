"""Conflate the market for the desks: what changed since a desk last heard, once however often it changed.

Each slot carries the number of the batch that changed it last. A frame goes from the tick a desk has to the tick that
was published last; desks that ask for the same stretch share the bytes. A desk that was slow simply has an older tick,
and what it gets next is as large as the market, never larger; a large market takes several frames. Of the basis it
gets the last sample of every step it has missed, for a curve wants each; where there were too many, the frame says so
and the desk asks for the history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.engine.prices.basis import BASIS_STEP_NS
from terminal.sync.messages import QuoteRow, Quotes
from terminal.sync.wire import encode

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId, ProductId
    from terminal.engine.prices.basis import Basis
    from terminal.engine.receive import Engine

SAMPLES: Final = 1_000  # of the basis; older ones a desk fetches as history
SAMPLES_PER_FRAME: Final = 200  # so that a frame stays under its limit, with as many quotes beside them
ROWS_PER_FRAME: Final = 1_000
SHARED: Final = 8  # stretches whose bytes are kept


class QuoteLane:
    """Remember which slots changed when, and make QUOTE frames."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._changed = np.zeros(len(engine.columns.universe), dtype=np.int64)
        self._tick = 1  # every slot is new to a desk that has heard nothing
        self._changed[:] = 1
        self._published = 1
        self._updates = 0
        self._basis: dict[tuple[ProductId, int], tuple[int, Basis]] = {}  # of each product and step, oldest first
        self._passed_over = 0  # the tick of the newest sample that is not kept any more
        self._shared: dict[tuple[int, int, tuple[InstrumentId, ...]], tuple[bytes, ...]] = {}

    def saw(self, slots: list[int], samples: list[Basis]) -> None:
        """Note what a batch changed."""
        self._tick += 1
        self._changed[slots] = self._tick
        self._updates += len(slots)
        for sample in samples:
            key = sample.product, sample.at // BASIS_STEP_NS
            self._basis.pop(key, None)
            self._basis[key] = self._tick, sample
        while len(self._basis) > SAMPLES:
            self._passed_over, _ = self._basis.pop(next(iter(self._basis)))

    def publish(self) -> None:
        """Let frames go up to now; called once per round of all desks."""
        if self._published != self._tick:
            self._published = self._tick
            self._shared.clear()

    def frames(self, since: int, instruments: tuple[InstrumentId, ...]) -> tuple[tuple[bytes, ...], int]:
        """Return the frames from a tick to the published one, at least one, and that tick."""
        key = (since, self._published, instruments)
        found = self._shared.get(key)
        if found is None:
            if len(self._shared) >= SHARED:
                self._shared.clear()
            found = self._shared[key] = self._made(since, instruments)
        return found, self._published

    def _made(self, since: int, instruments: tuple[InstrumentId, ...]) -> tuple[bytes, ...]:
        columns = self._engine.columns
        slots = np.nonzero((self._changed > since) & (self._changed <= self._published))[0].tolist()
        if instruments:
            wanted = {columns.slot_of[name] for name in instruments if name in columns.slot_of}
            slots = [slot for slot in slots if slot in wanted]
        rows = []
        for slot in slots:
            quote = columns.quote(columns.universe[slot])
            if quote is not None:
                rows.append(QuoteRow(slot, *quote))
        basis = [sample for tick, sample in self._basis.values() if since < tick <= self._published]
        samples, lost = tuple(basis[-SAMPLES_PER_FRAME:]), since < self._passed_over or len(basis) > SAMPLES_PER_FRAME
        starts = range(0, max(len(rows), 1), ROWS_PER_FRAME)
        *most, last = (rows[start : start + ROWS_PER_FRAME] for start in starts)
        return *(self._encoded(part, ()) for part in most), self._encoded(last, samples, lost=lost)

    def _encoded(self, rows: list[QuoteRow], samples: tuple[Basis, ...], *, lost: bool = False) -> bytes:
        engine = self._engine
        frame = Quotes(
            at=engine.columns.at,
            trading_day=engine.look.trading_day,
            updates=self._updates,
            gateway=any(account.linked for account in engine.state.accounts.values()) or not engine.state.accounts,
            quotes=tuple(rows),
            basis=samples,
            basis_lost=lost,
        )
        return encode(frame)
