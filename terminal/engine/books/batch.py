"""Hold the parts of batches as they are folded: an account's own, and what a person ordered for which accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

import msgspec

from terminal.domain.ids import BatchId, ConfirmationId, DeviceId, OrderId, PersonId
from terminal.domain.orders.batch import BatchOrder, BatchPart, Member, PartState
from terminal.domain.orders.order import OrderTerms

TAG: Final = "batch:"  # of an order's cause, before the batch's id
Order = TypeVar("Order")


class BatchRow(msgspec.Struct):
    """Hold an account's part of one batch."""

    batch: BatchId
    terms: OrderTerms
    person: PersonId
    device: DeviceId
    reason: str
    taken_at: int  # market clock
    state: PartState = PartState.WAITING
    code: str = ""
    sentence: str = ""
    confirmation: ConfirmationId | None = None
    orders: list[OrderId] = []
    heard_day: int = 0  # the account's trading day when it was taken


class BatchBook(msgspec.Struct):
    """Hold an account's parts in the order they were taken."""

    rows: dict[BatchId, BatchRow] = {}

    @property
    def waiting(self) -> list[BatchRow]:
        """Return those whose turn has not come."""
        return [row for row in self.rows.values() if row.state is PartState.WAITING]

    def settle(self, day: int) -> None:
        """Forget what was over before trading day `day`, which has just been settled."""
        kept = self.rows.items()
        self.rows = {name: row for name, row in kept if row.state is PartState.WAITING or row.heard_day >= day}


class GroupRow(msgspec.Struct):
    """Hold the latest form of a person's group of accounts."""

    version: int
    members: tuple[Member, ...]


class BatchOrderedRow(msgspec.Struct):
    """Hold what a person ordered for which accounts."""

    batch: BatchId
    at: int  # market clock
    group: str
    order: BatchOrder
    parts: tuple[BatchPart, ...]


def orders_of(orders: Mapping[OrderId, Order], row: BatchRow) -> Iterator[Order]:
    """Yield the orders of a part that its account, whose `orders` these are, has not forgotten."""
    return (orders[name] for name in row.orders if name in orders)
