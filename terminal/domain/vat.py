"""Hold prices with VAT (含税) against prices net of it (不含税), and hedge the one with futures that pay the other.

The theory (DOMAIN 4.10, 5.8). Who buys or sells goods at prices with VAT gets the tax back or passes it on: a price
that moves by 100 yuan moves what is earned by 100 / (1 + rate). What futures gain is outside VAT. So one tonne of goods
needs 1 / (1 + rate) tonnes of futures that are quoted with VAT, and a whole tonne of those that are quoted net (INE bc,
sc, lu, nr): their price moves by the net amount already. Rates are fractions: 0.13 is 13 %.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from terminal.domain.products.product import Product

ONE: Final = Decimal(1)


def hedge_lots(tonnes: Decimal, *, ratio: Decimal, rate: Decimal, per_lot: Decimal) -> int:
    """Return the whole lots, rounded down, that hedge so many tonnes at a ratio (1 is all) net of VAT.

    >>> hedge_lots(Decimal(5_000), ratio=Decimal(1), rate=Decimal("0.13"), per_lot=Decimal(10))
    442
    """
    # Multiplied before it is divided: a share of 1.13 is no finite decimal, and a lot must not hang on its last digit.
    return int((tonnes * ratio / ((ONE + rate) * per_lot)).to_integral_value(rounding=ROUND_FLOOR))


def covered_by(product: Product, rate: Decimal) -> Decimal:
    """Return the tonnes of goods priced with VAT that one tonne of a contract hedges; with a rate of zero, one."""
    return ONE + rate if product.quote_taxed else ONE
