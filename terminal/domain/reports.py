"""Hold what a gateway tells the engine: answers, trades, link changes, and complete queries."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.books.combined import Combined
from terminal.domain.ids import AccountId, ExchangeId, InstrumentId, SysId, TradeId, WireKey
from terminal.domain.orders.exercise import ExerciseState, ExerciseWish
from terminal.domain.orders.order import HedgeFlag, OrderTerms, Side
from terminal.domain.products.ending import Ending


class LinkUp(msgspec.Struct, frozen=True, kw_only=True, tag="link_up"):
    """The exchange link stands; `session` is new at every login, `trading_day` the exchange's own word."""

    session: str
    trading_day: int


class LinkDown(msgspec.Struct, frozen=True, kw_only=True, tag="link_down"):
    """The exchange link is gone."""

    why: str


class Accepted(msgspec.Struct, frozen=True, kw_only=True, tag="accepted"):
    """The exchange took an order."""

    account: AccountId
    wire_key: WireKey
    exchange: ExchangeId
    sys_id: SysId
    exchange_at: int


class Rejected(msgspec.Struct, frozen=True, kw_only=True, tag="rejected"):
    """The exchange or its front end refused an order."""

    account: AccountId
    wire_key: WireKey
    code: str
    text: str


class Traded(msgspec.Struct, frozen=True, kw_only=True, tag="traded"):
    """Lots traded; may come before `Accepted`, twice, late, or only inside a query answer."""

    account: AccountId
    wire_key: WireKey
    exchange: ExchangeId
    sys_id: SysId
    trade: TradeId
    trading_day: int
    side: Side
    instrument: InstrumentId
    lots: int
    price: Decimal
    exchange_at: int


class Removed(msgspec.Struct, frozen=True, kw_only=True, tag="removed"):
    """An order left the book with lots unfilled: cancelled, killed (FAK/FOK remainder), or expired at day close."""

    account: AccountId
    wire_key: WireKey
    exchange: ExchangeId
    sys_id: SysId
    unfilled: int
    expired: bool
    why: str


class CancelRejected(msgspec.Struct, frozen=True, kw_only=True, tag="cancel_rejected"):
    """The exchange refused a cancel."""

    account: AccountId
    wire_key: WireKey
    code: str
    text: str


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag="ended"):
    """Lots left without a trade on a trading day; `into` is the future that came instead. May come twice or late.

    `remark` says what is not as usual about the price, in Chinese without a full stop; empty if nothing is.
    """

    account: AccountId
    exchange: ExchangeId
    trading_day: int
    ending: Ending
    into: InstrumentId | None = None
    remark: str = ""


class CombinationTold(msgspec.Struct, frozen=True, kw_only=True, tag="combination_told"):
    """How many lots of two legs the exchange holds as one combination from now on."""

    account: AccountId
    exchange: ExchangeId
    trading_day: int
    combined: Combined


class ExerciseTold(msgspec.Struct, frozen=True, kw_only=True, tag="exercise_told"):
    """How a request to exercise or abandon stands at the exchange: TAKEN, REJECTED, WITHDRAWN or DONE.

    TAKEN with a code answers a withdrawal that was refused. `lots` are those that were exercised or abandoned. The
    trading day is that of the request, and of DONE the one on which the exchange acted on it.
    """

    account: AccountId
    wire_key: WireKey
    exchange: ExchangeId
    wish: ExerciseWish
    trading_day: int
    state: ExerciseState
    lots: int = 0
    code: str = ""
    text: str = ""


class OrderThere(msgspec.Struct, frozen=True, kw_only=True):
    """One order as the exchange's own books hold it."""

    wire_key: WireKey
    exchange: ExchangeId
    sys_id: SysId
    terms: OrderTerms
    filled: int
    state: str  # LIVE PARTIAL FILLED CANCELLED EXPIRED REJECTED
    trading_day: int
    code: str = ""
    text: str = ""


class PositionThere(msgspec.Struct, frozen=True, kw_only=True):
    """One position as the exchange's own books hold it."""

    instrument: InstrumentId
    hedge_flag: HedgeFlag
    long_today: int
    long_yesterday: int
    short_today: int
    short_yesterday: int


class QueryAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="query_answer"):
    """One complete answer about one account: every order and trade of the trading day, every position.

    `reports_before` counts the private reports of this session the exchange had sent before answering, so that the
    asker knows whether one was still under way.
    """

    account: AccountId
    query: int
    trading_day: int
    orders: tuple[OrderThere, ...]
    trades: tuple[Traded, ...]
    positions: tuple[PositionThere, ...]
    reports_before: int
    exercises: tuple[ExerciseTold, ...] = ()  # of the trading day, and older ones that still stand
    combinations: tuple[Combined, ...] | None = None  # all of them; `None`: not told


Report = (
    LinkUp
    | LinkDown
    | Accepted
    | Rejected
    | Traded
    | Removed
    | CancelRejected
    | Ended
    | CombinationTold
    | ExerciseTold
    | QueryAnswer
)
