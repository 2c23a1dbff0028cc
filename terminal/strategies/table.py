"""Find the strategy that settings belong to."""

from __future__ import annotations

from typing import Any, Final, assert_never

from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import (
    ExecutionSettings,
    GridSettings,
    RollSettings,
    SpreadSettings,
    StrategySettings,
)
from terminal.domain.parameters.target import TargetSettings
from terminal.strategies.contract import Strategy
from terminal.strategies.execution.memory import ExecutionMemory
from terminal.strategies.execution.strategy import ExecutionStrategy
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.strategy import GridStrategy
from terminal.strategies.own.memory import OwnMemory
from terminal.strategies.own.strategy import OwnStrategy
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.roll.strategy import RollStrategy
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.strategy import SpreadStrategy
from terminal.strategies.target.memory import TargetMemory
from terminal.strategies.target.strategy import TargetStrategy

StrategyMemory = RollMemory | SpreadMemory | GridMemory | OwnMemory | ExecutionMemory | TargetMemory

ROLL = RollStrategy()
SPREAD = SpreadStrategy()
GRID = GridStrategy()
OWN = OwnStrategy()
EXECUTION = ExecutionStrategy()
TARGET = TargetStrategy()


# That a strategy's settings and its memory are of one kind is true of each row of the state, and no static type says
# it of the union; so the strategy comes out untyped in both, and this is the only place where it does.
def strategy_of(settings: StrategySettings) -> Strategy[Any, Any]:
    """Return the strategy that trades by these settings."""
    found = _FOUND.get(type(settings))
    if found is None:
        found = _FOUND[type(settings)] = _of(settings)
    return found


_FOUND: Final[dict[type[StrategySettings], Strategy[Any, Any]]] = {}  # by class: it is asked several times an order


def _of(settings: StrategySettings) -> Strategy[Any, Any]:
    match settings:
        case RollSettings():
            return ROLL
        case SpreadSettings():
            return SPREAD
        case GridSettings():
            return GRID
        case OwnSettings():
            return OWN
        case ExecutionSettings():
            return EXECUTION
        case TargetSettings():
            return TARGET
        case _:
            assert_never(settings)
