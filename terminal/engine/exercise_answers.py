"""Fold the exchange's word about requests to exercise or abandon into facts, and settle what was left in doubt.

Its word may come twice, late, or only inside a complete answer, and is taken once. A request of which nothing is heard,
or that was on its way when the link was lost, is UNKNOWN and is never sent again by itself (SAFETY 2): two complete
answers without it, 5 s apart and 30 s after, prove that it never came, and people are told to ask again, or what comes
of it where the hour is past. Of a withdrawal that was refused, or of which nothing is heard, people are told that the
request stands; they may try again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.exercise import ExerciseState, may_move
from terminal.domain.exercise_facts import ExerciseMoved
from terminal.domain.facts import AlertRaised
from terminal.domain.risk_words import Level
from terminal.engine.exercise_wording import what_now, wish_text

if TYPE_CHECKING:
    from terminal.domain.reports import ExerciseTold, QueryAnswer
    from terminal.engine.exercise_book import ExerciseRow
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

SECOND: Final = 1_000_000_000
REPORT_WITHIN: Final = 3 * SECOND
ABSENT_APART: Final = 5 * SECOND
ABSENT_AFTER: Final = 30 * SECOND
ABSENT: Final = "ABSENT"


def take_told(turn: Turn, account: AccountState, told: ExerciseTold) -> None:
    """Take the exchange's word about one request; what is known already, or of no request of ours, changes nothing."""
    row = account.exercises.of_key(told.wire_key)
    if row is None or not may_move(row.state, told.state):
        return
    if told.state is row.state and not (told.code and (row.withdrawing or row.note != told.text)):
        return  # TAKEN once more
    was_withdrawing = row.withdrawing
    turn.say(
        ExerciseMoved(
            account=account.account,
            request=row.request,
            state=told.state,
            lots=told.lots,
            code=told.code,
            text=told.text,
        )
    )
    if told.state is ExerciseState.REJECTED:
        _tell(turn, account, row, "EXERCISE_REJECTED", f"交易所拒绝了申请 {row.request}：{told.text}")
    elif told.code and told.state is ExerciseState.TAKEN:
        _tell(turn, account, row, "EXERCISE_STANDS", f"申请 {row.request} 没有撤掉，仍然有效：{told.text}")
    elif told.state is ExerciseState.DONE and was_withdrawing:
        _tell(turn, account, row, "EXERCISE_STANDS", f"申请 {row.request} 没有撤掉，交易所已经执行 {told.lots} 手")


def lose(turn: Turn, account: AccountState, why: str) -> None:
    """Mark what is on its way as not known; a withdrawal on its way has to be asked for again."""
    for row in account.exercises.standing():
        if row.withdrawing:
            _lose_withdrawal(turn, account, row, why)
        elif row.state in {ExerciseState.SENT, ExerciseState.UNKNOWN}:
            _move_to_unknown(turn, account, row, why)


def lose_silent(turn: Turn, account: AccountState) -> bool:
    """Mark as not known what has not been answered for 3 s; return whether there was any."""
    lost, why = False, "3 秒内没有回报"
    for row in account.exercises.standing():
        if row.withdrawing and turn.at - row.withdrew_at > REPORT_WITHIN:
            _lose_withdrawal(turn, account, row, why)
            lost = True
        elif row.state is ExerciseState.SENT and turn.at - row.asked_at > REPORT_WITHIN and not row.withdrawing:
            _move_to_unknown(turn, account, row, why)
            lost = True
    return lost


def _move_to_unknown(turn: Turn, account: AccountState, row: ExerciseRow, why: str) -> None:
    turn.say(ExerciseMoved(account=account.account, request=row.request, state=ExerciseState.UNKNOWN, text=why))


def _lose_withdrawal(turn: Turn, account: AccountState, row: ExerciseRow, why: str) -> None:
    text = f"撤销在途时{why}，请核对后再撤"
    state = ExerciseState.TAKEN if row.state is ExerciseState.TAKEN else ExerciseState.UNKNOWN
    turn.say(ExerciseMoved(account=account.account, request=row.request, state=state, text=text))
    what = f"申请 {row.request}（{wish_text(row.wish)}）{text}：交易所确认撤销之前，它仍可能执行"
    _tell(turn, account, row, "EXERCISE_STANDS", what)


def is_doubtful(account: AccountState) -> bool:
    """Return whether a request is not known to stand or not."""
    return any(row.state is ExerciseState.UNKNOWN for row in account.exercises.rows.values())


def reconcile_exercises(turn: Turn, account: AccountState, answer: QueryAnswer) -> None:
    """Take what a complete answer proves about the requests."""
    shown = {told.wire_key for told in answer.exercises}
    for told in answer.exercises:
        take_told(turn, account, told)
    if answer.trading_day != account.trading_day:
        return
    for row in account.exercises.standing():
        if row.state is not ExerciseState.UNKNOWN or row.wire_key in shown or row.unknown_at is None:
            continue
        if row.absent_at is None:
            moved = ExerciseState.UNKNOWN
        elif turn.at - row.absent_at >= ABSENT_APART and turn.at - row.unknown_at >= ABSENT_AFTER:
            moved = ExerciseState.VOID
        else:
            continue
        text = "查询没有这笔申请" if moved is ExerciseState.UNKNOWN else "两次完整查询均无此申请"
        turn.say(ExerciseMoved(account=account.account, request=row.request, state=moved, code=ABSENT, text=text))
        if moved is ExerciseState.VOID:
            listed = turn.state.tenant.instruments[row.wish.instrument]
            then = what_now(listed, account.trading_day, turn.at)
            what = f"申请 {row.request}（{wish_text(row.wish)}）没有到达交易所，不会执行；{then}"
            _tell(turn, account, row, "EXERCISE_VOID", what)


def _tell(turn: Turn, account: AccountState, row: ExerciseRow, code: str, sentence: str) -> None:
    turn.say(
        AlertRaised(
            account=account.account,
            level=Level.ORANGE,
            code=code,
            instrument=row.wish.instrument,
            sentence=sentence if sentence.endswith("。") else f"{sentence}。",
        )
    )
