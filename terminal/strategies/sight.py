"""Look at one instrument as an order would meet it now.

A leg is in sight only while its exchange trades continuously, more than a few seconds remain before the next break,
and a quote has come in this very session: prices from before a break, a night or an auction decide nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from terminal.domain.days.sessions import Phase
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.quiet import Quiet
from terminal.domain.view import Quote, View

SECOND = 1_000_000_000
EDGE = 3 * SECOND  # the session guard (C15) refuses automatic orders 2 s or less before a break
FRESH = 60 * SECOND  # an older quote needs a checker for an aggressive order (C3b)
FARTHEST_TICKS = 10  # beyond this the collar (C3) asks for a checker
PAY_UP = 2  # ticks further through the market for each order of a way out that filled nothing


class Shown(NamedTuple):
    """Hold one displayed side: price in ticks, lots."""

    price: int
    lots: int


class Sight(NamedTuple):
    """Hold one instrument that can be traded now; `left` is the time to the next break in ns."""

    instrument: Instrument
    quote: Quote
    left: int
    fresh: bool

    def opposite(self, side: Side) -> Shown | None:
        """Return what an order of a side would take: the ask for a buyer; `None` when stale or nothing shown."""
        return self.displayed(side.opposite) if self.fresh else None

    def through(self, side: Side, misses: int) -> int | None:
        """Return the price in ticks for an order of a way out after so many that filled nothing; `None` as above."""
        shown = self.opposite(side)
        return None if shown is None else self.clipped(shown.price + side.sign * min(misses * PAY_UP, FARTHEST_TICKS))

    def displayed(self, side: Side) -> Shown | None:
        """Return the best displayed price and lots of a side: BUY is the bid."""
        if side is Side.BUY:
            price, lots = self.quote.bid, self.quote.bid_lots
        else:
            price, lots = self.quote.ask, self.quote.ask_lots
        return Shown(price, lots) if price is not None and lots > 0 else None

    @property
    def flows(self) -> bool:
        """Return whether both sides are displayed, fresh, and neither is stuck at its daily limit (停板)."""
        quote = self.quote
        if quote.bid is None or quote.ask is None or quote.bid_lots <= 0 or quote.ask_lots <= 0 or not self.fresh:
            return False
        return not self.locked

    @property
    def locked(self) -> bool:
        """Return whether a side is stuck at its daily limit (停板), old or not."""
        bid, ask, upper, lower = self.quote.bid, self.quote.ask, self.quote.upper_limit, self.quote.lower_limit
        return (bid is not None and upper is not None and bid >= upper) or (
            ask is not None and lower is not None and ask <= lower
        )

    @property
    def stuck(self) -> str:
        """Return in words what keeps it from trading either way, "" where nothing does; a stale quote says nothing."""
        bid, ask = self.quote.bid, self.quote.ask
        upper, lower = self.quote.upper_limit, self.quote.lower_limit
        if not self.fresh:
            return ""
        if bid is not None and upper is not None and bid >= upper:
            return "封在涨停"
        if ask is not None and lower is not None and ask <= lower:
            return "封在跌停"
        shown = self.displayed(Side.BUY) is not None, self.displayed(Side.SELL) is not None
        return {(True, True): "", (True, False): "只有买价", (False, True): "只有卖价", (False, False): "没有买卖价"}[
            shown
        ]

    @property
    def lone(self) -> bool:
        """Return whether one side alone corrects the last price, and not at its daily limit: one order may stand there.

        Where nothing was traded yet there is nothing to correct.
        """
        quote = self.quote
        last, bid, ask = quote.last, quote.bid, quote.ask
        if last is None or (bid is None) is (ask is None):
            return False
        if bid is not None:
            return last < bid and (quote.upper_limit is None or bid < quote.upper_limit)
        return ask is not None and last > ask and (quote.lower_limit is None or ask > quote.lower_limit)

    def inside(self, price: int) -> bool:
        """Return whether a price in ticks lies inside the daily band, as far as the band is known."""
        upper, lower = self.quote.upper_limit, self.quote.lower_limit
        return (upper is None or price <= upper) and (lower is None or price >= lower)

    def clipped(self, price: int) -> int:
        """Return a price in ticks moved into the daily band, as far as the band is known."""
        upper, lower = self.quote.upper_limit, self.quote.lower_limit
        if upper is not None and price > upper:
            return upper
        return lower if lower is not None and price < lower else price

    def reference(self) -> int | None:
        """Return the price of the moment in ticks: the last one, moved between bid and ask where they disagree.

        A thin contract's last price may be hours old, and its quotes may be far apart. Before the first trade it is
        their middle: a guess, by which nothing is stopped.
        """
        last, bid, ask = self.quote.last, self.quote.bid, self.quote.ask
        if last is None:
            return None if bid is None or ask is None else (bid + ask) // 2
        if bid is not None and last < bid:
            return bid
        return ask if ask is not None and last > ask else last


def latest_price(known: Instrument, quote: Quote | None) -> Decimal | None:
    """Return the latest price of any kind, or `None` where none is known."""
    shown = () if quote is None else (quote.last, quote.bid, quote.ask, quote.pre_settlement)
    return next((known.price(ticks) for ticks in shown if ticks is not None), None)


def worth(view: View, instrument: InstrumentId, lots: int) -> Decimal | None:
    """Return the value of lots in yuan at the latest price of any kind, or `None` where none is known."""
    known = view.instrument(instrument)
    price = latest_price(known, view.quote(instrument))
    return None if price is None else known.value(price, lots)


def look(view: View, instrument: InstrumentId) -> Sight | None:
    """Return the instrument's market, or `None` while no order of it may be sent."""
    quote = view.quote(instrument)
    if quote is None:
        return None
    session, now = view.session(instrument), view.now
    if session.phase is not Phase.CONTINUOUS or quote.received_at < session.begins_at:
        return None
    left = session.remaining(now)
    if left <= EDGE:
        return None
    return Sight(view.instrument(instrument), quote, left, now - quote.received_at <= FRESH)


def unseen(view: View, instrument: InstrumentId) -> Quiet | None:
    """Return until when `look` goes on returning nothing, whatever is quoted; `None` where the next quote may do."""
    session = view.session(instrument)
    closed = session.phase is not Phase.CONTINUOUS or session.remaining(view.now) <= EDGE
    return Quiet(session.ends_at) if closed else None
