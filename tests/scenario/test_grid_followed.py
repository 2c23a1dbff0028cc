"""A grid that follows the price is not ended by its own winning side, as long as it may follow further."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised, StrategyMarked
from terminal.domain.fact.marks import GridTrailed, RangeLeft
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings, OutOfRange
from tests.engine_world import DAY, FAR, ONE, RB, TRADER, I, World
from tests.scenario.legs import GRID, SPREAD
from tests.scenario.test_grid import grid, start
from tests.scenario.test_spread_grid import basis, begin, ladder, quote
from tests.unit.engine.foreseen import ask

ENDING = [OutOfRange.STOP, OutOfRange.FLATTEN]


def moved(world: World) -> list[Decimal]:
    return [one.mark.moved for one in world.facts(StrategyMarked) if isinstance(one.mark, GridTrailed)]


def left(world: World) -> list[RangeLeft]:
    return [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, RangeLeft)]


def following(choice: OutOfRange) -> GridSettings:
    return grid(upper=Decimal(3735), trail_to=Decimal(3765), out_of_range=choice)


@pytest.mark.parametrize("choice", ENDING)
def test_a_price_that_runs_on_within_the_minute_is_followed_and_ends_nothing(world: World, choice: OutOfRange) -> None:
    # Given an empty grid that has just followed the price by fifteen yuan
    start(world, following(choice))
    world.wait(5)
    world.show({RB: (3720, 3721)})
    world.wait(20)
    assert moved(world) == [15]
    # When the price leaves the range that has moved, before the minute is over
    world.show({RB: (3755, 3756)})
    world.wait(20)
    pause, resume = c.PauseStrategy(account=ONE, strategy=GRID), c.ResumeStrategy(account=ONE, strategy=GRID)
    assert world.do(TRADER, pause).ok
    assert "离开区间" not in ask(world, resume).sentence
    assert world.do(TRADER, resume).ok
    world.restart()
    world.show({RB: (3755, 3756)})
    world.wait(60)
    # Then it has followed there, and nobody was told that it stops.
    assert world.account.strategies[GRID].status is StrategyStatus.RUNNING
    assert moved(world) == [15, 50]
    assert not left(world)
    assert not [one for one in world.facts(AlertRaised) if one.code == "GRID_STOPPED"]
    # And where it may follow no further, its winning bound ends it as any other.
    world.show({RB: (3800, 3801)})
    world.wait(70)
    assert moved(world) == [15, 50, 60]
    assert [one.stopped for one in left(world)] == [False]
    assert world.account.strategies[GRID].status is StrategyStatus.FINISHED


def test_a_market_locked_on_its_winning_side_ends_no_grid_that_may_follow(world: World) -> None:
    start(world, following(OutOfRange.STOP))
    world.wait(5)
    # Given a limit-up market, in which nothing moves as nobody offers
    locked = DayFacts(instrument=RB, trading_day=DAY, upper_limit=3750, lower_limit=3400)
    for _ in range(70):
        world.show({RB: (3750, None)}, facts=[locked], last={RB: 3750})
    assert not left(world)
    world.show({RB: (3748, 3749)})
    world.wait(5)
    assert moved(world) == [43]


def test_a_short_grid_is_not_ended_by_a_fall(world: World) -> None:
    bounds = {"stop": Decimal(3790), "lower": Decimal(3670), "upper": Decimal(3780), "trail_to": Decimal(3600)}
    start(world, grid(side=Side.SELL, out_of_range=OutOfRange.STOP, **bounds))
    world.wait(5)
    for bid in (3685, 3640):
        world.show({RB: (bid, bid + 1)})
        world.wait(25)
    world.wait(40)
    assert moved(world) == [-19, -64]  # before the first trade, by the side that is nearer
    assert not left(world)


def test_a_grid_that_holds_lots_leaves_its_range_as_before(world: World) -> None:
    start(world, following(OutOfRange.FLATTEN))
    world.wait(5)
    world.show({RB: (3694, 3695)})
    world.wait(3)
    # When the price jumps over all its exits, and nobody buys a lot of it at first
    world.wire.hold_orders = True
    world.show({RB: (3760, 3761)})
    assert [one.stopped for one in left(world)] == [False]


def test_a_losing_side_ends_it_though_it_may_follow(world: World) -> None:
    start(world, following(OutOfRange.STOP))
    world.wait(2)
    world.show({RB: (3605, 3606)})
    world.wait(10)
    assert [one.stopped for one in left(world)] == [False]


@pytest.mark.parametrize("choice", [*ENDING, OutOfRange.HOLD])
def test_a_grid_over_a_spread_follows_a_jump_over_its_bound(world: World, choice: OutOfRange) -> None:
    world.show({RB: (3706, 3707), FAR: (3600, 3601)})
    begin(world, ladder(upper=Decimal(120), trail_to=Decimal(200), out_of_range=choice))
    world.wait(2)
    world.show({RB: (3725, 3726), FAR: (3600, 3601)})
    world.wait(5)
    assert moved(world) == [10]
    # When it leaves the range within the minute
    world.show({RB: (3755, 3756), FAR: (3600, 3601)})
    world.wait(70)
    assert moved(world) == [10, 40]
    assert not left(world)
    assert world.account.strategies[SPREAD].status is StrategyStatus.RUNNING


def test_a_grid_over_a_basis_follows_too(world: World) -> None:
    # Given a grid that sells the basis, which falls: 3700 less the ore
    begin(world, basis(trail_to=Decimal(10), lower=Decimal(55), out_of_range=OutOfRange.STOP))
    for bid, seconds in ((842, 5), (858, 70)):
        quote(world, 900)
        world.show({I: (bid, bid + 1)})
        world.wait(seconds)
    assert moved(world)
    assert not left(world)
