"""Fold the facts about conditional orders: each lets go at most once, whatever is told how often."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

from terminal.domain.errors import InvariantError
from terminal.domain.fact import conditional as f
from terminal.domain.orders.conditional import ConditionalEvent, ConditionalState, move
from terminal.engine.books.conditional import ConditionalRow

if TYPE_CHECKING:
    from terminal.engine.state import AccountState

EDITABLE = frozenset({ConditionalState.WAITING, ConditionalState.PAUSED})


def apply_conditional(account: AccountState, fact: f.ConditionalFact, at: int) -> None:
    """Take one fact into the account's conditional orders; `at` is the market clock of its record."""
    book = account.conditionals
    book.changes += 1
    if isinstance(fact, f.ConditionalPlaced):
        if fact.conditional != book.next_name(account.account):
            raise InvariantError(f"conditional order {fact.conditional} does not follow the {book.placed} before it")
        book.placed += 1
        book.new_today += 1
        book.rows[fact.conditional] = ConditionalRow(
            conditional=fact.conditional,
            wanted=fact.wanted,
            due=fact.due,
            ends_at=fact.ends_at,
            person=fact.person,
            device=fact.device,
            placed_at=at,
            heard_day=account.trading_day,
            attached=fact.attached,
            other=fact.other,
        )
        if fact.other is not None:
            book.rows[fact.other].other = fact.conditional
        return
    row = book.rows[fact.conditional]
    row.heard_day = account.trading_day
    if isinstance(fact, f.ConditionalChanged | f.ConditionalShrunk):
        _become(row, fact)
    else:
        _go_on(row, fact, at)


def _become(row: ConditionalRow, fact: f.ConditionalChanged | f.ConditionalShrunk) -> None:
    # Another version of what it is.
    match fact:
        case f.ConditionalChanged():
            same = (fact.wanted, fact.due) == (row.wanted, row.due)  # it has only changed hands
            may_change = row.state in EDITABLE or (same and row.state is ConditionalState.TRIGGERED)
            if not may_change or fact.version != row.version + 1:
                raise InvariantError(f"conditional order {row.conditional} is {row.state} at version {row.version}")
            row.wanted, row.version, row.due, row.ends_at = fact.wanted, fact.version, fact.due, fact.ends_at
            row.person, row.device = fact.person, fact.device
            row.missed, row.watched = (row.missed, row.watched) if same else ((), ())
        case f.ConditionalShrunk():
            release = row.wanted.release
            fits = row.attached and row.stands and 0 < fact.lots < release.lots
            if not fits or fact.version != row.version + 1:
                raise InvariantError(f"conditional order {row.conditional} cannot go down to {fact.lots} lots")
            left = msgspec.structs.replace(release, lots=fact.lots)
            row.wanted, row.version = msgspec.structs.replace(row.wanted, release=left), fact.version
            row.note = fact.reason
        case _:
            assert_never(fact)


def _go_on(
    row: ConditionalRow,
    fact: f.ConditionalMoved
    | f.ConditionalMissed
    | f.ConditionalWatched
    | f.ConditionalTriggered
    | f.ConditionalReleased,
    at: int,
) -> None:
    match fact:
        case f.ConditionalMoved():
            row.state, row.note = move(row.state, fact.event), fact.reason
        case f.ConditionalMissed():
            if row.state not in EDITABLE:
                raise InvariantError(f"conditional order {row.conditional} is {row.state} and missed {row.missed}")
            # An older program told a part again after the account had changed hands.
            row.missed = tuple(sorted({*row.missed, *fact.parts}))
        case f.ConditionalWatched():
            if row.state is not ConditionalState.WAITING:
                raise InvariantError(f"conditional order {row.conditional} is {row.state} and watches no opening")
            row.watched = tuple(sorted({*row.watched, *fact.parts}))
        case f.ConditionalTriggered():
            row.state = move(row.state, ConditionalEvent.TRIGGER)
            row.seen, row.triggered_at, row.clearing = fact.seen, at, fact.clearing
        case f.ConditionalReleased():
            row.state = move(row.state, ConditionalEvent.RELEASE)
            row.orders, row.confirmations, row.note = fact.orders, fact.confirmations, fact.note
        case _:
            assert_never(fact)
