"""Whoever starts or changes a roll of other strategies' lots reads beside the verdict that those stop."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import DaysToExpiry, GridSettings, Manual
from terminal.domain.words.risk import Verdict
from tests.engine_world import FAR, ONE, RB, TRADER, World
from tests.scenario.legs import GRID, ROLL, alerts, start_grid
from tests.scenario.test_roll import hold, roll, start
from tests.scenario.test_roll_far_held import quotes
from tests.unit.engine.foreseen import ask

OTHER_GRID = StrategyId("other")
NEVER = DaysToExpiry(days=0)


def hold_in_two_grids(world: World) -> None:
    """Let two grids hold two near lots each."""
    before = world.net(RB)
    start_grid(world)
    settings = GridSettings(
        account=ONE,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3705),
        step=Decimal(10),
        lines=2,
        lots_per_line=2,
        stop=Decimal(3670),
        lower=Decimal(3680),
        upper=Decimal(3710),
    )
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=OTHER_GRID, settings=settings))
    assert done.ok, done.sentence
    for _ in range(3):
        quotes(world)
    world.show({RB: (3690, 3691)})
    world.wait(5)
    assert [world.account.strategies[name].lots[RB].lots for name in (GRID, OTHER_GRID)] == [2, 2]
    assert world.net(RB) == before + 4


def test_the_strategy_that_stops_is_named_before_the_one_that_goes_along(world: World) -> None:
    # Given two grids with lots of near, and a roll of all that takes only the first along
    hold_in_two_grids(world)
    settings = roll(lots=4, batch_lots=2, strategies=(GRID,))
    foreseen = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings))
    # Then the one that stops is the first reason, and that the other rests meanwhile comes after it.
    assert foreseen.verdict is Verdict.WARN
    stops = "可以启动，但 rb2101 4 手里有 2 手是策略 other 的持仓，移走后它停下；随移策略 grid：移仓开始时"
    assert stops in foreseen.sentence


@pytest.mark.parametrize(("held", "before", "after"), [(10, 10, 12), (2, 2, 6)])
def test_a_change_that_reaches_for_lots_of_others_says_so_as_a_start_does(
    world: World, held: int, before: int, after: int
) -> None:
    # Given a roll of nobody's lots that waits for its time, and four more lots in two grids
    hold(world, held)
    hold_in_two_grids(world)
    quotes(world)
    start(world, roll(NEVER, lots=before, batch_lots=2))
    row = world.account.strategies[ROLL]
    # When it is to move lots of the grids, by a little or by so much that a second person is asked
    changed = roll(NEVER, lots=after, batch_lots=2)
    foreseen = ask(world, c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=row.version, settings=changed))
    # Then the reason stands beside the verdict, either way.
    assert foreseen.verdict is (Verdict.WARN if after == 12 else Verdict.CONFIRM2)
    stops = f"rb2101 {after} 手里有 {after - held} 手是策略 grid、other 的持仓，移走后它停下"
    assert stops in foreseen.sentence
    assert [one for one in foreseen.details if one == stops]


def test_a_change_that_leaves_others_alone_is_not_warned_of(world: World) -> None:
    hold(world, 10)
    hold_in_two_grids(world)
    quotes(world)
    start(world, roll(NEVER, lots=9, batch_lots=2))
    row = world.account.strategies[ROLL]
    changed = roll(NEVER, lots=10, batch_lots=2)
    foreseen = ask(world, c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=row.version, settings=changed))
    assert foreseen.verdict is Verdict.ALLOW
    assert "停下" not in foreseen.sentence


def test_who_stops_what_goes_along_reads_at_a_change_whose_lots_are_taken_then(world: World) -> None:
    # Given ten lots of nobody's and two in each of two grids, a roll that was to take the first grid along,
    hold(world, 10)
    hold_in_two_grids(world)
    quotes(world)
    start(world, roll(Manual(), lots=12, batch_lots=2, strategies=(GRID,)))
    # and a person who has stopped that grid: its two lots stay, and are nobody's.
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=GRID)).ok
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=OTHER_GRID)).ok
    for _ in range(3):
        quotes(world)
    # When the roll is to move all fourteen
    row = world.account.strategies[ROLL]
    more = roll(Manual(go=True), lots=14, batch_lots=2, strategies=(GRID,))
    change = c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=row.version, settings=more)
    foreseen = ask(world, change)
    # Then the other grid is named beside the verdict, and the stopped one is not said to go along.
    stops = "rb2101 14 手里有 2 手是策略 other 的持仓，移走后它停下"
    assert foreseen.verdict is Verdict.WARN
    assert stops in foreseen.sentence
    assert stops in foreseen.details
    assert "随移策略 grid 已停止或结束，不随它移" in foreseen.details
    assert not [one for one in foreseen.details if "移仓开始时" in one]
    # And so it comes.
    assert world.do(TRADER, change).ok
    for second in range(240):
        world.show({RB: (3691, 3692)} if second % 3 == 2 else {RB: (3690, 3691), FAR: (3600, 3602)})
    assert (world.net(RB), world.net(FAR)) == (0, 14)
    (taken,) = alerts(world, "LOTS_TAKEN")
    assert "策略 other 已暂停" in taken.sentence


def test_a_roll_that_carries_a_grid_and_reaches_for_another_s_lots_says_so(world: World) -> None:
    # Given a roll that has begun to move the two lots of a grid it takes along
    hold_in_two_grids(world)
    quotes(world)
    start(world, roll(lots=2, batch_lots=2, strategies=(GRID,)))
    for _ in range(3):
        quotes(world)
    assert world.account.strategies[GRID].status is StrategyStatus.PAUSED
    assert world.net(RB) == 4
    # When it is to move two more
    row = world.account.strategies[ROLL]
    more = roll(lots=4, batch_lots=2, strategies=(GRID,))
    foreseen = ask(world, c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=row.version, settings=more))
    # Then the checker reads whose they are.
    assert "rb2101 4 手里有 2 手是策略 other 的持仓，移走后它停下" in foreseen.sentence
    # Who moves no more than the carried lots is told nothing of it.
    same = roll(lots=2, batch_lots=1, strategies=(GRID,))
    foreseen = ask(world, c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=row.version, settings=same))
    assert "停下" not in foreseen.sentence
