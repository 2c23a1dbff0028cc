"""Hold the facts about groups of accounts and orders for them (分组批量下单).

A group, and which accounts a batch was for, are their person's own: who has a part in one of the accounts must not
learn of the others (SAFETY I25). An account's stream has its own part of a batch only.
"""

from __future__ import annotations

import msgspec

from terminal.domain.ids import AccountId, BatchId, ConfirmationId, DeviceId, PersonId
from terminal.domain.orders.batch import BatchOrder, BatchPart, Member, PartState
from terminal.domain.orders.order import OrderTerms


class GroupSaved(msgspec.Struct, frozen=True, kw_only=True, tag="group_saved"):
    """A person's group has these accounts; one without any is gone."""

    person: PersonId
    name: str
    version: int
    members: tuple[Member, ...]


class BatchOrdered(msgspec.Struct, frozen=True, kw_only=True, tag="batch_ordered"):
    """A person had an order sent for each account of a group; `at` is the market clock, UTC ns."""

    person: PersonId
    batch: BatchId
    at: int
    group: str
    order: BatchOrder
    parts: tuple[BatchPart, ...]


class BatchTaken(msgspec.Struct, frozen=True, kw_only=True, tag="batch_taken"):
    """An account's part of a batch waits for its turn in the message rate (control C8)."""

    account: AccountId
    batch: BatchId
    terms: OrderTerms
    person: PersonId
    device: DeviceId
    reason: str = ""


class BatchMoved(msgspec.Struct, frozen=True, kw_only=True, tag="batch_moved"):
    """An account's part of a batch had its turn, or will have none; it has no second one.

    Its orders name the batch in their cause. `code` and `sentence` are those of an answer to an order by hand.
    """

    account: AccountId
    batch: BatchId
    state: PartState
    code: str
    sentence: str
    confirmation: ConfirmationId | None = None  # of one that is PARKED


BatchFact = BatchTaken | BatchMoved
