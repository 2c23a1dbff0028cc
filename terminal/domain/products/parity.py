"""Hold call, put and future of one strike and expiry against each other (DOMAIN 4.12).

European: call - put of a strike is the discounted future less the strike, so together they are a future at
K + (C - P) x e^(rT). American ones obey no equality: F x e^(-rT) - K <= C - P <= F - K x e^(-rT) is all that holds, and
whoever has sold one may be assigned before the end.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

CENT = Decimal("0.01")
YEAR = 365


class Bounds(NamedTuple):
    """Hold between what call - put of American options stays, per quotation unit."""

    low: Decimal
    high: Decimal


def years(calendar_days: int) -> float:
    """Return a life in years of 365 days."""
    return max(calendar_days, 0) / YEAR


def synthetic(strike: Decimal, difference: Decimal, *, rate: Decimal, life: float) -> Decimal:
    """Return the price of the future that call - put (`difference`) of European options is, to the cent.

    >>> synthetic(Decimal(3000), Decimal("35.5"), rate=Decimal(0), life=0.25)
    Decimal('3035.50')
    >>> synthetic(Decimal(3000), Decimal(40), rate=Decimal("0.02"), life=0.25)
    Decimal('3040.20')
    """
    return _cents(strike + difference * _power(rate, life))


def bounds(strike: Decimal, future: Decimal, *, rate: Decimal, life: float) -> Bounds:
    """Return the bounds of call - put of American options at this price of the future, to the cent.

    >>> bounds(Decimal(3000), Decimal(3040), rate=Decimal("0.02"), life=0.25)
    Bounds(low=Decimal('24.84'), high=Decimal('54.96'))
    """
    discount = _power(-rate, life)
    return Bounds(_cents(future * discount - strike), _cents(future - strike * discount))


def edge(strike: Decimal, difference: Decimal, future: Decimal, *, buys: bool, rate: Decimal, life: float) -> Decimal:
    """Return what exchanging earns per quotation unit, fees not counted, at the sides that are really traded.

    `buys` says that the future is bought: call - put is sold at `difference` then.
    """
    gap = synthetic(strike, difference, rate=rate, life=life) - future
    return gap if buys else -gap


def _power(rate: Decimal, life: float) -> Decimal:
    return Decimal(repr(math.exp(float(rate) * life)))


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, rounding=ROUND_HALF_UP)
