"""Say what may exist only once, so that a journal refuses the second one itself.

The engine already asks before it decides; these rows are the second lock on the same door. They are derived from the
facts by one function, stored in the transaction that stores the facts, and compared with the facts by the verifier.
A fact gives at most one row. Rows of one turn are taken in the order of `GUARDS`, so that an approval and the order
that uses it may be said in the same turn in any order.
"""

from __future__ import annotations

from typing import Final

import msgspec

from terminal.domain.fact.facts import (
    CommandDone,
    ConfirmationDecided,
    ConfirmationRequested,
    Fact,
    OrderFilled,
    OrderRecorded,
)
from terminal.domain.ids import (
    CommandId,
    ConfirmationId,
    ExchangeId,
    OrderId,
    PersonId,
    SysId,
    TradeId,
    WireKey,
)
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.orders.order import Side


class RequestGuard(msgspec.Struct, frozen=True):
    """A confirmation was asked for once; `for_order` when one order, not a parent task, is to use it."""

    confirmation: ConfirmationId
    maker: PersonId
    for_order: bool


class ApprovalGuard(msgspec.Struct, frozen=True):
    """A confirmation was approved once, by somebody other than its maker (SAFETY I24)."""

    confirmation: ConfirmationId
    checker: PersonId | None


class ConsumptionGuard(msgspec.Struct, frozen=True):
    """An approval was consumed once (SAFETY I23)."""

    confirmation: ConfirmationId


class OrderGuard(msgspec.Struct, frozen=True):
    """An order id and a wire key were used once; a cited approval is consumed, and by one order if made for one."""

    order: OrderId
    wire_key: WireKey
    lots: int
    confirmation: ConfirmationId | None


class FillGuard(msgspec.Struct, frozen=True):
    """A trade of the exchange was booked once (SAFETY I8)."""

    trading_day: int
    exchange: ExchangeId
    trade: TradeId
    sys_id: SysId
    side: Side
    order: OrderId
    lots: int


class CommandGuard(msgspec.Struct, frozen=True):
    """A command took effect once (SAFETY I17)."""

    command: CommandId


Guard = RequestGuard | ApprovalGuard | ConsumptionGuard | OrderGuard | FillGuard | CommandGuard

GUARDS: Final[tuple[type[Guard], ...]] = (
    RequestGuard,
    ApprovalGuard,
    ConsumptionGuard,
    OrderGuard,
    FillGuard,
    CommandGuard,
)

CLAIMING: Final = frozenset({OrderFilled, OrderRecorded, CommandDone, ConfirmationRequested, ConfirmationDecided})

# What a person reads when a guard says no.
SECOND_REQUEST: Final = "同一复核号已申请过"
SECOND_APPROVAL: Final = "同一复核已批准过"
SELF_APPROVAL: Final = "制单人与复核人是同一人"
NO_REQUEST: Final = "批准所指的复核申请或复核人不存在"
SECOND_CONSUMPTION: Final = "同一复核已被使用过"
SECOND_ORDER: Final = "同一订单号已记录过"
SECOND_WIRE_KEY: Final = "同一报单引用已用过"
SECOND_USE: Final = "只批准一笔订单的复核被第二笔订单引用"
SECOND_FILL: Final = "同一成交已入账"
SECOND_COMMAND: Final = "同一指令已执行过"
NO_LOTS: Final = "手数不是正数"
OTHER_ACCOUNT: Final = "引用的订单或复核属于另一个账户"
NO_PARENT: Final = "引用的订单、批准或已使用的复核不存在"


class _Purpose(msgspec.Struct):
    terms: msgspec.Raw | None = None


def guard_of(fact: Fact) -> Guard | None:
    """Return the row a fact must be the first to claim; `None` for a fact that claims nothing."""
    if type(fact) not in CLAIMING:
        return None
    match fact:
        case OrderFilled():
            return FillGuard(fact.trading_day, fact.exchange, fact.trade, fact.sys_id, fact.side, fact.order, fact.lots)
        case OrderRecorded():
            # Both legs of a combination are one order and one use, which the first one claims.
            uses = fact.confirmation if fact.leg is None or fact.leg.is_first else None
            return OrderGuard(fact.order, fact.wire_key, fact.terms.lots, uses)
        case CommandDone():
            return CommandGuard(fact.command)
        case ConfirmationRequested():
            asked = fact.confirmation
            return RequestGuard(asked.confirmation, asked.maker, _is_for_order(asked.stored))
        case ConfirmationDecided(decision=ConfirmationEvent.APPROVE):
            return ApprovalGuard(fact.confirmation, fact.person)
        case ConfirmationDecided(decision=ConfirmationEvent.CONSUME):
            return ConsumptionGuard(fact.confirmation)
        case _:
            return None


def _is_for_order(stored: str) -> bool:
    try:
        terms = msgspec.json.decode(stored, type=_Purpose).terms
    except msgspec.DecodeError:
        return True  # the stricter reading: whatever it is, at most one order may use it
    return terms is not None and bytes(terms) != b"null"
