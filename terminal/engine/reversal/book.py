"""Hold an account's reversals (反手) as they are folded, and how far each has come.

How far follows from the orders a row names. An order that may still fill, or of which we only proved that it was not
there (VOID), counts as opened whole: what was once sent to be opened is not sent a second time on a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from terminal.domain.ids import AccountId, ConfirmationId, DeviceId, OrderId, PersonId, ReversalId
from terminal.domain.orders.order import OrderState
from terminal.domain.orders.reversal import STANDING, Reversal, ReversalState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.engine.state import OrderRow


class ReversalRow(msgspec.Struct):
    """Hold one reversal and where it stands."""

    reversal: ReversalId
    wanted: Reversal
    person: PersonId  # whose it is: who asked for it, or went on with it last
    device: DeviceId
    began_at: int
    run_day: int  # the account's trading day when it began, or was last gone on with
    closes: tuple[OrderId, ...]
    opens: tuple[OrderId, ...] = ()
    confirmation: ConfirmationId | None = None  # that covers what it sends now
    state: ReversalState = ReversalState.CLOSING
    note: str = ""  # why it stopped
    changed_at: int = 0  # market clock of its latest fact
    heard_day: int = 0  # the account's trading day when it last changed

    @property
    def stands(self) -> bool:
        """Return whether it is not over."""
        return self.state in STANDING

    @property
    def lots(self) -> int:
        """Return the lots that were to be reversed."""
        return self.wanted.terms.lots


class Progress(NamedTuple):
    """Hold how far a reversal has come, in lots."""

    closed: int
    closing: int  # may still be closed by orders that work
    opened: int
    opening: int  # may still be opened by orders that work
    sent: int  # opened, or may be for all that is known: never more than `closed`

    @property
    def due(self) -> int:
        """Return the lots that were closed and not sent to be opened."""
        return self.closed - self.sent


class ReversalBook(msgspec.Struct):
    """Hold them all in the order they began."""

    rows: dict[ReversalId, ReversalRow] = {}
    begun: int = 0

    def next_name(self, account: AccountId) -> ReversalId:
        """Return the name of the next one: an account counts them from 1."""
        return ReversalId(f"{account}-R{self.begun + 1:06d}")

    def settle(self, day: int) -> None:
        """Forget what was over before trading day `day`, which has just been settled."""
        self.rows = {name: row for name, row in self.rows.items() if row.stands or row.heard_day >= day}

    @property
    def orders(self) -> set[OrderId]:
        """Return the orders that rows name."""
        return {order for row in self.rows.values() for order in (*row.closes, *row.opens)}


def progress(orders: Mapping[OrderId, OrderRow], row: ReversalRow) -> Progress:
    """Return how far one has come; `orders` are its account's."""
    closes, opens = [orders[one] for one in row.closes], [orders[one] for one in row.opens]
    return Progress(
        closed=sum(one.filled for one in closes),
        closing=sum(one.remaining for one in closes if not one.ended),
        opened=sum(one.filled for one in opens),
        opening=sum(one.remaining for one in opens if not one.ended),
        sent=sum(one.filled if _is_over(one) else one.terms.lots for one in opens),
    )


def _is_over(order: OrderRow) -> bool:
    return order.ended and order.state is not OrderState.VOID
