"""A spread at its stop closes no leg whose hedge an own order keeps out, and opens none again for one that waits."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRecorded, OrderRefused
from terminal.domain.fact.marks import Repair
from terminal.domain.orders.order import Side
from tests.engine_world import FAR, ONE, RB, TRADER, World
from tests.scenario.legs import SPREAD, alerts, spread_settings
from tests.scenario.test_spread_grid import begin
from tests.scenario.test_spread_grid_stop import holding, memory, show


def bought(world: World) -> int:
    return sum(one.terms.lots for one in world.facts(OrderRecorded) if one.terms.side is Side.BUY)


def test_the_stop_waits_for_an_own_order_that_would_keep_its_hedge_out_and_goes_when_it_is_gone(world: World) -> None:
    # Given a grid over a spread at its stop, and a person's own offer where its far leg is to be bought back
    holding(world)
    offer = world.sell(5, 3602, instrument=FAR)
    show(world, 60, seconds=20)
    # Then nothing is closed of either leg, nothing is refused, and people read what is in the way.
    assert (world.net(RB), world.net(FAR)) == (6, -6)
    assert not world.facts(OrderRefused)
    (told,) = alerts(world, "FLATTEN_HELD")
    assert "对冲会与自己的未了委托自成交，主动腿先不平；让开后接着平" in told.sentence
    assert told.instrument == FAR
    # When it is taken back, both legs are closed at once.
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=offer.order)).ok
    show(world, 60, seconds=5)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_a_hedge_that_comes_to_wait_at_the_stop_opens_nothing_again_and_does_not_end_the_closing(world: World) -> None:
    # Given a grid whose active leg is sold at the stop, and an own offer that comes while that order travels
    holding(world)
    world.wire.hold_orders = True
    sent = len(world.wire.sent)
    while len(world.wire.sent) == sent:
        show(world, 60)
    offer = world.sell(5, 3602, instrument=FAR)
    world.arrive()
    assert (world.net(RB), world.net(FAR)) == (0, -6)
    before = bought(world)
    # When the hedge waits for it for minutes
    show(world, 60, seconds=60)
    # Then the leg is broken and told of, the rebar is not bought again, and the gate was asked once.
    assert (world.net(RB), world.net(FAR)) == (0, -6)
    assert bought(world) == before
    assert memory(world).legs[1].broken is Repair.PAY_UP
    assert len(alerts(world, "WAY_BARRED")) == 1
    (broken,) = alerts(world, "LEG_BROKEN")
    assert "补齐会与自己的未了委托自成交，不报" in broken.sentence
    assert not alerts(world, "HEDGE_REFUSED")
    assert len(world.facts(OrderRefused)) == 1
    # When the offer is taken back, the far leg is bought and the grid has finished.
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=offer.order)).ok
    show(world, 60, seconds=10)
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert world.account.strategies[SPREAD].status is StrategyStatus.FINISHED


def test_a_spread_held_back_for_an_own_order_trades_again_once_that_order_is_gone(world: World) -> None:
    # Given a spread whose hedge an own bid kept out until its leg broke, so that it trades no more that day
    bid = world.buy(5, 3600, instrument=FAR)
    begin(world, replace(spread_settings(sets=1), pause_seconds=1, buy_at=Decimal(101)))
    for _ in range(30):
        world.show({RB: (None if world.net(RB) else 3700, 3701), FAR: (3600, 3602)})
    assert memory(world).held_back_day == world.account.trading_day
    assert alerts(world, "HEDGE_REFUSED")
    # When the bid is taken back
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=bid.order)).ok
    for _ in range(200):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    # Then the leg is hedged, and after the pause of a broken round it goes on to all its sets.
    assert (world.net(RB), world.net(FAR)) == (3, -3)
