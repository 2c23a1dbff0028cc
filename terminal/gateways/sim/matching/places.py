"""Keep the place of a resting order in the market's queue, and fill it from what the market really trades there.

The theory. The market displays how many lots wait at its best price, never whose. An order of ours that joins them
stands behind all of them: `ahead`. Lots traded at its limit are taken from those ahead first, and only what exceeds
them is ours. Those ahead may also leave; of that nothing is said but that no more can wait there than is displayed, so
`ahead` is never more than that. Where our limit is better than the best displayed nobody is ahead. Where it is worse,
nothing is known until the market displays just that price: then everybody there is ahead, also who came after us.
An order that keeps no place looks at no queue.

Two models of the queue (`QueueModel`), chosen where the exchange is opened:

- `volume`, the default, gives nothing for waiting. A resting order fills when the opposite best reaches it, at most
  the lots displayed there. It is the careful one: it fills late and never for a trade it only saw. One place is kept
  all the same, because nothing is ever displayed opposite it: at the limit of the day's band (涨跌停锁仓), where a
  buyer at the upper and a seller at the lower limit fill from the lots traded there, behind the displayed queue.
- `position` keeps the place of every order. Beside what is displayed it also fills from lots traded at its limit once
  nobody is ahead, and from lots traded through it. A snapshot tells only its last price: all lots since the snapshot
  before it count as traded there, which is kind where a snapshot holds trades at several prices.

In both a resting order fills at its own limit (a market order at the price dealt), and a lot the market traded fills
one lot of ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from terminal.domain.ids import WireKey
from terminal.domain.market import DayFacts
from terminal.gateways.sim.matching.book import Book, Dealt, Level, Match, Order, reaches, resting_price
from terminal.gateways.sim.matching.queue_model import QueueModel


class Places:
    """Know which orders keep a place, and move them forward."""

    def __init__(self, model: QueueModel) -> None:
        self._model = model

    def keeping(self, orders: Iterable[Order], facts: DayFacts | None) -> list[Order]:
        """Return the orders that keep a place: all of them, or those at the band's limit on their own side."""
        if self._model is QueueModel.POSITION:
            return list(orders)
        if facts is None:
            return []
        return [one for one in orders if one.limit == (facts.upper_limit if one.is_buy else facts.lower_limit)]

    def trade(self, book: Book, dealt: Dealt, facts: DayFacts | None) -> list[Match]:
        """Fill the resting orders from what the market traded since the snapshot before."""
        matches: list[Match] = []
        for queue in (book.buys, book.sells):
            left = dealt.lots
            for order in self.keeping(takewhile(lambda one: reaches(one, dealt.price), queue), facts):
                match = self._fill(order, dealt.price, left) if left else None
                if match is not None:
                    matches.append(match)
                    left -= match.lots
        if matches:
            book.drop_filled()
        return matches

    def look(
        self, book: Book, facts: DayFacts | None, noted: dict[WireKey, int], orders: Iterable[Order] | None = None
    ) -> None:
        """Let the orders of a book, or some of them, that keep a place see the displayed queue, and note the places."""
        kept = self.keeping(orders or (*book.buys, *book.sells), facts)
        if not kept:
            return
        see(kept, book)
        for order in kept:
            if order.ahead is not None:
                noted[order.wire_key] = order.ahead

    def _fill(self, order: Order, price: int, lots: int) -> Match | None:
        if order.limit == price:
            if order.ahead is None:
                return None
            passed = min(order.ahead, lots)
            order.ahead -= passed
            lots -= passed
        elif self._model is QueueModel.VOLUME:
            return None
        lots = min(order.remaining, lots)
        if not lots:
            return None
        order.fill(lots)
        return Match(order, None, lots, resting_price(order, price))


def see(orders: Iterable[Order], book: Book) -> None:
    """Let orders see the displayed queue: behind all of it, or what is left of it."""
    if book.bid.price is None and book.ask.price is None:
        return  # a halt, or nothing displayed yet: nothing is known
    for order in orders:
        level: Level = book.bid if order.is_buy else book.ask
        if level.price == order.limit:
            order.ahead = level.lots if order.ahead is None else min(order.ahead, level.lots)
        elif level.price is None or (level.price < order.limit if order.is_buy else level.price > order.limit):
            order.ahead = 0
