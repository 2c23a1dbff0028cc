"""Say in one line what the foot of the strategy bench has to say: why nothing goes, or what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.words.risk import Verdict
from terminal.domain.words.terms import Term
from terminal.widgets.strategy.words import differences

if TYPE_CHECKING:
    from terminal.engine.screen import Preview
    from terminal.widgets.strategy.draft import Draft

BAD, FINE = "bad", ""
BLOCKING: Final = frozenset({Verdict.LOCK, Verdict.DENY})
# What was sent was refused, and nothing is left to choose: an earlier change of one's own was made meanwhile.
OVERTAKEN: Final = "前一次修改已先生效，这次没有执行；请再预览，然后执行。"

REFUSED: Final = "■ 没有通过，请改好再预览。"  # why stands right above: it is told once
UNSEEN: Final = "没有发送：策略面板刚才被挡住，看清后再预览一次。"


def status_of(draft: Draft, answer: Preview | None, *, wrong: str) -> tuple[str, str]:
    """Return what a draft waits for, and whether that is a fault; `wrong` says what must be mended first."""
    if draft.conflict:
        return "▲ 两处都改了，先选用我的或用最新。", BAD
    if wrong:
        return f"▲ {wrong}", BAD
    if draft.waits and draft.card is not None:
        return f"您的修改已生效，正在等第 {draft.card.version + 1} 版的参数…", FINE
    if draft.card is not None and not draft.dirty:
        return f"第 {draft.card.version} 版，尚未修改。", FINE
    if answer is None:
        return "先预览，看清楚后果再执行。", FINE
    if answer.verdict in BLOCKING:
        return REFUSED, BAD
    waits = answer.verdict is Verdict.CONFIRM2
    return ("预览通过，提交后由另一人复核。" if waits else "预览通过，可以执行。"), FINE


def go_of(draft: Draft, answer: Preview | None) -> Term:
    """Return what the button that sends says."""
    if answer is not None and answer.verdict is Verdict.CONFIRM2:
        return Term.SUBMIT_FOR_APPROVAL
    return Term.START if draft.card is None else Term.APPLY_CHANGE


def conflict_of(draft: Draft) -> tuple[str, tuple[tuple[str, str, str], ...]] | None:
    """Return what a person chooses between, the sentence and both values of each field; `None` where nothing is."""
    if not draft.conflict or draft.card is None or draft.latest is None or draft.settings is None:
        return None
    if not draft.may_rebase:
        return "另一处已修改这个策略，正在等最新的参数…", ()
    versions = f"您改的是第 {draft.card.version} 版，另一处已改成第 {draft.latest.version} 版。"
    return versions, differences(draft.settings, draft.latest.settings)
