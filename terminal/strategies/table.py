"""Find the strategy that settings belong to."""

from __future__ import annotations

from typing import Any, assert_never

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
from terminal.strategies.execution import ExecutionStrategy
from terminal.strategies.execution_memory import ExecutionMemory
from terminal.strategies.grid import GridStrategy
from terminal.strategies.grid_moment import GridMemory
from terminal.strategies.own import OwnMemory, OwnStrategy
from terminal.strategies.roll import RollStrategy
from terminal.strategies.roll_memory import RollMemory
from terminal.strategies.spread import SpreadStrategy
from terminal.strategies.spread_memory import SpreadMemory
from terminal.strategies.target import TargetStrategy
from terminal.strategies.target_memory import TargetMemory

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
