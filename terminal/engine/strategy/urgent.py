"""Ask first what cannot wait (SAFETY C8: reducing first): a message that comes free goes to whoever is asked first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.control import StrategyStatus
from terminal.engine.strategy.winding import ENDING
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.engine.state import StrategyRow


def urgent_first(rows: Iterable[StrategyRow]) -> list[StrategyRow]:
    """Return strategies in the order they are to decide: first who lacks lots of a leg, winds down or closes and ends.

    Within both parts they stay as they came.
    """
    found = list(rows)
    return sorted(found, key=_can_wait) if len(found) > 1 else found


def _can_wait(row: StrategyRow) -> bool:
    if row.status is StrategyStatus.WINDING:
        return False
    if isinstance(row.memory, GridMemory | SpreadMemory) and row.memory.stage in ENDING:
        return False
    return not strategy_of(row.settings).lacking(row.settings, row.memory)
