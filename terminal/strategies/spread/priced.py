"""Price a spread as it is judged: at what is displayed, and its spot with what holding it costs (持有成本).

A spread against spot may say what money and storage cost. Then spot counts as dear as it will have become when the
future ends, so that what is left of the price is what remains beyond holding it; nothing at the last trading day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.carry import carries, carry
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.spot_side import spot_leg

if TYPE_CHECKING:
    from terminal.domain.parameters.carry import Carry
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.view import SpreadQuote, View


def priced(settings: SpreadSettings, view: View) -> SpreadQuote | None:
    """Return the executable two-sided price a spread's thresholds are compared with, `None` while there is none."""
    quote = view.spread((leg.instrument, leg.coefficient, leg.lots) for leg in settings.legs)
    if quote is None or not carries(settings.spot_side):
        return quote
    found = carry_now(settings, view)
    if found is None:
        return None
    added = spot_leg(settings).coefficient * found.total
    return quote._replace(buy=quote.buy + added, sell=quote.sell + added)


def carry_now(settings: SpreadSettings, view: View) -> Carry | None:
    """Return what holding a tonne of a spread's spot costs from now on; `None` without a price or a last trading day.

    A price that has expired is none. `None` too where the spread says nothing of it.
    """
    side = settings.spot_side
    if side is None or not carries(side):
        return None
    spot = spot_leg(settings).instrument
    quote, last_day = view.quote(spot), view.instrument(settings.legs[active_leg(settings)].instrument).expiry
    if quote is None or quote.last is None or quote.received_at < view.spot_since() or last_day is None:
        return None
    return carry(side, view.instrument(spot).price(quote.last), view.trading_day, last_day)
