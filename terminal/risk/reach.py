"""Say how far a leg of an order on a combination (组合合约) may trade by what its other leg shows now.

From such an order and the best opposite price of one leg the exchange derives (推导) an order in the other leg: at the
limit of the difference from that price, and never beyond. What shows moves and is told late, so a margin is added:
`MARGIN_TICKS` or `MARGIN_FRACTION` of that price, the larger, as far as an order may reach through the market before a
second person looks (C3).

Only what reduces and trades at once is measured by it. The market may come nearer while both rest, and what opens can
wait: these are measured by the day's limit price, beyond which no leg ever trades.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.orders.order import Side

if TYPE_CHECKING:
    from terminal.domain.view import Quote

MARGIN_TICKS: Final = 10
MARGIN_FRACTION: Final = Decimal("0.005")


class Implied(NamedTuple):
    """Hold the price in yuan at which the exchange would derive an order in a leg, and how far it may be off."""

    price: Decimal
    margin: Decimal

    def reach(self, side: Side, worst: Decimal) -> Decimal:
        """Return the worst price the leg may trade at now, margin included; `worst` is the day's."""
        at = self.price + side.sign * self.margin
        return min(at, worst) if side is Side.BUY else max(at, worst)


def implied(number: int, difference: Decimal, other: Decimal, tick: Decimal) -> Implied:
    """Return what a difference means for leg 1 or 2 while the other leg costs `other` at its opposite price."""
    price = other + difference if number == 1 else other - difference
    return Implied(price, max(MARGIN_TICKS * tick, MARGIN_FRACTION * other))


def trades_now(quote: Quote | None, side: Side, ticks: int) -> bool:
    """Return whether an order at so many ticks meets the opposite price that shows: it does not come to rest."""
    opposite = None if quote is None else quote.ask if side is Side.BUY else quote.bid
    return opposite is not None and (ticks - opposite) * side.sign >= 0
