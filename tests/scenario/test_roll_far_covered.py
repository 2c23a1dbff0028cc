"""A roll that winds down lacks far lots that the account has already: it is stopped, or it opens them twice."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain import commands as c
from terminal.domain.fact.control import Rest, StrategyStatus
from terminal.domain.words.risk import Level
from terminal.shell.picture.alerts import ADVICE
from tests.engine_world import FAR, ONE, RB, TRADER, World
from tests.scenario.legs import GRID, ROLL, alerts
from tests.scenario.test_grid import grid
from tests.scenario.test_orange_of_one_contract import turned
from tests.scenario.test_roll import go, hold, roll, start
from tests.scenario.test_roll_far_held import quotes, stands


def lacking(world: World) -> None:
    """Begin a roll of which near is closed, while nobody offers far."""
    hold(world)
    quotes(world)
    start(world, roll())
    go(world, 3)
    bare(world)
    assert stands(world) == (6, 0)


def bare(world: World, seconds: int = 1) -> None:
    for _ in range(seconds):
        world.show({RB: (3702, 3703), FAR: (3600, None)})


def stop(world: World) -> str:
    return world.do(TRADER, c.StopStrategy(account=ONE, strategy=ROLL)).code


def test_lots_that_were_there_before_and_cover_what_it_lacks_are_told_at_the_stop_with_what_to_do(world: World) -> None:
    # Given far lots that a person has had for long, and a roll that lacks as many
    world.buy(6, 3602, instrument=FAR)
    world.wait(3)
    lacking(world)
    assert alerts(world, "FAR_COVERED") == []
    # When it is stopped, and winds down
    assert stop(world) == "WINDING"
    bare(world, 20)
    # Then that is told once: how many it lacks, how many are there, whose they are, and how to end it.
    (told,) = alerts(world, "FAR_COVERED")
    assert told.level is Level.ORANGE
    assert "收尾还缺 6 手；账户里另有同向 6 手（不记在任何策略名下），够补缺的 6 手" in told.sentence
    assert "开得了时会再开一遍：是人工补的，请再按一次停止，不再由它补" in told.sentence
    assert ADVICE["FAR_COVERED"]
    # A second stop ends it, and nothing is opened twice.
    assert stop(world) == "OK"
    quotes(world)
    world.wait(20)
    assert world.account.strategies[ROLL].status is StrategyStatus.STOPPED
    assert world.net(FAR) == 6


def test_a_restart_does_not_tell_it_again(world: World) -> None:
    world.buy(6, 3602, instrument=FAR)
    world.wait(3)
    lacking(world)
    stop(world)
    bare(world, 5)
    world.restart()
    bare(world, 20)
    assert len(alerts(world, "FAR_COVERED")) == 1


def test_fewer_lots_than_it_lacks_are_no_word_and_those_that_make_them_enough_are(world: World) -> None:
    # Given four far lots of six, and a person's order for two more that rests
    world.buy(4, 3602, instrument=FAR)
    world.wait(3)
    world.buy(2, 3590, instrument=FAR)
    lacking(world)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL)).code == "WINDING"
    assert world.account.strategies[ROLL].then is Rest.PAUSED
    bare(world, 10)
    assert alerts(world, "FAR_COVERED") == []
    # When that order is filled, while the roll itself may open nothing
    turned(world, FAR)
    world.show({RB: (3702, 3703), FAR: (3589, 3590)})
    bare(world, 5)
    # Then it is told, with the two words that end a roll that was only to be paused.
    (told,) = alerts(world, "FAR_COVERED")
    assert "账户里另有同向 6 手" in told.sentence
    assert "请按两次停止" in told.sentence


def test_lots_of_another_strategy_are_named_as_its_own(world: World) -> None:
    # Given a grid of far that holds two lots, and four that a person holds
    far_grid = grid(instrument=FAR, anchor=Decimal(3611), stop=Decimal(3500), lower=Decimal(3510), upper=Decimal(3700))
    world.buy(4, 3602, instrument=FAR)
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=far_grid)).ok
    world.wait(5)
    world.show({FAR: (3600, 3601)})
    world.wait(5)
    assert world.account.strategies[GRID].lots[FAR].lots == 2
    lacking(world)
    stop(world)
    bare(world, 5)
    (told,) = alerts(world, "FAR_COVERED")
    assert f"另有同向 6 手（其中 2 手记在策略 {GRID} 名下）" in told.sentence


def test_a_roll_that_runs_on_is_not_told_of_lots_that_are_none_of_its_business(world: World) -> None:
    world.buy(6, 3602, instrument=FAR)
    world.wait(3)
    lacking(world)
    bare(world, 20)
    assert alerts(world, "FAR_COVERED") == []
