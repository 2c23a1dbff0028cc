"""Say the facts about requests to exercise or abandon options in sentences, for the event list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from terminal.domain.fact import facts as f
from terminal.domain.orders.exercise import ExerciseState
from terminal.domain.words.risk import Level
from terminal.engine.sentences.exercise import STATES, wish_text
from terminal.engine.wording import SYSTEM, person_name, short
from terminal.shell.picture.worded import Worded

if TYPE_CHECKING:
    from terminal.engine.state import AccountState

NONE_LEFT: Final = "没有本交易日到期、现在实值的期权多头，不再为自动行权冻结"
GRAVE: Final = frozenset({ExerciseState.REJECTED, ExerciseState.UNKNOWN, ExerciseState.VOID, ExerciseState.OVER})


def exercise(account: AccountState, fact: f.ExerciseFact) -> Worded:
    """Return the sentence of a fact that the account has just folded."""
    if isinstance(fact, f.ExerciseExpected):
        names = "、".join(short(one) for one in fact.options)
        what = f"本交易日到期、现在实值的期权：{names}，没有申请的多头会自动行权，已按此冻结" if names else NONE_LEFT
        return Worded(account.account, SYSTEM, what, None, Level.NORMAL)
    row = account.exercises.rows[fact.request]
    who, level = SYSTEM, Level.NORMAL
    match fact:
        case f.ExerciseRequested():
            warned = "；".join(finding.sentence for finding in fact.findings)
            why = f"（提醒：{warned}）" if warned else ""
            who, what = person_name(account, fact.person), f"提交申请 {fact.request}：{wish_text(fact.wish)}{why}"
        case f.ExerciseWithdrawalSent():
            why = f"（{fact.reason}）" if fact.reason else ""
            who, what = person_name(account, fact.person), f"撤销申请 {fact.request}：{wish_text(row.wish)}{why}"
        case f.ExerciseMoved():
            done = f" {fact.lots} 手" if fact.state is ExerciseState.DONE else ""
            why = f"：{fact.text}" if fact.text else ""
            what = f"申请 {fact.request}（{wish_text(row.wish)}）{STATES[fact.state]}{done}{why}"
            level = Level.ORANGE if fact.state in GRAVE else Level.NORMAL
        case _:
            assert_never(fact)
    return Worded(account.account, who, what, row.wish.instrument, level)
