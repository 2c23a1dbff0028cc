"""Match a call auction (集合竞价): every order gathered, at one price, at once.

The theory. The price is the one at which most lots trade; among several the one that leaves fewest lots over; among
those the nearest to a reference. Every order with a better limit than the price is then filled wholly, and at the
price itself the earlier order comes first. What is left over stays in the book and goes on into continuous trading;
it crosses nothing any more. An auction asks no one whether two orders are of one owner: 自成交 is watched over after
the day by the exchange and prevented before it by our own gate, never by the matching.

The market we are shown was matched without us. All that is known of its auction is what it printed: a price and a
number of lots. We let it stand as one buyer and one seller of just these lots at just this price, both earlier than
any order of ours, and match everything together. From that follows, and is meant to be careful rather than kind:

- an order of ours with a better limit than the printed price fills at the printed price;
- an order of ours at the printed price gets nothing of the market's lots, for everybody there was before us;
- together our orders never get more of the market's lots than it printed. Who wants as many or more moves the price
  against himself, at most to his own limit;
- where the market printed nothing, our orders meet only each other.

A market order (市价) that rests takes what the auction gives and never makes its price: it stands before all others at
the reference, or as far beyond as there are limit orders of the other side to meet, and never beyond its own limit.

The reference is the printed price, without one the previous settlement (昨结算), and where that was never said the
middle of the prices that are equally good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from terminal.gateways.sim.matching.book import Book, Dealt, Match, Order, is_market


class Wish(NamedTuple):
    """Hold what one side wants: a limit in ticks, lots, and the own order, `None` for the market's."""

    limit: int
    lots: int
    order: Order | None


class _Span(NamedTuple):
    """Hold neighbouring prices (ticks, both ends included) at which the same lots are wanted and offered."""

    low: int
    high: int
    wanted: int
    offered: int

    @property
    def rank(self) -> tuple[int, int]:
        return min(self.wanted, self.offered), -abs(self.wanted - self.offered)


def clear(book: Book, *, pre_settlement: int | None, printed: Dealt | None) -> list[Match]:
    """Trade what the auction matches and leave the rest in the book; the market's own trades are not told."""
    reference = pre_settlement if printed is None else printed.price
    buys = _wishes(book.buys, printed, _bound(book.sells, reference, max))
    sells = _wishes(book.sells, printed, _bound(book.buys, reference, min))
    price = clearing_price(buys, sells, reference)
    if price is None:
        return []
    matches = _pair([buy for buy in buys if buy.limit >= price], [sell for sell in sells if sell.limit <= price], price)
    book.drop_filled()
    return matches


def clearing_price(buys: Sequence[Wish], sells: Sequence[Wish], reference: int | None) -> int | None:
    """Return the price of the auction in ticks, `None` where nothing trades; equally near to the reference: the lower.

    Without a reference it is the middle of the prices that are equally good.
    """
    spans = [span for span in _spans(buys, sells) if span.wanted and span.offered]
    if not spans:
        return None
    best = max(span.rank for span in spans)
    ranges = [_fair(span) for span in spans if span.rank == best]
    if reference is None:
        reference = (ranges[0][0] + ranges[-1][1]) // 2
    nearest = [min(max(reference, low), high) for low, high in ranges]
    return min(nearest, key=lambda price: (abs(price - reference), price))


def _bound(others: Iterable[Order], reference: int | None, farthest: Callable[[Iterable[int]], int]) -> int | None:
    # The price in ticks up to which market orders meet the other side; `None` where no price is known at all.
    known = [order.limit for order in others if not is_market(order)] + ([] if reference is None else [reference])
    return farthest(known) if known else None


def _wishes(queue: Iterable[Order], printed: Dealt | None, bound: int | None) -> list[Wish]:
    wishes = []
    for order in queue:
        if not is_market(order):
            wishes.append(Wish(order.limit, order.remaining, order))
        elif bound is not None:
            limit = min(order.limit, bound) if order.is_buy else max(order.limit, bound)
            wishes.append(Wish(limit, order.remaining, order))
    wishes.sort(key=_rank)  # of one rank the earlier order stays first
    if printed is None:
        return wishes
    market = Wish(printed.price, printed.lots, None)
    # They stand best first; the market's lots are the first of their price, but for market orders.
    place = next((n for n, wish in enumerate(wishes) if not _is_better(wish, market)), len(wishes))
    return [*wishes[:place], market, *wishes[place:]]


def _rank(wish: Wish) -> tuple[int, bool]:
    order = wish.order
    if order is None:
        return wish.limit, True
    return -wish.limit if order.is_buy else wish.limit, not is_market(order)


def _is_better(wish: Wish, market: Wish) -> bool:
    order = wish.order
    if order is None or wish.limit == market.limit:
        return order is not None and is_market(order)
    return wish.limit > market.limit if order.is_buy else wish.limit < market.limit


def _spans(buys: Sequence[Wish], sells: Sequence[Wish]) -> Iterator[_Span]:
    edges = sorted({buy.limit + 1 for buy in buys} | {sell.limit for sell in sells})
    for low, after in pairwise(edges):
        yield _Span(
            low,
            after - 1,
            sum(buy.lots for buy in buys if buy.limit >= low),
            sum(sell.lots for sell in sells if sell.limit <= low),
        )


def _fair(span: _Span) -> tuple[int, int]:
    # Where one side is in excess, only at the far end do its orders with a better limit than the price fill wholly.
    if span.wanted > span.offered:
        return span.high, span.high
    if span.wanted < span.offered:
        return span.low, span.low
    return span.low, span.high


def _pair(buys: Sequence[Wish], sells: Sequence[Wish], price: int) -> list[Match]:
    # Both stand in their order of rank: who comes first trades first, until one side has nothing left.
    matches: list[Match] = []
    wanted, offered = [buy.lots for buy in buys], [sell.lots for sell in sells]
    buy = sell = 0
    while buy < len(buys) and sell < len(sells):
        lots = min(wanted[buy], offered[sell])
        own = [wish.order for wish in (buys[buy], sells[sell]) if wish.order is not None]
        for order in own:
            order.fill(lots)
        if own:
            matches.append(Match(own[0], own[1] if len(own) > 1 else None, lots, price))
        wanted[buy] -= lots
        offered[sell] -= lots
        buy += not wanted[buy]
        sell += not offered[sell]
    return matches
