"""Say who holds an account, in so few words that they are never cut off.

The device is named only where the person alone would mislead: it is the same one, at another desk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from terminal.engine.screen import AccountLine, LinkLine


def is_mine(link: LinkLine | None, line: AccountLine | None) -> bool:
    """Return whether this desk holds the account."""
    return link is not None and line is not None and (line.holder, line.holder_device) == (link.person, link.device)


def holder_words(link: LinkLine | None, line: AccountLine) -> str:
    """Return who holds an account."""
    if line.holder is None:
        return "账户尚无人持有"
    if is_mine(link, line):
        return "账户由您持有"
    if link is not None and line.holder == link.person:
        return f"您在 {line.holder_device} 持有" if line.holder_device else "您在别处持有"
    return f"账户由 {line.holder_name or line.holder} 持有"


def holder_tip(line: AccountLine) -> str:
    """Return the same with everything that is known, for a tool tip."""
    if line.holder is None:
        return ""
    where = f"，在 {line.holder_device}" if line.holder_device else ""
    return f"账户 {line.account} 由 {line.holder_name or line.holder}（{line.holder}）持有{where}"
