"""Bound how much waits for a second person: nobody can look through more, and all of it is kept, sent and shown.

A place is free again with every decision, withdrawal and expiry; what replaces one's own takes its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.engine.refused import Refused

if TYPE_CHECKING:
    from terminal.domain.ids import PersonId
    from terminal.engine.state import AccountState

MOST_OF_ACCOUNT: Final = 200
MOST_OF_MAKER: Final = 50


def need_room(account: AccountState, maker: PersonId) -> None:
    """Refuse to park anything more where enough waits."""
    full = why_full(account, maker)
    if full:
        raise Refused("TOO_MANY_PENDING", full)


def why_full(account: AccountState, maker: PersonId) -> str:
    """Return why nothing more of this maker may wait in an account, empty if it may."""
    waiting = account.pending.values()
    if len(waiting) >= MOST_OF_ACCOUNT:
        whose, most, most_of = f"账户 {account.account} 已有", len(waiting), MOST_OF_ACCOUNT
    else:
        whose, most_of = f"您在账户 {account.account} 提交的已有", MOST_OF_MAKER
        most = sum(row.confirmation.maker == maker for row in waiting)
    if most < most_of:
        return ""
    return f"{whose} {most} 项在等复核，最多 {most_of} 项，这一项没有提交；请先处理或撤回其中一些。"
