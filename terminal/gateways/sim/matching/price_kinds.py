"""Give an order without a price of its own the price it trades to, and what remains of it a limit.

The book we are shown has one price a side. A best-price order (最优价) takes that one, a five-level order (五档) that
and our own orders up to five prices; nothing is invented beyond. A market order (市价) takes whatever the other side
offers within the day's limit price. What remains under GFD: of best and five-level orders a limit order at the price
traded last, and where nothing is offered at all, nothing remains; of a market order one that stands at the limit price
and takes what is displayed later at the price displayed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.orders.kind_words import PRICE_KINDS
from terminal.domain.orders.order import PriceKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.reports import Traded
    from terminal.gateways.sim.matching.book import Book, Match, Order

_LEVELS: Final = {PriceKind.BEST: 1, PriceKind.FIVE: 5}


def first_limit(book: Book, order: Order, *, displayed: bool) -> int | None:
    """Return the worst price in ticks an arriving order takes; `None` where it needs an offer and there is none."""
    levels = _LEVELS.get(order.terms.price_kind)
    if levels is None:
        return order.limit
    prices = book.offers(order, displayed=displayed)
    return prices[:levels][-1] if prices else None


def rest_limit(order: Order, matches: Sequence[Match]) -> int:
    """Return the limit in ticks at which what remains of an order rests."""
    return matches[-1].price if matches and order.terms.price_kind in _LEVELS else order.limit


def restored_limit(order: Order, trades: Sequence[Traded]) -> int:
    """Return the limit in ticks that a resting order has after a restart, by the trades of its day."""
    if order.terms.price_kind not in _LEVELS or order.instrument is None:
        return order.limit
    # It rests at the worst price it had when it came; later ones are no worse.
    prices = [order.instrument.ticks(trade.price) for trade in trades if trade.wire_key == order.wire_key]
    return (max if order.is_buy else min)(prices, default=order.limit)


def nothing_offered(order: Order) -> str:
    """Return why an order that needs an offer was taken out."""
    return f"没有对手方报价，{PRICE_KINDS[order.terms.price_kind]}委托已撤销"
