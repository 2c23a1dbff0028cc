"""Fold the exchange's word about requests to exercise or abandon into facts, and settle what was left in doubt.

Its word may come twice, late, or only inside a complete answer, and is taken once. A request of which nothing is heard,
or that was on its way when the link was lost, is UNKNOWN and is never sent again by itself (SAFETY 2): two complete
answers without it, 5 s apart and 30 s after, prove that it never came, and people are told to ask again, or what comes
of it where the hour is past. Of a withdrawal that was refused, or of which nothing is heard, people are told that the
request stands; they may try again.

A request that had ended by its word is taken up again where two complete answers, 5 s apart, show that the exchange has
it, and one that it acted on at once: people are told gravely, for nobody reckoned with it. A report that comes late
does not do so. A request of a day that has passed does not stand for ever: the exchange has acted on it or let it go,
and where two complete answers show it no more, its word was lost and the lots are there to be compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.exercise import ExerciseMoved
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.orders.exercise import ExerciseState, may_move
from terminal.domain.words.risk import Level
from terminal.engine.books.exercise import ABSENT, SHOWN, STRANGE, key_of
from terminal.engine.exchange.day import roll
from terminal.engine.sentences.exercise import STATES, back_again, what_now, wish_text

if TYPE_CHECKING:
    from terminal.domain.reports import ExerciseTold, QueryAnswer
    from terminal.engine.books.exercise import ExerciseRow
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

SECOND: Final = 1_000_000_000
REPORT_WITHIN: Final = 3 * SECOND
ABSENT_APART: Final = 5 * SECOND
ABSENT_AFTER: Final = 30 * SECOND
ENDED_BY_WORD: Final = frozenset({ExerciseState.REJECTED, ExerciseState.WITHDRAWN})
NOT_RECKONED_WITH: Final = ENDED_BY_WORD | {ExerciseState.VOID, ExerciseState.OVER}


def hear_told(turn: Turn, look: Look, account: AccountState, told: ExerciseTold) -> None:
    """Take the exchange's word as it is heard; what it did on a later day is of that day, as an end is (`hear_end`)."""
    if told.state is ExerciseState.DONE and told.trading_day > account.trading_day:
        roll(turn, look, account)
    take_told(turn, account, told)


def take_told(turn: Turn, account: AccountState, told: ExerciseTold, *, complete: bool = False) -> None:
    """Take the exchange's word about one request; what is known already, or of no request of ours, changes nothing.

    `complete`: it stands in a complete answer, so it is how things are now.
    """
    row = account.exercises.of_key(told.wire_key)
    if row is None or not may_move(row.state, told.state):
        return
    if told.state is row.state and not _is_news(row, told):
        return
    is_back = row.state in ENDED_BY_WORD and told.state is ExerciseState.TAKEN
    if is_back and not (complete and _is_shown_twice(turn, account, row)):
        return
    before, was_withdrawing = row.state, row.withdrawing
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
    if before in NOT_RECKONED_WITH and told.state in {ExerciseState.TAKEN, ExerciseState.DONE}:
        what = back_again(turn.state.tenant.instruments[row.wish.instrument], row.wish, turn.at, told)
        what = f"我们记为{STATES[before]}的申请 {row.request}（{wish_text(row.wish)}），{what}"
        _tell(turn, account, row, "EXERCISE_ZOMBIE", what, Level.RED)
    elif told.state is ExerciseState.REJECTED:
        _tell(turn, account, row, "EXERCISE_REJECTED", f"交易所拒绝了申请 {row.request}：{told.text}")
    elif told.code and told.state is ExerciseState.TAKEN:
        _tell(turn, account, row, "EXERCISE_STANDS", f"申请 {row.request} 没有撤掉，仍然有效：{told.text}")
    elif told.state is ExerciseState.DONE and was_withdrawing:
        _tell(turn, account, row, "EXERCISE_STANDS", f"申请 {row.request} 没有撤掉，交易所已经执行 {told.lots} 手")


def _is_news(row: ExerciseRow, told: ExerciseTold) -> bool:
    # The same state once more: a withdrawal was refused, or a doubt whether it is so is gone.
    if told.state is ExerciseState.TAKEN:
        return row.absent_at is not None or bool(told.code and (row.withdrawing or row.note != told.text))
    return row.absent_at is not None


def _is_shown_twice(turn: Turn, account: AccountState, row: ExerciseRow) -> bool:
    if row.absent_at is None:
        turn.say(
            ExerciseMoved(
                account=account.account, request=row.request, state=row.state, lots=row.lots, code=SHOWN, text=row.note
            )
        )
        return False
    return turn.at - row.absent_at >= ABSENT_APART


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
    for row in account.exercises.rows.values():  # mostly none, and it is asked every second
        if row.state is ExerciseState.UNKNOWN or row.absent_at is not None:
            return True
    return False


def reconcile_exercises(turn: Turn, account: AccountState, answer: QueryAnswer) -> None:
    """Take what a complete answer proves about the requests."""
    shown = {told.wire_key for told in answer.exercises}
    for told in answer.exercises:
        take_told(turn, account, told, complete=True)
        if told.state is ExerciseState.TAKEN and account.exercises.of_key(told.wire_key) is None:
            _tell_strange(turn, account, told)
    if answer.trading_day != account.trading_day:
        return
    for row in account.exercises.standing():
        if row.wire_key in shown:
            continue
        if row.state is ExerciseState.UNKNOWN and row.unknown_at is not None:
            _take_absent(turn, account, row, ExerciseState.VOID, after=row.unknown_at + ABSENT_AFTER)
        elif row.state is ExerciseState.TAKEN and row.trading_day < account.trading_day:
            _take_absent(turn, account, row, ExerciseState.OVER)


def _tell_strange(turn: Turn, account: AccountState, told: ExerciseTold) -> None:
    # Made elsewhere, or ours and forgotten since it had ended: it is not adopted (SAFETY I3), and people are told.
    # Each of several for one option: whoever looked for the first would not see the next one.
    name, key = told.wish.instrument, told.wire_key
    if key_of(STRANGE, name, key) not in account.exercises.told:
        what = (
            f"交易所持有账户 {account.account} 一笔我们没有的期权申请 {key}：{wish_text(told.wish)}，日终会执行，"
            "没有计入限额和冻结；请核实是谁提交的，不要它请在提交的终端或经纪公司撤销。"
        )
        turn.say(
            AlertRaised(
                account=account.account, level=Level.RED, code=STRANGE, instrument=name, sentence=what, about=key
            )
        )


def _take_absent(turn: Turn, account: AccountState, row: ExerciseRow, end: ExerciseState, *, after: int = 0) -> None:
    # A complete answer does not show it: the second such one, 5 s after the first, ends it.
    if row.absent_at is None:
        moved, text = row.state, "查询没有这笔申请"
    elif turn.at - row.absent_at >= ABSENT_APART and turn.at >= after:
        moved, text = end, "两次完整查询均无此申请"
    else:
        return
    turn.say(ExerciseMoved(account=account.account, request=row.request, state=moved, code=ABSENT, text=text))
    name = f"申请 {row.request}（{wish_text(row.wish)}）"
    if moved is ExerciseState.VOID:
        then = what_now(turn.state.tenant.instruments[row.wish.instrument], account.trading_day, turn.at)
        _tell(turn, account, row, "EXERCISE_VOID", f"{name}没有到达交易所，不会执行；{then}")
    elif moved is ExerciseState.OVER:
        left = account.book.position(row.wish.instrument, row.wish.flag).long
        what = f"{name}的交易日已过，交易所不再持有它，也没有报告结果；账上该期权多头现有 {left} 手，请与结算单核对"
        _tell(turn, account, row, "EXERCISE_OVER", what)


def _tell(
    turn: Turn, account: AccountState, row: ExerciseRow, code: str, sentence: str, level: Level = Level.ORANGE
) -> None:
    turn.say(
        AlertRaised(
            account=account.account,
            level=level,
            code=code,
            instrument=row.wish.instrument,
            sentence=sentence if sentence.endswith("。") else f"{sentence}。",
        )
    )
