"""Say what a level or a kill switch covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.words.risk import Level, Scope

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId, StrategyId
    from terminal.engine.standing import KillRow
    from terminal.engine.state import AccountState

NORMAL = Level.NORMAL
WHOLE_ACCOUNT = "account"  # the key of the scope that names nothing smaller


def scope_key(scope: Scope) -> str:
    """Return a scope as the text levels and kills are kept under."""
    if scope.strategy is not None:
        return f"strategy:{scope.strategy}"
    if scope.instrument is not None:
        return f"instrument:{scope.instrument}"
    return WHOLE_ACCOUNT


def worst_level(account: AccountState, strategy: StrategyId | None, instrument: InstrumentId | None) -> Level:
    """Return the worst level that covers an order of a strategy in an instrument."""
    worst = NORMAL
    for row in account.levels.values():
        if row.level > worst:
            scope = row.scope
            if (scope.strategy is None or scope.strategy == strategy) and (
                scope.instrument is None or scope.instrument == instrument
            ):
                worst = row.level
    return worst


def is_killed(account: AccountState, strategy: StrategyId | None, instrument: InstrumentId) -> bool:
    """Return whether a kill switch covers an order of a strategy in an instrument."""
    kills = account.kills
    return bool(kills) and (
        WHOLE_ACCOUNT in kills or f"strategy:{strategy}" in kills or f"instrument:{instrument}" in kills
    )


def kill_over(account: AccountState, instrument: InstrumentId) -> KillRow | None:
    """Return the kill switch that covers what a person does in an instrument, `None` where none stands."""
    return account.kills.get(WHOLE_ACCOUNT) or account.kills.get(f"instrument:{instrument}")
