"""Say which roll moves the lots of a strategy: named by it, at rest for it, from its beginning until it is over (D5).

A strategy goes with a roll only from a contract it is bound to when the roll begins, and not from one to which another
roll has bound it on the same trading day: the legs of a spread may each go once. Of two rolls of one contract that name
it the first to begin has it; a roll of another leg waits until the first is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import RollSettings
from terminal.domain.parameters.target import TargetSettings
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


def recorded_lots(row: StrategyRow, roll: RollSettings) -> int:
    """Return the signed near lots that a strategy holds as its own; a target's trades are no holding."""
    held = row.lots.get(roll.near)
    return 0 if held is None or isinstance(row.settings, TargetSettings) else held.lots


def is_left_on(account: AccountState, row: StrategyRow, instrument: InstrumentId) -> bool:
    """Return whether the roll that moves a strategy's lots of this contract has not closed all of them.

    What it has closed goes to whom it names, in the order in which it names them, each whole or not at all.
    """
    roll = carrier_of(account, row)
    if roll is None or not is_carried_from(account, row, instrument):
        return False
    settings, memory = roll.settings, roll.memory
    if not isinstance(settings, RollSettings) or not isinstance(memory, RollMemory):
        return False
    closed = memory.closed
    for name in settings.strategies:
        one = account.strategies.get(name)
        if one is None or one.status in OVER or carrier_of(account, one) is not roll:
            continue
        lots = recorded_lots(one, settings) * settings.side.sign
        goes = 0 <= lots <= closed
        if one is row:
            return not goes
        closed -= lots if goes else 0
    return False


def put_down(account: AccountState, roll: StrategyRow) -> None:
    """Fold that a roll is over: of contracts that have ended meanwhile whom it carried records lots no more."""
    for row in account.strategies.values():
        if row.carried_by == roll.strategy:
            for name in row.ended:
                row.lots.pop(name, None)


def goes_today(account: AccountState, row: StrategyRow, roll: RollSettings) -> bool:
    """Return whether a strategy stands where a roll begins, and no roll has bound it there on this trading day."""
    return is_on(row, roll.near) and not was_bound_today(account, row, roll.near)


def is_on(row: StrategyRow, instrument: InstrumentId) -> bool:
    """Return whether a strategy that is not over is bound to a contract."""
    return row.status not in OVER and instrument in strategy_of(row.settings).instruments(row.settings)


def was_bound_today(account: AccountState, row: StrategyRow, instrument: InstrumentId) -> bool:
    """Return whether a roll has bound a strategy to this contract on this trading day."""
    return instrument in row.bound and row.bound_day == account.trading_day


def moves_elsewhere(account: AccountState, row: StrategyRow, roll: RollSettings) -> StrategyRow | None:
    """Return the roll that is moving another contract of a strategy than this roll would, `None` where none is."""
    other = carrier_of(account, row)
    if other is None or not isinstance(other.settings, RollSettings) or other.settings.near == roll.near:
        return None
    return other if is_on(row, roll.near) else None


def carry(account: AccountState, roll: StrategyRow) -> None:
    """Fold that a roll has begun: what it names, and can go today, is carried by it."""
    if not isinstance(roll.settings, RollSettings):
        return
    for name in roll.settings.strategies:
        row = account.strategies.get(name)
        if row is not None and carrier_of(account, row) is None and goes_today(account, row, roll.settings):
            row.carried_by = roll.strategy
