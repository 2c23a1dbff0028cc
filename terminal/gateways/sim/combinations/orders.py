"""Hold an order on a combination at the exchange: one order, and what it does in each of its two legs.

The price is the first leg's less the second's and may be zero or negative. Buying buys the first leg and sells the
second; an offset is that of both legs. Each leg is an order of its own for positions and money alone: it carries the
wire key and number of the whole, and is never in a queue.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import msgspec

from terminal.domain.books.combined import Pair
from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import OrderTerms, PriceKind, Side
from terminal.domain.products.combination import Combination, is_combination
from terminal.domain.products.instrument import Instrument
from terminal.gateways.sim import refusal
from terminal.gateways.sim.matching.book import Level, Order
from terminal.gateways.sim.refusal import Refusal

LIMIT_ONLY = Refusal("ORDER_KIND_NOT_SUPPORTED", "组合合约只接受限价报单")


def first_leg(name: InstrumentId) -> InstrumentId:
    """Return the first leg of a combination; any other name as it is.

    >>> first_leg(InstrumentId("DCE.SP i2101&i2105"))
    'DCE.i2101'
    """
    if not is_combination(name):
        return name
    exchange, _, symbol = name.partition(".")
    return InstrumentId(f"{exchange}.{symbol.partition(' ')[2].partition('&')[0]}")


class Band(NamedTuple):
    """Hold the day's limit prices of one leg in yuan, `None` where none was said."""

    lower: Decimal | None
    upper: Decimal | None

    def holds(self, price: Decimal) -> bool:
        """Return whether a price is within it."""
        return (self.lower is None or price >= self.lower) and (self.upper is None or price <= self.upper)


def band_of(instrument: Instrument, facts: DayFacts | None) -> Band:
    """Return the band of one leg."""
    if facts is None:
        return Band(None, None)
    said = (facts.lower_limit, facts.upper_limit)
    return Band(*(None if ticks is None else instrument.price(ticks) for ticks in said))


class SpreadOrder:
    """Hold one order on a combination with its legs; prices in yuan."""

    __slots__ = ("combination", "legs", "order")

    def __init__(self, order: Order, combination: Combination) -> None:
        self.order = order
        self.combination = combination
        sides = (order.terms.side, order.terms.side.opposite)
        both = (combination.first, combination.second)
        legs = [leg_of(order, leg, side, number) for number, (leg, side) in enumerate(zip(both, sides, strict=True), 1)]
        self.legs = (legs[0], legs[1])

    @property
    def price(self) -> Decimal:
        """Return the limit of the difference."""
        return self.order.terms.price

    @property
    def rank(self) -> tuple[Decimal, int]:
        """Return its place among orders of its side: better prices first, then earlier orders."""
        return (-self.price if self.order.is_buy else self.price), self.order.sequence

    @property
    def pair(self) -> Pair:
        """Return the position it makes, or takes apart."""
        terms = self.order.terms
        side = terms.side if terms.is_opening else terms.side.opposite
        return Pair(self.combination.first.id, self.combination.second.id, terms.hedge_flag, side)

    def reaches(self, difference: Decimal) -> bool:
        """Return whether it accepts a difference of prices."""
        return self.price >= difference if self.order.is_buy else self.price <= difference

    def fill(self, lots: int) -> None:
        """Count lots as filled, in both legs at once."""
        for one in (self.order, *self.legs):
            one.fill(lots)


def leg_of(order: Order, instrument: Instrument, side: Side, number: int) -> Order:
    """Return what an order on a combination does in one leg."""
    terms = msgspec.structs.replace(order.terms, instrument=instrument.id, side=side, price=Decimal(0))
    leg = Order(
        wire_key=order.wire_key,
        terms=terms,
        exchange=order.exchange,
        trading_day=order.trading_day,
        sequence=order.sequence,
        state=order.state,
    )
    leg.sys_id, leg.filled, leg.instrument, leg.leg = order.sys_id, order.filled, instrument, number
    return leg


def refuse_spread(terms: OrderTerms, combination: Combination, first: Band, second: Band) -> Refusal | None:
    """Say what is wrong with kind, lots and price of an order on a combination."""
    if terms.price_kind is not PriceKind.LIMIT:
        return LIMIT_ONLY
    refused = refusal.refuse_kind(terms, combination.first)
    if refused is not None:
        return refused
    if terms.lots <= 0:
        return refusal.BAD_LOTS
    if combination.max_lots is not None and terms.lots > combination.max_lots:
        return Refusal("VOLUME_OVER_MAXIMUM", f"报单手数超过每次最大下单量 {combination.max_lots} 手")
    if not terms.price.is_finite() or terms.price % combination.tick:
        return refusal.OFF_TICK
    if first.upper is not None and second.lower is not None and terms.price > first.upper - second.lower:
        return refusal.ABOVE_LIMIT
    if first.lower is not None and second.upper is not None and terms.price < first.lower - second.upper:
        return refusal.BELOW_LIMIT
    return None


def shown_difference(order: SpreadOrder, first: Level, second: Level) -> Decimal | None:
    """Return what both legs cost together at the displayed prices; `None` where one of them is not there."""
    if first.price is None or second.price is None or first.free <= 0 or second.free <= 0:
        return None
    combination = order.combination
    return combination.first.price(first.price) - combination.second.price(second.price)


def resting_legs(order: SpreadOrder, first: int, second: int, band: Band) -> tuple[int, int]:
    """Return the prices of both legs, in ticks, at which a resting order pays its own limit, as near as its band goes.

    The second leg trades as displayed, the first at the rest; where that is no price the displayed ones stand.
    """
    legs, shown = order.combination, order.combination.first.price(first)
    price = order.price + legs.second.price(second)
    if band.upper is not None:
        price = min(price, max(band.upper, shown))
    if band.lower is not None:
        price = max(price, min(band.lower, shown))
    return (legs.first.ticks(price) if legs.first.on_grid(price) else first), second


def split(
    combination: Combination, difference: Decimal, second: Decimal, bands: tuple[Band, Band]
) -> tuple[int, int] | None:
    """Return prices of the legs, in ticks, that differ by `difference`, the second's nearest to a price of it."""
    first = second + difference
    lower, upper = bands[0]
    first = first if upper is None else min(first, upper)
    first = first if lower is None else max(first, lower)
    second = first - difference
    legs = ((combination.first, first), (combination.second, second))
    if not all(
        leg.on_grid(price) and price > 0 and band.holds(price) for (leg, price), band in zip(legs, bands, strict=True)
    ):
        return None
    return combination.first.ticks(first), combination.second.ticks(second)
