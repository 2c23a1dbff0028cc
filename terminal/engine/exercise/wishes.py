"""Carry out what people ask about an option's end: exercise it, abandon it, take the request back.

A request is written down before it is sent and sent once. It is judged as the order that opened the future would be
(`exercise_judge`): where such an order would wait for a second person, the request waits for one, at the latest until
the exchange's hour, and nothing of it is sent before. Abandoning and taking back open nothing and are not held up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

from terminal.domain import commands as c
from terminal.domain.errors import InvariantError
from terminal.domain.fact.exercise import ExerciseWithdrawalSent
from terminal.domain.orders.confirmation import ExerciseAsked, Stored
from terminal.domain.orders.exercise import deadline
from terminal.domain.orders.order import Cause, Origin
from terminal.domain.words.typed_text import shown
from terminal.engine.confirmations import approval
from terminal.engine.confirmations.waiting import need_room
from terminal.engine.exercise.judge import Judged, judge, send
from terminal.engine.ports import WireWithdrawal
from terminal.engine.refused import Refused
from terminal.engine.sentences.exercise import STATES, until_text, wish_text
from terminal.engine.wording import under_number

if TYPE_CHECKING:
    from terminal.domain.ids import ExerciseId
    from terminal.domain.orders.exercise import ExerciseWish
    from terminal.engine.books.exercise import ExerciseRow
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

ExerciseCommand = c.RequestExercise | c.WithdrawExercise


def carry_out(
    turn: Turn, look: Look, account: AccountState, command: c.Command, body: ExerciseCommand
) -> tuple[str, str]:
    """Carry out a wish; whoever calls has looked at the person's right to it."""
    match body:
        case c.RequestExercise():
            return _ask(turn, look, account, command, body.wish)
        case c.WithdrawExercise():
            return _withdraw(turn, account, command, body.request)
        case _:
            assert_never(body)


def _ask(turn: Turn, look: Look, account: AccountState, command: c.Command, wish: ExerciseWish) -> tuple[str, str]:
    found = judge(look, account, wish)
    if found.why:
        raise Refused("CANNOT_EXERCISE", found.why)
    if not found.second:
        person, device = command.person, command.device
        name = send(turn, account, wish, person=person, device=device, findings=found.findings)
        return "OK", f"已提交申请 {name}：{wish_text(wish)}"
    need_room(account, command.person)
    why = "".join(one.sentence for one in found.findings)
    asked = approval.park(turn, account, _stored(look, account, command, wish, found), found.findings, why)
    return "CONFIRM2", under_number(f"需复核：{why}{until_text(look.instrument(wish.instrument))}", asked)


def _stored(look: Look, account: AccountState, command: c.Command, wish: ExerciseWish, found: Judged) -> Stored:
    if found.opens is None:
        raise InvariantError("what opens nothing waits for nobody")
    cause = Cause(origin=Origin.MANUAL, person=command.person, device=command.device)
    stored = approval.describe(look, account, cause, found.opens)
    latest = look.now + approval.PENDING_FOR
    until = deadline(look.instrument(wish.instrument), account.trading_day) or latest
    exercise = ExerciseAsked(wish=wish, opens=found.opens)
    return msgspec.structs.replace(stored, terms=None, exercise=exercise, expires_at=min(latest, until))


def _withdraw(turn: Turn, account: AccountState, command: c.Command, request: ExerciseId) -> tuple[str, str]:
    row = account.exercises.rows.get(request)
    if row is None:
        raise Refused("NO_REQUEST", f"没有编号为 {shown(request)} 的申请，请刷新列表。")
    why = bar_to_withdrawing(account, row)
    if why:
        raise Refused("CANNOT_WITHDRAW", why)
    turn.say(ExerciseWithdrawalSent(account=account.account, request=request, person=command.person))
    turn.do(WireWithdrawal(account=account.account, wire_key=row.wire_key))
    return "OK", f"已提交撤销 {request}，以交易所回报为准"


def bar_to_withdrawing(account: AccountState, row: ExerciseRow) -> str:
    """Return why a request cannot be taken back now, empty if it can; the hour is the exchange's to judge."""
    if not row.stands:
        return f"申请 {row.request} {STATES[row.state]}，不能再撤销。"
    if not account.linked:
        return "与交易所的连接断开，撤销没有提交；请在重连后再撤。"
    if row.withdrawing:
        return f"申请 {row.request} 的撤销已在途，请等交易所回报。"
    return ""
