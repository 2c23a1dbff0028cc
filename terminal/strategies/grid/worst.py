"""Reckon the worst of a grid before it starts (DOMAIN 5.7): all lines filled, then its stop, and a gap through it.

The stop is no promise: where the price jumps over it, the close fills beyond. So there are two figures, at the stop and
at the price to which one limit day may jump: the day's own limit on the losing side where it lies beyond the stop, else
one price band beyond the stop. Fees are charged fill by fill; the close pays the dearer of 平今 and 平仓.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.orders.order import Offset, Side
from terminal.domain.products.fees import fee, fees_known
from terminal.domain.products.instrument import Rounding
from terminal.strategies.grid.ladder import levels

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import GridSettings
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote


class Loss(NamedTuple):
    """Hold what closing everything at a price costs: loss and fees in yuan, fees `None` where one is not known."""

    price: Decimal
    price_loss: Decimal
    open_fees: Decimal | None
    close_fee: Decimal | None

    @property
    def whole(self) -> Decimal:
        """Return the loss with the fees that are known."""
        return self.price_loss + (self.open_fees or 0) + (self.close_fee or 0)


def loss_at(settings: GridSettings, instrument: Instrument, price: Decimal) -> Loss:
    """Return what a grid loses that has filled every line and is closed at a price, in one fill."""
    lots, lines = settings.lots_per_line, [instrument.price(level) for level in levels(settings, instrument.tick)[1:]]
    paid = sum((instrument.value(line - price, lots) * settings.side.sign for line in lines), Decimal(0))
    if not fees_known(instrument):
        return Loss(price, paid, None, None)
    opened = sum((_open_fee(settings, instrument, line) for line in lines), Decimal(0))
    return Loss(price, paid, opened, _close_fee(settings, instrument, price, lots * len(lines)))


def gap_price(settings: GridSettings, instrument: Instrument, quote: Quote | None) -> Decimal | None:
    """Return to which price one day may jump beyond the stop; `None` where no price band is known."""
    sign = settings.side.sign
    limit = None if quote is None else quote.lower_limit if settings.side is Side.BUY else quote.upper_limit
    if limit is not None and (instrument.price(limit) - settings.stop) * sign < 0:
        return instrument.price(limit)
    if instrument.price_limit is None:
        return None
    inward = Rounding.UP if settings.side is Side.BUY else Rounding.DOWN
    return instrument.snap(settings.stop * (1 - sign * instrument.price_limit), inward)


def round_profit(settings: GridSettings, instrument: Instrument, line: int) -> Decimal | None:
    """Return what one full round of a line earns in yuan, fees taken off; `None` where a fee is not known."""
    ladder, lots = levels(settings, instrument.tick), settings.lots_per_line
    entry, leave = instrument.price(ladder[line]), instrument.price(ladder[line - 1])
    if not fees_known(instrument):
        return None
    earned = instrument.value(leave - entry, lots) * settings.side.sign
    return earned - _open_fee(settings, instrument, entry) - _close_fee(settings, instrument, leave, lots)


def _open_fee(settings: GridSettings, instrument: Instrument, price: Decimal) -> Decimal:
    return fee(instrument, offset=Offset.OPEN, lots=settings.lots_per_line, price=price, flag=settings.hedge_flag)


def _close_fee(settings: GridSettings, instrument: Instrument, price: Decimal, lots: int) -> Decimal:
    return max(
        fee(
            instrument,
            offset=Offset.CLOSE,
            lots=lots,
            price=price,
            close_today_lots=today,
            flag=settings.hedge_flag,
        )
        for today in (0, lots)
    )
