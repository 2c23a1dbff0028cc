"""Say at what a contract, or a combination of two, is priced: a combination by what its legs differ by as shown.

The middle of the derived bid and ask of a combination is the difference of its legs' middles. What was traded last says
nothing of a difference: one month trades seldom, and its last price may be hours old. Only a leg that shows one side
alone is taken at what it is marked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.products.combination import is_combination, known_combination

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote

    PriceOf = Callable[[InstrumentId], Decimal | None]


class Market(NamedTuple):
    """Say where prices are looked up: what contracts are marked at, in yuan, and what they show."""

    price_of: PriceOf
    quote_of: Callable[[InstrumentId], Quote | None]


class Priced(NamedTuple):
    """Hold a price in yuan, its tick, and the price of which shares are taken: a difference may be near zero."""

    price: Decimal | None
    tick: Decimal
    base: Decimal | None


def priced(instruments: Mapping[InstrumentId, Instrument], name: InstrumentId, market: Market) -> Priced | None:
    """Return at what a name is priced; `None` where neither a contract nor a combination of that name is known."""
    if not is_combination(name):
        known, price = instruments.get(name), market.price_of(name)
        return None if known is None else Priced(price, known.tick, price)
    combination = known_combination(instruments, name)
    if combination is None:
        return None
    first, second = (_leg_price(leg, market) for leg in combination.legs)
    return Priced(None if first is None or second is None else first - second, combination.tick, first)


def _leg_price(leg: Instrument, market: Market) -> Decimal | None:
    quote = market.quote_of(leg.id)
    if quote is None or quote.bid is None or quote.ask is None:
        return market.price_of(leg.id)
    return leg.tick * (quote.bid + quote.ask) / 2
