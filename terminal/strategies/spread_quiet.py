"""Say within which quotes a spread that has no round goes on having none.

What the price of the spread lacks to its threshold is shared evenly among the legs: none may move by its share. A leg
that is not quoted on both sides, or has not been quoted for long, begins no round either, so what goes missing is no
reason to wake; it is looked at all the same.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from terminal.domain.market import Column
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.domain.products.instrument import Kind
from terminal.domain.quiet import Band, Quiet
from terminal.strategies.balance import active_leg, lacks
from terminal.strategies.spread_memory import SpreadMemory, pauses_until, scope_of

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import SpreadLeg
    from terminal.domain.view import View


def quiet_of(settings: SpreadSettings, memory: SpreadMemory, view: View) -> Quiet | None:
    """Return within which quotes a spread wants nothing, `None` while it has a round or a leg to mend."""
    if any(lacks(settings, memory.nets)) or memory.ledger.busy or memory.running or settings.conversion is not None:
        return None
    lead = active_leg(settings)
    pace = memory.ledger.paces.get(scope_of(lead))
    waits = max(pauses_until(settings, memory), memory.ledger.wait_until, 0 if pace is None else pace.wait_until)
    if any(leg.broken for leg in memory.legs):
        return None
    if view.now < waits:
        return Quiet(waits)
    return _until_priced(settings, memory.legs[lead].net, settings.legs[lead].lots * settings.max_sets, view)


def _until_priced(settings: SpreadSettings, net: int, whole: int, view: View) -> Quiet | None:
    quote = view.spread((leg.instrument, leg.coefficient, leg.lots) for leg in settings.legs)
    if quote is None or any(view.instrument(leg.instrument).kind is Kind.SPOT for leg in settings.legs):
        return None
    bands: list[Band] = []
    # At its most in one direction it begins no round in that one, at no price.
    for buying, room in ((True, quote.buy - settings.buy_at), (False, settings.sell_at - quote.sell)):
        if net == (whole if buying else -whole):
            continue
        if room <= 0:
            return None
        for leg in settings.legs:
            band = _band(leg, room / len(settings.legs), view, buying=buying)
            if band is None:
                return None
            bands.append(band)
    return Quiet(bands=tuple(bands))


def _band(leg: SpreadLeg, room: Decimal, view: View, *, buying: bool) -> Band | None:
    # What is bought takes the ask, and must not fall by its share of what buying lacks; what is sold mirrors it.
    known, quote = view.instrument(leg.instrument), view.quote(leg.instrument)
    if quote is None or quote.bid is None or quote.ask is None:
        return None
    ticks = int((room / (abs(leg.coefficient) * known.tick)).to_integral_value(rounding=ROUND_CEILING)) - 1
    if (leg.coefficient > 0) is buying:
        return Band(leg.instrument, Column.ASK, low=quote.ask - ticks)
    return Band(leg.instrument, Column.BID, high=quote.bid + ticks)
