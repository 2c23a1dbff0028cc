"""Two rolls that want the same near lots: people are told how many there are, and move none of them twice by hand."""

from __future__ import annotations

from terminal.domain import commands as c
from terminal.domain.ids import StrategyId
from terminal.domain.parameters.strategy import Combine, Manual, StepDay
from tests.engine_world import ONE, TRADER, World
from tests.scenario.legs import alerts
from tests.scenario.test_roll import go, hold, roll, start
from tests.scenario.test_roll_last_days import LAST, TWO_LEFT, morning


def test_two_rolls_of_the_same_lots_do_not_tell_of_twice_as_many(world: World) -> None:
    # Given six lots, and two rolls that each wait to move six
    hold(world)
    morning(world, TWO_LEFT)
    settings = roll(Manual(), StepDay(day=20210114, days=0), combine=Combine.ALL)
    start(world, settings)
    other = StrategyId("roll2")
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=other, settings=settings)).ok
    go(world, 3)
    # Then each says that the other one counts the same lots, and how many there are,
    one, two = alerts(world, "NEAR_EXPIRES")
    assert "没有移（移仓 roll2 也要移 6 手，账户里一共只有 6 手，人工移不要重复）；" in one.sentence
    assert "没有移（移仓 roll 也要移 6 手，账户里一共只有 6 手，人工移不要重复）；" in two.sentence
    # and so it is of a day that neither keeps,
    morning(world, 20210114)
    late = [one.sentence for one in alerts(world, "ROLL_LATE")]
    assert [" 也要移 6 手，账户里一共只有 6 手，人工移不要重复）：" in one for one in late] == [True, True]
    # and once one of them is stopped the other one speaks of its own alone.
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=other)).ok
    morning(world, LAST)
    assert "不要重复" not in alerts(world, "NEAR_EXPIRES")[-1].sentence
