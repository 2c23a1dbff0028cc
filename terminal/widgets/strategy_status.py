"""Say in one line what the foot of the strategy bench has to say: why nothing goes, or what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.risk_words import Verdict

if TYPE_CHECKING:
    from terminal.engine.screen import Preview
    from terminal.widgets.strategy_draft import Draft

BAD, FINE = "bad", ""
BLOCKING: Final = frozenset({Verdict.LOCK, Verdict.DENY})
# What was sent was refused, and nothing is left to choose: an earlier change of one's own was made meanwhile.
OVERTAKEN: Final = "前一次修改已先生效，这次没有执行；请再预览，然后执行。"


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
        return f"■ {answer.sentence}", BAD
    waits = answer.verdict is Verdict.CONFIRM2
    return ("预览通过，提交后由另一人复核。" if waits else "预览通过，可以执行。"), FINE
