"""Hold a conversion by delta (等Delta互换) to what its name says: the future's lots move like the option's.

The limit is on the price of a set, and that falls with the future: where the market runs away the price is reached
while the option hardly moves any more. So what was equal when it was started is asked again before every slice. By as
much as `WITHIN` it may have come apart since, for a delta moves with every price; half a lot is mere rounding.
"""

from __future__ import annotations

import math
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.fact.conversion_marks import DeltaApart
from terminal.domain.parameters.strategy import Swap
from terminal.domain.products.conversion import parts_of
from terminal.domain.products.option_figures import life_of, model_of, quote_age
from terminal.strategies.sight import FRESH

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import View

PLACES: Final = Decimal("0.0001")
WITHIN, ROUNDED = 0.1, 0.5  # of the future's lots, and lots


class Unknown(StrEnum):
    """Say why a delta is not known."""

    NO_QUOTE = "它或标的没有双边报价"
    OLD_QUOTE = "它或标的的报价超过 60 秒"
    LAST_DAY = "本交易日到期"
    NO_VOLATILITY = "价格不高于行权所得"


class DeltaStanding(NamedTuple):
    """Hold how the lots of a conversion by delta stand to each other, all of it together.

    Without a delta `why` says what is lacking; `exact` are the future's lots that would be equal, `wanted` the same in
    whole lots, `given` those set.
    """

    option: Instrument
    future: Instrument
    lots: int
    given: int
    delta: float | None
    exact: float
    why: Unknown | None

    @property
    def wanted(self) -> int:
        """Return the future's whole lots that would be equal."""
        return math.floor(self.exact + ROUNDED)

    @property
    def equal(self) -> bool:
        """Return whether what is set is still as good as equal."""
        return self.delta is not None and abs(self.exact - self.given) <= max(ROUNDED, WITHIN * self.given)


def delta_standing(view: View, settings: SpreadSettings) -> DeltaStanding | None:
    """Return how the lots of a conversion by delta stand at the middle prices now, `None` for any other spread."""
    if settings.conversion is None or settings.conversion.verb is not Swap.DELTA:
        return None
    parts = parts_of(settings, view.instrument)
    (leg, option, _), (future, known) = parts.options[0], parts.futures[0]
    lots, given = abs(leg.lots) * settings.max_sets, abs(future.lots) * settings.max_sets
    found = model_of(view, settings, option)
    if found is None:
        return DeltaStanding(option, known, lots, given, None, 0.0, Unknown.NO_QUOTE)
    if max(quote_age(view, option.id), quote_age(view, known.id)) > FRESH:
        return DeltaStanding(option, known, lots, given, None, 0.0, Unknown.OLD_QUOTE)
    if found.greeks is None:
        why = Unknown.NO_VOLATILITY if life_of(view, option) else Unknown.LAST_DAY
        return DeltaStanding(option, known, lots, given, None, 0.0, why)
    delta = found.greeks.delta
    exact = abs(delta) * lots * float(option.multiplier / known.multiplier)
    return DeltaStanding(option, known, lots, given, delta, exact, None)


def apart(view: View, settings: SpreadSettings) -> DeltaApart | None:
    """Return what is to be said of a conversion by delta whose lots are not equal now, `None` where nothing is."""
    stands = delta_standing(view, settings)
    if stands is None or stands.equal:
        return None
    return DeltaApart(
        instrument=stands.option.id,
        future=stands.future.id,
        trading_day=view.trading_day,
        lots=stands.lots,
        given=stands.given,
        delta=None if stands.delta is None else Decimal(repr(stands.delta)).quantize(PLACES),
        wanted=stands.wanted,
        why="" if stands.why is None else stands.why.value,
    )
