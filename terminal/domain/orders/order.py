"""Hold what an order is and how it lives.

The life of an order is one table, `TRANSITIONS`; everything that moves an order goes through `advance`. Rules: a
state only moves forward; a late or repeated report never moves it back (it is absorbed); silence never ends an
order (UNKNOWN until the exchange proves something); a fill proves the order exists, whatever we believed before.
What is not nice: an order that we had declared VOID can still turn up at the exchange. The table admits it
(VOID + a report = the reported state), and the engine turns its scope red when it happens.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from functools import cached_property

import msgspec

from terminal.domain.errors import InvariantError
from terminal.domain.ids import (
    AccountId,
    DeviceId,
    InstrumentId,
    PersonId,
    StrategyId,
    TaskId,
)


class Side(StrEnum):
    """Say which way an order goes."""

    BUY = "BUY"
    SELL = "SELL"

    @cached_property
    def sign(self) -> int:
        """Return +1 for BUY and -1 for SELL."""
        return 1 if self is _BUY else -1

    @cached_property
    def opposite(self) -> Side:
        """Return the other side."""
        return _SELL if self is _BUY else _BUY


class Offset(StrEnum):
    """Say whether an order opens a position or closes one, and of which day."""

    OPEN = "OPEN"
    CLOSE = "CLOSE"  # at SHFE and INE: yesterday's lots only
    CLOSE_TODAY = "CLOSE_TODAY"
    CLOSE_YESTERDAY = "CLOSE_YESTERDAY"


class HedgeFlag(StrEnum):
    """Say under which flag (投保) a position is held; positions under different flags never net."""

    SPECULATION = "SPECULATION"
    ARBITRAGE = "ARBITRAGE"
    HEDGE = "HEDGE"


class TimeCondition(StrEnum):
    """Say how long an order waits: the trading day, or not at all."""

    GFD = "GFD"
    FAK = "FAK"  # fill what you can at once, cancel the rest
    FOK = "FOK"  # fill all at once or cancel all


class PriceKind(StrEnum):
    """Say where an order's price comes from (`order_kinds`)."""

    LIMIT = "LIMIT"
    MARKET = "MARKET"  # 市价: whatever the other side offers
    BEST = "BEST"  # 最优价: the other side's best price alone
    FIVE = "FIVE"  # 五档: the other side's five best prices
    LEG = "LEG"  # 组合腿: what the difference leaves it; never alone on the wire, where the combination's limit goes


class Origin(StrEnum):
    """Say who wanted an order."""

    MANUAL = "MANUAL"
    STRATEGY = "STRATEGY"
    EXTERNAL = "EXTERNAL"


# Asked of every order many times over: a member of an Enum looked up by its name costs ten times a name of the module.
_BUY, _SELL, _OPEN = Side.BUY, Side.SELL, Offset.OPEN


class OrderTerms(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold the exact fields that are checked, hashed, approved and sent; any change is another order.

    `price` is never traded beyond: the limit, or the day's limit price (停板价) where an order has no price of its own.
    """

    account: AccountId
    instrument: InstrumentId
    side: Side
    offset: Offset
    lots: int
    price: Decimal
    hedge_flag: HedgeFlag = HedgeFlag.SPECULATION
    time_condition: TimeCondition = TimeCondition.GFD
    price_kind: PriceKind = PriceKind.LIMIT

    @property
    def is_opening(self) -> bool:
        """Return whether the order opens a position."""
        return self.offset is _OPEN

    @property
    def position_side(self) -> Side:
        """Return the side of the position the order opens or closes: BUY for long, SELL for short."""
        return self.side if self.offset is _OPEN else self.side.opposite


class Cause(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Say why an order exists: strategy and parameter version, or person and device."""

    origin: Origin
    person: PersonId
    device: DeviceId
    strategy: StrategyId | None = None
    parameter_version: int | None = None
    tag: str = ""  # the strategy's own place for it: "line:3:open", "set:2:leg:0"
    task: TaskId | None = None
    reason: str = ""  # a sentence for people


class OrderState(StrEnum):
    """Name the states of an order's life (SAFETY 2)."""

    RECORDED = "RECORDED"  # committed here, perhaps on the wire
    SENT = "SENT"
    LIVE = "LIVE"
    PARTIAL = "PARTIAL"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"  # sent or perhaps sent, no proof of anything
    VOID = "VOID"  # nothing left the house


class OrderEvent(StrEnum):
    """Name what can happen to an order."""

    SEND = "SEND"
    ACCEPT = "ACCEPT"
    FILL = "FILL"  # some lots, more remain
    COMPLETE = "COMPLETE"  # the last lots
    CANCEL = "CANCEL"
    EXPIRE = "EXPIRE"
    REJECT = "REJECT"
    LOSE = "LOSE"  # link lost, no report in time, or found RECORDED at start
    VOID = "VOID"  # proven never to have left


S, E = OrderState, OrderEvent

ENDED = frozenset({S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED, S.VOID})

_PROOF = {E.ACCEPT: S.LIVE, E.FILL: S.PARTIAL, E.COMPLETE: S.FILLED, E.CANCEL: S.CANCELLED, E.EXPIRE: S.EXPIRED}

TRANSITIONS: dict[tuple[OrderState, OrderEvent], OrderState] = {
    (S.RECORDED, E.SEND): S.SENT,
    (S.RECORDED, E.VOID): S.VOID,
    (S.RECORDED, E.LOSE): S.UNKNOWN,
    (S.RECORDED, E.REJECT): S.REJECTED,
    **{(S.RECORDED, event): state for event, state in _PROOF.items()},  # the answer outran the SENT record
    (S.SENT, E.SEND): S.SENT,
    (S.SENT, E.LOSE): S.UNKNOWN,
    (S.SENT, E.REJECT): S.REJECTED,
    **{(S.SENT, event): state for event, state in _PROOF.items()},
    (S.UNKNOWN, E.SEND): S.UNKNOWN,
    (S.UNKNOWN, E.LOSE): S.UNKNOWN,
    (S.UNKNOWN, E.REJECT): S.REJECTED,
    (S.UNKNOWN, E.VOID): S.VOID,
    **{(S.UNKNOWN, event): state for event, state in _PROOF.items()},
    (S.LIVE, E.SEND): S.LIVE,
    (S.LIVE, E.ACCEPT): S.LIVE,
    (S.LIVE, E.LOSE): S.LIVE,  # the exchange has it; a cut does not change that
    (S.LIVE, E.FILL): S.PARTIAL,
    (S.LIVE, E.COMPLETE): S.FILLED,
    (S.LIVE, E.CANCEL): S.CANCELLED,
    (S.LIVE, E.EXPIRE): S.EXPIRED,
    (S.PARTIAL, E.SEND): S.PARTIAL,
    (S.PARTIAL, E.ACCEPT): S.PARTIAL,
    (S.PARTIAL, E.LOSE): S.PARTIAL,
    (S.PARTIAL, E.FILL): S.PARTIAL,
    (S.PARTIAL, E.COMPLETE): S.FILLED,
    (S.PARTIAL, E.CANCEL): S.CANCELLED,
    (S.PARTIAL, E.EXPIRE): S.EXPIRED,
    # A fill may arrive after the word that the order ended; the lots count, the state stays unless now complete.
    **{(ended, event): ended for ended in (S.CANCELLED, S.EXPIRED) for event in (E.SEND, E.ACCEPT, E.LOSE, E.FILL)},
    (S.CANCELLED, E.COMPLETE): S.FILLED,
    (S.EXPIRED, E.COMPLETE): S.FILLED,
    (S.CANCELLED, E.CANCEL): S.CANCELLED,
    (S.CANCELLED, E.EXPIRE): S.CANCELLED,
    (S.EXPIRED, E.EXPIRE): S.EXPIRED,
    (S.EXPIRED, E.CANCEL): S.EXPIRED,
    **{(S.FILLED, event): S.FILLED for event in (E.SEND, E.ACCEPT, E.LOSE, E.CANCEL, E.EXPIRE)},
    **{(S.REJECTED, event): S.REJECTED for event in (E.SEND, E.LOSE, E.REJECT)},
    # The late zombie: we proved it absent and it came after all.
    **{(S.VOID, event): state for event, state in _PROOF.items()},
    (S.VOID, E.VOID): S.VOID,
    (S.VOID, E.REJECT): S.REJECTED,
}


def advance(state: OrderState, event: OrderEvent) -> OrderState:
    """Return the state after an event; a pair outside the table is a broken invariant."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        msg = f"order life has no step from {state} on {event}"
        raise InvariantError(msg) from None
