"""Erase what a person may not see any more, in front of the person (SAFETY 4, a scope taken away)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.ids import AccountId
from terminal.sync.house import Guest

if TYPE_CHECKING:
    from terminal.shell.desk.absence import Absence
    from terminal.shell.desk.copy import Copy
    from terminal.sync.messages import Welcome


def forget_taken(welcome: Welcome, copy: Copy, absence: Absence) -> str:
    """Erase the streams that a greeting shows no more; return what was taken, in a sentence, or nothing."""
    guest = Guest(person=welcome.person, device=welcome.device, roles=welcome.roles)
    taken = copy.forget_unseen(guest.streams(welcome.tenant))
    if not taken:
        return ""
    kinds = [stream.partition(":") for stream in taken]
    accounts = [AccountId(name) for kind, _, name in kinds if kind == "account"]
    absence.forget(accounts)
    what = "、".join(accounts) if accounts else "他人的草稿与布局"
    return f"{what} 不再对您开放，本机保存的副本已经删除。"
