"""Control C3: the price is inside the daily band, and an aggressive one does not reach far through the market.

Aggressive is a buy above, or a sell below, the best opposite price (the last price where there is none). Outside
continuous trading there is no market to look at: the reference is the previous settlement (昨结算) and the daily band,
and both must be known. Without a fresh feed nothing opens, whatever its price. Reducing orders are refused by the
daily band alone, also with a stale feed. Values and limits are ticks; of FEED_STALE they are seconds.

An order without a price of its own needs an opposite price. It reaches that one when it takes no other, or no more
lots than are displayed there; when it takes more it reaches the day's limit price, for nothing else is known.

Of an order on a combination the difference is judged, not each leg (`combined_price`): a slip of its sign closes at
any price between two limit prices, so one far through what shows is warned of when it reduces.
"""

from __future__ import annotations

from terminal.domain.books.holding import decimal_text
from terminal.domain.days.sessions import Phase
from terminal.domain.orders.kind_words import worst_price_words
from terminal.domain.orders.order import PriceKind, Side
from terminal.domain.parameters.limits import NANOSECONDS, Limits
from terminal.domain.products.instrument import Instrument
from terminal.domain.view import Quote
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check
from terminal.risk.combined_price import difference_band, difference_collar, difference_warning
from terminal.risk.second_person import second_person
from terminal.risk.unset import limits_unset
from terminal.risk.wording import contract_name, order_words

_BUY = Side.BUY
_CONTINUOUS = Phase.CONTINUOUS
_LIMIT = PriceKind.LIMIT


def price_collar(check: Check) -> Finding | None:
    """Refuse a price outside the band or far through the market, and any opening order without a fresh market."""
    instrument, price, quote = check.instrument, check.terms.price, check.quote
    if instrument is None or not check.has_price:
        return None  # C1 refuses
    ticks = int(price / instrument.tick)  # an order off the grid is refused by C1
    outside = _band(check, instrument, ticks)
    if outside is not None:
        return outside
    if check.reducing:
        return None if check.whole is None else difference_warning(check, check.whole)
    limits = check.limits
    if limits is None:
        return limits_unset(check, "C3")
    session = check.session
    if session is not None and session.phase is _CONTINUOUS:
        if check.now - check.feed_at > limits.feed_max_age_seconds * NANOSECONDS:
            return _stale(check, limits)
        if check.whole is not None:
            return difference_collar(check, check.whole, limits)
        reference = None if quote is None else market(quote, check.terms.side)
        if check.terms.price_kind is not _LIMIT and quote is not None:
            return _unpriced(check, limits, instrument, quote, ticks)
    else:
        reference = None if quote is None else _yesterday(quote)
    if reference is None:
        return _no_reference(check)
    through = ticks - reference if check.terms.side is _BUY else reference - ticks
    return None if through <= 0 else _aggressive(check, limits, instrument, reference, through)


def _band(check: Check, instrument: Instrument, ticks: int) -> Finding | None:
    quote = check.quote
    if quote is not None:
        upper, lower = quote.upper_limit, quote.lower_limit
        if upper is not None and ticks > upper:
            return _outside_band(check, instrument, ticks, upper)
        if lower is not None and ticks < lower:
            return _outside_band(check, instrument, ticks, lower)
    return None if check.whole is None else difference_band(check, check.whole)


def _unpriced(check: Check, limits: Limits, instrument: Instrument, quote: Quote, worst: int) -> Finding | None:
    terms = check.terms
    buys = terms.side is _BUY
    opposite, shown = (quote.ask, quote.ask_lots) if buys else (quote.bid, quote.bid_lots)
    if opposite is None:
        return _no_reference(check)
    if terms.price_kind is PriceKind.BEST or terms.lots <= shown:
        return None
    through = worst - opposite if buys else opposite - worst
    return _aggressive(check, limits, instrument, opposite, through, _beyond_display(check, shown))


def _beyond_display(check: Check, shown: int) -> str:
    return f"（对手价只显示 {shown:,} 手，其余按{worst_price_words(check.terms.side)}核算）"


def market(quote: Quote, side: Side) -> int | None:
    """Return the best opposite price for an order of this side, else the last price, in ticks."""
    opposite = quote.ask if side is _BUY else quote.bid
    return quote.last if opposite is None else opposite


def _yesterday(quote: Quote) -> int | None:
    if quote.upper_limit is None or quote.lower_limit is None:
        return None
    return quote.pre_settlement


def _aggressive(
    check: Check, limits: Limits, instrument: Instrument, reference: int, through: int, why: str = ""
) -> Finding | None:
    most = limits.collar_max_fraction * reference
    if through > most:
        share_text = decimal_text(limits.collar_max_fraction * 100)
        sentence = (
            f"{order_words(check)}：价格 {check.terms.price}{why} 越过参考价 "
            f"{decimal_text(instrument.price(reference))} {through} 跳，超过 {share_text}%，请{_remedy(check)}。"
        )
        return _deny("PRICE_FAR_THROUGH_MARKET", str(through), str(int(most)), sentence)
    share = limits.collar_confirm_fraction * reference
    if through > limits.collar_confirm_ticks and through > share:
        free = max(limits.collar_confirm_ticks, int(share))
        return second_person(
            check,
            control="C3",
            code="PRICE_THROUGH_MARKET",
            value=str(through),
            limit=str(free),
            what=(
                f"{order_words(check)}：价格 {check.terms.price}{why} 越过参考价 "
                f"{decimal_text(instrument.price(reference))} {through} 跳"
            ),
            otherwise=f"改到 {free} 跳以内" if check.terms.price_kind is _LIMIT else _remedy(check),
        )
    return None


def _remedy(check: Check) -> str:
    return "改价" if check.terms.price_kind is _LIMIT else "减少到显示的手数或改用限价"


def _deny(code: str, value: str, limit: str, sentence: str) -> Finding:
    return Finding(control="C3", code=code, verdict=Verdict.DENY, value=value, limit=limit, sentence=sentence)


def _outside_band(check: Check, instrument: Instrument, ticks: int, bound: int) -> Finding:
    above = ticks > bound
    words = "高于涨停价" if above else "低于跌停价"
    code = "PRICE_ABOVE_UPPER_LIMIT" if above else "PRICE_BELOW_LOWER_LIMIT"
    bound_price = decimal_text(instrument.price(bound))
    sentence = f"{order_words(check)}：价格 {check.terms.price} {words} {bound_price}，请改到涨跌停价以内。"
    return _deny(code, str(ticks), str(bound), sentence)


def _stale(check: Check, limits: Limits) -> Finding:
    age = (check.now - check.feed_at) // NANOSECONDS
    sentence = (
        f"行情已 {age} 秒没有更新（最多 {limits.feed_max_age_seconds} 秒），{contract_name(check)}不能开仓；"
        "请等行情恢复，平仓不受影响。"
    )
    return _deny("FEED_STALE", str(age), str(limits.feed_max_age_seconds), sentence)


def _no_reference(check: Check) -> Finding:
    sentence = (
        f"{contract_name(check)}没有可比的有效行情（盘中看对手价或最新价，其他时段看昨结算和涨跌停价），"
        "不能开仓；请等行情到达。"
    )
    return _deny("NO_REFERENCE_PRICE", "", "", sentence)
