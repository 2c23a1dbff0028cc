"""Fill resting orders from what a bar says was traded, where the market comes in bars (K 线) and not in quotes.

The theory. A bar tells after its end what traded within it, and nothing of bid and ask. Nothing is displayed, so an
order that comes trades with nobody but our own; it rests, and what happens to it is decided by the first bar of its
instrument that *began* when it was already there. What it was decided on is older than what it is filled from.

- It fills only where the market traded through it: a buyer below his limit, a seller above. Trades at the limit itself
  were other people's, who were there first.
- It pays one tick more than the worst price that traded, within its limit: a buyer the highest, a seller the lowest of
  the bar. Where only closes are recorded, the close before counts too, but only for the price.
- All orders together take at most `BarColumn.LOTS` of a bar, better limits first, then earlier orders.
- What is not good for the day (FAK, FOK) waits for that one bar and is then taken out; FOK fills wholly or not at all.
  It does not wait beyond the session in which it came.

The last bar of a session is stamped at its end, when the session is over. What it tells happened before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.market import SIDE_TICKS, BarColumn
from terminal.domain.orders.order import TimeCondition
from terminal.gateways.sim import refusal
from terminal.gateways.sim.matching.book import Book, Match, Order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain.market import Batch


class Bar(NamedTuple):
    """Hold what traded in one bar, as `BarColumn` names it."""

    open: int
    high: int
    low: int
    lots: int
    began: int

    def trades_through(self, order: Order) -> bool:
        """Return whether the bar traded at a better price than an order's limit."""
        return self.low < order.limit if order.is_buy else self.high > order.limit

    def price(self, order: Order) -> int:
        """Return what an order pays, in ticks."""
        if order.is_buy:
            return min(order.limit, max(self.high, self.open) + SIDE_TICKS)
        return max(order.limit, min(self.low, self.open) - SIDE_TICKS)


def told_until(batch: Batch) -> int:
    """Return the last instant a batch tells of, UTC ns: a bar tells of none of its end."""
    return batch.at if batch.bars is None else batch.at - 1


def bars_of(batch: Batch) -> dict[int, Bar]:
    """Return the bars of a batch by slot."""
    if batch.bars is None:
        return {}
    columns = batch.bars[:, : BarColumn.BEGAN + 1].tolist()
    return {slot: Bar(*bar) for slot, bar in zip(batch.slots.tolist(), columns, strict=True)}


def trade(book: Book, bar: Bar) -> list[Match]:
    """Fill the resting orders that were there when the bar began."""
    matches: list[Match] = []
    left = bar.lots
    for order in (*book.buys, *book.sells):
        if order.since > bar.began or not bar.trades_through(order):
            continue
        lots = min(order.remaining, left)
        whole = order.terms.time_condition is TimeCondition.FOK
        if not lots or (whole and lots < order.remaining):
            continue
        order.fill(lots)
        left -= lots
        matches.append(Match(order, None, lots, bar.price(order)))
    book.drop_filled()
    return matches


def is_for_the_day(order: Order) -> bool:
    """Return whether what is left of an order stays after its bar."""
    return order.terms.time_condition is TimeCondition.GFD


def killed(order: Order) -> str:
    """Return why an order that is not for the day is taken out."""
    return refusal.KILLED_ALL if order.terms.time_condition is TimeCondition.FOK else refusal.KILLED_REST


def done(orders: Iterable[Order], bar: Bar) -> list[Order]:
    """Return the orders that waited for this bar alone."""
    return [order for order in orders if not is_for_the_day(order) and order.since <= bar.began]
