"""Hold what is stated of orders that cannot go out: the engine holds them back, or the market or a rule bars them."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from terminal.domain.ids import InstrumentId, OrderId
from terminal.domain.orders.order import Side

HELD_AGAIN: Final = 10_000_000_000  # ns after which it is said again that a hedge waits for the message rate


class WayBarred(msgspec.Struct, frozen=True, kw_only=True, tag="way_barred"):
    """An own order stands where one of the strategy's would trade with it (C14): it waits; with no `why`, no longer.

    It is said by the engine: once the gate has refused the order for it, and again where another one stands there.
    `why` names the order in the way, as far as this account may know it, and `order` is its id where it is this
    account's; `since` (UTC ns) is from when on the strategy waits. `told` says that an alert was raised for the wait,
    as a leg was alone. `free` says of one that is over that nothing stands there any more, nor where it was refused.
    """

    instrument: InstrumentId
    side: Side
    price: Decimal  # of the order that was not let out
    tag: str
    trading_day: int
    since: int
    why: str = ""
    order: OrderId | None = None
    told: bool = False
    free: bool = False


class RateHeld(msgspec.Struct, frozen=True, kw_only=True, tag="rate_held"):
    """The message rate to an exchange (C8) is used up: the strategy's orders wait for room, none of them is refused.

    It is said by the engine, to people once on a trading day. With `hedges` it is what a leg lacks that waits: that is
    said for each leg, and again every ten seconds while it waits. What is said `again` is for the card alone, so that
    it shows how many `orders` wait and `since` when (UTC ns): none waits any more where there are no orders.
    """

    instrument: InstrumentId  # of the first order that waited
    trading_day: int
    hedges: bool = False
    orders: int = 0  # 0 too in journals of before it was said
    since: int = 0
    again: bool = False


class RepairBarred(msgspec.Struct, frozen=True, kw_only=True, tag="repair_barred"):
    """The repair of a broken leg cannot be done as people were told; said once for each plan that stands instead.

    Nothing of the break itself changes: it has the lots missing now, and their value in yuan.
    """

    leg: int
    instrument: InstrumentId
    lots: int
    value_yuan: Decimal | None  # `None` where no price is known
    plan: str  # a sentence for people: what bars it, and what is done
    whose: str = ""  # the own orders that bar it, in words: another order is no other plan
