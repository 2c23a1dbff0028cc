"""The stop of a grid over a spread in the users' own words: a market that runs, and what stands in its way."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRecorded
from terminal.domain.orders.order import OrderState, Side, TimeCondition
from terminal.strategies.grid.stage import Stage
from terminal.strategies.spread.memory import SpreadMemory
from tests.engine_world import FAR, ONE, RB, TRADER, World
from tests.scenario.legs import SPREAD, alerts
from tests.scenario.test_spread_grid import begin, costs, ladder

FINISHED = StrategyStatus.FINISHED


def holding(world: World) -> None:
    """Have a grid that has bought all three lines, six sets, and stops at 65."""
    begin(world, ladder())
    assert costs(world, 81) == (6, -6)


def memory(world: World) -> SpreadMemory:
    found = world.account.strategies[SPREAD].memory
    assert isinstance(found, SpreadMemory)
    return found


def show(world: World, spread: int, seconds: int = 1, far: tuple[int | None, int | None] = (3600, 3602)) -> None:
    """Show a spread that costs so much to buy, and sells for three yuan less, for so many seconds."""
    for _ in range(seconds):
        world.show({RB: (3599 + spread, 3600 + spread), FAR: far}, lots=500)
        world.wait(1)


def runs(world: World, spread: int, far: tuple[int | None, int | None] = (3600, 3602), *, seconds: int) -> None:
    """Let the rebar bid fall three yuan while each order of it travels, until it is sold or the time is over."""
    ends = world.at + seconds * SECOND_NS
    while world.net(RB) and world.at < ends:
        sent, world.wire.hold_orders = len(world.wire.sent), True
        while len(world.wire.sent) == sent and world.at < ends:
            show(world, spread, far=far)
        spread -= 3
        show(world, spread, far=far)
        world.arrive()


def test_in_a_spread_that_runs_away_the_stop_pays_up_and_does_not_wait_longer(world: World) -> None:
    holding(world)
    sent = len(world.facts(OrderRecorded))
    # When the spread falls through the stop, and on while each order travels
    runs(world, 60, seconds=12)
    # Then it is out within twelve seconds: each attempt goes further through the market, and none waits longer.
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    tries = [one for one in world.facts(OrderRecorded)[sent:] if one.terms.instrument == RB]
    assert 2 <= len(tries) <= 4
    assert all(one.terms.time_condition is TimeCondition.FAK for one in tries)
    show(world, 40, seconds=5)
    assert world.account.strategies[SPREAD].status is FINISHED


def test_a_hedge_that_was_refused_while_it_bought_does_not_hold_the_stop_back(world: World) -> None:
    # Given one line that holds, and a second one that went back: its hedge would have met an own bid
    begin(world, ladder())
    show(world, 101, seconds=6)
    assert world.net(RB) == 2
    bid = world.buy(5, 3600, instrument=FAR)
    while not memory(world).held_back_day or memory(world).running:
        show(world, 91)
    assert (world.net(RB), world.net(FAR)) == (2, -2)
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=bid.order)).ok
    # When the stop is reached on the same day, then it closes at once.
    show(world, 60, seconds=6)
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert world.account.strategies[SPREAD].status is FINISHED


def test_entries_that_kept_missing_do_not_make_the_stop_wait(world: World) -> None:
    # Given a line that holds, and a second one whose orders find nothing: it tries ever more seldom
    begin(world, ladder())
    show(world, 101, seconds=6)
    for _ in range(7):
        sent = len(world.wire.sent)
        world.wire.hold_orders = True
        while len(world.wire.sent) == sent:
            show(world, 91)
        show(world, 105)
        world.arrive()
    assert world.net(RB) == 2
    # When the spread falls through the stop, then it is out within seconds.
    show(world, 60, seconds=6)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_a_broken_leg_is_taken_back_further_through_the_market_each_time_it_misses(world: World) -> None:
    # Given a line whose far bid is gone when rebar has been bought, and a rebar bid that falls while each order travels
    begin(world, replace(ladder(), hedge_seconds=1, max_chases=1))
    world.wire.hold_orders = True
    while not world.wire.sent:
        show(world, 101)
    show(world, 101, far=(None, 3602))
    world.arrive()
    assert (world.net(RB), world.net(FAR)) == (2, 0)
    # When it is to be unwound, then it is out a few seconds later.
    runs(world, 101, (None, 3602), seconds=14)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_the_stop_is_seen_while_an_order_is_unknown_and_closes_once_it_is_proven(world: World) -> None:
    # Given a grid that holds one line, and an order of its second one that was lost on its way
    begin(world, ladder())
    show(world, 101, seconds=6)
    world.wire.lose_orders = True
    show(world, 91, seconds=5)
    world.wire.lose_orders = False
    assert [row.terms.side for row in world.account.live.values() if row.state is OrderState.UNKNOWN] == [Side.BUY]
    # When the spread falls through the stop, then people are told at once.
    show(world, 60, seconds=2)
    assert memory(world).stage is Stage.FLATTENING
    (told,) = alerts(world, "GRID_STOPPED")
    assert "价差 58.5 到达止损价 65，价差网格持有" in told.sentence
    # And it closes once the exchange has proven that the order never came.
    show(world, 60, seconds=70)
    assert (world.net(RB), world.net(FAR)) == (0, 0)
