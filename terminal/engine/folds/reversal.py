"""Fold the facts about reversals (反手): none opens before its closes have ended, and none more than they filled."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

from terminal.domain.errors import InvariantError
from terminal.domain.fact import reversal as f
from terminal.domain.orders.reversal import ReversalEvent, move
from terminal.engine.book.reversals import progress
from terminal.engine.books.reversal import ReversalRow

if TYPE_CHECKING:
    from terminal.engine.state import AccountState


def apply_reversal(account: AccountState, fact: f.ReversalFact, at: int) -> None:
    """Take one fact into the account's reversals; `at` is the market clock of its record."""
    book = account.reversals
    if isinstance(fact, f.ReversalBegan):
        if fact.reversal != book.next_name(account.account):
            raise InvariantError(f"reversal {fact.reversal} does not follow the {book.begun} before it")
        book.begun += 1
        book.rows[fact.reversal] = ReversalRow(
            reversal=fact.reversal,
            wanted=fact.wanted,
            person=fact.person,
            device=fact.device,
            began_at=at,
            changed_at=at,
            run_day=account.trading_day,
            closes=fact.closes,
            confirmation=fact.confirmation,
            heard_day=account.trading_day,
        )
        return
    row = book.rows[fact.reversal]
    row.heard_day, row.changed_at = account.trading_day, at
    match fact:
        case f.ReversalOpened():
            row.state = move(row.state, ReversalEvent.OPEN)
            row.opens, row.note = (*row.opens, *fact.opens), fact.note
            found = progress(account.orders, row)
            if found.closing or found.due < 0:
                raise InvariantError(f"reversal {row.reversal} opens {found.sent} lots of {found.closed} closed ones")
        case f.ReversalResumed():
            row.state = move(row.state, ReversalEvent.RESUME)
            terms = msgspec.structs.replace(row.wanted.terms, price=fact.price)
            row.wanted = msgspec.structs.replace(row.wanted, terms=terms)
            row.closes = (*row.closes, *fact.closes)
            # What a second person saw was the first price.
            row.person, row.device, row.confirmation = fact.person, fact.device, None
            row.run_day, row.note = account.trading_day, ""
        case f.ReversalMoved():
            row.state = move(row.state, fact.event)
            row.note = fact.reason
        case _:
            assert_never(fact)
