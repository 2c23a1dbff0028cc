"""Read from the quotes of the moment by how much options move with their futures (DOMAIN 4.10, 4.12).

Control C5 takes an option for a whole future, for it must hold at worst. A hedge ratio says what moves now, and counts
an option by its delta. The rate is zero: none is stated for a group, and the options are on futures. A delta that
cannot be told is not guessed: the reason is returned instead.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.days.calendar import to_date
from terminal.domain.days.sessions import Phase
from terminal.domain.products import option_model, parity
from terminal.engine.prices.otc import value_of
from terminal.engine.prices.samples import FRESH_SECONDS, SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from terminal.domain.days.sessions import SessionAt
    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote
    from terminal.engine.books.otc import OtcRow

PLACES: Final = Decimal("0.0001")  # the model's floats end here: what is decided is decided on these
NO_QUOTES: Final = f"没有 {FRESH_SECONDS} 秒内的双边报价"
LAST_DAY: Final = "今天到期"
NO_VOLATILITY: Final = "价格不高于行权所得，算不出隐含波动率"

Known = dict["InstrumentId", tuple[tuple[Decimal, Decimal, int], Decimal | str]]
"""By option, what its delta was read from last (its middle, its future's, the trading day), and what it was."""


class Moment(NamedTuple):
    """Say where deltas are read: listed contracts, quotes, marks, sessions, the market clock (UTC ns), the day."""

    instruments: Mapping[InstrumentId, Instrument]
    quote_of: Callable[[InstrumentId], Quote | None]
    price_of: Callable[[InstrumentId], Decimal | None]
    session_of: Callable[[InstrumentId], SessionAt | None]
    at: int
    trading_day: int


class Deltas:
    """Give deltas at one moment; `known` is kept by whoever asks again, for the model is slow."""

    def __init__(self, moment: Moment, known: Known) -> None:
        self._moment = moment
        self._known = known

    def of(self, option: Instrument) -> Decimal | str:
        """Return the delta of one long lot, negative for a put, in lots of the future; a sentence where it is unknown.

        While the option trades, its quotes and its future's must be no older than those a spread is priced by.
        """
        terms, moment = option.option, self._moment
        future = None if terms is None else moment.instruments.get(terms.underlying)
        if terms is None or future is None:
            return NO_QUOTES
        premium, underlying = self._middle(option, option), self._middle(future, option)
        if premium is None or underlying is None:
            return NO_QUOTES
        read = premium, underlying, moment.trading_day
        before = self._known.get(option.id)
        if before is not None and before[0] == read:
            return before[1]
        life = _life_of(option, moment.trading_day)
        found = option_model.greeks(terms, float(underlying), float(premium), years=life, rate=0.0)
        unknown = LAST_DAY if life <= 0 else NO_VOLATILITY
        delta = unknown if found is None else Decimal(repr(found.delta)).quantize(PLACES)
        self._known[option.id] = read, delta
        return delta

    def of_otc(self, row: OtcRow) -> Decimal | str:
        """Return the share of its whole tonnes that a contract 场外 moves with now; a sentence where it is unknown."""
        terms = row.terms
        if terms.right is None:
            return Decimal(1)
        found = value_of(row, self._moment.price_of(terms.reference), self._moment.trading_day)
        if found.tonnes is None:
            return found.why or "没有写 Delta"
        return (found.tonnes / terms.whole_tonnes).quantize(PLACES)

    def _middle(self, known: Instrument, option: Instrument) -> Decimal | None:
        quote, session = self._moment.quote_of(known.id), self._moment.session_of(option.id)
        if quote is None or quote.bid is None or quote.ask is None:
            return None
        trades = session is None or session.phase is Phase.CONTINUOUS
        if trades and quote.received_at < self._moment.at - FRESH_SECONDS * SECOND:
            return None
        return (known.price(quote.bid) + known.price(quote.ask)) / 2


def _life_of(option: Instrument, day: int) -> float:
    return 0.0 if option.expiry is None else parity.years((to_date(option.expiry) - to_date(day)).days)
