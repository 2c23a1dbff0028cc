"""Follow kill switches and red levels: what they cover must be on its way out soon, over every restart (SAFETY I21).

Time is counted while the link stands and without the jumps of the market clock. Cancels may be paced by control C8, so
the measure is generous; what it catches is an order nobody remembers to cancel.
"""

from __future__ import annotations

from collections.abc import Iterator

from terminal.domain.ids import OrderId
from terminal.domain.orders.order import OrderState, Origin
from terminal.domain.words.risk import Level
from terminal.engine.state import AccountState, State
from terminal.simulation.wire import covers

SECOND = 1_000_000_000
_SOON = 8 * SECOND
_JUMP = 2 * SECOND
_WORKING = frozenset({OrderState.LIVE, OrderState.PARTIAL})


class Locks:
    """Know since when each order of a life has been waiting for its cancel."""

    def __init__(self) -> None:
        self._steady = 0
        self._at = 0
        self._since: dict[OrderId, int] = {}

    def begin(self) -> None:
        """Begin a life: whoever has just started is given its time."""
        self._since.clear()

    def look(self, state: State, at: int) -> Iterator[str]:
        """Say which orders should have been cancelled by now."""
        self._steady += min(max(at - self._at, 0), _JUMP)
        self._at = at
        waiting = {order for account in state.accounts.values() if account.linked for order in _waiting(account)}
        self._since = {order: self._since.get(order, self._steady) for order in sorted(waiting)}
        for order, since in self._since.items():
            if self._steady - since > _SOON:
                yield f"I21 {order} still works {_SOON // SECOND} s after a lock of its scope"


def _waiting(account: AccountState) -> Iterator[OrderId]:
    # A kill switch takes out every opening order it covers, red the automatic ones.
    kills = [row.scope for row in account.kills.values()]
    reds = [row.scope for row in account.levels.values() if row.level is Level.RED]
    if not kills and not reds:
        return
    for row in account.live.values():
        if row.terms.is_opening and row.state in _WORKING and row.cancel_at is None:
            scopes = [*kills, *reds] if row.cause.origin is Origin.STRATEGY else kills
            if any(covers(scope, row, row.terms) for scope in scopes):
                yield row.order
