from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain.facts import CancelRecorded, OrderRecorded
from terminal.domain.order import Cause, Offset, OrderState, OrderTerms, Origin, Side
from terminal.domain.risk_words import Level, Scope
from terminal.domain.settings import Limits
from terminal.engine.journal import Actor, Record
from terminal.engine.ports import WireCancel, WireOrder
from terminal.engine.state import AccountState, LevelRow, OrderRow, State
from terminal.simulation.locks import Locks
from terminal.simulation.wire import Kept, Wire

SECOND = 1_000_000_000
TERMS = OrderTerms(
    account="A", instrument="DCE.i2509", side=Side.BUY, offset=Offset.OPEN, lots=2, price=Decimal("800.0")
)
CAUSE = Cause(origin=Origin.STRATEGY, person="p", device="d", strategy="s")


class World:
    def __init__(self):
        self.faults = []
        self.kept = Kept()
        self.wire = Wire(self.kept, self.faults.append)
        self.state = State()
        self.account = self.state.accounts["A"] = AccountState("A", "a", "1", Decimal(0), 20250310)
        self.account.barrier.passed = self.account.linked = True
        self.account.limits = Limits(position_lots=10)

    def intend(self, key="k", terms=TERMS, *, durable=True):
        row = OrderRow(
            order=f"o-{key}", wire_key=key, reference=1, terms=terms, cause=CAUSE, trading_day=20250310, recorded_at=0
        )
        self.account.orders[row.order] = self.account.live[row.order] = row
        self.account.by_wire[key] = row.order
        if durable:
            self.keep(
                OrderRecorded(
                    order=row.order, wire_key=key, reference=1, terms=terms, cause=CAUSE, trading_day=20250310
                )
            )
        return row

    def keep(self, fact):
        self.kept.take(
            [
                Record(
                    tenant="T", stream="account:A", epoch=1, seq=1, utc=0, kind="", cause="", actor=Actor("p", "d"),
                    fact=fact,
                )
            ]
        )  # fmt: skip

    def send(self, key="k", terms=TERMS):
        self.wire.judge_order(WireOrder(account="A", wire_key=key, terms=terms), self.state)
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
        (lambda account: account.kills.update(account=Scope()), "I21"),
        (lambda account: account.kills.update(s=Scope(strategy="s")), "I21"),
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
    close = replace(TERMS, offset=Offset.CLOSE)
    world.intend("c", close)
    assert world.send("c", close) == []


def test_a_lock_of_something_else_binds_nothing(world):
    world.intend()
    world.account.kills["x"] = Scope(strategy="other")
    world.account.levels["x"] = LevelRow(scope=Scope(instrument="DCE.i2601"), signal="x", level=Level.RED)
    assert world.send() == []


@pytest.mark.parametrize(("price", "meets"), [("799.5", True), ("800.0", True), ("800.5", False)])
def test_an_order_that_could_meet_an_own_one_is_blamed_whatever_its_state(world, price, meets):
    other = world.intend("o", replace(TERMS, side=Side.SELL, price=Decimal(price)))
    other.state = OrderState.UNKNOWN
    world.intend()
    assert [fault[:3] for fault in world.send()] == ["C14"] * meets


def test_the_ninth_message_of_a_second_is_blamed(world):
    for number in range(8):
        close = replace(TERMS, offset=Offset.CLOSE)
        world.intend(f"c{number}", close)
        world.send(f"c{number}", close)
    world.intend()
    assert [fault[:2] for fault in world.send()] == ["C8"]
    world.faults.clear()
    world.wire.at += SECOND
    world.intend("later")
    assert world.send("later") == []


def test_a_cancel_passes_once_for_each_time_it_was_recorded(world):
    row = world.intend()
    cancel = WireCancel(account="A", wire_key="k")
    world.keep(CancelRecorded(account="A", order=row.order, person="p", device="d", reason=""))
    world.wire.judge_cancel(cancel, world.state)
    assert world.faults == []
    world.wire.judge_cancel(cancel, world.state)
    assert world.faults[0].startswith("I1 ")


def test_a_cancel_of_another_number_than_the_orders_is_blamed(world):
    row = world.intend()
    row.exchange, row.sys_id = "DCE", "7"
    world.keep(CancelRecorded(account="A", order=row.order, person="p", device="d", reason=""))
    world.wire.judge_cancel(WireCancel(account="A", wire_key="k", exchange="DCE", sys_id="8"), world.state)
    assert world.faults[0].startswith("I2 ")


def test_an_order_nobody_cancels_under_a_kill_is_blamed_after_a_while_and_not_before(world):
    row = world.intend()
    row.state = OrderState.LIVE
    world.account.kills["account"] = Scope()
    locks = Locks()
    found = [list(locks.look(world.state, at * SECOND)) for at in range(1, 40)]
    assert found[10] == []
    assert found[-1] != []
    row.cancel_at = 1
    assert list(locks.look(world.state, 41 * SECOND)) == []


def test_a_jump_of_the_clock_and_a_dead_link_are_no_time_to_cancel_in(world):
    world.intend().state = OrderState.LIVE
    world.account.kills["account"] = Scope()
    locks = Locks()
    assert list(locks.look(world.state, 10**15)) == []
    assert list(locks.look(world.state, 10**18)) == []
    world.account.linked = False
    assert [fault for at in range(100) for fault in locks.look(world.state, 10**18 + at * SECOND)] == []
