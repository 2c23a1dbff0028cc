"""Say how long the first of two persons' requests to release holds; after that both ask anew.

A request that nobody confirmed says nothing of what stands now: the first person looked at another market. So it holds
as long as a pending confirmation does, and then it is as if it had never been made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.engine.book.scopes import scope_key

if TYPE_CHECKING:
    from terminal.domain.ids import PersonId
    from terminal.domain.words.risk import Scope
    from terminal.engine.state import AccountState

HOLDS_NS: Final = 15 * 60 * 1_000_000_000


def has_lapsed(asked_at: int, at: int) -> bool:
    """Return whether a request made at `asked_at` no longer holds at `at`, both market clock."""
    return at - asked_at > HOLDS_NS


def first_asker(account: AccountState, scope: Scope, at: int) -> PersonId | None:
    """Return whose request to release a scope holds at `at`, market clock."""
    asked = account.releases.get(scope_key(scope))
    return None if asked is None or has_lapsed(asked[1], at) else asked[0]


def next_lapse(account: AccountState, at: int) -> int | None:
    """Return the first instant after `at` at which a request of the account no longer holds; `None` without any."""
    standing = (asked_at for _, asked_at, _ in account.releases.values() if not has_lapsed(asked_at, at))
    first = min(standing, default=None)
    return None if first is None else first + HOLDS_NS + 1
