"""Erase what a person may not see any more, in front of the person (SAFETY 4, a scope taken away)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.ids import AccountId
from terminal.sync.house import Guest

if TYPE_CHECKING:
    from terminal.engine.mailbox import LatestMailbox
    from terminal.shell.desk.absence import Absence
    from terminal.shell.desk.copy import Copy
    from terminal.shell.desk.sending import Sending
    from terminal.sync.messages import Welcome


def forget_taken(welcome: Welcome, copy: Copy, absence: Absence, sending: Sending, mailbox: LatestMailbox) -> bool:
    """Erase what is here of streams that a greeting shows no more, say so, and return whether there was any."""
    visible = Guest(person=welcome.person, device=welcome.device, roles=welcome.roles).streams(welcome.tenant)
    unseen = [stream.partition(":") for stream in sorted(copy.heads().keys() - visible)]
    if not unseen:
        return False
    accounts = [AccountId(name) for kind, _, name in unseen if kind == "account"]
    absence.forget(accounts)
    sending.forget(accounts)
    mailbox.post_taken(accounts)
    copy.forget_unseen(visible)  # last: from it is known what is to be erased, also after a disk refused
    mailbox.post_notice(f"{'、'.join(accounts) or '他人的草稿与布局'} 不再对您开放，本机保存的副本已经删除。")
    return True
