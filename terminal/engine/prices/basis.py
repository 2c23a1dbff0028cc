"""Hold the samples of a product's basis that desks are told, and how many of them there are."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.ids import InstrumentId, ProductId

BASIS_STEP_NS: Final = 5 * SECOND_NS  # of market time, in which a product has one sample: the last one stands
BASIS_KEPT: Final = 1 << 18  # the newest samples of a product that every desk ranks among: some sixty trading days


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one sample of a product's basis, in yuan per tonne; stamps are market clock, UTC ns.

    Samples of one step of market time (`at // BASIS_STEP_NS`) are one, and the last stands: every desk that has heard
    of a moment has the same samples, whenever it was opened. A leg is stale from `spot_until` or `future_until` on:
    spot keeps for one trading day, a future for a minute.
    """

    product: ProductId
    trading_day: int
    at: int
    spot: InstrumentId
    spot_price: Decimal
    spot_at: int
    spot_until: int
    future: InstrumentId
    future_price: Decimal
    future_at: int
    future_until: int

    @property
    def value(self) -> Decimal:
        """Return spot less future: positive means spot is dearer."""
        return self.spot_price - self.future_price
