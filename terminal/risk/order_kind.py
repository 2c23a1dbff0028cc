"""Control C1, its part on kinds of order: the exchange takes this kind, and what has no price of its own is reckoned.

A market, best-price or five-level order carries the day's limit price on its side, the worst it can cost: margin is
frozen at it and every control reads it. Where the exchange has not said the limit prices there is nothing to reckon
with, and nothing is sent. Values are yuan for prices.
"""

from __future__ import annotations

from terminal.domain.books.holding import decimal_text
from terminal.domain.days.sessions import Phase
from terminal.domain.orders.kind_words import PRICE_KINDS, not_taken, taken, worst_price_words
from terminal.domain.orders.kinds import conditions_of
from terminal.domain.orders.order import PriceKind, Side
from terminal.domain.words.risk import Finding, Verdict
from terminal.domain.words.terms import Term
from terminal.risk.check import Check
from terminal.risk.wording import order_words

_LIMIT = PriceKind.LIMIT
_CONTINUOUS = Phase.CONTINUOUS


def order_kind(check: Check) -> Finding | None:
    """Refuse a kind of order the exchange does not take, and one without a price that is not reckoned at the worst."""
    instrument, terms = check.instrument, check.terms
    if instrument is None:
        return None  # C1 refuses
    # An order on a combination is a limit order, and a leg is sent with its combination alone.
    asked = _LIMIT if check.whole is not None and terms.price_kind is PriceKind.LEG else terms.price_kind
    if terms.time_condition not in conditions_of(instrument.order_kinds, asked):
        unknown = not_taken(instrument.order_kinds, terms)
        where = Term.__members__.get(instrument.exchange, instrument.exchange)
        what = f"{where}对该合约不接受{unknown}，只接受{taken(instrument.order_kinds)}"
        sentence = f"{order_words(check)}：{what}；请改用其中一种。"
        return _deny("ORDER_KIND_NOT_TAKEN", terms.price_kind.value, "", sentence)
    if terms.price_kind is _LIMIT:
        return None
    kind, worst = f"{PRICE_KINDS[terms.price_kind]}委托", worst_price_words(terms.side)
    instead, later = "请改用限价委托", "请改用限价委托，或等开盘后再报"
    if check.whole is not None:  # a limit order already: its legs have no limit of their own
        kind, instead, later = "组合委托", "请等行情给出后再报", "请等开盘后再报"
    if check.session is not None and check.session.phase is not _CONTINUOUS:
        sentence = f"{order_words(check)}：{kind}只在连续交易时段接受；{later}。"
        return _deny("LIMIT_ORDERS_ONLY_NOW", terms.price_kind.value, "", sentence)
    quote = check.quote
    bound = None if quote is None else quote.upper_limit if terms.side is Side.BUY else quote.lower_limit
    if bound is None:
        sentence = f"{order_words(check)}：行情没有给出{worst}，{kind}无从按最坏价核算；{instead}。"
        return _deny("WORST_PRICE_UNKNOWN", decimal_text(terms.price), "", sentence)
    if terms.side is Side.SELL and terms.is_opening and (quote is None or quote.upper_limit is None):
        sentence = f"{order_words(check)}：行情没有给出涨停价，{kind}的保证金无从按最坏价核算；{instead}。"
        return _deny("WORST_PRICE_UNKNOWN", decimal_text(terms.price), "", sentence)
    price = instrument.price(bound)
    if terms.price != price:
        said, at = decimal_text(terms.price), decimal_text(price)
        sentence = f"{order_words(check)}：{kind}按{worst} {at} 核算，而委托里写的是 {said}；请按 {at} 重新报出。"
        return _deny("WORST_PRICE_DIFFERS", said, at, sentence)
    return None


def _deny(code: str, value: str, limit: str, sentence: str) -> Finding:
    return Finding(control="C1", code=code, verdict=Verdict.DENY, value=value, limit=limit, sentence=sentence)
