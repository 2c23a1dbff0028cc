"""Say in one sentence why a person may not touch the strategies of an account now, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.facts import Role
from terminal.domain.words.risk import Scope
from terminal.domain.words.terms import Term
from terminal.engine.screen import LinkState

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId
    from terminal.engine.screen import AccountLine, LinkLine


def why_not(account: AccountId | None, link: LinkLine | None, line: AccountLine | None, *, resting: bool) -> str:
    """Return why not, empty where the person may. `resting` asks for pausing and stopping only.

    Traders and risk officers may bring a strategy to rest, whoever holds the account. What brings it to rest is sent as
    long as the runner hears this desk, also from one that may only look.
    """
    if link is None:
        return "正在连接运行器，连上之后才能操作策略。"
    is_heard = resting and link.state is not LinkState.LIVE and link.lowers_risk
    if link.state is LinkState.OFFLINE:
        return "离线，连上运行器之前不能操作策略。"  # why it is so stands across the window, where it has room
    if link.state is not LinkState.LIVE and not is_heard:
        return link.sentence or "与运行器的连接中断，恢复之前不能操作策略。"
    if account is None:
        if link.state is LinkState.LIVE and not link.roles:
            return "您在任何账户都没有权限，请管理员给您加上权限，再重新打开本程序。"
        return "正在取回账户…"  # the window shows the first one by itself
    roles = link.roles.get(account, ())
    if resting and Role.RISK in roles:
        return ""
    if Role.TRADER not in roles:
        return f"您在账户 {account} 没有交易员权限，请由交易员操作。"
    if not resting and held_elsewhere(link, line):
        holder = (line.holder_name or line.holder) if line else ""
        return f"账户 {account} 由 {holder} 持有，请先接管再操作策略。"
    if not link.may_order and not is_heard:
        return link.sentence or "现在不能下单，请看状态栏的说明。"
    return ""


def why_not_resume(line: AccountLine | None) -> str:
    """Return why no strategy of an account may go on while its kill switch is on, empty where it is not."""
    if line is None or Scope() not in line.killed:
        return ""
    return f"账户 {line.account} 已{Term.KILL}，解除之后才能恢复策略。"


def held_elsewhere(link: LinkLine, line: AccountLine | None) -> bool:
    """Return whether another person, or this person at another device, holds the account."""
    if line is None or line.holder is None:
        return False
    return line.holder != link.person or line.holder_device not in {None, link.device}
