"""Fold the facts about requests to exercise or abandon options."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from terminal.domain.errors import InvariantError
from terminal.domain.fact import exercise as f
from terminal.domain.orders.exercise import ExerciseState, move
from terminal.engine.books.exercise import ABSENT, SHOWN, ExerciseRow

if TYPE_CHECKING:
    from terminal.engine.state import AccountState


def apply_exercise(account: AccountState, fact: f.ExerciseFact, at: int) -> None:
    """Take one fact into the account's requests; `at` is the market clock of its record."""
    book = account.exercises
    if isinstance(fact, f.ExerciseRequested):
        if fact.request != book.next_name(account.account):
            raise InvariantError(f"request {fact.request} does not follow the {book.asked} before it")
        book.asked += 1
        book.rows[fact.request] = ExerciseRow(
            request=fact.request,
            wire_key=fact.wire_key,
            wish=fact.wish,
            trading_day=fact.trading_day,
            person=fact.person,
            device=fact.device,
            asked_at=at,
            heard_day=account.trading_day,
            confirmation=fact.confirmation,
        )
        return
    if isinstance(fact, f.ExerciseExpected):
        book.expected = fact.options
        return
    row = book.rows[fact.request]
    row.heard_day = account.trading_day
    match fact:
        case f.ExerciseWithdrawalSent():
            if not row.stands:
                raise InvariantError(f"request {row.request} is {row.state} and cannot be withdrawn")
            row.withdrawing, row.withdrew_at = True, at
        case f.ExerciseMoved():
            before, row.state = row.state, move(row.state, fact.state)
            row.is_kept |= row.state is ExerciseState.TAKEN and bool(fact.code) and fact.code not in {ABSENT, SHOWN}
            row.note, row.lots, row.withdrawing = fact.text, fact.lots, False
            if row.state is before and fact.code in {ABSENT, SHOWN}:
                row.absent_at = at
            elif row.state is ExerciseState.UNKNOWN:
                row.unknown_at, row.absent_at = at, None
            else:
                row.unknown_at = row.absent_at = None
        case _:
            assert_never(fact)
