"""Read from the quotes of the moment by how much options move with their futures (DOMAIN 4.10, 4.12).

Control C5 takes an option for a whole future, for it must hold at worst. A hedge ratio says what moves now, and counts
an option by its delta. The rate is zero: none is stated for a group, and the options are on futures. A delta that
cannot be told is not guessed: between what it lies is returned instead, with the reason.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.days.calendar import to_date
from terminal.domain.days.sessions import Phase
from terminal.domain.products import option_model, parity
from terminal.domain.products.option import Right
from terminal.domain.view import Reach
from terminal.engine.prices.otc import value_of
from terminal.engine.prices.samples import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from terminal.domain.days.sessions import SessionAt
    from terminal.domain.days.spans import TradingSpan
    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.products.option import OptionTerms
    from terminal.domain.view import Quote
    from terminal.engine.books.otc import OtcRow

PLACES: Final = Decimal("0.0001")  # the model's floats end here: what is decided is decided on these
FRESH_MINUTES: Final = 30  # a far option's book stands for long without a tick; its future's does not
FRESH_SECONDS: Final = 60
NO_QUOTES: Final = f"没有 {FRESH_MINUTES} 分钟内的报价"
NO_FUTURE: Final = f"标的没有 {FRESH_SECONDS} 秒内的双边报价"
NOT_SINCE_BREAK: Final = "休市后还没有报价"
FUTURE_NOT_SINCE_BREAK: Final = "标的休市后还没有报价"
NO_BREAK: Final = 300 * SECOND  # every break is longer; what an auction just before a session says is of the session
NO_BID: Final = "没有买价"
LAST_DAY: Final = "今天到期"
NO_VOLATILITY: Final = "价格不高于行权所得，算不出隐含波动率"
NONE, WHOLE = Decimal(0), Decimal(1)

Known = dict["InstrumentId", tuple[tuple[Decimal | None, Decimal, Decimal, int], Reach]]
"""By option, what its delta was read from last (bid, ask, its future's middle, the trading day), and what it was."""


class Moment(NamedTuple):
    """Say where deltas are read: listed contracts, quotes, marks, sessions, the market clock (UTC ns), the day.

    `traded_since` is how long (ns) a contract has traded on the trading day since an instant, `None` of an earlier day.
    `trading` are the stretches of continuous trading of a contract from an instant until another.
    """

    instruments: Mapping[InstrumentId, Instrument]
    quote_of: Callable[[InstrumentId], Quote | None]
    price_of: Callable[[InstrumentId], Decimal | None]
    session_of: Callable[[InstrumentId], SessionAt | None]
    at: int
    trading_day: int
    traded_since: Callable[[InstrumentId, int], int | None]
    trading: Callable[[InstrumentId, int, int], tuple[TradingSpan, ...]]


class Deltas:
    """Give deltas at one moment; `known` is kept by whoever asks again, for the model is slow."""

    def __init__(self, moment: Moment, known: Known) -> None:
        self._moment = moment
        self._known = known

    def of(self, option: Instrument) -> Reach:
        """Return between what the delta of one long lot lies, negative for a put, in lots of the future.

        Without a bid, as far options end, the premium lies between nothing and the ask, and so does the delta.
        """
        terms, moment = option.option, self._moment
        if terms is None:
            return Reach(WHOLE, WHOLE)  # no option: it is the future itself
        future = moment.instruments.get(terms.underlying)
        shown = self._shown(option, option, FRESH_MINUTES * 60)
        beneath = None if future is None else self._shown(future, option, FRESH_SECONDS)
        if shown is None or shown[1] is None:
            return _whole(terms, NO_QUOTES)
        if beneath is None or beneath[0] is None or beneath[1] is None:
            return _whole(terms, NO_FUTURE)
        parted = self._parted(option, terms.underlying)
        if parted:
            return _whole(terms, parted)
        underlying = (beneath[0] + beneath[1]) / 2
        read = shown[0], shown[1], underlying, moment.trading_day
        before = self._known.get(option.id)
        if before is not None and before[0] == read:
            return before[1]
        life = _life_of(option, moment.trading_day)
        if life <= 0:
            delta = _whole(terms, LAST_DAY)
        elif shown[0] is None:
            delta = _below(terms, underlying, shown[1], life)
        else:
            delta = _at(terms, underlying, (shown[0] + shown[1]) / 2, life)
        self._known[option.id] = read, delta
        return delta

    def of_otc(self, row: OtcRow) -> Reach:
        """Return between what the share of its whole tonnes lies that a contract 场外 moves with now."""
        terms = row.terms
        if terms.right is None:
            return Reach(WHOLE, WHOLE)
        found = value_of(row, self._moment.price_of(terms.reference), self._moment.trading_day)
        if found.tonnes is None:
            return Reach(NONE, WHOLE, found.why or "没有写 Delta")
        share = (found.tonnes / terms.whole_tonnes).quantize(PLACES)
        return Reach(share, share)

    def _shown(
        self, known: Instrument, option: Instrument, seconds: int
    ) -> tuple[Decimal | None, Decimal | None] | None:
        quote, session = self._moment.quote_of(known.id), self._moment.session_of(option.id)
        if quote is None:
            return None
        trades = session is None or session.phase is Phase.CONTINUOUS
        if trades and quote.received_at < self._moment.at - seconds * SECOND:
            traded = self._moment.traded_since(option.id, quote.received_at)  # in a break nothing grows old
            if traded is None or traded > seconds * SECOND:
                return None
        bid, ask = (None if side is None else known.price(side) for side in (quote.bid, quote.ask))
        return bid, ask

    def _parted(self, option: Instrument, future: InstrumentId) -> str:
        # Which of the two was last quoted before a break that the other was quoted after, "" where neither was.
        moment = self._moment
        own, beneath = moment.quote_of(option.id), moment.quote_of(future)
        if own is None or beneath is None:
            return ""
        first, last = sorted((own.received_at, beneath.received_at))
        session = moment.session_of(option.id)
        within = session is not None and session.phase is Phase.CONTINUOUS and session.begins_at <= first
        if within or last - first <= NO_BREAK:
            return ""
        why = NOT_SINCE_BREAK if own.received_at == first else FUTURE_NOT_SINCE_BREAK
        if moment.traded_since(option.id, last) is None:
            return ""  # both are of a trading day before this one
        if moment.traded_since(option.id, first) is None:
            return why
        trades_until = first
        for span in moment.trading(option.id, first, last + NO_BREAK):  # after a close no session begins any more
            if span.begins_at - trades_until > NO_BREAK:
                return why
            trades_until = span.ends_at
        return ""


def _whole(terms: OptionTerms, why: str) -> Reach:
    return Reach(NONE, WHOLE, why) if terms.right is Right.CALL else Reach(-WHOLE, NONE, why)


def _at(terms: OptionTerms, underlying: Decimal, premium: Decimal, life: float) -> Reach:
    found = option_model.greeks(terms, float(underlying), float(premium), years=life, rate=0.0)
    if found is None:
        return _whole(terms, NO_VOLATILITY)
    delta = _rounded(found.delta)
    return Reach(delta, delta)


def _below(terms: OptionTerms, underlying: Decimal, ask: Decimal, life: float) -> Reach:
    # Out of the money delta grows with the premium: a call's always, a put's while deviation² <= 2 ln(future / strike).
    found = option_model.greeks(terms, float(underlying), float(ask), years=life, rate=0.0)
    away = math.log(underlying / terms.strike) if underlying > 0 else 0.0
    if found is None:
        return _whole(terms, NO_BID)
    if terms.right is Right.CALL:
        return Reach(NONE, _rounded(found.delta), NO_BID) if away <= 0 else _whole(terms, NO_BID)
    grows = found.volatility**2 * life <= 2 * away
    return Reach(_rounded(found.delta), NONE, NO_BID) if grows else _whole(terms, NO_BID)


def _rounded(delta: float) -> Decimal:
    return Decimal(repr(delta)).quantize(PLACES)


def _life_of(option: Instrument, day: int) -> float:
    return 0.0 if option.expiry is None else parity.years((to_date(option.expiry) - to_date(day)).days)
