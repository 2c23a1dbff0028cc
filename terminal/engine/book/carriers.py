"""Say which roll moves the lots of a strategy: named by it, at rest for it, from its beginning until it is over (D5).

A strategy goes with a roll only from the contract it is bound to when the roll begins, and not on a trading day on
which another roll has bound it already. Of two rolls that name it the first to begin has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import RollSettings
from terminal.engine.records.forgetting import OVER
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.engine.state import AccountState, StrategyRow


def carrier_of(account: AccountState, row: StrategyRow) -> StrategyRow | None:
    """Return the roll that has begun to move a strategy's lots and is not over, `None` where there is none."""
    one = None if row.carried_by is None else account.strategies.get(row.carried_by)
    if one is None or one.status in OVER or not isinstance(one.memory, RollMemory) or not one.memory.began:
        return None
    return one if isinstance(one.settings, RollSettings) and row.strategy in one.settings.strategies else None


def is_carried_from(account: AccountState, row: StrategyRow, instrument: InstrumentId) -> bool:
    """Return whether a roll is moving a strategy's lots of this contract: they are the roll's until it is over."""
    roll = carrier_of(account, row)
    return roll is not None and isinstance(roll.settings, RollSettings) and roll.settings.near == instrument


def goes_today(account: AccountState, row: StrategyRow, roll: RollSettings) -> bool:
    """Return whether a strategy stands where a roll begins, and no roll has bound it on this trading day."""
    on_near = row.status not in OVER and roll.near in strategy_of(row.settings).instruments(row.settings)
    return on_near and not was_bound_today(account, row)


def was_bound_today(account: AccountState, row: StrategyRow) -> bool:
    """Return whether a roll has bound a strategy to another contract on this trading day."""
    return bool(row.bound_day) and row.bound_day == account.trading_day


def carry(account: AccountState, roll: StrategyRow) -> None:
    """Fold that a roll has begun: what it names, and can go today, is carried by it."""
    if not isinstance(roll.settings, RollSettings):
        return
    for name in roll.settings.strategies:
        row = account.strategies.get(name)
        if row is not None and carrier_of(account, row) is None and goes_today(account, row, roll.settings):
            row.carried_by = roll.strategy
