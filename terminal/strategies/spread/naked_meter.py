"""Measure what a spread has open between its legs (裸腿): lots, yuan, seconds (DOMAIN 4.9, 5.6).

Lots are whole: what the legs lack of their need. Yuan count the fraction too that uneven ratios leave (零头), over or
short, each leg at its own price: Σ|held − exact need| x multiplier x price. Seconds run from the fill that left the
oldest lack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.products.fees import ZERO
from terminal.strategies.children import SECOND
from terminal.strategies.spread.balance import residuals, unbalanced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.products.instrument import Instrument
    from terminal.strategies.legs import Leg

    InstrumentOf = Callable[[InstrumentId], Instrument]
    PriceOf = Callable[[InstrumentId], Decimal | None]


class Naked(NamedTuple):
    """Hold the meter; `yuan` is `None` while a leg that counts has no price."""

    lots: int
    yuan: Decimal | None
    seconds: int


def naked_meter(
    settings: SpreadSettings,
    legs: Sequence[Leg],
    instrument_of: InstrumentOf,
    price_of: PriceOf,
    now: int,
) -> Naked:
    """Return what is open between the legs now."""
    nets = [leg.net for leg in legs]
    since = min((leg.since for leg in legs if leg.since is not None), default=now)
    return Naked(
        unbalanced(settings, nets),
        residual_worth(settings, residuals(settings, nets), instrument_of, price_of),
        max(now - since, 0) // SECOND,
    )


def residual_worth(
    settings: SpreadSettings,
    residual: Sequence[Decimal],
    instrument_of: InstrumentOf,
    price_of: PriceOf,
) -> Decimal | None:
    """Return what parts of lots are worth together in yuan, over or short; `None` while one has no price."""
    whole = ZERO
    for leg, lots in zip(settings.legs, residual, strict=True):
        price = price_of(leg.instrument) if lots else ZERO
        if price is None:
            return None
        whole += abs(lots) * instrument_of(leg.instrument).multiplier * price
    return whole
