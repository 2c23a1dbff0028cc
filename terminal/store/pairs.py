"""Judge the two legs of orders on combinations (组合合约) as what they are: one order.

Each leg is recorded, approved and filled as any order, and none of that says that there are two, that they ask the same
thing, or at which difference they traded. Of a pair that trades only its lots and what they cost are kept, until it is
filled whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.domain.orders.combined_order import LegOf, belong, unlike
from terminal.domain.orders.order import Side
from terminal.domain.products.combination import contracts_of
from terminal.domain.words.amount_text import amount_text

if TYPE_CHECKING:
    from terminal.domain.fact.facts import OrderFilled, OrderRecorded
    from terminal.domain.ids import WireKey
    from terminal.domain.orders.confirmation import Envelope

_WORDS: Final = {
    "account": "账户",
    "lots": "手数",
    "offset": "开平",
    "hedge_flag": "投保标志",
    "time_condition": "有效期",
    "price_kind": "价格方式",
    "leg": "组合",
    "combination": "组合",
    "side": "组合买卖",
    "price": "价差",
    "wire_key": "报单引用",
    "cause": "原因",
    "confirmation": "复核",
}


class _Told:
    def __init__(self, leg: LegOf) -> None:
        self.leg = leg
        self.lots = [0, 0]
        self.cost = Decimal(0)  # price x lots of the first leg less the second's

    def fault(self) -> str | None:
        lots, others = self.lots
        if lots != others or (self.cost - self.leg.price * lots) * self.leg.side.sign <= 0:
            return None
        combination = f"组合 {self.leg.combination} {lots} 手"
        traded, limit = amount_text(round(self.cost / lots, 4)), amount_text(self.leg.price)
        return f"{combination}两腿成交的价差平均 {traded}，劣于委托的价差 {limit}（报单引用 {self.leg.wire_key}）"


class Pairs:
    """Judge legs as they are recorded and filled, and what was never filled whole in the end."""

    def __init__(self) -> None:
        self._told: dict[WireKey, _Told] = {}

    def judge_leg(self, order: OrderRecorded, leg: LegOf, other: OrderRecorded | None) -> Iterable[str]:
        """Return what is wrong with a leg; `other` is the order it names as the other one."""
        place, side = (0, leg.side) if leg.is_first else (-1, leg.side.opposite)
        if (contracts_of(leg.combination)[place], side) != (order.terms.instrument, order.terms.side):
            yield f"订单 {order.order} 不是组合 {leg.combination} 的第 {leg.number} 腿"
        if leg.is_first:
            if other is None or not belong(order, other):
                yield f"订单 {order.order} 是组合 {leg.combination} 的第一腿，第二腿 {leg.other} 却不是和它一起记录的"
            return
        if other is None or not belong(other, order):
            yield f"订单 {order.order} 是组合 {leg.combination} 的第二腿，第一腿 {leg.other} 却不是和它一起记录的"
            return
        names = unlike(other, order)
        if names:
            said = "、".join(dict.fromkeys(_WORDS[name] for name in names))
            yield f"订单 {order.order} 与第一腿 {leg.other} 的{said}不同"

    def judge_fill(self, order: OrderRecorded, leg: LegOf, fill: OrderFilled) -> Iterable[str]:
        """Return at which difference a pair that is filled whole now has traded, where its limit was a better one."""
        told = self._told.setdefault(leg.wire_key, _Told(leg))
        told.lots[0 if leg.is_first else 1] += fill.lots
        told.cost += fill.price * fill.lots * (1 if leg.is_first else -1)
        if min(told.lots) < order.terms.lots:
            return ()
        fault = self._told.pop(leg.wire_key).fault()
        return () if fault is None else (fault,)

    def conclude(self) -> Iterable[str]:
        """Return the same of every pair of which as many lots of both legs are told, and not all."""
        return [fault for told in self._told.values() if (fault := told.fault()) is not None]


def beyond_band(order: OrderRecorded, envelope: Envelope) -> str | None:
    """Return why a leg should not have gone out under an envelope: what showed was worse than it allows.

    A leg carries the day's limit price, so what showed when it was recorded stands for its price. The opposite price is
    worse than the middle, and it had to be inside. Later a resting one trades at any prices that differ as asked: that
    they have moved out of the band breaks no promise.
    """
    terms, mid = order.terms, order.mid
    lowest, highest = envelope.lowest_price.get(terms.instrument), envelope.highest_price.get(terms.instrument)
    if lowest is None or highest is None:
        return f"组合腿 {order.order} 的合约 {terms.instrument} 不在复核 {order.confirmation} 之内"
    if mid is None or (mid <= highest if terms.side is Side.BUY else mid >= lowest):
        return None
    where = f"不在复核 {order.confirmation} 的 {lowest} 至 {highest} 之内"
    return f"组合腿 {order.order} 报出时 {terms.instrument} 的中间价 {mid} {where}"
