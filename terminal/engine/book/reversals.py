"""Say how far a reversal (反手) has come.

It follows from the orders its row names. An order that may still fill, or of which we only proved that it was not
there (VOID), counts as opened whole: what was once sent to be opened is not sent a second time on a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.orders.order import OrderState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.ids import OrderId
    from terminal.engine.books.reversal import ReversalRow
    from terminal.engine.state import OrderRow


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
