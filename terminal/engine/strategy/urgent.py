"""Ask first what cannot wait (SAFETY C8: reducing first): a message that comes free goes to whoever is asked first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.control import StrategyStatus
from terminal.engine.strategy.winding import ENDING
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.spread.memory import SpreadMemory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow

_CLOSING: Final = (GridMemory, SpreadMemory)  # whose stage says that they close and end


def urgent_first(look: Look, rows: Iterable[StrategyRow]) -> list[StrategyRow]:
    """Return strategies in the order they are to decide: first who lacks lots of a leg, winds down or closes and ends.

    Within both parts they stay as they came.
    """
    found = list(rows)
    if len(found) > 1:
        found.sort(key=lambda row: not _is_urgent(look, row))
    return found


def _is_urgent(look: Look, row: StrategyRow) -> bool:
    if row.strategy in look.lacking(look.state.accounts[row.account]) or row.status is StrategyStatus.WINDING:
        return True
    return isinstance(row.memory, _CLOSING) and row.memory.stage in ENDING
