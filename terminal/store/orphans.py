"""Ask of each record for what it must lean on: an order its verdict, cause and approval, a fill its order.

The guard tables are the index here: what a record claims to lean on is looked up by its id and read from its own
record, so that nothing but a few recent orders is kept. Every complaint is an orphan; a true journal has none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Connection, Select, bindparam, func, select

from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import Finished
from terminal.domain.ids import AccountId, ConfirmationId, InstrumentId, OrderId, StrategyId
from terminal.domain.orders.combined_order import whole_of
from terminal.domain.orders.confirmation import ConfirmationEvent, Stored, stored_hash
from terminal.domain.orders.order import Origin, Side
from terminal.domain.orders.reversal import Reversal
from terminal.domain.words.risk import Level, Verdict
from terminal.engine.records.chain import read_record
from terminal.engine.records.journal import Entry, Record
from terminal.store.locks import Locks
from terminal.store.pairs import Pairs, beyond_band
from terminal.store.schema import APPROVALS, CONFIRMATIONS, CONSUMPTIONS, FILLS, ORDERS, RECORDS

KEPT: Final = 4_096  # recent orders and confirmations

_ORDER: Final = (
    select(RECORDS.c.bytes)
    .join(ORDERS, ORDERS.c.position == RECORDS.c.position)
    .where(ORDERS.c.order_id == bindparam("id"))
)
_REQUEST: Final = (
    select(RECORDS.c.bytes)
    .join(CONFIRMATIONS, CONFIRMATIONS.c.position == RECORDS.c.position)
    .where(CONFIRMATIONS.c.confirmation == bindparam("id"))
)
_LIFE: Final = (
    select(APPROVALS.c.position, CONSUMPTIONS.c.position)
    .select_from(
        CONFIRMATIONS.outerjoin(APPROVALS, APPROVALS.c.confirmation == CONFIRMATIONS.c.confirmation).outerjoin(
            CONSUMPTIONS, CONSUMPTIONS.c.confirmation == CONFIRMATIONS.c.confirmation
        )
    )
    .where(CONFIRMATIONS.c.confirmation == bindparam("id"))
)
_OVERFILLED: Final = (
    select(ORDERS.c.order_id)
    .join(FILLS, FILLS.c.order_id == ORDERS.c.order_id)
    .group_by(ORDERS.c.order_id)
    .having(func.sum(FILLS.c.lots) > ORDERS.c.lots)
)
_UNUSED: Final = (
    select(CONSUMPTIONS.c.confirmation)
    .join(CONFIRMATIONS, CONFIRMATIONS.c.confirmation == CONSUMPTIONS.c.confirmation)
    .outerjoin(ORDERS, ORDERS.c.sole_use == CONSUMPTIONS.c.confirmation)
    .where(CONFIRMATIONS.c.for_order == 1, ORDERS.c.order_id.is_(None))
)
_Key = TypeVar("_Key")
_Kept = TypeVar("_Kept")

AboutOrder = (
    f.OrderSent
    | f.CancelWanted
    | f.OrderAccepted
    | f.OrderRejected
    | f.OrderCancelled
    | f.OrderExpired
    | f.OrderUnknown
    | f.OrderVoided
    | f.CancelRecorded
    | f.CancelRefused
)


class Orphans:
    """Judge what records lean on."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._orders: dict[OrderId, f.OrderRecorded | None] = {}
        self._stored: dict[ConfirmationId, Stored | None] = {}
        self._strategies: dict[tuple[AccountId, StrategyId], int] = {}  # the version of each one's settings now
        self._envelopes: set[ConfirmationId] = set()  # used by a strategy
        self._exercised: set[ConfirmationId] = set()  # used by a request to exercise
        self._held: dict[ConfirmationId, Counter[InstrumentId]] = {}  # net lots of each parent's children
        self._reversed: dict[ConfirmationId, Counter[bool]] = {}  # lots closed and opened under one approval
        self._locks = Locks()
        self._pairs = Pairs()

    def see(self, entry: Entry, record: Record) -> Iterable[str]:
        """Return what this record should lean on and does not."""
        fact = record.fact
        match fact:
            case f.OrderRecorded():
                _keep(self._orders, fact.order, fact)
                return self._judge_order(fact)
            case f.OrderFilled():
                return self._judge_fill(fact)
            case f.ConfirmationRequested():
                return self._judge_request(fact)
            case f.ConfirmationDecided():
                return self._judge_decision(fact)
            case f.StrategyStarted() | f.StrategyChanged():
                return self._judge_settings(fact)
            case f.StrategyMarked(mark=Finished() as mark):
                return self._judge_moved(fact.account, mark)
            case f.ExerciseRequested():
                return self._judge_exercise(fact)
            case _ if isinstance(fact, AboutOrder):
                order = self._order(fact.order)
                if order is None or order.terms.account != fact.account:
                    return (f"{record.kind} 所指的订单 {fact.order} 没有记录",)
                return ()
            case _:
                return self._locks.see(fact)

    def conclude(self) -> Iterable[str]:
        """Return what the whole lacks."""
        ask = self._connection.execute
        for order in ask(_OVERFILLED).scalars():
            yield f"订单 {order} 的成交手数超过报单手数"
        yield from self._pairs.conclude()
        for confirmation in ask(_UNUSED).scalars():
            yield f"复核 {confirmation} 已被使用，却没有订单引用它"
        consumed = select(CONSUMPTIONS.c.confirmation).join(
            CONFIRMATIONS, CONFIRMATIONS.c.confirmation == CONSUMPTIONS.c.confirmation
        )
        for confirmation in ask(consumed.where(CONFIRMATIONS.c.for_order == 0)).scalars():
            given = self._stored_of(ConfirmationId(confirmation))
            if given is not None and given.envelope is not None and confirmation not in self._envelopes:
                yield f"复核 {confirmation} 已被使用，却没有策略以它启动或修改"
            if given is not None and given.exercise is not None and confirmation not in self._exercised:
                yield f"复核 {confirmation} 已被使用，却没有行权申请引用它"

    # --- requests to exercise ----------------------------------------------------------------------------------------

    def _judge_exercise(self, fact: f.ExerciseRequested) -> Iterable[str]:
        if fact.confirmation is None:
            return
        yield from self._judge_approval(fact.confirmation)
        given = self._stored_of(fact.confirmation)
        if given is not None and (given.exercise is None or given.exercise.wish != fact.wish):
            yield f"行权申请 {fact.request} 与复核 {fact.confirmation} 所批准的内容不同"
        if fact.confirmation in self._exercised:
            yield f"复核 {fact.confirmation} 被用于两笔行权申请"
        self._exercised.add(fact.confirmation)

    # --- strategies --------------------------------------------------------------------------------------------------

    def _judge_settings(self, fact: f.StrategyStarted | f.StrategyChanged) -> Iterable[str]:
        key = (fact.account, fact.strategy)
        before = self._strategies.get(key)
        self._strategies[key] = fact.version
        if isinstance(fact, f.StrategyChanged) and before != fact.version - 1:
            yield f"策略 {fact.strategy} 由第 {before} 版跳到第 {fact.version} 版"
        if fact.envelope is None:
            return
        self._envelopes.add(fact.envelope)
        yield from self._judge_approval(fact.envelope)
        given = self._stored_of(fact.envelope)
        # What is cited is read and was given: to start, a parent's envelope alone will do; a change is these settings.
        loosely = (None, fact.settings) if isinstance(fact, f.StrategyStarted) else (fact.settings,)
        if given is not None and given.settings not in loosely:
            yield f"策略 {fact.strategy} 的参数与复核 {fact.envelope} 所批准的不同"

    def _judge_moved(self, account: AccountId, mark: Finished) -> Iterable[str]:
        # A roll gives what it took along its next version, and needs nobody's approval for it.
        for moved in mark.moved:
            before = self._strategies.get((account, moved.strategy))
            self._strategies[account, moved.strategy] = moved.version
            if before != moved.version - 1:
                yield f"策略 {moved.strategy} 由第 {before} 版跳到第 {moved.version} 版"

    # --- orders ------------------------------------------------------------------------------------------------------

    def _judge_order(self, order: f.OrderRecorded) -> list[str]:
        cause, what = order.cause, []
        if cause.origin is Origin.STRATEGY:
            version = None if cause.strategy is None else self._strategies.get((order.terms.account, cause.strategy))
            if version is None or cause.parameter_version is None:
                what.append(f"订单 {order.order} 没有原因：策略 {cause.strategy} 未启动或没有参数版本")
            elif version != cause.parameter_version:
                what.append(f"订单 {order.order} 说的是第 {cause.parameter_version} 版参数，当时是第 {version} 版")
        elif not cause.person or not cause.device or cause.origin is not Origin.MANUAL:
            what.append(f"订单 {order.order} 没有原因：不知是谁、在哪台设备上下的单")
        worst = max((finding.verdict for finding in order.findings), default=Verdict.ALLOW)
        if worst >= Verdict.LOCK:
            what.append(f"订单 {order.order} 的风控结论是 {worst.name}，却记录为订单")
        is_opening = order.terms.is_opening
        level = self._locks.level(order) if is_opening else Level.NORMAL
        if is_opening and (level is Level.RED or self._locks.is_killed(order)):
            what.append(f"开仓单 {order.order} 在红色或一键停止之后记录")
        if is_opening and self._locks.is_behind_barrier(order):
            what.append(f"开仓单 {order.order} 在断线后的对账屏障通过之前记录")
        if self._locks.is_anothers(order):
            what.append(f"手工单 {order.order} 来自没有接管账户的人或设备")
        if order.leg is not None:
            what.extend(self._pairs.judge_leg(order, order.leg, self._order(order.leg.other)))
        if order.confirmation is not None:
            what.extend(self._judge_approval(order.confirmation))
            what.extend(self._judge_terms(order, order.confirmation))
        elif worst is Verdict.CONFIRM2 or level is Level.ORANGE:
            what.append(f"订单 {order.order} 须经复核，却没有引用复核")
        return what

    def _judge_approval(self, confirmation: ConfirmationId) -> Iterable[str]:
        life = self._connection.execute(_LIFE, {"id": confirmation}).one_or_none()
        if life is None:
            return (f"引用的复核 {confirmation} 没有申请",)
        if life[0] is None:
            return (f"引用的复核 {confirmation} 没有被批准",)
        return () if life[1] is not None else (f"引用的复核 {confirmation} 没有使用记录",)

    def _judge_terms(self, order: f.OrderRecorded, confirmation: ConfirmationId) -> Iterable[str]:
        given = self._stored_of(confirmation)
        if given is None:
            return
        terms, envelope = order.terms, given.envelope
        if given.terms is not None and given.terms != (terms if order.leg is None else whole_of(terms, order.leg)):
            yield f"订单 {order.order} 与复核 {confirmation} 所批准的内容不同"
        if given.reversal is not None:
            yield from self._judge_reversal(order, confirmation, given.reversal)
        if envelope is None or not terms.is_opening:
            return  # an envelope bounds what is built up; closing is never held back
        if terms.lots > envelope.largest_child_lots:
            yield f"子单 {order.order} 为 {terms.lots} 手，复核 {confirmation} 只许 {envelope.largest_child_lots} 手"
        if order.leg is not None:
            beyond = beyond_band(order, envelope)
            if beyond is not None:
                yield beyond
            return
        lowest = envelope.lowest_price.get(terms.instrument, terms.price)
        highest = envelope.highest_price.get(terms.instrument, terms.price)
        if not lowest <= terms.price <= highest:
            yield f"子单 {order.order} 的价格 {terms.price} 不在复核 {confirmation} 的 {lowest} 至 {highest} 之内"

    def _judge_reversal(self, order: f.OrderRecorded, confirmation: ConfirmationId, given: Reversal) -> Iterable[str]:
        # Of what was approved an order is a piece: another offset, fewer lots, and everything else as it was.
        terms = msgspec.structs.replace(order.terms, offset=given.terms.offset, lots=given.terms.lots)
        sent = self._reversed.setdefault(confirmation, Counter())
        sent[order.terms.is_opening] += order.terms.lots
        if terms != given.terms or sent[order.terms.is_opening] > given.terms.lots:
            yield f"订单 {order.order} 与复核 {confirmation} 所批准的内容不同"

    def _judge_fill(self, fill: f.OrderFilled) -> Iterable[str]:
        order = self._order(fill.order)
        if order is None:
            return (f"成交 {fill.trade} 所指的订单 {fill.order} 没有记录",)
        terms = order.terms
        if (terms.account, terms.instrument, terms.side) != (fill.account, fill.instrument, fill.side):
            return (f"成交 {fill.trade} 与订单 {fill.order} 的账户、合约或方向不同",)
        held = self._judge_held(order, fill)
        if held is not None:
            return (held,)
        beyond = fill.price > terms.price if fill.side is Side.BUY else fill.price < terms.price
        if beyond:
            return (f"成交 {fill.trade} 的价格 {fill.price} 劣于订单限价 {terms.price}",)
        return () if order.leg is None else self._pairs.judge_fill(order, order.leg, fill)

    def _judge_held(self, order: f.OrderRecorded, fill: f.OrderFilled) -> str | None:
        # What a parent holds at once is bounded by its envelope; what it has traded in all its rounds is not.
        given = None if order.confirmation is None else self._stored_of(order.confirmation)
        if order.confirmation is None or given is None or given.envelope is None:
            return None
        held = self._held.setdefault(order.confirmation, Counter())
        held[fill.instrument] += fill.side.sign * fill.lots
        lots = sum(abs(net) for net in held.values())
        if not order.terms.is_opening or lots <= given.envelope.total_lots:
            return None
        return f"复核 {order.confirmation} 批准 {given.envelope.total_lots} 手，其子单持有 {lots} 手"

    # --- approvals ---------------------------------------------------------------------------------------------------

    def _judge_request(self, fact: f.ConfirmationRequested) -> Iterable[str]:
        asked = fact.confirmation
        given = _stored_in(asked.stored)
        _keep(self._stored, asked.confirmation, given)
        if stored_hash(asked.stored) != asked.order_hash:
            return (f"复核 {asked.confirmation} 的哈希不是它所存内容的哈希",)
        if given is None or given.maker != asked.maker or given.account != asked.account:
            return (f"复核 {asked.confirmation} 所存的内容读不出来，或制单人、账户不同",)
        return ()

    def _judge_decision(self, fact: f.ConfirmationDecided) -> Iterable[str]:
        data = self._connection.execute(_REQUEST, {"id": fact.confirmation}).scalar_one_or_none()
        if data is None:
            return (f"复核 {fact.confirmation} 没有申请，却有 {fact.decision}",)
        record = read_record(data)
        if fact.decision is ConfirmationEvent.APPROVE and isinstance(record, Record):
            asked = record.fact
            if isinstance(asked, f.ConfirmationRequested) and asked.confirmation.maker == fact.person:
                return (f"复核 {fact.confirmation} 由制单人自己批准",)
        return self._judge_approval(fact.confirmation) if fact.decision is ConfirmationEvent.CONSUME else ()

    # --- looking up --------------------------------------------------------------------------------------------------

    def _order(self, order: OrderId) -> f.OrderRecorded | None:
        if order not in self._orders:
            fact = self._fact(_ORDER, order)
            _keep(self._orders, order, fact if isinstance(fact, f.OrderRecorded) else None)
        return self._orders[order]

    def _stored_of(self, confirmation: ConfirmationId) -> Stored | None:
        if confirmation not in self._stored:
            fact = self._fact(_REQUEST, confirmation)
            stored = _stored_in(fact.confirmation.stored) if isinstance(fact, f.ConfirmationRequested) else None
            _keep(self._stored, confirmation, stored)
        return self._stored[confirmation]

    def _fact(self, question: Select[Any], name: str) -> f.Fact | None:
        data = self._connection.execute(question, {"id": name}).scalar_one_or_none()
        record = None if data is None else read_record(data)
        return record.fact if isinstance(record, Record) else None


def _stored_in(text: str) -> Stored | None:
    try:
        return msgspec.json.decode(text, type=Stored)
    except msgspec.DecodeError:
        return None


def _keep(kept: dict[_Key, _Kept], key: _Key, value: _Kept) -> None:
    kept[key] = value
    if len(kept) > KEPT:
        del kept[next(iter(kept))]
