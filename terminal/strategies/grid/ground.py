"""Remember what a grid's settings come to on its contract's ticks: it is asked for with every look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.strategies.grid.ladder import check_on_ticks, levels
from terminal.strategies.grid.trailing import standing

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.parameters.strategy import GridSettings
    from terminal.domain.products.instrument import Instrument
    from terminal.strategies.grid.moment import GridMemory

MOST_GROUNDS: Final = 256  # grids


class Ground(NamedTuple):
    """Hold what a grid's settings come to on an instrument's ticks once it has followed the price so far."""

    written: GridSettings
    instrument: Instrument
    moved: Decimal
    relaid: Decimal
    settings: GridSettings  # as they are now
    levels: tuple[int, ...]
    depths: tuple[int, ...]  # how far each lies on the way from the start, rising from line to line, whatever the side
    too_fine: str | None


class Grounds:
    """Hold the ground of each of the latest grids."""

    def __init__(self) -> None:
        self._known: dict[int, Ground] = {}  # by the identity of the settings, which it holds

    def of(self, written: GridSettings, memory: GridMemory, instrument: Instrument) -> Ground:
        """Return the ground of settings, moved as far as the grid has, on an instrument."""
        moved, relaid = memory.moved, memory.relaid
        found = self._known.get(id(written))
        if found is not None and found.instrument is instrument and found.moved == moved and found.relaid == relaid:
            return found
        if len(self._known) >= MOST_GROUNDS:
            self._known.clear()
        now = standing(written, memory)
        ladder, sign = levels(now, instrument.tick), now.side.sign
        depths = tuple(-level * sign for level in ladder)
        found = Ground(written, instrument, moved, relaid, now, ladder, depths, check_on_ticks(now, instrument))
        self._known[id(written)] = found
        return found
