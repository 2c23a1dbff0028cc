"""A spread whose closing order on its combination would meet an own one: one refusal, a wait, and off it goes (C14)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRecorded, OrderRefused, StrategyMarked
from terminal.domain.fact.way_marks import WayBarred
from terminal.domain.ids import InstrumentId, OrderId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.route import SpreadRoute
from tests.engine_market import FAR_ORE, ORE_SPREAD
from tests.engine_world import ONE, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.combining import nets, ore, ore_settings, show, start
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, alerts

RISEN, FALLEN = ("862", "862.5"), ("815", "815.5")  # closing gives 61.5, and 14.5


def bought(begin: Begin, route: SpreadRoute = SpreadRoute.COMBINATION) -> World:
    """Hold three sets, to be sold at 60 or, to stop, at 20."""
    world = ore(begin)
    assert start(world, replace(ore_settings(route), long_stop=Decimal(20))).ok
    for _ in range(3):
        show(world)
    assert nets(world) == (3, -3)
    return world


def placed(world: World, side: Side, price: str, instrument: InstrumentId = I) -> OrderId:
    done = world.order(side, 2, price, instrument=instrument)
    assert done.ok, done.sentence
    return OrderId(done.sentence.rpartition(" ")[2])


def waits(world: World) -> list[WayBarred]:
    return [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, WayBarred)]


def for_seconds(world: World, near: tuple[str, str], seconds: int) -> None:
    for _ in range(seconds):
        show(world, near=near)


def test_a_closing_combination_waits_for_an_own_order_with_one_refusal_and_goes_once_it_is_gone(begin: Begin) -> None:
    # Given a spread that may be sold at its price, and a person's bid that the near leg could reach
    world = bought(begin)
    show(world, near=("858", "858.5"))
    bid = placed(world, Side.BUY, "858")
    # When its price stays there for minutes
    for_seconds(world, RISEN, 200)
    # Then the gate was asked once, the wait is stated once, and the card says whose order it waits for.
    assert nets(world) == (3, -3)
    assert len(world.facts(OrderRefused)) == 1
    (told,) = waits(world)
    assert f"的委托 {bid}（买开 2 手 @ 858）" in told.why
    assert len(alerts(world, "COMBINATION_BARRED")) == 1
    desk = Desk(world)
    desk.look()
    assert f"的委托 {bid}（买开 2 手 @ 858）让开" in desk.strategies[SPREAD].sentence
    # When it is taken back, then both legs are closed as one, and the wait is stated to be over.
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=bid)).ok
    for_seconds(world, RISEN, 3)
    assert nets(world) == (0, 0)
    assert world.wire.sent[-1].terms.instrument == ORE_SPREAD
    assert [one.why for one in waits(world)][1:] == [""]
    assert len(world.facts(OrderRefused)) == 1


def test_it_goes_past_the_own_order_too_once_no_leg_can_reach_it(begin: Begin) -> None:
    world = bought(begin)
    show(world, near=("858", "858.5"))
    placed(world, Side.BUY, "858")
    for_seconds(world, RISEN, 20)
    assert nets(world) == (3, -3)
    # When near is bid so high that even with the margin its leg sells above the bid
    for_seconds(world, ("868", "868.5"), 3)
    assert nets(world) == (0, 0)
    assert world.wire.sent[-1].terms.instrument == ORE_SPREAD
    assert len(world.facts(OrderRefused)) == 1


@pytest.mark.parametrize("route", [SpreadRoute.COMBINATION, SpreadRoute.CHEAPER])
def test_at_its_stop_what_waits_goes_leg_after_leg(begin: Begin, route: SpreadRoute) -> None:
    # Given a person's offer of the far month beyond what the legs trade at one by one
    world = bought(begin, route)
    placed(world, Side.SELL, "804", FAR_ORE)
    if route is SpreadRoute.COMBINATION:  # the other one goes leg after leg at once
        for_seconds(world, RISEN, 30)
        assert nets(world) == (3, -3)
    # When the spread falls to its stop
    sent, refused = len(world.wire.sent), len(world.facts(OrderRefused))
    for_seconds(world, FALLEN, 30)
    # Then it is closed, one leg after the other, and the gate was asked no more.
    assert nets(world) == (0, 0)
    assert world.account.strategies[SPREAD].status is StrategyStatus.FINISHED
    assert {one.terms.instrument for one in world.wire.sent[sent:]} == {I, FAR_ORE}
    assert len(world.facts(OrderRefused)) == refused


def test_what_takes_the_cheaper_way_closes_leg_after_leg_unasked_each_time(begin: Begin) -> None:
    world = bought(begin, SpreadRoute.CHEAPER)
    placed(world, Side.SELL, "804", FAR_ORE)
    for _ in range(2):
        # When it is sold, and bought back
        for_seconds(world, RISEN, 90)
        assert nets(world) == (-3, 3)
        for_seconds(world, ("830", "830.5"), 90)
        assert nets(world) == (3, -3)
    # Then the order that stands there has cost no refusal.
    assert world.facts(OrderRefused) == []
    closes = [one for one in world.facts(OrderRecorded) if one.terms.instrument == FAR_ORE and not one.terms.is_opening]
    assert any("会与自己的未了委托自成交" in one.cause.reason for one in closes)
