"""Read volatility, delta and parity of a conversion's options from the quotes of the moment."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.days.calendar import to_date
from terminal.domain.products import option_model, parity
from terminal.domain.products.option_model import Greeks

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import View


class Model(NamedTuple):
    """Hold what an option's middle price implies against its future's; no greeks where no volatility explains it."""

    premium: Decimal
    underlying: Decimal
    greeks: Greeks | None


def life_of(view: View, option: Instrument) -> float:
    """Return the years an option still lives, from today's trading day to its last one; 0 where that is not known."""
    if option.expiry is None:
        return 0.0
    return parity.years((to_date(option.expiry) - to_date(view.trading_day)).days)


def middle(view: View, name: InstrumentId) -> Decimal | None:
    """Return the middle of bid and ask, `None` while a side is missing."""
    quote = view.quote(name)
    if quote is None or quote.bid is None or quote.ask is None:
        return None
    known = view.instrument(name)
    return (known.price(quote.bid) + known.price(quote.ask)) / 2


def quote_age(view: View, name: InstrumentId) -> int:
    """Return how many nanoseconds ago an instrument was quoted last; 0 before the first quote."""
    quote = view.quote(name)
    return 0 if quote is None else view.now - quote.received_at


def model_of(view: View, settings: SpreadSettings, option: Instrument) -> Model | None:
    """Return what an option's quotes imply now; `None` while a price is missing, or where it is none."""
    terms, chosen = option.option, settings.conversion
    if terms is None or chosen is None:
        return None
    premium, underlying = middle(view, option.id), middle(view, terms.underlying)
    if premium is None or underlying is None:
        return None
    life, rate = life_of(view, option), float(chosen.rate)
    found = option_model.greeks(terms, float(underlying), float(premium), years=life, rate=rate)
    return Model(premium, underlying, found)
