"""Say in words what is asked about an option's end and where a request stands."""

from __future__ import annotations

from typing import Final

from terminal.domain.exercise import Choice, ExerciseState, ExerciseWish
from terminal.domain.setting_words import FLAGS
from terminal.engine.wording import short

CHOICES: Final = {Choice.EXERCISE: "行权", Choice.ABANDON: "放弃"}
STATES: Final = {
    ExerciseState.SENT: "已提交",
    ExerciseState.UNKNOWN: "状态未知",
    ExerciseState.TAKEN: "已受理",
    ExerciseState.REJECTED: "被交易所拒绝",
    ExerciseState.WITHDRAWN: "已撤销",
    ExerciseState.DONE: "已执行",
    ExerciseState.VOID: "未到交易所",
}


def wish_text(wish: ExerciseWish) -> str:
    """Return a wish in words: "m2101-C-3000 行权 3 手（投机，行权后自对冲）"."""
    extra = "，行权后自对冲" if wish.self_close else ""
    return f"{short(wish.instrument)} {CHOICES[wish.choice]} {wish.lots} 手（{FLAGS[wish.flag]}{extra}）"
