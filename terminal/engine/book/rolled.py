"""Say which other rolls of an account want to move the same near lots: there may be fewer lots than they want."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import Half, RollSettings
from terminal.engine.records.forgetting import OVER
from terminal.strategies.roll.memory import RollMemory

if TYPE_CHECKING:
    from terminal.domain.ids import StrategyId
    from terminal.engine.state import AccountState


def lots_to_roll(account: AccountState, strategy: StrategyId, settings: RollSettings) -> int:
    """Return the near lots that a roll of this number has still to move by these settings."""
    row = account.strategies.get(strategy)
    memory = None if row is None else row.memory
    return max(settings.lots - (memory.closed if isinstance(memory, RollMemory) else 0), 0)


def wanted_by_others(account: AccountState, strategy: StrategyId, settings: RollSettings) -> dict[StrategyId, int]:
    """Return the lots that each other roll has still to move of the same near position."""
    mine = (settings.near, settings.side, settings.hedge_flag)
    found = {}
    for row in account.strategies.values():
        other = row.settings
        if row.strategy == strategy or row.status in OVER or not isinstance(other, RollSettings):
            continue
        lots = lots_to_roll(account, row.strategy, other)
        if lots and other.half is not Half.FAR and (other.near, other.side, other.hedge_flag) == mine:
            found[row.strategy] = lots
    return found
