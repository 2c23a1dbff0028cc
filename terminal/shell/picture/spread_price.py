"""Price a spread at what is displayed, as its card says it: bought legs at their ask, sold ones at their bid."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.products.instrument import Kind

if TYPE_CHECKING:
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
    return buy, sell
