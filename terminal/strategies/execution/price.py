"""Say at which price an execution would send an order now; the text of `strategy` tells the styles' prices."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import ExecutionSettings, ExecutionStyle
from terminal.strategies.execution.memory import SCOPE, ExecutionMemory
from terminal.strategies.sight import FARTHEST_TICKS, Sight

if TYPE_CHECKING:
    from terminal.strategies.children import Child


def middle(sight: Sight) -> Decimal | None:
    """Return the middle of bid and ask in yuan, `None` while a side is missing."""
    bid, ask = sight.displayed(Side.BUY), sight.displayed(Side.SELL)
    return None if bid is None or ask is None else (bid.price + ask.price) * sight.instrument.tick / 2


def limit_ticks(settings: ExecutionSettings, tick: Decimal) -> int:
    """Return the limit in ticks; one between two ticks counts as the stricter."""
    rounding = ROUND_FLOOR if settings.side is Side.BUY else ROUND_CEILING
    return int((settings.limit / tick).to_integral_value(rounding=rounding))


def price_ticks(settings: ExecutionSettings, sight: Sight, memory: ExecutionMemory, chases: int) -> int | None:
    """Return the price in ticks of an order after so many chases, `None` where none may be sent."""
    # In ticks times sign a higher price is the one that is likelier to trade.
    side, sign = settings.side, settings.side.sign
    opposite = sight.opposite(side)
    if opposite is None:
        return None
    match settings.style:
        case ExecutionStyle.ICEBERG:
            wanted = (opposite.price + sign * FARTHEST_TICKS) * sign
        case ExecutionStyle.BEST:
            best = _best(settings, sight, memory)
            if best is None:
                return None
            wanted = (best + sign * min(chases, settings.max_pay_up_ticks)) * sign
            if memory.reach is not None and chases == memory.chases:  # the exchange may still show what was taken out
                wanted = min(wanted, int(memory.reach / sight.instrument.tick) * sign)
        case _:
            wanted = opposite.price * sign
    return _within(settings, sight, wanted * sign)


def chased_ticks(settings: ExecutionSettings, sight: Sight, memory: ExecutionMemory) -> int | None:
    """Return the price in ticks for which an order was chased, as it is now; `None` where none may be sent."""
    if memory.reach is None or sight.opposite(settings.side) is None:
        return price_ticks(settings, sight, memory, memory.chases)
    return _within(settings, sight, int(memory.reach / sight.instrument.tick))


def betters(settings: ExecutionSettings, price: Decimal, child: Child) -> bool:
    """Return whether a price in yuan is likelier to trade than a child's."""
    return (price - child.price) * settings.side.sign > 0


def _within(settings: ExecutionSettings, sight: Sight, wanted: int) -> int | None:
    sign = settings.side.sign
    ticks = min(wanted * sign, limit_ticks(settings, sight.instrument.tick) * sign) * sign
    inside = sight.clipped(ticks)
    return inside if (inside - ticks) * sign <= 0 else None  # the band's other end lies beyond the limit


def _best(settings: ExecutionSettings, sight: Sight, memory: ExecutionMemory) -> int | None:
    # The best price of the own side that is not this execution's own order: what it was reckoned from.
    shown = sight.displayed(settings.side)
    if shown is None:
        return None
    price = sight.instrument.price(shown.price)
    own = any(child.price == price for _, child in memory.ledger.in_scope(SCOPE))
    return shown.price - settings.side.sign * min(memory.chases, settings.max_pay_up_ticks) * own
