"""Hold everything that can have happened, as immutable messages: one declaration for type, journal and wire.

Facts are for ever: add optional fields or a new kind, never rename or reuse one. Each fact belongs to one stream
(SAFETY I15): the tenant's, or one account's; folding a stream reads that stream only.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from terminal.domain.confirmation import Confirmation, ConfirmationEvent
from terminal.domain.ids import (
    AccountId,
    CommandId,
    ConfirmationId,
    DeviceId,
    ExchangeId,
    InstrumentId,
    OrderId,
    PersonId,
    StrategyId,
    SysId,
    TaskId,
    TradeId,
    WireKey,
)
from terminal.domain.instrument import Instrument
from terminal.domain.marks import StrategyMark
from terminal.domain.order import Cause, OrderTerms, Side
from terminal.domain.risk_words import Finding, Level, Scope
from terminal.domain.settings import Limits
from terminal.domain.strategy_settings import StrategySettings


class Role(StrEnum):
    """Name what a person may do, per account."""

    VIEWER = "viewer"
    TRADER = "trader"
    CHECKER = "checker"
    RISK = "risk"
    ADMIN = "admin"


# --- tenant stream -------------------------------------------------------------------------------------------------


class RunnerStarted(msgspec.Struct, frozen=True, kw_only=True, tag="runner_started"):
    """A runner took over: its start number, market, plan hash and version."""

    start: int
    market: str
    plan_sha256: str
    version: str


class PersonEnrolled(msgspec.Struct, frozen=True, kw_only=True, tag="person_enrolled"):
    """A person is known, with roles per account."""

    person: PersonId
    name: str
    roles: dict[AccountId, tuple[Role, ...]]


class DeviceEnrolled(msgspec.Struct, frozen=True, kw_only=True, tag="device_enrolled"):
    """A device belongs to a person; `public_key` is its raw Ed25519 key in hex."""

    device: DeviceId
    person: PersonId
    public_key: str


class InstrumentListed(msgspec.Struct, frozen=True, kw_only=True, tag="instrument_listed"):
    """An instrument is known, with the terms every book of this journal uses."""

    instrument: Instrument


class SpotQuoted(msgspec.Struct, frozen=True, kw_only=True, tag="spot_quoted"):
    """A person stated a spot price, yuan per quotation unit."""

    instrument: InstrumentId
    price: Decimal
    source: str


# --- account stream: money, days, limits ---------------------------------------------------------------------------


class AccountOpened(msgspec.Struct, frozen=True, kw_only=True, tag="account_opened"):
    """An account is known, with its opening cash."""

    account: AccountId
    name: str
    cash: Decimal
    trading_day: int
    investor: str


class LimitsSet(msgspec.Struct, frozen=True, kw_only=True, tag="limits_set"):
    """The account's limits are these from now on."""

    account: AccountId
    limits: Limits


class CashMoved(msgspec.Struct, frozen=True, kw_only=True, tag="cash_moved"):
    """Cash came in (positive) or went out."""

    account: AccountId
    amount: Decimal
    reason: str


class DaySettled(msgspec.Struct, frozen=True, kw_only=True, tag="day_settled"):
    """A trading day ended for the account: lots are re-based on these settlement prices and become yesterday's.

    `provisional` names instruments whose settlement price was not known; their last price stands in.
    """

    account: AccountId
    trading_day: int
    next_day: int
    prices: dict[InstrumentId, Decimal]
    provisional: tuple[InstrumentId, ...] = ()


# --- account stream: orders ----------------------------------------------------------------------------------------


class OrderRecorded(msgspec.Struct, frozen=True, kw_only=True, tag="order_recorded"):
    """The intent: what will be sent under which wire key, why, what the gate said, which approval it consumed."""

    order: OrderId
    wire_key: WireKey
    reference: int  # OrderRef, the account's own running number
    terms: OrderTerms
    cause: Cause
    trading_day: int
    findings: tuple[Finding, ...] = ()  # WARN findings; anything worse was refused or confirmed
    confirmation: ConfirmationId | None = None  # consumed by this order, or the envelope it cites


class OrderSent(msgspec.Struct, frozen=True, kw_only=True, tag="order_sent"):
    """The intent was written to the wire."""

    account: AccountId
    order: OrderId


class OrderAccepted(msgspec.Struct, frozen=True, kw_only=True, tag="order_accepted"):
    """The exchange has the order under its own number."""

    account: AccountId
    order: OrderId
    exchange: ExchangeId
    sys_id: SysId
    exchange_at: int


class OrderRejected(msgspec.Struct, frozen=True, kw_only=True, tag="order_rejected"):
    """The exchange refused the order, definitely."""

    account: AccountId
    order: OrderId
    code: str
    text: str


class OrderFilled(msgspec.Struct, frozen=True, kw_only=True, tag="order_filled"):
    """Lots traded. The key of SAFETY I8 is (trading_day, exchange, trade, sys_id, side)."""

    account: AccountId
    order: OrderId
    exchange: ExchangeId
    sys_id: SysId
    trade: TradeId
    trading_day: int
    side: Side
    instrument: InstrumentId
    lots: int
    price: Decimal
    fee: Decimal  # yuan, rounded half-up to 0.01 (DOMAIN 5)
    exchange_at: int
    is_last: bool  # no lots remain


class OrderCancelled(msgspec.Struct, frozen=True, kw_only=True, tag="order_cancelled"):
    """The exchange took the order out; `unfilled` lots never traded."""

    account: AccountId
    order: OrderId
    unfilled: int
    why: str


class OrderExpired(msgspec.Struct, frozen=True, kw_only=True, tag="order_expired"):
    """The exchange ended the day order at day close (by its own word)."""

    account: AccountId
    order: OrderId
    unfilled: int


class OrderUnknown(msgspec.Struct, frozen=True, kw_only=True, tag="order_unknown"):
    """Nobody can say whether the exchange has the order (SAFETY I5)."""

    account: AccountId
    order: OrderId
    why: str


class OrderVoided(msgspec.Struct, frozen=True, kw_only=True, tag="order_voided"):
    """The order is proven never to have reached the exchange."""

    account: AccountId
    order: OrderId
    why: str


class OrderRefused(msgspec.Struct, frozen=True, kw_only=True, tag="order_refused"):
    """The gate refused; nothing was recorded as an order and nothing left the house."""

    terms: OrderTerms
    cause: Cause
    findings: tuple[Finding, ...]


class CancelRecorded(msgspec.Struct, frozen=True, kw_only=True, tag="cancel_recorded"):
    """A cancel of an order is committed and will be sent."""

    account: AccountId
    order: OrderId
    person: PersonId
    device: DeviceId
    reason: str


class CancelRefused(msgspec.Struct, frozen=True, kw_only=True, tag="cancel_refused"):
    """The exchange refused the cancel (mostly: too late)."""

    account: AccountId
    order: OrderId
    code: str
    text: str


class ExternalOrderSeen(msgspec.Struct, frozen=True, kw_only=True, tag="external_order_seen"):
    """The exchange holds an order of this account that no intent of ours explains (外部)."""

    account: AccountId
    exchange: ExchangeId
    sys_id: SysId
    wire_key: WireKey
    terms: OrderTerms
    filled: int


# --- account stream: second confirmation -----------------------------------------------------------------------------


class ConfirmationRequested(msgspec.Struct, frozen=True, kw_only=True, tag="confirmation_requested"):
    """An order or a parent task waits for another person (复核)."""

    confirmation: Confirmation
    findings: tuple[Finding, ...]


class ConfirmationDecided(msgspec.Struct, frozen=True, kw_only=True, tag="confirmation_decided"):
    """A confirmation moved on: approved, rejected, withdrawn, expired, superseded, stale, revoked or consumed."""

    account: AccountId
    confirmation: ConfirmationId
    decision: ConfirmationEvent
    person: PersonId | None  # None: time or the engine decided
    device: DeviceId | None
    signature: str = ""  # Ed25519 over hash|decision|person, hex; empty unless APPROVED or REJECTED
    reason: str = ""
    reference_price: Decimal | None = None  # what the checker saw


# --- account stream: strategies ----------------------------------------------------------------------------------------


class StrategyStarted(msgspec.Struct, frozen=True, kw_only=True, tag="strategy_started"):
    """A strategy runs with these parameters."""

    account: AccountId
    strategy: StrategyId
    settings: StrategySettings
    version: int
    task: TaskId | None = None
    envelope: ConfirmationId | None = None  # the approval its orders cite


class StrategyPaused(msgspec.Struct, frozen=True, kw_only=True, tag="strategy_paused"):
    """A strategy decides nothing until resumed."""

    account: AccountId
    strategy: StrategyId
    reason: str


class StrategyResumed(msgspec.Struct, frozen=True, kw_only=True, tag="strategy_resumed"):
    """A strategy decides again."""

    account: AccountId
    strategy: StrategyId


class StrategyStopped(msgspec.Struct, frozen=True, kw_only=True, tag="strategy_stopped"):
    """A strategy is over; its orders are cancelled, its position stays."""

    account: AccountId
    strategy: StrategyId
    reason: str


class StrategyMarked(msgspec.Struct, frozen=True, kw_only=True, tag="strategy_marked"):
    """A strategy stated something about itself."""

    account: AccountId
    strategy: StrategyId
    at: int  # market clock
    mark: StrategyMark


# --- account stream: risk ------------------------------------------------------------------------------------------------


class LevelChanged(msgspec.Struct, frozen=True, kw_only=True, tag="level_changed"):
    """An alarm level moved for a scope because a signal crossed its threshold."""

    account: AccountId
    scope: Scope
    signal: str
    value: str
    threshold: str
    before: Level
    after: Level
    at: int


class LevelReleased(msgspec.Struct, frozen=True, kw_only=True, tag="level_released"):
    """Two persons cleared a red level to orange."""

    account: AccountId
    scope: Scope
    first: PersonId
    second: PersonId
    reason: str


class KillSwitched(msgspec.Struct, frozen=True, kw_only=True, tag="kill_switched"):
    """The kill switch was pulled for a scope; latched until two persons release it."""

    account: AccountId
    scope: Scope
    person: PersonId
    device: DeviceId
    reason: str


class KillReleased(msgspec.Struct, frozen=True, kw_only=True, tag="kill_released"):
    """Two persons released the kill switch of a scope."""

    account: AccountId
    scope: Scope
    first: PersonId
    second: PersonId
    reason: str


class ReleaseAsked(msgspec.Struct, frozen=True, kw_only=True, tag="release_asked"):
    """A first person asked to release a kill switch or a red level; a second one must do the same."""

    account: AccountId
    scope: Scope
    person: PersonId
    reason: str


class AlertRaised(msgspec.Struct, frozen=True, kw_only=True, tag="alert_raised"):
    """Something needs people's eyes; says what happened, to which contract, what to do."""

    account: AccountId
    level: Level
    code: str
    instrument: InstrumentId | None
    sentence: str


# --- account stream: barrier ----------------------------------------------------------------------------------------------


class LinkLost(msgspec.Struct, frozen=True, kw_only=True, tag="link_lost"):
    """The exchange link is down; nothing new is sent and the barrier is up."""

    account: AccountId
    why: str


class BarrierBegan(msgspec.Struct, frozen=True, kw_only=True, tag="barrier_began"):
    """A (re)connect or start began reconciling; opening is closed until `BarrierPassed` (SAFETY I7)."""

    account: AccountId
    session: str  # the exchange's session id
    at: int


class Reconciled(msgspec.Struct, frozen=True, kw_only=True, tag="reconciled"):
    """A complete query was compared with the fold; `differences` are sentences, empty when equal."""

    account: AccountId
    query: int
    at: int
    differences: tuple[str, ...] = ()
    absent: tuple[OrderId, ...] = ()  # UNKNOWN orders the complete answer did not show


class BarrierPassed(msgspec.Struct, frozen=True, kw_only=True, tag="barrier_passed"):
    """Fold and exchange agree; opening is allowed again."""

    account: AccountId
    session: str


# --- both -------------------------------------------------------------------------------------------------------------------


class CommandDone(msgspec.Struct, frozen=True, kw_only=True, tag="command_done"):
    """A command was carried out or refused; a repeat returns this."""

    account: AccountId | None
    command: CommandId
    ok: bool
    code: str
    sentence: str


TenantFact = RunnerStarted | PersonEnrolled | DeviceEnrolled | InstrumentListed | SpotQuoted

AccountFact = (
    AccountOpened
    | LimitsSet
    | CashMoved
    | DaySettled
    | OrderRecorded
    | OrderSent
    | OrderAccepted
    | OrderRejected
    | OrderFilled
    | OrderCancelled
    | OrderExpired
    | OrderUnknown
    | OrderVoided
    | OrderRefused
    | CancelRecorded
    | CancelRefused
    | ExternalOrderSeen
    | ConfirmationRequested
    | ConfirmationDecided
    | StrategyStarted
    | StrategyPaused
    | StrategyResumed
    | StrategyStopped
    | StrategyMarked
    | LevelChanged
    | LevelReleased
    | KillSwitched
    | KillReleased
    | ReleaseAsked
    | AlertRaised
    | LinkLost
    | BarrierBegan
    | Reconciled
    | BarrierPassed
)

Fact = TenantFact | AccountFact | CommandDone
