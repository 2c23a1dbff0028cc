"""Fold the contracts that no exchange lists (场外): booked under an agreement, valued, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.errors import InvariantError
from terminal.domain.fact.otc import OtcBooked, OtcEnded, OtcFact, OtcMarked
from terminal.domain.orders.confirmation import ConfirmationState, Stored
from terminal.domain.otc import OtcBooking, first_mark
from terminal.engine.books.otc import OtcRow

if TYPE_CHECKING:
    from terminal.engine.state import AccountState


def _need_agreement(account: AccountState, fact: OtcBooked | OtcEnded) -> None:
    # The two are one turn: the yes is not yet used up when what it agrees to is stated.
    asked = account.confirmations.get(fact.confirmation)
    step = OtcBooking(terms=fact.terms) if isinstance(fact, OtcBooked) else fact.ending
    agreed = asked is not None and asked.state is ConfirmationState.APPROVED
    if asked is None or not agreed or msgspec.json.decode(asked.confirmation.stored, type=Stored).otc != step:
        raise InvariantError(f"nobody agreed to {step} under {fact.confirmation} in {account.account}")


def apply_otc(account: AccountState, fact: OtcFact, at: int) -> None:
    """Take one fact into an account's contracts; `at` is the market clock of its record."""
    rows = account.otc.rows
    if not isinstance(fact, OtcMarked):
        _need_agreement(account, fact)
    if isinstance(fact, OtcBooked):
        if fact.terms.number in rows:
            raise InvariantError(f"contract {fact.terms.number} was booked twice in {account.account}")
        rows[fact.terms.number] = OtcRow(
            terms=fact.terms,
            person=fact.person,
            booked_at=at,
            mark=first_mark(fact.terms),
            booking=fact.confirmation,
        )
        return
    number = fact.ending.number if isinstance(fact, OtcEnded) else fact.number
    if number not in rows:
        raise InvariantError(f"contract {number} is not open in {account.account}")
    if isinstance(fact, OtcMarked):
        row = rows[number]
        row.mark, row.marked_by, row.marked_at = fact.mark, fact.person, at
        row.version += 1
    else:
        del rows[number]
