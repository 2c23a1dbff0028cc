"""Say where a strategy stands under settings that are asked for: a grid that has followed the price takes them along.

Settings are written for where it began. What people read of a change, and what is reckoned with it, are the lines and
the stop it will have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import GridSettings, SpreadSettings
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.trailing import standing
from terminal.strategies.spread.lines import trailed as trailed_spread
from terminal.strategies.spread.memory import SpreadMemory

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.state import StrategyRow


def where_it_stands(row: StrategyRow | None, settings: StrategySettings) -> StrategySettings:
    """Return the settings as they come out for a strategy that has them now; as written for one not yet started."""
    memory = None if row is None else row.memory
    if isinstance(memory, GridMemory) and isinstance(settings, GridSettings):
        return standing(settings, memory)
    if isinstance(memory, SpreadMemory) and isinstance(settings, SpreadSettings):
        return trailed_spread(settings, memory.moved)
    return settings
