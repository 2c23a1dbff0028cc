"""Be the door to an exchange that tells of both legs of a combination one after the other, with quotes in between.

Quotes come by a line of their own and overtake what is told of orders; that keeps its order and is never lost, but a
runner that dies meanwhile hears it by its next query alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from terminal.domain.market import Batch
from terminal.domain.reports import Report, Traded
from terminal.simulation.combined import legs_named
from terminal.simulation.door import Door

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId, WireKey
    from terminal.engine.ports import WireOrder
    from terminal.gateways.sim.host import Host
    from terminal.simulation.luck import Luck

_BATCHES: Final = (0, 1, 2, 4, 8), (2, 1, 1, 1, 1)  # between the two, and how often


class LateDoor(Door):
    """Be a `Gateway` that holds back what follows the word of a combination's first leg."""

    def __init__(self, start: Callable[[], Host], luck: Luck) -> None:
        super().__init__(start)
        self._luck = luck
        self._firsts: dict[WireKey, InstrumentId] = {}  # first legs of what was sent in this session
        self._held: deque[Report] = deque()
        self._batches = 0  # to be handed out before what is held

    async def connect(self, *, from_batch: int) -> None:
        """Log in; what was on its way to another session is lost with it."""
        self._firsts.clear()
        self._held.clear()
        self._batches = 0
        await super().connect(from_batch=from_batch)

    async def submit(self, order: WireOrder) -> None:
        """Give the exchange an order, and remember the first leg of a combination."""
        names = legs_named(order.terms.instrument)
        if len(names) > 1:
            self._firsts[order.wire_key] = names[0]
        await super().submit(order)

    async def next(self) -> Batch | Report | None:
        """Return the next input; at the end of the market, and once its time has come, what was held."""
        while not self._held or self._batches:
            item = await super().next()
            if isinstance(item, Batch):
                self._batches = max(self._batches - 1, 0)
                return item
            if item is None:
                break
            if not self._batches:
                self._hold_back(item)
                return item
            self._held.append(item)
        self._batches = 0
        return self._held.popleft() if self._held else None

    def _hold_back(self, item: Report) -> None:
        if isinstance(item, Traded) and self._firsts.get(item.wire_key) == item.instrument:
            self._batches = self._luck.one_of(*_BATCHES)
