"""Hold the facts about orders."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.books.late_fill import LateFill
from terminal.domain.ids import (
    AccountId,
    ConfirmationId,
    DeviceId,
    ExchangeId,
    InstrumentId,
    OrderId,
    PersonId,
    SysId,
    TradeId,
    WireKey,
)
from terminal.domain.orders.combined_order import LegOf
from terminal.domain.orders.order import Cause, OrderTerms, Side
from terminal.domain.words.risk import Finding


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
    reckoned_at: Decimal | None = None  # the price its margin is frozen at, where it is not that of its terms
    mid: Decimal | None = None  # the middle of bid and ask when it was decided; journals of before 2026-12 lack it
    leg: LegOf | None = None  # of an order on a combination: both legs are recorded, and sent as one


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
    """Lots traded. The key of SAFETY I8 is (trading_day, exchange, trade, sys_id, side).

    `late` is there when the trading day was settled before this was heard: the lots are older ones from the start.
    Journals of before 2026-12 have no such word, and their late fills count as lots of the day they were heard on.
    """

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
    late: LateFill | None = None


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
    combination: InstrumentId | None = None  # whose leg this would have been: the other one was not sent either


class CancelWanted(msgspec.Struct, frozen=True, kw_only=True, tag="cancel_wanted"):
    """A person wants an order cancelled that cannot be now: the message rate is used up, or the order is UNKNOWN."""

    account: AccountId
    order: OrderId
    person: PersonId
    device: DeviceId
    reason: str


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
