"""What a disturbed link does, fault by fault, and what it never does."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.errors import UserError
from terminal.domain.ids import WireKey
from terminal.domain.market import Batch
from terminal.domain.orders.order import Side
from terminal.domain.reports import Accepted, LinkDown, LinkUp, QueryAnswer, Rejected, Removed, Report, Traded
from terminal.engine.ports import WireCancel, WireOrder
from terminal.gateways.sim.faults import FaultPlan, FaultyGateway
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.wire.local import LocalGateway
from tests.unit.gateways.sim.drive import drive, orders_at, run
from tests.unit.gateways.sim.made import (
    ME,
    MORNING,
    NEXT_NIGHT,
    OTHER,
    RB,
    MadeMarket,
    batch,
    host,
    order,
    random_market,
)


def steady_market(count: int = 8, step: int = SECOND_NS) -> MadeMarket:
    return MadeMarket([batch(i, MORNING + i * step, {RB: (3699, 5, 3700, 5)}) for i in range(count)])


class Link:
    """Hold a disturbed link to a made market, logged in and past the first batch."""

    def __init__(self, plan: FaultPlan, market: MadeMarket | None = None) -> None:
        self.host: Host = host(market or steady_market())
        self.gateway = FaultyGateway(LocalGateway(self.host), plan, random.Random(1))
        run(self.gateway.connect(from_batch=0))
        assert [type(item) for item in self.take(2)] == [LinkUp, Batch]

    def take(self, count: int) -> list[Batch | Report | None]:
        return [run(self.gateway.next()) for _ in range(count)]

    def kinds(self, count: int) -> list[type]:
        return [type(item) for item in self.take(count)]

    def submit(self, wire: WireOrder) -> None:
        run(self.gateway.submit(wire))

    def answer(self) -> QueryAnswer:
        run(self.gateway.query(ME, 1))
        while not isinstance(item := self.take(1)[0], QueryAnswer):
            assert item is not None
        return item


def test_without_faults_nothing_is_changed() -> None:
    market = random_market(4, 300)
    disturbed = FaultyGateway(LocalGateway(host(market)), FaultPlan(), random.Random(1))
    assert run(drive(disturbed)) == run(drive(LocalGateway(host(market))))


def test_a_cut_before_sending_loses_the_order_and_the_link() -> None:
    link = Link(FaultPlan(cut_before_send=1.0))
    link.submit(order("a", Side.BUY, 1, 3700))
    assert link.kinds(1) == [LinkDown]
    with pytest.raises(ConnectionError):
        link.take(1)
    assert link.host._exchange.answer(ME) == ((), (), ())


def test_a_cut_after_sending_loses_the_answers_until_the_next_login() -> None:
    link = Link(FaultPlan(cut_after_send=1.0))
    link.submit(order("a", Side.BUY, 1, 3700))
    link.submit(order("b", Side.BUY, 1, 3700))  # written to a dead link
    assert link.kinds(1) == [LinkDown]
    run(link.gateway.connect(from_batch=1))
    assert link.kinds(4) == [LinkUp, Accepted, Traded, Batch]
    assert len(link.host._exchange.answer(ME)[0]) == 1


def test_a_lost_private_stream_leaves_the_query() -> None:
    link = Link(FaultPlan(cut_after_send=1.0, stream_lost=1.0))
    link.submit(order("a", Side.BUY, 1, 3700))
    link.take(1)
    run(link.gateway.connect(from_batch=1))
    assert link.kinds(1) == [LinkUp]
    answer = link.answer()
    assert [there.filled for there in answer.orders] == [1]
    assert answer.reports_before == 0


def test_the_private_stream_of_another_trading_day_is_never_lost() -> None:
    market = MadeMarket([batch(i, at, {RB: (3699, 5, 3700, 5)}) for i, at in enumerate((MORNING, NEXT_NIGHT))])
    link = Link(FaultPlan(stream_lost=1.0), market)
    link.submit(order("a", Side.BUY, 1, 3690))
    assert link.kinds(3) == [Accepted, Removed, Batch]
    run(link.gateway.connect(from_batch=1))
    assert link.kinds(4) == [LinkUp, Accepted, Removed, Batch]


def test_a_lost_ack_loses_only_the_ack() -> None:
    link = Link(FaultPlan(lost_ack=1.0))
    link.submit(order("a", Side.BUY, 1, 3700))
    assert link.kinds(2) == [Traded, Batch]
    assert link.answer().reports_before == 1


def test_a_lost_rejection_is_in_the_query() -> None:
    link = Link(FaultPlan(lost_reject=1.0))
    link.submit(order("a", Side.BUY, 0, 3700))
    answer = link.answer()
    assert [(there.state, there.code) for there in answer.orders] == [("REJECTED", "BAD_VOLUME")]


def test_duplicates_are_counted_as_told() -> None:
    link = Link(FaultPlan(duplicate=1.0))
    link.submit(order("a", Side.BUY, 1, 3700))
    assert link.kinds(4) == [Accepted, Accepted, Traded, Traded]
    assert link.answer().reports_before == 4


def test_a_fill_may_be_told_before_its_order() -> None:
    class Once(random.Random):
        def random(self) -> float:
            self.calls = getattr(self, "calls", 0) + 1
            return 0.0 if self.calls == 1 else 1.0

    link = Link(FaultPlan(reorder=0.5))
    link.gateway._chance = Once()
    link.submit(order("a", Side.BUY, 1, 3700))
    assert link.kinds(3) == [Traded, Accepted, Batch]


def test_a_delayed_report_is_still_under_way_when_a_query_is_answered() -> None:
    link = Link(FaultPlan(delay=1.0, delay_ns=3 * SECOND_NS))
    link.submit(order("a", Side.BUY, 1, 3700))
    assert link.answer().reports_before == 2
    seen = [item for item in link.take(8) if not isinstance(item, Batch)]
    assert [type(item) for item in seen] == [Accepted, Traded]


def test_a_delayed_report_survives_a_cut() -> None:
    link = Link(FaultPlan(delay=1.0, delay_ns=3 * SECOND_NS))
    link.submit(order("a", Side.BUY, 1, 3700))
    link.take(1)
    link.gateway._plan = FaultPlan(cut_before_send=1.0)
    link.submit(order("b", Side.BUY, 1, 3700))
    assert link.kinds(1) == [LinkDown]
    run(link.gateway.connect(from_batch=1))
    told = link.take(12)
    assert sum(isinstance(item, Traded) for item in told) == 2, "once by the login, once by the bytes on the way"
    assert link.answer().reports_before == sum(isinstance(item, (Accepted, Traded)) for item in told)


def test_a_late_order_arrives_in_another_session() -> None:
    link = Link(FaultPlan(late_order=1.0, late_order_ns=1))
    link.submit(order("zombie", Side.BUY, 1, 3700))
    run(link.gateway.connect(from_batch=1))
    assert link.kinds(4) == [LinkUp, Batch, Accepted, Traded]


def test_a_late_order_does_not_outlive_a_jump_of_the_market() -> None:
    market = MadeMarket([batch(i, at, {RB: (3699, 5, 3700, 5)}) for i, at in enumerate((MORNING, NEXT_NIGHT))])
    link = Link(FaultPlan(late_order=1.0), market)
    link.submit(order("zombie", Side.BUY, 1, 3700))
    assert link.kinds(2) == [Batch, type(None)]


def test_a_late_cancel_races_with_the_fill() -> None:
    market = MadeMarket([batch(0, MORNING, {RB: (3699, 5, 3701, 5)}), batch(1, MORNING + 1, {RB: (3699, 5, 3700, 1)})])
    link = Link(FaultPlan(late_cancel=1.0), market)
    link.submit(order("a", Side.BUY, 2, 3700))
    run(link.gateway.cancel(WireCancel(account=ME, wire_key=WireKey("a"))))
    assert link.kinds(5) == [Accepted, Batch, Traded, Removed, type(None)]


def test_a_query_page_may_be_repeated_and_a_whole_answer_too() -> None:
    link = Link(FaultPlan(repeated_page=1.0, answered_twice=1.0))
    link.submit(order("a", Side.BUY, 1, 3700))
    answer = link.answer()
    assert [there.wire_key for there in answer.orders] == ["a", "a"]
    assert link.take(1) == [answer]


def test_a_login_may_fail() -> None:
    link = Link(FaultPlan())
    link.gateway._plan = FaultPlan(connect_fails=1.0)
    with pytest.raises(ConnectionError):
        run(link.gateway.connect(from_batch=1))


@pytest.mark.parametrize("wrong", [{"cut": 1.5}, {"cut": -0.1}, {"delay_ns": -1}])
def test_a_plan_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="故障计划"):
        FaultPlan(**wrong)


WILD = FaultPlan(
    cut=0.01,
    connect_fails=0.3,
    cut_before_send=0.03,
    cut_after_send=0.03,
    late_order=0.05,
    late_cancel=0.2,
    lost_ack=0.05,
    lost_reject=0.05,
    duplicate=0.1,
    reorder=0.2,
    delay=0.1,
    stream_lost=0.3,
    repeated_page=0.3,
    answered_twice=0.3,
)


async def wild(seed: int) -> tuple[list[Batch | Report], FaultyGateway, Host]:
    made = host(random_market(seed, 400))
    gateway = FaultyGateway(LocalGateway(made), WILD, random.Random(seed))
    told: list[Batch | Report] = []
    cursor, linked, queries, asked = 0, False, 0, set[int]()
    while True:
        if not linked:
            try:
                await gateway.connect(from_batch=cursor)
            except ConnectionError:
                continue
            linked = True
        item = await gateway.next()
        if item is None:
            break
        told.append(item)
        if isinstance(item, LinkDown):
            linked = False
        elif isinstance(item, LinkUp) or (isinstance(item, Batch) and item.index % 40 == 0):
            queries += 1
            await gateway.query(ME, 2 * queries)
            await gateway.query(OTHER, 2 * queries + 1)
        if isinstance(item, Batch):
            assert item.index <= cursor, "no batch is skipped"
            fresh = item.index == cursor
            cursor = max(cursor, item.index + 1)
            for wire in orders_at(item.index) if fresh and item.index not in asked else ():
                asked.add(item.index)
                await (gateway.submit(wire) if isinstance(wire, WireOrder) else gateway.cancel(wire))
    for account in (ME, OTHER):
        await gateway.query(account, 0)
        while not isinstance(item := await gateway.next(), QueryAnswer):
            assert item is not None
            told.append(item)
        told.append(item)
    return told, gateway, made


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_whatever_happens_every_trade_is_heard_of_and_none_is_invented(seed: int) -> None:
    told, gateway, made = run(wild(seed))
    there = {
        (trade.exchange, trade.trade, trade.side): trade
        for account in (ME, OTHER)
        for trade in made._exchange.answer(account)[1]
    }
    heard = {(item.exchange, item.trade, item.side): item for item in told if isinstance(item, Traded)}
    for item in told:
        if isinstance(item, QueryAnswer):
            heard |= {(trade.exchange, trade.trade, trade.side): trade for trade in item.trades}
    assert heard == there
    rejected = {item.wire_key for item in told if isinstance(item, Rejected)}
    states = {o.wire_key: o.state for account in (ME, OTHER) for o in made._exchange.answer(account)[0]}
    assert all(states[key] == "REJECTED" for key in rejected)
    assert there
    assert gateway.counts


def test_the_same_seed_disturbs_the_same_way() -> None:
    def bytes_of(told: list[Batch | Report]) -> bytes:
        return msgspec.json.encode([item.index if isinstance(item, Batch) else item for item in told])

    first, gateway, _ = run(wild(7))
    second, _, _ = run(wild(7))
    assert bytes_of(first) == bytes_of(second)
    assert len(gateway.counts) > 8
