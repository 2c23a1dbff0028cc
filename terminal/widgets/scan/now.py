"""Say where a spread that was found stands now: at the latest quotes, by the mean and the fees of its scan.

What a set would earn is reckoned as the scan does: the way back to the mean in yuan, less the distance between both
sides of every leg, less fees. Only the fees are those of the scan's prices, and only statistics are binary floats.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.orders.order import Side
from terminal.domain.products.fees import round_half_up
from terminal.engine.prices.samples import FRESH_SECONDS, SECOND
from terminal.widgets.parts import figures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote
    from terminal.widgets.scan.found import Ranked


class Now(NamedTuple):
    """Hold one spread at the latest quotes: prices in coefficient x price, money in yuan a set."""

    buy: Decimal
    sell: Decimal
    z: float
    gross: Decimal
    slippage: Decimal
    net: Decimal
    oldest: int  # of the quotes, UTC ns

    @property
    def middle(self) -> Decimal:
        """Return the price halfway between buying and selling."""
        return (self.buy + self.sell) / 2

    def side(self, mean: Decimal) -> Side:
        """Return what leads to the mean."""
        return Side.BUY if self.middle < mean else Side.SELL

    def is_old(self, at: int) -> bool:
        """Return whether a quote is too old to be one of now."""
        return at - self.oldest >= FRESH_SECONDS * SECOND


def now_of(
    one: Ranked, instruments: Mapping[InstrumentId, Instrument], quotes: Mapping[InstrumentId, Quote]
) -> Now | None:
    """Return where a spread stands; `None` where a leg is not quoted on both sides."""
    buy = sell = slippage = Decimal(0)
    oldest: list[int] = []
    for leg in one.legs:
        instrument, quote = instruments.get(leg.instrument), quotes.get(leg.instrument)
        if instrument is None or quote is None or quote.bid is None or quote.ask is None:
            return None
        bid, ask = instrument.price(quote.bid), instrument.price(quote.ask)
        up, down = (ask, bid) if leg.coefficient > 0 else (bid, ask)
        buy, sell = buy + leg.coefficient * up, sell + leg.coefficient * down
        slippage += instrument.value(ask - bid, abs(leg.lots))
        oldest.append(quote.received_at)
    away = (buy + sell) / 2 - one.mean
    gross, slippage = round_half_up(abs(away) * one.per_point), round_half_up(slippage)
    z = float(away) / one.deviation
    return Now(buy, sell, z, gross, slippage, gross - slippage - one.fees, min(oldest))


def places_of(one: Ranked, instruments: Mapping[InstrumentId, Instrument]) -> int:
    """Return how many decimals the spread's price needs."""
    known = [(leg, instruments[leg.instrument]) for leg in one.legs if leg.instrument in instruments]
    return max((figures.decimals(abs(leg.coefficient) * instrument.tick) for leg, instrument in known), default=2)
