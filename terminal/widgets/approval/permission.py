"""Say why the person at this desk cannot decide on a confirmation now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.facts import Role
from terminal.domain.words.terms import Term
from terminal.engine.screen import LinkState

if TYPE_CHECKING:
    from terminal.engine.screen import ApprovalCard, LinkLine

DECIDING: Final = frozenset({Role.CHECKER, Role.RISK})


def why_barred(card: ApprovalCard, link: LinkLine | None, at: int) -> str:
    """Return the sentence that says why nothing can be decided; empty where it can."""
    if link is None or link.state is not LinkState.LIVE:
        behind = link is not None and link.is_behind
        return "正在补齐记录，补齐后再决定。" if behind else "离线，不能复核；连上运行器后再决定。"
    if card.maker == link.person:
        return "这是您提交的，须由另一人复核。"
    if not card.is_whole:
        return "内容与哈希不符，不能复核；请联系管理员。"
    if not card.may_decide:
        if not DECIDING & set(link.roles.get(card.account, ())):
            return f"您在{Term.ACCOUNT} {card.account} 没有复核权限。"
        return "这一项不能由您复核。"
    if at >= card.expires_at:
        return f"已过复核时限，请{Term.MAKER}重新提交。"
    return ""
