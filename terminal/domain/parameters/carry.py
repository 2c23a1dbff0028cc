"""Reckon what holding spot costs until the future it stands against ends (持有成本), as the cost-of-carry model says.

The model (cost of carry; Hull, *Options, Futures, and Other Derivatives*, on forward and futures prices) says that spot
and what it costs to hold it until then are worth the future:

    C = S × r × d / 365 + w × d

S is the spot price (yuan a tonne), r the yearly rate of the money that lies in it, simple and on 365 days as Chinese
banks lend, w the storage of a tonne a day (yuan), d the natural days from the trading day to the last trading day of
the active leg, whatever days between are no trading days. Past that day there are none left. Freight and taxes are no
part of it.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.days.calendar import to_date

if TYPE_CHECKING:
    from terminal.domain.parameters.spot_side import SpotSide

YEAR: Final = 365  # natural days
_FINEST: Final = Decimal("0.0001")  # yuan a tonne


class Carry(NamedTuple):
    """Hold what holding a tonne of spot costs until the future ends, in yuan: for money and for storage."""

    price: Decimal
    days: int
    financing: Decimal
    storage: Decimal

    @property
    def total(self) -> Decimal:
        """Return both together."""
        return self.financing + self.storage


def carries(side: SpotSide | None) -> bool:
    """Return whether a spot side says what holding spot costs."""
    return side is not None and bool(side.financing_percent or side.storage_yuan)


def carry(side: SpotSide, price: Decimal, trading_day: int, last_day: int) -> Carry:
    """Return what holding a tonne costs from a trading day to a last one, each to a hundredth of a cent, half up."""
    days = max((to_date(last_day) - to_date(trading_day)).days, 0)
    financing = price * side.financing_percent / 100 * days / YEAR
    return Carry(price, days, _rounded_half_up(financing), _rounded_half_up(side.storage_yuan * days))


def _rounded_half_up(yuan: Decimal) -> Decimal:
    return yuan.quantize(_FINEST, rounding=ROUND_HALF_UP)
