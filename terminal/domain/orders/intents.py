"""Hold what a strategy wants: new orders, cancels, and facts about itself."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.fact.marks import StrategyMark
from terminal.domain.ids import InstrumentId, OrderId
from terminal.domain.orders.order import Side, TimeCondition


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """Want one order.

    Closing names no day: the engine splits it over today's and yesterday's lots and never opens instead. `tag` is the
    strategy's own place for the order and comes back in every fact about it.
    """

    instrument: InstrumentId
    side: Side
    closing: bool
    lots: int
    price: Decimal
    time_condition: TimeCondition = TimeCondition.GFD
    tag: str
    reason: str


class CancelWish(msgspec.Struct, frozen=True, kw_only=True):
    """Want one of the strategy's own orders cancelled."""

    order: OrderId
    reason: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the answer of one call: cancels go out before new orders; marks are journaled before either."""

    marks: tuple[StrategyMark, ...] = ()
    cancels: tuple[CancelWish, ...] = ()
    intents: tuple[Intent, ...] = ()


NOTHING = Decision()
