"""Match our accounts' orders in one instrument against the displayed book, by price and then by time.

The theory. The market we are shown is a recording or a simulation: it does not know of our orders. What it displays at
its best bid and ask may be taken once. The lots taken of a level are remembered until the market displays that side
differently (another price or another number of lots); only then is there something new to take.

- A taking order fills at the displayed opposite price, at most the displayed lots not yet taken.
- What remains of it rests. A resting order fills at *its own limit* once the displayed opposite best reaches it,
  again at most the displayed lots not yet taken. Better limits come first, then earlier orders.
- Two of our own orders that cross trade with each other at the price of the one that was there first. At the same
  price the displayed lots come first, because they were in the queue before anything of ours. (The risk gate keeps
  our own orders from crossing at all; the exchange does what an exchange does.)
- A market order that rests pays what is displayed, never its limit, and to an order of ours that comes to it what is
  displayed opposite, else the last price; where neither is known, the limit of the one that came, if that has a price.
  What orders without a price take: `price_kinds`.
- Where nothing is displayed on a side, as at a locked price limit, nothing of that side can be taken.

How a call auction is matched: `auction`. What waiting in the market's queue is worth: `places`.

Prices are whole ticks. The book moves lots between its orders; what that means for positions is not its business.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from typing import NamedTuple

from terminal.domain.ids import ExchangeId, SysId, WireKey
from terminal.domain.orders.order import OrderState, OrderTerms, PriceKind, Side
from terminal.domain.products.instrument import Instrument
from terminal.gateways.sim.positions import Bucket

TakenSide = tuple[int | None, int, int]  # price, lots, taken


class Order:
    """Hold one order as the exchange knows it; `limit` in ticks, `sequence` its place in time.

    `ahead` is the market's lots in the queue before it, `None` while that is not known. `leg` counts the legs of an
    order on a combination (`combinations.orders`) and is 0 of any other. `since` is when it began to rest, UTC ns.
    """

    __slots__ = (
        "account",
        "ahead",
        "bucket",
        "code",
        "exchange",
        "filled",
        "instrument",
        "is_buy",
        "leg",
        "limit",
        "sequence",
        "since",
        "state",
        "sys_id",
        "terms",
        "text",
        "trading_day",
        "wire_key",
    )

    def __init__(
        self,
        *,
        wire_key: WireKey,
        terms: OrderTerms,
        exchange: ExchangeId,
        trading_day: int,
        sequence: int,
        state: OrderState,
    ) -> None:
        self.wire_key = wire_key
        self.terms = terms
        self.account, self.is_buy = terms.account, terms.side is Side.BUY
        self.exchange = exchange
        self.trading_day = trading_day
        self.sequence = sequence
        self.state = state
        self.sys_id = SysId("")
        self.filled = 0
        self.code = ""
        self.text = ""
        # Known for orders that were taken:
        self.instrument: Instrument | None = None
        self.limit = 0
        self.bucket: Bucket | None = None  # what a closing order closes
        self.ahead: int | None = None
        self.leg = 0
        self.since = 0

    @property
    def remaining(self) -> int:
        """Return the lots not filled yet."""
        return self.terms.lots - self.filled

    def fill(self, lots: int) -> None:
        """Count lots as filled."""
        self.filled += lots
        self.state = OrderState.FILLED if self.filled == self.terms.lots else OrderState.PARTIAL


class Level:
    """Hold the displayed best of one side: price in ticks or `None`, displayed lots, and lots taken of them."""

    __slots__ = ("lots", "price", "taken")

    def __init__(self) -> None:
        self.price: int | None = None
        self.lots = 0
        self.taken = 0

    @property
    def free(self) -> int:
        """Return the lots that may still be taken."""
        return self.lots - self.taken

    def forget(self) -> bool:
        """Forget the lots that were taken; return whether there were any."""
        forgot, self.taken = self.taken > 0, 0
        return forgot

    def show(self, price: int | None, lots: int) -> bool:
        """Display a level; return whether lots taken of the one before were forgotten."""
        if price is None or lots <= 0:
            price, lots = None, 0
        if price == self.price and lots == self.lots:
            return False
        forgot = self.taken > 0
        self.price, self.lots, self.taken = price, lots, 0
        return forgot


class Dealt(NamedTuple):
    """Hold what the market traded since it was last looked at: its last price in ticks, and lots."""

    price: int
    lots: int


class Match(NamedTuple):
    """Hold one trade: `other` is the resting own order on the far side, `None` for displayed lots."""

    order: Order
    other: Order | None
    lots: int
    price: int  # ticks


def _buy_rank(order: Order) -> tuple[int, int]:
    return -order.limit, order.sequence


def _sell_rank(order: Order) -> tuple[int, int]:
    return order.limit, order.sequence


class Book:
    """Hold one instrument's displayed best and our resting orders, best first.

    `volume` is the market's own of the trading day as it was last looked at, in lots, `last` its last price in ticks.
    """

    __slots__ = ("ask", "bid", "buys", "last", "sells", "volume")

    def __init__(self) -> None:
        self.bid = Level()
        self.ask = Level()
        self.buys: list[Order] = []
        self.sells: list[Order] = []
        self.last: int | None = None
        self.volume = 0

    @property
    def crossed(self) -> bool:
        """Return whether two resting orders would trade with each other."""
        return bool(self.buys and self.sells) and self.buys[0].limit >= self.sells[0].limit

    @property
    def idle(self) -> bool:
        """Return whether a new snapshot would change nothing here."""
        return not (self.buys or self.sells or self.bid.taken or self.ask.taken)

    @property
    def taken(self) -> tuple[TakenSide, TakenSide]:
        """Return what was taken of the displayed bid and of the ask."""
        bid, ask = self.bid, self.ask
        return (bid.price, bid.lots, bid.taken), (ask.price, ask.lots, ask.taken)

    def give_back(self, taken: Iterable[TakenSide]) -> None:
        """Count lots as taken again that were taken of what is displayed now."""
        for level, (price, lots, gone) in zip((self.bid, self.ask), taken, strict=False):
            if (level.price, level.lots) == (price, lots):
                level.taken = gone

    def begin_day(self) -> bool:
        """Begin a trading day with nothing displayed; return whether lots taken were forgotten."""
        self.volume = 0
        return self.bid.show(None, 0) | self.ask.show(None, 0)

    def rest(self, order: Order) -> None:
        """Put an order in the queue."""
        if order.is_buy:
            insort(self.buys, order, key=_buy_rank)
        else:
            insort(self.sells, order, key=_sell_rank)

    def remove(self, order: Order) -> None:
        """Take an order out of the queue."""
        (self.buys if order.is_buy else self.sells).remove(order)

    def drop_filled(self) -> None:
        """Take the orders out that have nothing left."""
        self.buys[:] = [order for order in self.buys if order.remaining]
        self.sells[:] = [order for order in self.sells if order.remaining]

    def reachable(self, order: Order, *, displayed: bool) -> int:
        """Return the lots a new order would trade at once; without `displayed` only with our own orders."""
        level, others = self._far_side(order)
        lots = level.free if displayed and level.price is not None and reaches(order, level.price) else 0
        return lots + sum(other.remaining for other in others if reaches(order, other.limit))

    def offers(self, order: Order, *, displayed: bool) -> list[int]:
        """Return the prices a new order could trade at within its limit, the best one first."""
        level, others = self._far_side(order)
        prices = {other.limit for other in others}
        if displayed and level.price is not None and level.free > 0:
            prices.add(level.price)
        return sorted((price for price in prices if reaches(order, price)), reverse=not order.is_buy)

    def take(self, order: Order, *, displayed: bool) -> list[Match]:
        """Trade a new order with what it reaches, best price first; what remains is left to the caller.

        Without `displayed` it trades only with our own orders.
        """
        matches: list[Match] = []
        level, others = self._far_side(order)
        while order.remaining:
            other = others[0] if others and reaches(order, others[0].limit) else None
            theirs = None if other is None else self._own_price(order, other, displayed=displayed)
            price = level.price if displayed and level.free > 0 else None
            if price is not None and reaches(order, price) and not _is_better(order, theirs, price):
                matches.append(_take_displayed(order, level, price))
            elif other is not None and theirs is not None:
                matches.append(_trade(order, other, theirs))
                if not other.remaining:
                    others.pop(0)
            else:
                break
        return matches

    def sweep(self) -> list[Match]:
        """Trade the resting orders with the displayed lots after a new snapshot; with each other they never cross."""
        matches: list[Match] = []
        for queue in (self.buys, self.sells):
            while queue:
                order = queue[0]
                level, _ = self._far_side(order)
                if level.price is None or level.free <= 0 or not reaches(order, level.price):
                    break
                matches.append(_take_displayed(order, level, resting_price(order, level.price)))
                if not order.remaining:
                    queue.pop(0)
        return matches

    def _own_price(self, order: Order, other: Order, *, displayed: bool) -> int | None:
        # What a resting order of ours pays to one that comes to it; `None` where nobody names a price.
        if not is_market(other):
            return other.limit
        level = self.bid if order.is_buy else self.ask
        price = level.price if displayed and level.price is not None else self.last
        if price is None:
            return None if is_market(order) else order.limit
        low, high = sorted((order.limit, other.limit))
        return min(max(price, low), high)

    def _far_side(self, order: Order) -> tuple[Level, list[Order]]:
        return (self.ask, self.sells) if order.is_buy else (self.bid, self.buys)


def _take_displayed(order: Order, level: Level, price: int) -> Match:
    lots = min(order.remaining, level.free)
    level.taken += lots
    order.fill(lots)
    return Match(order, None, lots, price)


def reaches(order: Order, price: int) -> bool:
    """Return whether an order accepts a price, in ticks."""
    return order.limit >= price if order.is_buy else order.limit <= price


def is_market(order: Order) -> bool:
    """Return whether an order trades at the market's price; its limit bounds that price and never is it."""
    return order.terms.price_kind is PriceKind.MARKET


def resting_price(order: Order, market: int) -> int:
    """Return what a resting order pays when the market comes to it: its limit, and a market order what is offered."""
    return market if is_market(order) else order.limit


def _is_better(order: Order, theirs: int | None, displayed: int) -> bool:
    # Whether an own resting order gives the taker a strictly better price than the displayed level.
    if theirs is None:
        return False
    return theirs < displayed if order.is_buy else theirs > displayed


def _trade(order: Order, other: Order, price: int) -> Match:
    lots = min(order.remaining, other.remaining)
    order.fill(lots)
    other.fill(lots)
    return Match(order, other, lots, price)
