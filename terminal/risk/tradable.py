"""Control C1: the order is one the exchange can take now.

Outside continuous trading only a person may place an order, and only while an auction takes orders. Closes name lots
that are there and free: SHFE and INE keep today's and yesterday's lots apart, and lots under another live or UNKNOWN
close are frozen. The exchange's smallest order binds opening orders. An option whose fees or last day nobody stated is
not opened: nothing unknown counts as nothing. Values are yuan for prices and lots otherwise.
"""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.books.holding import decimal_text
from terminal.domain.days.calendar import show, to_date
from terminal.domain.days.sessions import PHASES, Phase
from terminal.domain.orders.offset import Bucket, bucket_of, closable
from terminal.domain.orders.order import Offset, Origin
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check
from terminal.risk.wording import POSITIONS, contract_name, order_words

_TRADED = (Kind.FUTURE, Kind.OPTION)
_CONTINUOUS = Phase.CONTINUOUS
_AUCTION = Phase.AUCTION
_AUTOMATIC = Origin.STRATEGY

_BUCKETS = {Bucket.TODAY: "今仓", Bucket.YESTERDAY: "昨仓", Bucket.OLDEST_FIRST: "持仓"}


def tradable(check: Check) -> Finding | None:
    """Refuse an order that its exchange could not take now."""
    instrument = check.instrument
    if instrument is None or instrument.kind not in _TRADED:
        return _deny("UNKNOWN_INSTRUMENT", "", "", f"没有可交易的合约 {check.terms.instrument}，请核对合约代码。")
    terms, session = check.terms, check.session
    if session is None or (
        session.phase is not _CONTINUOUS
        and not (session.phase is _AUCTION and session.orders and check.cause.origin is not _AUTOMATIC)
    ):
        return _not_now(check)
    if not check.has_price or terms.price % instrument.tick:
        return _off_grid(check, instrument, terms.price)
    if terms.lots <= 0:
        return _deny("LOTS_NOT_POSITIVE", str(terms.lots), "1", f"{contract_name(check)}的手数须为正整数，请改手数。")
    if terms.is_opening:
        least = instrument.min_lots
        lacking = lacks(instrument)
        if lacking:
            return _unknown(check, instrument, lacking)
        return None if least is None or terms.lots >= least else _too_few(check, least)
    if terms.offset is not Offset.CLOSE and not instrument.explicit_close_today:
        sentence = f"{order_words(check)}：{instrument.exchange} 不分平今与平昨，请改用「平仓」。"
        return _deny("OFFSET_NOT_USED", terms.offset.value, Offset.CLOSE.value, sentence)
    free = closable(instrument, check.position, terms.side, terms.offset)
    return None if terms.lots <= free else _not_held(check, instrument, free)


def lacks(instrument: Instrument) -> tuple[str, ...]:
    """Return what nobody stated of an option and has to be known before it is opened, in words; empty of a future."""
    if instrument.option is None:
        return ()
    fees = instrument.fees
    unknown = (
        ("开平手续费", fees.open is None or fees.close is None or fees.close_today is None),
        ("行权手续费", fees.exercise is None),
        ("到期日", instrument.expiry is None),
    )
    return tuple(word for word, is_unknown in unknown if is_unknown)


def _unknown(check: Check, instrument: Instrument, lacking: tuple[str, ...]) -> Finding:
    # A rule that gives no day: the month lies beyond the calendar.
    beyond = instrument.expiry is None and instrument.last_day is not None
    where = "reference/options.csv" + ("、reference/holidays.csv（交易日历还不到那一年）" if beyond else "")
    sentence = (
        f"{order_words(check)}：{instrument.product_name}期权的{'、'.join(lacking)}未知，不能开仓；"
        f"请在方案的 [[instrument]] 或 {where} 中写明。"
    )
    return _deny("OPTION_TERMS_UNKNOWN", "", "", sentence)


def _deny(code: str, value: str, limit: str, sentence: str) -> Finding:
    return Finding(control="C1", code=code, verdict=Verdict.DENY, value=value, limit=limit, sentence=sentence)


def _not_now(check: Check) -> Finding:
    session, instrument = check.session, check.instrument
    expiry = None if instrument is None else instrument.expiry
    if session is not None and expiry is not None and session.trading_day > expiry:
        over = f"最后交易日 {to_date(expiry)} 已过，交易所不再接受这个合约的委托"
        sentence = f"{order_words(check)}：{over}；持仓等交割或行权了结。"
        return _deny("LAST_DAY_PASSED", str(session.trading_day), str(expiry), sentence)
    phase = "没有交易时段资料" if session is None else f"现在是{PHASES[session.phase]}"
    when = "在连续交易时段" if check.opens_at is None else f"等 {show(check.opens_at)[:16]} 开盘后"
    sentence = f"{order_words(check)}：{phase}，交易所不接受这笔委托；请{when}再报。"
    return _deny("NOT_TRADING_NOW", "", "", sentence)


def _off_grid(check: Check, instrument: Instrument, price: Decimal) -> Finding:
    tick = decimal_text(instrument.tick)
    sentence = f"{order_words(check)}：价格 {price} 不是最小变动价位 {tick} 的正整数倍，请改价。"
    return _deny("PRICE_OFF_TICK", str(price), tick, sentence)


def _too_few(check: Check, least: int) -> Finding:
    sentence = f"{order_words(check)}：少于交易所每次最小开仓量 {least} 手，请增加手数。"
    return _deny("ORDER_LOTS_BELOW_MINIMUM", str(check.terms.lots), str(least), sentence)


def _not_held(check: Check, instrument: Instrument, free: int) -> Finding:
    what = f"{POSITIONS[check.terms.position_side]}{_BUCKETS[bucket_of(instrument, check.terms.offset)]}"
    sentence = (
        f"{order_words(check)}：可平{what}只有 {free} 手（已被未了平仓委托占用的不算）；"
        "请减少手数、换平今/平昨或先撤单。"
    )
    return _deny("NOT_CLOSABLE", str(check.terms.lots), str(free), sentence)
