"""Measure from fills alone how many lots of a spread or roll stand without their counterpart (SAFETY I12)."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.domain.ids import InstrumentId, OrderId
from terminal.domain.parameters.strategy import RollSettings, SpreadSettings
from terminal.engine.state import AccountState, StrategyRow
from terminal.strategies.roll_memory import RollMemory


def judge_balance(account: AccountState, order: OrderId) -> Iterator[str]:
    """Say whether the strategy of an order that filled holds more unbalanced lots than its limit."""
    name = account.orders[order].cause.strategy
    row = account.strategies.get(name) if name is not None else None
    if row is None:
        return
    match row.settings:
        case SpreadSettings():
            lots, most = _unbalanced(row, row.settings), row.settings.naked_lots
        case RollSettings():
            lots, most = _ahead(row, row.settings), row.settings.naked_lots
        case _:
            return
    if lots > most:
        yield f"I12 {name} holds {lots} unbalanced lots, its limit is {most}"


def _unbalanced(row: StrategyRow, settings: SpreadSettings) -> int:
    lead = next(leg for leg in settings.legs if leg.active)
    leading = _net(row, lead.instrument)
    total = 0
    for leg in settings.legs:
        exact = leading * leg.lots
        needed = abs(exact) // abs(lead.lots) * (1 if exact * lead.lots > 0 else -1)
        total += abs(needed - _net(row, leg.instrument))
    return total


def _ahead(row: StrategyRow, settings: RollSettings) -> int:
    if settings.near not in row.lots and isinstance(row.memory, RollMemory):
        # Its last day is over: what was left of it is gone, and its lots with it. What was closed is in the memory.
        return abs(row.memory.closed - row.memory.opened)
    return abs(abs(_net(row, settings.near)) - abs(_net(row, settings.far)))


def _net(row: StrategyRow, instrument: InstrumentId) -> int:
    held = row.lots.get(instrument)
    return held.lots if held is not None else 0
