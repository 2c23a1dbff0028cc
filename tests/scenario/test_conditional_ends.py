"""What a conditional order let go and came to nothing is told: its holder believes the position closed (C13)."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState as S
from terminal.domain.orders.order import Offset, OrderState, Side, TimeCondition
from terminal.domain.reports import Rejected, Removed
from terminal.engine.books.conditional import ConditionalRow
from terminal.engine.conditional.release import FAILED
from terminal.shell.picture.conditionals import outcome
from tests.engine_market import terms
from tests.engine_world import CHECKER, COLLEAGUE, LIMITS, ONE, RB, TRADER, World
from tests.scenario.conftest import Begin
from tests.scenario.waiting_orders import BELOW, close, place, reaches, wanted


def alerts(world: World) -> list[AlertRaised]:
    return [one for one in world.facts(AlertRaised) if one.code == FAILED]


def stop(world: World, lots: int = 2, **options: object) -> ConditionalRow:
    return place(world, wanted(reaches(3690, BELOW), msgspec.structs.replace(close(lots), **options)))


@pytest.mark.parametrize("lost", [True, False])
def test_a_stop_that_never_arrived_or_was_rejected_is_told_of_once(begin: Begin, lost: bool) -> None:
    world = begin()
    world.buy(2, 3701)
    row = stop(world)
    world.wire.lose_orders, world.wire.hold_orders = lost, not lost
    world.show({RB: (3690, 3691)})
    world.wire.lose_orders = False
    assert "已报单" in outcome(world.account, row)
    if lost:
        world.cut()
    else:
        world.tell(Rejected(account=ONE, wire_key=world.wire.sent[-1].wire_key, code="X", text="资金冻结"))
    world.wait(60)
    (told,) = alerts(world)
    assert (told.person, told.instrument, row.conditional in told.sentence) == (None, RB, True)
    state = world.account.orders[row.orders[0]].state
    assert (state, world.net()) == (OrderState.VOID if lost else OrderState.REJECTED, 2)
    assert ("没有报出" if lost else "报出后被交易所拒绝，成交 0 手（资金冻结）") in outcome(world.account, row)
    world.sound = lost  # the order the test refused is still on its way


def test_the_rest_of_a_stop_that_may_not_rest_is_told_of(begin: Begin) -> None:
    world = begin()
    world.buy(20, 3701)
    row = stop(world, 20, price=d.AtOpposite(), time_condition=TimeCondition.FAK)
    world.show({RB: (3690, 3691)}, lots=1)
    (told,) = alerts(world)
    assert "19 手没有成交" in told.sentence
    assert "报出后已撤，成交 1 手" in outcome(world.account, row)


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_stop_that_a_person_cancelled_or_that_filled_is_not_told_of(begin: Begin, by_hand: bool) -> None:
    world = begin()
    world.buy(2, 3701)
    row = stop(world, price=d.AtOpposite(ticks=-1))
    world.show({RB: (3690, 3691)})
    if by_hand:
        assert world.do(TRADER, c.CancelOrder(account=ONE, order=row.orders[0])).ok
    world.show({RB: (3692, 3693)})
    assert world.account.orders[row.orders[0]].state is (OrderState.CANCELLED if by_hand else OrderState.FILLED)
    assert alerts(world) == []


def asked_for_closes(begin: Begin) -> World:
    """Return a world with six long lots of which a close needs a second person."""
    world = begin(limits=msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(100_000)))
    for _ in range(3):
        world.buy(2, 3701)
        world.wait(3)
    return world


def test_a_parked_stop_that_is_stale_at_its_approval_is_told_of(begin: Begin) -> None:
    world = asked_for_closes(begin)
    row = stop(world, 6)
    world.show({RB: (3690, 3691)})
    assert world.do(TRADER, c.ClosePosition(account=ONE, terms=terms(Side.SELL, 1, 3690, offset=Offset.CLOSE))).ok
    world.wait(3)
    assert world.decide(CHECKER, world.parked).code == "STALE"
    (told,) = alerts(world)
    assert row.confirmations[0] in told.sentence


def test_a_triggered_stop_is_the_new_holders_too_and_can_be_approved(begin: Begin) -> None:
    world = asked_for_closes(begin)
    assert world.do(TRADER, c.ClosePosition(account=ONE, terms=terms(Side.SELL, 2, 3720, offset=Offset.CLOSE))).ok
    row = stop(world, 6, when_short=d.WhenShort.CANCEL_FIRST)
    world.wire.hold = (Removed,)
    world.show({RB: (3690, 3691)})
    assert row.state is S.TRIGGERED
    assert world.do(COLLEAGUE, c.TakeAccount(account=ONE)).ok
    assert (row.person, row.state) == (COLLEAGUE, S.TRIGGERED)
    world.tell_held()
    world.wait(2)
    assert world.parked.confirmation.maker == COLLEAGUE
    assert world.decide(CHECKER, world.parked).ok
    assert world.net() == 0
