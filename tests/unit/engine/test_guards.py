from __future__ import annotations

import msgspec
import pytest

from terminal.domain.fact.facts import ConfirmationRequested
from terminal.domain.orders.confirmation import ConfirmationEvent, Envelope
from terminal.domain.orders.order import Side
from terminal.engine.records import guards as g
from tests.contract import journal_facts as make

ENVELOPE = Envelope(
    total_lots=1,
    total_value_yuan=make.terms().price,
    lowest_price={},
    highest_price={},
    largest_child_lots=1,
    ends_at=1,
)


def test_a_fill_claims_its_five_part_key_and_names_its_order() -> None:
    fact = make.filled(1, 11, lots=3, side=Side.SELL)
    wanted = g.FillGuard(fact.trading_day, fact.exchange, fact.trade, fact.sys_id, Side.SELL, fact.order, 3)
    assert g.guard_of(fact) == wanted


def test_an_order_claims_its_number_and_its_wire_key() -> None:
    fact = make.recorded(7, make.terms(lots=4), confirmation="k")
    assert g.guard_of(fact) == g.OrderGuard(fact.order, fact.wire_key, 4, fact.confirmation)


def test_a_command_claims_its_number() -> None:
    fact = make.done("c1", ok=False)
    assert g.guard_of(fact) == g.CommandGuard(fact.command)


def test_asking_approving_and_consuming_claim_three_different_things() -> None:
    asked, approved, used = make.requested("k"), make.approved("k"), make.consumed("k")
    name = asked.confirmation.confirmation
    assert g.guard_of(asked) == g.RequestGuard(name, make.MAKER, for_order=True)
    assert g.guard_of(approved) == g.ApprovalGuard(name, make.CHECKER)
    assert g.guard_of(used) == g.ConsumptionGuard(name)


@pytest.mark.parametrize(
    "event",
    [event for event in ConfirmationEvent if event not in {ConfirmationEvent.APPROVE, ConfirmationEvent.CONSUME}],
)
def test_other_decisions_claim_nothing(event: ConfirmationEvent) -> None:
    assert g.guard_of(make.decided("k", event, make.CHECKER)) is None


def test_an_approval_for_a_parent_may_be_cited_often_and_one_for_an_order_once() -> None:
    parent = g.guard_of(make.requested("p", envelope=ENVELOPE))
    order = g.guard_of(make.requested("o"))
    assert isinstance(parent, g.RequestGuard)
    assert isinstance(order, g.RequestGuard)
    assert (parent.for_order, order.for_order) == (False, True)


def test_an_object_nobody_can_read_is_taken_for_an_order() -> None:
    fact = make.requested("k")
    torn = msgspec.structs.replace(fact.confirmation, stored='{"terms": ')
    guard = g.guard_of(ConfirmationRequested(confirmation=torn, findings=()))
    assert isinstance(guard, g.RequestGuard)
    assert guard.for_order


def test_a_fact_that_may_come_often_claims_nothing() -> None:
    assert g.guard_of(make.sent(1)) is None
    assert g.guard_of(make.accepted(1)) is None
    assert g.guard_of(make.enrolled("x")) is None


def test_an_approval_is_taken_before_the_order_that_uses_it() -> None:
    # Rows of one turn are stored in this order, so that each finds what it refers to.
    place = {guard: number for number, guard in enumerate(g.GUARDS)}
    assert place[g.RequestGuard] < place[g.ApprovalGuard] < place[g.ConsumptionGuard] < place[g.OrderGuard]
    assert place[g.OrderGuard] < place[g.FillGuard]
