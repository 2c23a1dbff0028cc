"""Say which kinds of order an exchange takes.

A kind is where the price comes from (限价, 市价, 最优价, 五档) together with the time conditions it may carry. An order
without a price of its own still carries one in its terms: the day's limit price on its side, which the exchange never
trades beyond. For a purchase that is the most it can cost, and what it is reckoned at. A sale costs the more margin and
is worth the more the higher it fills: it is reckoned at the upper limit (`reckoned`).

What remains of a best-price or five-level order under GFD turns into a limit order at the price it traded at last
(剩余转限价); what remains of a market order under GFD rests at the limit price (停板价). Under FAK it is cancelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from terminal.domain.orders.order import OrderTerms, PriceKind, Side, TimeCondition

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.products.product import Product


class OrderKind(NamedTuple):
    """Hold one kind an exchange takes: where the price comes from, and the time conditions it may carry."""

    price_kind: PriceKind
    conditions: tuple[TimeCondition, ...]


LIMIT_ONLY: Final = (OrderKind(PriceKind.LIMIT, tuple(TimeCondition)),)
"""What an exchange takes that no table speaks of, and what journals from before the table were written with."""

_LIMITED: Final = (PriceKind.LIMIT, PriceKind.LEG)  # a combination's order is a limit order in both of its legs


def conditions_of(kinds: tuple[OrderKind, ...], price_kind: PriceKind) -> tuple[TimeCondition, ...]:
    """Return the time conditions a kind of price may carry; none where the exchange does not take it.

    >>> conditions_of(LIMIT_ONLY, PriceKind.MARKET)
    ()
    """
    for kind, conditions in kinds:  # the gate asks for every order
        if kind is price_kind:
            return conditions
    return ()


def reckoned(terms: OrderTerms, upper: Decimal | None) -> OrderTerms:
    """Return an order at the price (yuan) its margin and value are reckoned at; `upper` is the day's upper limit."""
    if terms.price_kind is PriceKind.LIMIT or terms.side is Side.BUY or upper is None or upper <= terms.price:
        return terms
    return msgspec.structs.replace(terms, price=upper)


def most_lots(instrument: Product, terms: OrderTerms) -> int | None:
    """Return the exchange's most lots for one order of this kind; `None` means not known."""
    market = None if terms.price_kind in _LIMITED else instrument.max_market_lots
    return instrument.max_lots if market is None else market
