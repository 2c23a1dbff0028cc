"""Tell that a roll does not keep a day by which near must be left, as soon as that is certain.

`strategies.roll.deadline` says when it is. The engine tells it: a roll decides nothing while it is paused, and sleeps
while nothing can come that it waits for. One that winds down moves nothing of near either, for as long as far cannot be
opened, and that may be for days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.parameters.strategy import RollSettings
from terminal.domain.quiet import EVER, Quiet
from terminal.engine.alert.stating import state_mark
from terminal.strategies.roll.deadline import deadline_missed, may_be_missed
from terminal.strategies.roll.held_back import trade_both
from terminal.strategies.roll.memory import RollMemory

if TYPE_CHECKING:
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn

RESTS = frozenset({StrategyStatus.PAUSED, StrategyStatus.WINDING})  # they close nothing of near
PLANS = RESTS | {StrategyStatus.RUNNING}


def tell_deadlines(turn: Turn, look: Look, account: AccountState) -> None:
    """State of each roll, once both contracts trade, which day it does not keep: once ahead of it, once on it."""
    for row, (settings, memory) in look.each(account, _plan):
        if trade_both(settings, look):
            rests = row.status in RESTS
            state_mark(turn, look, row, deadline_missed(settings, memory, look, rests=rests))


def quiet(look: Look, row: StrategyRow) -> Quiet | None:
    """Return that quotes alone tell nothing of a roll's days, `None` while one may still have to be told today."""
    plan = _plan(row)
    if plan is None:
        return EVER
    return None if may_be_missed(*plan, look, rests=row.status in RESTS) else EVER


def _plan(row: StrategyRow) -> tuple[RollSettings, RollMemory] | None:
    settings, memory = row.settings, row.memory
    if row.status not in PLANS or not isinstance(settings, RollSettings) or not isinstance(memory, RollMemory):
        return None
    return settings, memory
