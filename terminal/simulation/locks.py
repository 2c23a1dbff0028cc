"""Follow kill switches and red levels: what they cover must be on its way out soon, over every restart (SAFETY I21).

Time is counted while the link stands and without the jumps of the market clock. Cancels may be paced by control C8, so
the measure is generous; what it catches is an order nobody remembers to cancel.
"""

from __future__ import annotations

from collections.abc import Iterator

from terminal.domain.ids import AccountId
from terminal.domain.order import OrderState, Origin
from terminal.domain.risk_words import Level, Scope
from terminal.engine.state import AccountState, State
from terminal.simulation.wire import covers

SECOND = 1_000_000_000
_SOON = 8 * SECOND
_JUMP = 2 * SECOND
_WORKING = frozenset({OrderState.LIVE, OrderState.PARTIAL})
_Lock = tuple[AccountId, Scope, bool]  # True for a kill switch, False for a red level


class Locks:
    """Know since when each lock of a life has been waiting for its cancels."""

    def __init__(self) -> None:
        self._steady = 0
        self._at = 0
        self._since: dict[_Lock, int] = {}

    def begin(self) -> None:
        """Begin a life: whoever has just started is given its time."""
        self._since.clear()

    def look(self, state: State, at: int) -> Iterator[str]:
        """Say which orders should have been cancelled by now."""
        self._steady += min(max(at - self._at, 0), _JUMP)
        self._at = at
        now = {lock for account in state.accounts.values() if account.linked for lock in _locks(account)}
        for lock in self._since.keys() - now:
            del self._since[lock]
        for lock in now:
            if self._steady - self._since.setdefault(lock, self._steady) > _SOON:
                yield from _left(state.accounts[lock[0]], lock)


def _locks(account: AccountState) -> Iterator[_Lock]:
    for scope in account.kills.values():
        yield account.account, scope, True
    for row in account.levels.values():
        if row.level is Level.RED:
            yield account.account, row.scope, False


def _left(account: AccountState, lock: _Lock) -> Iterator[str]:
    _, scope, killed = lock
    for row in account.live.values():
        bound = row.terms.is_opening and (killed or row.cause.origin is Origin.STRATEGY)
        if bound and row.state in _WORKING and row.cancel_at is None and covers(scope, row, row.terms):
            yield f"I21 {row.order} still works {_SOON // SECOND} s after {'a kill' if killed else 'red'} of its scope"
