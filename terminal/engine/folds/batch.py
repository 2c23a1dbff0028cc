"""Fold the facts about batches: a part has one turn, and its orders name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.errors import InvariantError
from terminal.domain.fact import batch as f
from terminal.domain.ids import BatchId
from terminal.domain.orders.batch import PartState
from terminal.engine.books.batch import TAG, BatchRow

if TYPE_CHECKING:
    from terminal.domain.fact.order import OrderRecorded
    from terminal.engine.state import AccountState


def apply_batch(account: AccountState, fact: f.BatchFact, at: int) -> None:
    """Take one fact into an account's parts of batches; `at` is the market clock of its record."""
    rows = account.batches.rows
    if isinstance(fact, f.BatchTaken):
        if fact.batch in rows:
            raise InvariantError(f"batch {fact.batch} was taken twice by {account.account}")
        rows[fact.batch] = BatchRow(
            batch=fact.batch,
            terms=fact.terms,
            person=fact.person,
            device=fact.device,
            reason=fact.reason,
            taken_at=at,
            heard_day=account.trading_day,
        )
        return
    row = rows[fact.batch]
    if row.state is not PartState.WAITING or fact.state is PartState.WAITING:
        raise InvariantError(f"batch {fact.batch} has had its turn in {account.account}: {row.state} → {fact.state}")
    if fact.state is not PartState.SENT and row.orders:
        raise InvariantError(f"batch {fact.batch} has sent {row.orders} and is {fact.state} in {account.account}")
    row.state, row.code, row.sentence, row.confirmation = fact.state, fact.code, fact.sentence, fact.confirmation


def note_order(account: AccountState, fact: OrderRecorded) -> None:
    """Remember an order of a batch with its part: one that goes out at once, or after a second person's yes."""
    if fact.cause.tag.startswith(TAG):
        row = account.batches.rows.get(BatchId(fact.cause.tag.removeprefix(TAG)))
        if row is not None:
            row.orders.append(fact.order)
