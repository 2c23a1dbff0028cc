"""Say what the panel of confirmations (复核) says where there is no card to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.words.terms import Term
from terminal.widgets.parts.empty_state import EmptyState, Words, unknown
from terminal.widgets.parts.icons import Sign

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from terminal.engine.screen import ApprovalCard, LinkLine
    from terminal.widgets.dress.look import Look

NOTHING_WAITS: Final = (
    "没有待复核的事项",
    "超过单笔上限的委托、策略启动和放宽限额会停在这里，等第二个人批准或驳回。",
    "有新的事项时，标题会说明数量。",
)
NOTHING_DECIDED: Final = ("没有已处理的事项", "批准、驳回、撤回或过了时限的事项会列在这里，连同结果。", "")


def empty_over(area: QWidget, look: Look) -> EmptyState:
    """Return it over the place of the card, before anything is known."""
    title, text, next_step = NOTHING_WAITS
    return EmptyState(area, look, sign=Sign.LIST, title=title, text=text, next_step=next_step)


def empty_words(link: LinkLine | None, *, decided: bool, latest: ApprovalCard | None, lost: str = "") -> Words:
    """Return it for either list; `latest` is what was looked at until it was decided: its end is news.

    `lost` says why what was decided here did not count: it comes before all else.
    """
    if (cut := unknown(link)) is not None:
        return cut
    if decided:
        return NOTHING_DECIDED
    if latest is None:
        return NOTHING_WAITS
    return (
        f"▲ {lost}" if lost else NOTHING_WAITS[0],
        f"{latest.title}：{latest.outcome.rstrip('。')}。",
        f"它的卡片在「{Term.DECIDED}」里。",
    )
