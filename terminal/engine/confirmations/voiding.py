"""Void what waits for a second person: under a level or the kill switch, or because the account has a new holder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.products.combination import contracts_of
from terminal.domain.words.typed_text import shown
from terminal.engine.confirmations.approval import decide, stored_of
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.ids import ConfirmationId, PersonId
    from terminal.domain.words.risk import Scope
    from terminal.engine.standing import ConfirmationRow
    from terminal.engine.state import AccountState, State
    from terminal.engine.turn import Turn


def revoke_pending(turn: Turn, account: AccountState, scope: Scope, reason: str) -> None:
    """Void every pending confirmation a scope covers: red level, kill switch."""
    for row in list(account.pending.values()):
        if _covered(scope, row):
            decide(turn, account, row, ConfirmationEvent.REVOKE, reason=reason)


def unknown_scope(state: State, account: AccountState, scope: Scope) -> str:
    """Return in a sentence that there is nothing of a scope's name to stop; empty where there is."""
    if scope.strategy is not None:
        waits = any(_covered(scope, row) for row in account.pending.values())
        what = "" if waits or scope.strategy in account.strategies else f"策略 {shown(scope.strategy)}"
    else:
        known = scope.instrument is None or scope.instrument in state.tenant.instruments
        what = "" if known else f"合约 {shown(scope.instrument or '')}"
    return what and f"账户 {account.account} 没有{what}，什么也没有停止；请核对名称，或停止整个账户。"


def parked_by_others(account: AccountState, person: PersonId) -> list[ConfirmationRow]:
    """Return the pending orders and strategies others have submitted; limits and cash are not the holder's."""
    rows = account.pending.values()
    return [row for row in rows if row.confirmation.maker != person and stored_of(row).is_trade]


def revoke(turn: Turn, account: AccountState, name: ConfirmationId, reason: str) -> None:
    """Void one confirmation, if it is still pending."""
    row = account.pending.get(name)
    if row is not None:
        decide(turn, account, row, ConfirmationEvent.REVOKE, reason=reason)


def revoke_of_others(turn: Turn, account: AccountState, person: PersonId, reason: str) -> int:
    """Void what others have parked in an account this person takes over; return how many."""
    rows = parked_by_others(account, person)
    for row in rows:
        decide(turn, account, row, ConfirmationEvent.REVOKE, reason=reason)
    return len(rows)


def _covered(scope: Scope, row: ConfirmationRow) -> bool:
    stored = stored_of(row)
    if scope.strategy is not None and scope.strategy != stored.cause.strategy:
        return False
    if scope.instrument is None:
        return True
    if stored.looked_at is not None:
        option = None if stored.exercise is None else stored.exercise.wish.instrument
        return scope.instrument in {*contracts_of(stored.looked_at.instrument), option}
    settings = stored.settings
    return settings is not None and scope.instrument in strategy_of(settings).instruments(settings)
