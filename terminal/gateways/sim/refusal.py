"""Say why the exchange does not take an order or a cancel: its code, and its sentence for people.

The codes are the words of CTP's error table where it has one, because that is what a broker's counter would send.
The order of the checks is the order in which a real counter and exchange would meet the fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from terminal.domain.days.sessions import Phase, SessionAt
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.orders.kind_words import not_taken, taken
from terminal.domain.orders.kinds import most_lots
from terminal.domain.orders.order import OrderTerms, PriceKind, TimeCondition
from terminal.domain.products.instrument import Instrument, Kind
from terminal.gateways.sim.positions import Bucket, Holding, bucket_of


class Refusal(NamedTuple):
    """Hold a reject: code and Chinese text."""

    code: str
    text: str


DUPLICATE = Refusal("DUPLICATE_ORDER_REF", "不允许重复报单")
NOT_FOUND = Refusal("INSTRUMENT_NOT_FOUND", "找不到合约")
EXPIRED = Refusal("INSTRUMENT_NOT_TRADING", "合约已过最后交易日")
BAD_LOTS = Refusal("BAD_VOLUME", "报单手数必须为正整数")
OFF_TICK = Refusal("BAD_PRICE_TICK", "报单价格不是最小变动价位的整数倍")
ABOVE_LIMIT = Refusal("PRICE_ABOVE_UPPER_LIMIT", "报单价格超过涨停价")
BELOW_LIMIT = Refusal("PRICE_BELOW_LOWER_LIMIT", "报单价格低于跌停价")
NOT_IN_SESSION = Refusal("NOT_IN_SESSION", "当前状态禁止报单")
CONTINUOUS_ONLY = Refusal("CONTINUOUS_ONLY", "集合竞价期间不接受 FAK、FOK 报单")
LIMIT_ONLY_NOW = Refusal("LIMIT_ONLY_IN_AUCTION", "集合竞价期间只接受限价报单")
BAD_OFFSET = Refusal("BAD_OFFSET_FLAG", "该交易所不区分平今平昨，请使用平仓")
NO_TODAY = Refusal("OVER_CLOSETODAY_POSITION", "平今仓位不足")
NO_YESTERDAY = Refusal("OVER_CLOSEYESTERDAY_POSITION", "平昨仓位不足")
NO_POSITION = Refusal("OVER_CLOSE_POSITION", "平仓量超过持仓量")

ORDER_NOT_FOUND = Refusal("ORDER_NOT_FOUND", "撤单找不到相应报单")
ORDER_ENDED = Refusal("INSUITABLE_ORDER_STATUS", "报单已全成交或已撤销，不能再撤")
NO_CANCEL_NOW = Refusal("NOT_IN_SESSION", "当前状态禁止撤单")

KILLED_REST = "FAK 未成交部分已撤销"
KILLED_ALL = "FOK 不能全部成交，已撤销"

_SHORT_OF = {Bucket.TODAY: NO_TODAY, Bucket.YESTERDAY: NO_YESTERDAY, Bucket.BOTH: NO_POSITION}


def refuse_instrument(instrument: Instrument | None, trading_day: int) -> Refusal | None:
    """Say why an instrument cannot be traded on a trading day at all."""
    if instrument is None or instrument.kind is Kind.SPOT or instrument.session is None:
        return NOT_FOUND
    if instrument.expiry is not None and trading_day > instrument.expiry:
        return EXPIRED
    return None


def refuse_kind(terms: OrderTerms, instrument: Instrument) -> Refusal | None:
    """Say which kind of order the exchange does not take for this instrument."""
    unknown = not_taken(instrument.order_kinds, terms)
    if not unknown:
        return None
    text = f"交易所对该合约不接受{unknown}，只接受{taken(instrument.order_kinds)}"
    return Refusal("ORDER_KIND_NOT_SUPPORTED", text)


def refuse_terms(terms: OrderTerms, instrument: Instrument, facts: DayFacts | None) -> Refusal | None:
    """Say what is wrong with lots and price; a limit the market never stated binds nothing."""
    if terms.lots <= 0:
        return BAD_LOTS
    largest = most_lots(instrument, terms)
    if largest is not None and terms.lots > largest:
        return Refusal("VOLUME_OVER_MAXIMUM", f"报单手数超过每次最大下单量 {largest} 手")
    # 最小开仓下单量 binds opening orders: a smaller rest can always be closed.
    if terms.is_opening and instrument.min_lots is not None and terms.lots < instrument.min_lots:
        return Refusal("VOLUME_UNDER_MINIMUM", f"报单手数低于每次最小下单量 {instrument.min_lots} 手")
    if not instrument.on_grid(terms.price):
        return OFF_TICK
    ticks = instrument.ticks(terms.price)
    if facts is not None and facts.upper_limit is not None and ticks > facts.upper_limit:
        return ABOVE_LIMIT
    if facts is not None and facts.lower_limit is not None and ticks < facts.lower_limit:
        return BELOW_LIMIT
    return None


def refuse_session(terms: OrderTerms, session: SessionAt) -> Refusal | None:
    """Say why an order is not taken at this moment."""
    if not session.orders:
        return NOT_IN_SESSION
    if session.phase is not Phase.CONTINUOUS and terms.price_kind is not PriceKind.LIMIT:
        return LIMIT_ONLY_NOW
    if session.phase is not Phase.CONTINUOUS and terms.time_condition is not TimeCondition.GFD:
        return CONTINUOUS_ONLY
    return None


def refuse_cancels(
    terms: OrderTerms, instrument: Instrument, cancels: Mapping[tuple[AccountId, InstrumentId], int]
) -> Refusal | None:
    """Say that an account has cancelled too often in a contract today to open there; closes and cancels pass."""
    line, count = instrument.cancel_line, cancels.get((terms.account, terms.instrument), 0)
    if not terms.is_opening or line is None or count < line.cancels:
        return None
    text = f"本交易日在该合约上撤单 {count} 次，达到频繁报撤单的认定线 {line.cancels} 次，限制开仓"
    return Refusal("CANCELS_AT_LINE", text)


def refuse_close(terms: OrderTerms, instrument: Instrument, holding: Holding | None) -> Refusal | None:
    """Say why a closing order has nothing to close; opening orders pass."""
    if terms.is_opening:
        return None
    bucket = bucket_of(instrument, terms.offset)
    if bucket is None:
        return BAD_OFFSET
    lots = holding.of(terms.position_side) if holding is not None else None
    if lots is None or terms.lots > lots.closable(bucket):
        return _SHORT_OF[bucket]
    return None
