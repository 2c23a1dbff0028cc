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


class CombinedIntent(msgspec.Struct, frozen=True, kw_only=True):
    """Want one order on a combination: both legs fill together, or neither does.

    `price` is the limit of the difference, first leg less second, in yuan. `tags` are those of the first leg's order
    and of the second's: facts come back about each.
    """

    combination: InstrumentId
    side: Side
    closing: bool
    lots: int
    price: Decimal
    time_condition: TimeCondition = TimeCondition.GFD
    tags: tuple[str, str]
    reason: str


class CancelWish(msgspec.Struct, frozen=True, kw_only=True):
    """Want one of the strategy's own orders cancelled."""

    order: OrderId
    reason: str


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Want an order, and hold it back until the own one that it would trade with is out of its way."""

    instrument: InstrumentId
    side: Side
    price: Decimal


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the answer of one call: cancels go out before new orders; marks are journaled before either."""

    marks: tuple[StrategyMark, ...] = ()
    cancels: tuple[CancelWish, ...] = ()
    intents: tuple[Intent, ...] = ()
    combined: tuple[CombinedIntent, ...] = ()
    waiting: tuple[Waiting, ...] = ()


NOTHING = Decision()
