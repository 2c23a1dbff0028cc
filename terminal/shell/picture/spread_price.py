"""Price a spread at what is displayed, as its card says it: bought legs at their ask, sold ones at their bid.

Spot counts with what holding it costs, where the spread says so (`terminal.strategies.spread.priced`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.parameters.carry import carries, carry
from terminal.domain.products.instrument import Kind
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.spot_side import spot_leg

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.carry import Carry
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.shell.picture.present import Present

ZERO = Decimal(0)


def spread_prices(present: Present, settings: SpreadSettings) -> tuple[Decimal, Decimal] | None:
    """Return what buying and selling one spread costs at the displayed prices, or `None` while a side is missing."""
    buy = sell = ZERO
    for leg in settings.legs:
        quote, known = present.quotes.get(leg.instrument), present.state.tenant.instruments[leg.instrument]
        if quote is not None and quote.last is not None and known.kind is Kind.SPOT:
            buy, sell = (one + leg.coefficient * known.price(quote.last) for one in (buy, sell))
            continue
        if quote is None or quote.bid is None or quote.ask is None:
            return None
        bought, sold = (quote.ask, quote.bid) if leg.coefficient > 0 else (quote.bid, quote.ask)
        buy += leg.coefficient * known.price(bought)
        sell += leg.coefficient * known.price(sold)
    if not carries(settings.spot_side):
        return buy, sell
    found = carry_shown(present, settings)
    if found is None:
        return None
    added = spot_leg(settings).coefficient * found.total
    return buy + added, sell + added


def carry_shown(present: Present, settings: SpreadSettings) -> Carry | None:
    """Return what holding a tonne of a spread's spot costs from now on, `None` where it says nothing or no price is."""
    side = settings.spot_side
    if side is None or not carries(side) or not present.trading_day:
        return None
    known, spot = present.state.tenant.instruments, spot_leg(settings).instrument
    quote, last_day = present.quotes.get(spot), known[settings.legs[active_leg(settings)].instrument].expiry
    if quote is None or quote.last is None or last_day is None or spot_expired(present, spot):
        return None
    return carry(side, known[spot].price(quote.last), present.trading_day, last_day)


def spot_expired(present: Present, name: InstrumentId) -> bool:
    """Return whether a spot price is missing, or older than the trading day before today's."""
    if not present.trading_day:
        return False
    quote = present.quotes.get(name)
    since = present.calendar.begins_at(present.calendar.previous_day(present.trading_day))
    return quote is None or quote.last is None or quote.received_at < since
