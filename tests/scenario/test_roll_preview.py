"""What the preview of a roll says of its near lots, in the users' words: which are missing, and which are left."""

from __future__ import annotations

from terminal.domain import commands as c
from terminal.domain.ids import StrategyId
from terminal.domain.parameters.strategy import DaysToExpiry
from terminal.domain.words.risk import Verdict
from tests.engine_world import FAR, ONE, RB, TRADER, World
from tests.scenario.legs import ROLL, start_grid
from tests.scenario.test_roll import hold, roll, start
from tests.scenario.test_roll_far_held import flow, quotes, stands
from tests.unit.engine.foreseen import ask

SECOND = StrategyId("second")


def test_a_roll_of_lots_that_are_not_there_names_what_is_missing_and_no_other_reason(world: World) -> None:
    # Given an account without near lots, both contracts trading, and a timing that is met
    quotes(world)
    # When a roll of six is foreseen
    foreseen = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll()))
    # Then the missing lots are the reason it would wait, and no other is given.
    assert foreseen.verdict is Verdict.WARN
    assert "可以启动，但近月 rb2101 多头现有 0 手，要移 6 手，缺 6 手" in foreseen.sentence
    assert "现在启动先等待：rb2101 要平 6 手，可平只有 0 手，等待；请核对持仓" in foreseen.details
    assert not any("移仓时机未到" in one for one in foreseen.details)


def test_a_roll_of_lots_that_are_all_there_is_not_warned_of(world: World) -> None:
    hold(world)
    quotes(world)
    foreseen = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll()))
    assert foreseen.verdict is Verdict.ALLOW


def test_timings_that_are_the_same_are_pointed_out(world: World) -> None:
    # Given the lots a roll wants, and a person who pressed 添加时机 twice and changed one of the new rows
    hold(world)
    quotes(world)
    days = DaysToExpiry(days=5)
    settings = roll(days, DaysToExpiry(days=9), days)
    foreseen = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings))
    assert foreseen.verdict is Verdict.WARN
    assert "可以启动，但移仓时机 1、3 相同，请核对" in foreseen.sentence


def test_a_second_roll_of_the_same_lots_is_told_of_the_first(world: World) -> None:
    # Given six lots, and a roll that waits to move four of them
    hold(world)
    quotes(world)
    start(world, roll(DaysToExpiry(days=0), lots=4))
    # When another roll wants four, and when it wants the two that are left
    more, rest = (
        ask(world, c.StartStrategy(account=ONE, strategy=SECOND, settings=roll(lots=lots))) for lots in (4, 2)
    )
    # Then only the first is told what is left for it.
    assert more.verdict is Verdict.WARN
    assert "但近月 rb2101 多头现有 6 手，移仓 roll 还要移 4 手；它要移 4 手，只剩 2 手可移" in more.sentence
    assert rest.verdict is Verdict.ALLOW


def test_a_roll_that_takes_a_grid_s_lots_says_so_beside_its_verdict(world: World) -> None:
    # Given a grid that holds two lots, and a person who foresees a roll of them
    start_grid(world)
    world.show({RB: (3690, 3691)})
    world.wait(3)
    assert world.net(RB) == 2
    foreseen = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll(lots=2, batch_lots=2)))
    # Then the reason stands where the warning does, and is not only one of the lines below.
    assert foreseen.verdict is Verdict.WARN
    assert "可以启动，但 rb2101 2 手里有 2 手是策略 grid 的持仓，移走后它停下" in foreseen.sentence


def test_a_change_in_the_middle_reckons_what_is_left_to_be_rolled(world: World) -> None:
    # Given a roll that has moved four of six lots
    hold(world)
    quotes(world)
    start(world, roll(batch_lots=2, naked_lots=2, batch_pause_seconds=60))
    while stands(world) != (4, 4):
        flow(world, 2)
    quotes(world)
    # When other settings are foreseen
    row = world.account.strategies[ROLL]
    changed = roll(batch_lots=2, naked_lots=2, batch_pause_seconds=30)
    foreseen = ask(world, c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=row.version, settings=changed))
    # Then the cost is that of the two lots that are left: 3602 - 3700 = -98 a tonne, ten tonnes a lot, 6 yuan a lot.
    (cost,) = (one for one in foreseen.details if "按现价移完" in one)
    assert cost.startswith("6 手里已平近月 4 手，其余 2 手按现价移完：每吨成本 −98.00 元")
    assert "手续费 12.00 元，合计 −1,948.00 元" in cost
    assert (world.net(RB), world.net(FAR)) == (2, 4)
    assert foreseen.verdict is Verdict.ALLOW


def test_a_short_position_is_counted_on_its_side(world: World) -> None:
    world.sell(6, 3700)
    quotes(world)
    long = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll()))
    short = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll(side=roll().side.opposite)))
    assert "多头现有 0 手" in long.sentence
    assert "现有" not in short.sentence
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll())).ok  # a warning, no refusal
