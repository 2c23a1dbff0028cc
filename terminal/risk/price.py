"""Tell a price from something that only looks like a number."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.products.instrument import PRICE_CEILING

_ZERO = Decimal(0)


def is_price(price: Decimal) -> bool:
    """Return whether an order's price can be calculated with: finite, above zero, below every venue's sentinel.

    Rules ask it first because every rule sees every order, and comparing a NaN raises.
    """
    return price.is_finite() and _ZERO < price < PRICE_CEILING
