"""Hold what a conditional order (条件单) is: what it waits for, what it lets go, how long it stands, and how it lives.

The theory. A condition says whether it holds at one moment; it remembers nothing. So a restart needs no memory either:
what holds on the quotes after it lets the order go, and what held unseen while the runner was away does not. A
condition is a few parts of which all or any must hold. Times are seconds of the Shanghai clock: the runner finds the
instant at which the product trades at that time, and writes it into the fact.

What it lets go is one order, or the close of so many lots of a position (止损, 止盈). A close says beforehand what to
do when other working closes hold its lots: take those back first, or not to send (C13).

A close may be attached to its position: it stands for lots that are held, goes down with them, ends with the last, and
never closes what was opened later. A stop and a take-profit attached together are one of two (二择一): what one of them
closed, the other does not close again.

预埋单 is no kind of its own: it waits for the market to open and stands until the end of that session.
The life is one table. Nothing comes back to WAITING from TRIGGERED: a conditional order lets go at most once.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from terminal.domain.errors import InvariantError
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import HedgeFlag, Offset, Side, TimeCondition

MOST_PARTS = 4
TAG = "conditional:"  # of an order's cause, before the conditional order's name


class Quoted(StrEnum):
    """Name the price of a quote that a condition looks at."""

    LAST = "LAST"
    BID = "BID"
    ASK = "ASK"


class Way(StrEnum):
    """Say on which side of a mark a figure has to be; the mark itself counts."""

    AT_OR_ABOVE = "AT_OR_ABOVE"
    AT_OR_BELOW = "AT_OR_BELOW"


class PriceReaches(msgspec.Struct, frozen=True, kw_only=True, tag="price"):
    """Hold while a price is at or beyond another (价格)."""

    instrument: InstrumentId
    quoted: Quoted = Quoted.LAST
    way: Way
    price: Decimal


class PriceWithin(msgspec.Struct, frozen=True, kw_only=True, tag="range"):
    """Hold while a price is inside a range, both ends included (价格区间)."""

    instrument: InstrumentId
    quoted: Quoted = Quoted.LAST
    lowest: Decimal
    highest: Decimal


class TimeReached(msgspec.Struct, frozen=True, kw_only=True, tag="time"):
    """Hold from the next time on at which the Shanghai clock shows this and the product trades (时间)."""

    instrument: InstrumentId
    clock: int  # seconds after midnight


class MarketOpens(msgspec.Struct, frozen=True, kw_only=True, tag="open"):
    """Hold from the product's next beginning of continuous trading on (开盘)."""

    instrument: InstrumentId


class BreaksEven(msgspec.Struct, frozen=True, kw_only=True, tag="break_even"):
    """Hold while closing the position now, fees of both ways taken off, earns at least, or at most, nothing (保本)."""

    instrument: InstrumentId
    side: Side  # of the position: BUY is long
    hedge_flag: HedgeFlag = HedgeFlag.SPECULATION
    way: Way


class SpreadReaches(msgspec.Struct, frozen=True, kw_only=True, tag="spread"):
    """Hold while a spread (价差), one contract less `coefficient` times another, is at or beyond a value in its unit.

    It is what trading it across both books would bring (DOMAIN 4.9): BID is what selling it gets, the first contract's
    bid less the other's ask; ASK what buying it costs, the first one's ask less the other's bid. LAST is refused: the
    last trades of two contracts are of different moments, and their difference was never there to be had.
    """

    instrument: InstrumentId
    less: InstrumentId
    coefficient: Decimal = Decimal(1)
    quoted: Quoted = Quoted.BID
    way: Way
    value: Decimal  # may be negative


class BasisReaches(msgspec.Struct, frozen=True, kw_only=True, tag="basis"):
    """Hold while a basis (基差), a spot price less a contract's, is at or beyond a value in their unit.

    `quoted` names the price of the contract: LAST makes the basis that is charted, ASK the one a short hedge is bought
    back at, BID the one it is sold at. The spot price is the one last stated (DOMAIN 4.1), of today or the day before.
    """

    instrument: InstrumentId
    spot: InstrumentId
    quoted: Quoted = Quoted.LAST
    way: Way
    value: Decimal  # may be negative


Part = PriceReaches | PriceWithin | TimeReached | MarketOpens | BreaksEven | SpreadReaches | BasisReaches


class AllOf(msgspec.Struct, frozen=True, kw_only=True, tag="all"):
    """Hold while every part does (且)."""

    parts: tuple[Part, ...]


class AnyOf(msgspec.Struct, frozen=True, kw_only=True, tag="any"):
    """Hold while at least one part does (或)."""

    parts: tuple[Part, ...]


Condition = Part | AllOf | AnyOf


def parts_of(condition: Condition) -> tuple[Part, ...]:
    """Return the parts of a condition, which may be its only one."""
    return condition.parts if isinstance(condition, AllOf | AnyOf) else (condition,)


def contracts_of(part: Part) -> tuple[InstrumentId, ...]:
    """Return the contracts whose quotes a part looks at; a spot price is no quote."""
    return (part.instrument, part.less) if isinstance(part, SpreadReaches) else (part.instrument,)


class AtPrice(msgspec.Struct, frozen=True, kw_only=True, tag="at_price"):
    """Send at this limit price (指定价)."""

    price: Decimal


class AtOpposite(msgspec.Struct, frozen=True, kw_only=True, tag="at_opposite"):
    """Send so many ticks through the opposite price of the moment (对手价, 超价); negative ticks stay behind it."""

    ticks: int = 0


ReleasePrice = AtPrice | AtOpposite


class SendOrder(msgspec.Struct, frozen=True, kw_only=True, tag="send"):
    """Let one order go."""

    instrument: InstrumentId
    side: Side
    offset: Offset
    lots: int
    price: ReleasePrice
    hedge_flag: HedgeFlag = HedgeFlag.SPECULATION
    time_condition: TimeCondition = TimeCondition.GFD

    @property
    def is_opening(self) -> bool:
        """Return whether it opens a position."""
        return self.offset is Offset.OPEN


class WhenShort(StrEnum):
    """Say what a close does whose lots other working closes hold."""

    CANCEL_FIRST = "CANCEL_FIRST"  # 撤原平仓单, then close what is there
    FAIL = "FAIL"  # 不报


class CloseLots(msgspec.Struct, frozen=True, kw_only=True, tag="close"):
    """Close so many lots of a position, of whichever day (止损, 止盈); `side` is the orders': SELL closes long lots."""

    instrument: InstrumentId
    side: Side
    lots: int
    price: ReleasePrice
    hedge_flag: HedgeFlag = HedgeFlag.SPECULATION
    time_condition: TimeCondition = TimeCondition.GFD
    when_short: WhenShort

    @property
    def is_opening(self) -> bool:
        """Return that it never opens a position."""
        return False


Release = SendOrder | CloseLots


class Validity(StrEnum):
    """Say how long a conditional order stands, by its product's own trading hours."""

    SESSION = "SESSION"  # to the end of the night or day session that comes next (预埋)
    GFD = "GFD"  # the trading day
    GTD = "GTD"  # to the end of a named trading day
    GTC = "GTC"  # until withdrawn, or the contract's last day


class Conditional(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the exact fields a person chose; any change is another version."""

    condition: Condition
    release: Release
    validity: Validity = Validity.GFD
    last_day: int | None = None  # of GTD, a trading day
    reason: str = ""


class ConditionalState(StrEnum):
    """Name the states of a conditional order's life."""

    WAITING = "WAITING"  # 等待
    PAUSED = "PAUSED"  # 暂停
    TRIGGERED = "TRIGGERED"  # 已触发: its condition held, and something is still in the way of its close
    RELEASED = "RELEASED"  # 已触发: sent, or parked for a second person
    FAILED = "FAILED"  # 触发未报
    WITHDRAWN = "WITHDRAWN"  # 已撤
    EXPIRED = "EXPIRED"  # 已失效


class ConditionalEvent(StrEnum):
    """Name what can happen to a conditional order."""

    PAUSE = "PAUSE"
    RESUME = "RESUME"
    TRIGGER = "TRIGGER"
    RELEASE = "RELEASE"
    FAIL = "FAIL"
    WITHDRAW = "WITHDRAW"
    EXPIRE = "EXPIRE"


_S, _E = ConditionalState, ConditionalEvent

STANDING = frozenset({_S.WAITING, _S.PAUSED, _S.TRIGGERED})  # not over yet

LIFE: dict[tuple[ConditionalState, ConditionalEvent], ConditionalState] = {
    (_S.WAITING, _E.PAUSE): _S.PAUSED,
    (_S.WAITING, _E.TRIGGER): _S.TRIGGERED,
    (_S.WAITING, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.WAITING, _E.EXPIRE): _S.EXPIRED,
    (_S.PAUSED, _E.RESUME): _S.WAITING,
    (_S.PAUSED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.PAUSED, _E.EXPIRE): _S.EXPIRED,
    (_S.TRIGGERED, _E.RELEASE): _S.RELEASED,
    (_S.TRIGGERED, _E.FAIL): _S.FAILED,
    (_S.TRIGGERED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.TRIGGERED, _E.EXPIRE): _S.EXPIRED,  # of an attached close whose lots were closed otherwise
}


def move(state: ConditionalState, event: ConditionalEvent) -> ConditionalState:
    """Return the next state; a pair outside the table is a broken invariant."""
    try:
        return LIFE[state, event]
    except KeyError:
        msg = f"a conditional order has no step from {state} on {event}"
        raise InvariantError(msg) from None
