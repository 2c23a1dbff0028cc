"""Say where the stop of a grid lies: on which prices it has been reached, and on which it has not."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import TYPE_CHECKING

from terminal.domain.orders.order import Side
from terminal.domain.quiet import NEVER

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.parameters.strategy import GridSettings, SpreadGrid


def is_reached(bounds: GridSettings | SpreadGrid, price: Decimal) -> bool:
    """Return whether a price has reached the stop, or lies beyond it."""
    return (price - bounds.stop) * bounds.side.sign <= 0


def before(settings: GridSettings, tick: Decimal) -> tuple[int, int]:
    """Return the lowest and the highest price in ticks that have not reached the stop."""
    stop = settings.stop / tick
    if settings.side is Side.BUY:
        return int(stop.to_integral_value(rounding=ROUND_FLOOR)) + 1, NEVER
    return -NEVER, int(stop.to_integral_value(rounding=ROUND_CEILING)) - 1
