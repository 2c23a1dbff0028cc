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
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, alerts, spread_settings
from tests.scenario.test_spread_exits import exiting, status
from tests.scenario.test_spread_exits import show as quotes
from tests.scenario.test_spread_grid import begin as start_grid
from tests.scenario.test_spread_grid_stop import holding, memory, show
from tests.unit.engine.foreseen import start


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
    assert (
        f"对冲会与自己的未了委托自成交（zhao 的委托 {offer.order}（卖开 5 手 @ 3602）），主动腿先不平；让开"
        in told.sentence
    )
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


def test_a_hedge_that_may_go_at_last_has_its_time_from_then_on_and_nothing_is_opened_again(world: World) -> None:
    # Given a closing whose hedge has waited for an own offer, in a far month that shows two lots
    holding(world)
    world.wire.hold_orders = True
    sent = len(world.wire.sent)
    while len(world.wire.sent) == sent:
        show(world, 60)
    offer = world.sell(5, 3602, instrument=FAR)
    world.arrive()
    show(world, 60, seconds=60)
    sent, told = len(world.wire.sent), len(alerts(world, "LEG_BROKEN"))
    # When the offer is taken back
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=offer.order)).ok
    for _ in range(8):
        world.show({RB: (3662, 3663), FAR: (3600, 3602)}, lots=2)
    # Then the far leg is bought as it shows, and the rebar that was closed at the stop stays closed.
    assert world.net(FAR) > -6
    assert world.net(RB) == 0
    assert {one.terms.instrument for one in world.wire.sent[sent:]} == {FAR}
    assert len(alerts(world, "LEG_BROKEN")) == told


def test_the_stop_closes_what_needs_no_hedge_past_an_own_order(begin: Begin) -> None:
    # Given a spread of two lots of rebar to one, which holds one lot more than it hedges, and a person's offer
    world = begin()
    settings = exiting()
    lead, other = settings.legs
    settings = replace(settings, legs=(replace(lead, lots=2), other), sets=1, max_sets=1)
    assert world.do(TRADER, start(settings, SPREAD)).ok
    quotes(world, 3700)
    for _ in range(30):
        if world.net(RB) != 2:
            break
        quotes(world, 3690, lots=1, seconds=1)
    for _ in range(3):
        world.show({RB: (None, 3691), FAR: (3600, 3602)})
    assert (world.net(RB), world.net(FAR)) == (1, 0)
    world.sell(5, 3602, instrument=FAR)
    # When the stop goes on
    quotes(world, 3690, seconds=30)
    # Then the offer keeps nothing of it: there is nothing to hedge.
    assert (world.net(RB), status(world)) == (0, StrategyStatus.FINISHED)
    assert not alerts(world, "FLATTEN_HELD")


def test_a_spread_held_back_for_an_own_order_trades_again_once_that_order_is_gone(world: World) -> None:
    # Given a spread whose hedge an own bid kept out until its leg broke, so that it trades no more that day
    bid = world.buy(5, 3600, instrument=FAR)
    start_grid(world, replace(spread_settings(sets=1), pause_seconds=1, buy_at=Decimal(101)))
    for _ in range(30):
        world.show({RB: (None if world.net(RB) else 3700, 3701), FAR: (3600, 3602)})
    assert memory(world).refusals.holds_day(world.account.trading_day)
    assert alerts(world, "HEDGE_REFUSED")
    # When the bid is taken back
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=bid.order)).ok
    for _ in range(200):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    # Then the leg is hedged, and after the pause of a broken round it goes on to all its sets.
    assert (world.net(RB), world.net(FAR)) == (3, -3)
