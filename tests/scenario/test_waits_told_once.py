"""Of a wait for an own order people are told once, when a leg is alone, and the gate is asked once."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRefused
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.parameters.strategy import SpreadLeg
from tests.engine_market import AP, FAR_ORE, OPENING_QUOTES, WITH_FAR_ORE
from tests.engine_world import FAR, ONE, RB, TRADER, I, World
from tests.scenario import combining
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, alerts, spread_settings
from tests.scenario.test_spread_grid import begin as begin_spread
from tests.scenario.test_spread_grid import costs, ladder


def flat(world: World, seconds: int, far_bid: int | None = 3600) -> None:
    """Let the market stand still; once the spread holds rebar nobody bids for it, so that it cannot go back."""
    for _ in range(seconds):
        world.show({RB: (None if world.net(RB) else 3700, 3701), FAR: (far_bid, 3602)})


def test_an_order_that_is_replaced_every_few_seconds_is_told_of_once(world: World) -> None:
    # Given a hedge in whose way a person's order stands, who replaces it every three seconds for a minute
    old = world.buy(5, 3600, instrument=FAR)
    begin_spread(world, spread_settings(sets=1))
    flat(world, 3)
    for _ in range(20):
        new = world.buy(5, 3600, instrument=FAR)
        assert world.do(TRADER, c.CancelOrder(account=ONE, order=old.order)).ok
        flat(world, 3)
        old = new
    # Then the wait is one, and so is what people are told, though the strategy knows which order stands there now.
    assert len(alerts(world, "WAY_BARRED")) == 1
    assert len(world.facts(OrderRefused)) == 1
    (known,) = world.account.strategies[SPREAD].barred.values()
    assert known.order == old.order


def test_while_two_orders_stand_in_the_way_the_one_that_was_named_stays_named(world: World) -> None:
    # Given a hedge that waits for a bid at 3600, and a second bid at 3603
    first = world.buy(5, 3600, instrument=FAR)
    begin_spread(world, spread_settings(sets=1))
    flat(world, 3)
    second = world.buy(5, 3601, instrument=FAR)
    # When the best bid moves between them: once it meets the higher one alone, then both
    said = []
    for bid in (3600, 3601, 3600, 3601, 3600):
        world.show({RB: (None, 3701), FAR: (bid, 3602)})
        said.append(next(iter(world.account.strategies[SPREAD].barred.values())).order)
    # Then it names another one only when the named one no longer meets it.
    assert said == [first.order, *[second.order] * 4]


def test_a_book_that_blinks_ends_no_wait(world: World) -> None:
    world.buy(5, 3600, instrument=FAR)
    begin_spread(world, spread_settings(sets=1))
    for _ in range(15):
        flat(world, 19)
        flat(world, 1, far_bid=None)
    assert len(world.facts(OrderRefused)) == 1
    assert len(alerts(world, "WAY_BARRED")) == 1


def test_of_several_legs_whose_ways_are_barred_the_gate_is_asked_about_one(begin: Begin) -> None:
    # Given a spread of five legs, and a person's own bid in the way of each of its four hedges
    world = begin(universe=WITH_FAR_ORE)
    quotes = {**OPENING_QUOTES, RB: (3700, 3701), FAR: (3600, 3602), I: ("830", "830.5"), FAR_ORE: ("800", "800.5")}
    world.show(quotes)
    bids = {FAR: "3600", I: "830", FAR_ORE: "800", AP: "7400"}
    mine = [world.buy(1, Decimal(price), instrument=name) for name, price in bids.items()]
    lead = SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=1, active=True)
    legs = (lead, *(SpreadLeg(instrument=name, coefficient=Decimal(-1), lots=-1) for name in bids))
    settings = replace(spread_settings(sets=1, naked_lots=10), legs=legs)
    begin_spread(world, replace(settings, buy_at=Decimal(100000), sell_at=Decimal(100001)))
    # When the active leg has filled
    for _ in range(3):
        world.show(quotes)
    # Then one hedge is refused, the others wait like it, and the strategy is not paused for repeated refusals.
    row = world.account.strategies[SPREAD]
    assert row.status is StrategyStatus.RUNNING
    assert len(world.facts(OrderRefused)) == 1
    assert {one.order for one in row.barred.values()} == {one.order for one in mine}
    # When they are taken back, all are hedged at once.
    for one in mine:
        assert world.do(TRADER, c.CancelOrder(account=ONE, order=one.order)).ok
    for _ in range(3):
        world.show(quotes)
    assert [world.net(name) for name in bids] == [-1] * 4
    assert not row.barred


def test_a_leg_alone_whose_way_back_has_waited_since_before_is_told_of(world: World) -> None:
    # Given a grid whose exit waits for a person's own bid for rebar
    begin_spread(world, replace(ladder(), hedge_seconds=1, max_chases=1))
    held = costs(world, 91)[0]
    own = world.buy(2, 3680)
    for _ in range(4):
        world.show({RB: (3680, 3681), FAR: (3576, 3578)}, lots=500)
    assert world.account.strategies[SPREAD].barred
    assert not alerts(world, "WAY_BARRED")
    # When it buys another line, and the bid for the far month is gone before the hedge is there
    world.wire.hold_orders = True
    sent = len(world.wire.sent)
    while len(world.wire.sent) == sent:
        world.show({RB: (3680, 3681), FAR: (3600, 3602)}, lots=500)
    for seconds in range(30):
        world.show({RB: (3680, 3681), FAR: (None, 3602)}, lots=500)
        if not seconds:
            world.arrive()
    assert world.net(RB) > held
    # Then people read that the leg is alone and what its way back waits for; the broken leg promises no order.
    (told,) = alerts(world, "WAY_BARRED")
    assert f"卖不出：{TRADER} 的委托 {own.order}" in told.sentence
    (broken,) = alerts(world, "LEG_BROKEN")
    assert "反向平仓会与自己的未了委托自成交，不报" in broken.sentence


def test_an_order_on_a_combination_waits_for_an_own_order_in_the_way_of_a_leg_and_goes_when_it_is_gone(
    begin: Begin,
) -> None:
    # Given a spread that trades by its combination alone, and a person's own bid at the far month's best
    world = combining.ore(begin)
    resting = world.buy(2, Decimal(800), instrument=FAR_ORE)
    combining.start(world, combining.ore_settings(SpreadRoute.COMBINATION))
    for _ in range(120):
        combining.show(world)
    # Then the gate was asked once, and the strategy knows what it waits for.
    assert len(world.facts(OrderRefused)) == 1
    (known,) = world.account.strategies[SPREAD].barred.values()
    assert (known.instrument, known.order) == (FAR_ORE, resting.order)
    # When the bid is taken back, it trades at once.
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=resting.order)).ok
    for _ in range(4):
        combining.show(world)
    assert combining.nets(world) == (3, -3)
    assert not world.account.strategies[SPREAD].barred


def test_what_may_also_go_leg_after_leg_does_so_where_its_combination_would_meet_an_own_order(begin: Begin) -> None:
    # Given a person's own bid far below the far month's best: a leg of the combination may meet it, a hedge does not
    world = combining.ore(begin)
    world.buy(2, Decimal(750), instrument=FAR_ORE)
    combining.start(world, combining.ore_settings(SpreadRoute.CHEAPER, sets=1))
    for _ in range(60):
        combining.show(world)
    # Then all three rounds trade leg after leg, and nothing was refused.
    assert combining.nets(world) == (3, -3)
    assert not world.facts(OrderRefused)
