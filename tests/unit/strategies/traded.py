"""Build a future, and hold an order as the small world of a strategy knows it."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.ids import ExchangeId, InstrumentId, OrderId, ProductId
from terminal.domain.orders.intents import Intent
from terminal.domain.orders.order import ENDED, OrderState, OrderTerms
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.product import FeeClass


def future(
    name: str, *, multiplier: str = "10", tick: str = "1", tonnes: str | None = "10", max_lots: int | None = None
) -> Instrument:
    exchange, _, symbol = name.partition(".")
    letters = symbol.rstrip("0123456789")
    return Instrument(
        id=InstrumentId(name),
        kind=Kind.FUTURE,
        name=symbol,
        product=ProductId(f"{exchange}.{letters}"),
        exchange=ExchangeId(exchange),
        code=letters,
        product_name=letters,
        multiplier=Decimal(multiplier),
        tick=Decimal(tick),
        quote_unit="元/吨",
        lot_unit="吨/手",
        tonnes_per_lot=None if tonnes is None else Decimal(tonnes),
        max_lots=max_lots,
        fee_class=FeeClass.EXPLICIT,
        explicit_close_today=True,
        larger_side=False,
    )


class Order:
    def __init__(self, order: OrderId, intent: Intent, terms: OrderTerms, at: int) -> None:
        self.order = order
        self.intent = intent
        self.terms = terms
        self.tag = intent.tag
        self.recorded_at = at
        self.state = OrderState.RECORDED
        self.filled = 0
        self.cancel_asked = False
        self.end: int | None = None  # lots at which the order ended, where its fills are still to come

    @property
    def reserved(self) -> int:
        """Lots that may still trade, as the exchange knows them."""
        if self.state in ENDED:
            return 0 if self.end is None else self.end - self.filled
        return self.terms.lots - self.filled

    @property
    def live(self) -> bool:
        return self.state not in ENDED
