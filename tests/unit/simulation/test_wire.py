from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain.fact.facts import CancelRecorded, Fact, OrderRecorded
from terminal.domain.ids import InstrumentId, StrategyId, WireKey
from terminal.domain.orders.combined_order import LegOf
from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.words.risk import Level, Scope
from terminal.engine.ports import WireCancel, WireOrder
from terminal.engine.standing import KillRow, LevelRow
from terminal.simulation.locks import Locks
from terminal.simulation.wire import Kept, Wire
from tests.unit.simulation.made import (
    CAUSE,
    DAY,
    DCE,
    DEVICE,
    KEY,
    ONE,
    OTHER_KEY,
    OTHER_STRATEGY,
    SECOND,
    STEEL,
    STRATEGY,
    TERMS,
    TRADER,
    A,
    one_account,
    record,
    row,
)

CLOSE = replace(TERMS, offset=Offset.CLOSE)


def pulled(strategy: StrategyId | None = None) -> KillRow:
    return KillRow(scope=Scope(strategy=strategy), person=TRADER, reason="x", at=1)


class World:
    def __init__(self):
        self.faults: list[str] = []
        self.kept = Kept()
        self.wire = Wire(self.kept, self.faults.append)
        self.state, self.account = one_account()
        self.account.limits = Limits(position_lots=10)

    def intend(self, key: WireKey = KEY, terms=TERMS, *, durable=True):
        order = row(key, terms)
        self.account.orders[order.order] = self.account.live[order.order] = order
        self.account.by_wire[key] = order.order
        if durable:
            self.keep(
                OrderRecorded(order=order.order, wire_key=key, reference=1, terms=terms, cause=CAUSE, trading_day=DAY)
            )
        return order

    def keep(self, fact: Fact):
        self.kept.take([record(fact)])

    def send(self, key: WireKey = KEY, terms=TERMS):
        self.wire.judge_order(WireOrder(account=A, wire_key=key, terms=terms), self.state)
        return self.faults

    def cancel(self, order, **number):
        self.wire.judge_cancel(WireCancel(account=A, wire_key=order.wire_key, **number), self.state)
        return self.faults


@pytest.fixture
def world():
    return World()


def test_a_recorded_order_passes(world):
    world.intend()
    assert world.send() == []


def test_an_order_that_is_not_durable_is_blamed(world):
    world.intend(durable=False)
    (fault,) = world.send()
    assert fault.startswith("I1 ")


def test_an_order_sent_twice_is_blamed(world):
    world.intend()
    world.send()
    (fault,) = world.send()
    assert fault.startswith("I4 ")


def test_an_order_with_other_terms_than_recorded_is_blamed(world):
    world.intend()
    (fault,) = world.send(terms=replace(TERMS, price=Decimal("800.5")))
    assert fault.startswith("I2 ")


@pytest.mark.parametrize(
    ("spoil", "invariant"),
    [
        (lambda account: setattr(account.barrier, "passed", False), "I7"),
        (lambda account: setattr(account, "limits", None), "I20"),
        (lambda account: account.kills.update(account=pulled()), "I21"),
        (lambda account: account.kills.update(s=pulled(STRATEGY)), "I21"),
        (lambda account: account.levels.update(x=LevelRow(scope=Scope(), signal="x", level=Level.RED)), "I21"),
        (lambda account: setattr(account, "limits", Limits(position_lots=1)), "I6"),
    ],
    ids=["no barrier", "no limits", "killed", "strategy killed", "red", "too much"],
)
def test_an_opening_order_that_must_not_pass_is_blamed_and_a_close_is_not(world, spoil, invariant):
    world.intend()
    spoil(world.account)
    (fault,) = world.send()
    assert fault.startswith(f"{invariant} ")
    world.faults.clear()
    world.intend(OTHER_KEY, CLOSE)
    assert world.send(OTHER_KEY, CLOSE) == []


def test_a_lock_of_something_else_binds_nothing(world):
    world.intend()
    world.account.kills["x"] = pulled(OTHER_STRATEGY)
    world.account.levels["x"] = LevelRow(scope=Scope(instrument=STEEL), signal="x", level=Level.RED)
    assert world.send() == []


@pytest.mark.parametrize(("price", "meets"), [("799.5", True), ("800.0", True), ("800.5", False)])
def test_an_order_that_could_meet_an_own_one_is_blamed_whatever_its_state(world, price, meets):
    other = world.intend(OTHER_KEY, replace(TERMS, side=Side.SELL, price=Decimal(price)))
    other.state = OrderState.UNKNOWN
    world.intend()
    assert [fault[:3] for fault in world.send()] == ["C14"] * meets


def test_a_close_may_pass_an_order_on_the_combination_of_its_contract_and_what_opens_may_not(world):
    leg = world.intend(OTHER_KEY, replace(TERMS, side=Side.SELL))
    leg.leg = LegOf(
        combination=InstrumentId("DCE.SP i2101&i2105"),
        number=1,
        side=Side.SELL,
        price=Decimal(30),
        other=leg.order,
        wire_key=OTHER_KEY,
    )
    world.intend()
    assert [fault[:3] for fault in world.send()] == ["C14"]
    world.faults.clear()
    key = WireKey("close")
    world.intend(key, CLOSE)
    assert world.send(key, CLOSE) == []


def test_the_ninth_message_of_a_second_is_blamed(world):
    for number in range(8):
        key = WireKey(f"close {number}")
        world.intend(key, CLOSE)
        world.send(key, CLOSE)
    world.intend()
    assert [fault[:2] for fault in world.send()] == ["C8"]
    world.faults.clear()
    world.wire.at += SECOND
    world.intend(OTHER_KEY)
    assert world.send(OTHER_KEY) == []


def test_a_cancel_passes_once_for_each_time_it_was_recorded(world):
    order = world.intend()
    world.keep(CancelRecorded(account=A, order=order.order, person=TRADER, device=DEVICE, reason=""))
    assert world.cancel(order) == []
    assert world.cancel(order)[0].startswith("I1 ")


def test_a_cancel_of_another_number_than_the_orders_is_blamed(world):
    order = world.intend()
    world.keep(CancelRecorded(account=A, order=order.order, person=TRADER, device=DEVICE, reason=""))
    assert world.cancel(order, exchange=DCE, sys_id=ONE)[0].startswith("I2 ")


def test_an_order_nobody_cancels_under_a_kill_is_blamed_after_a_while_and_not_before(world):
    order = world.intend()
    order.state = OrderState.LIVE
    world.account.kills["account"] = pulled()
    locks = Locks()
    found = [list(locks.look(world.state, at * SECOND)) for at in range(1, 40)]
    assert found[7] == []
    assert found[-1] != []
    order.cancel_at = 1
    assert list(locks.look(world.state, 41 * SECOND)) == []


def test_a_jump_of_the_clock_and_a_dead_link_are_no_time_to_cancel_in(world):
    world.intend().state = OrderState.LIVE
    world.account.kills["account"] = pulled()
    locks = Locks()
    assert list(locks.look(world.state, 10**15)) == []
    assert list(locks.look(world.state, 10**18)) == []
    world.account.linked = False
    assert [fault for at in range(100) for fault in locks.look(world.state, 10**18 + at * SECOND)] == []
