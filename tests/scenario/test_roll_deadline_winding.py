"""A roll that winds down over its deadline, in the users' words: people hear what is left in near, and what to do.

The user: "I paused it on Friday, far was locked, and it said it was winding down. The deadline went by a week later
with six lots in near, and nobody had told us."
"""

from __future__ import annotations

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.parameters.strategy import DaysToExpiry
from terminal.domain.words.risk import Level
from tests.engine_world import FAR, NEXT_DAY, ONE, RB, TRADER, Shown, World
from tests.scenario.legs import ROLL, alerts
from tests.scenario.test_roll import go, hold, roll, start
from tests.scenario.test_roll_far_held import quotes, stands

TUESDAY = 20200825
LOCKED: Shown = (3600, None)
PAUSE = c.PauseStrategy(account=ONE, strategy=ROLL)
STOP = c.StopStrategy(account=ONE, strategy=ROLL)


def winding(world: World, command: c.PauseStrategy | c.StopStrategy) -> None:
    """Begin a roll that is to leave near by the next day, lock far, and have the roll paused or stopped."""
    hold(world, 12)
    quotes(world)
    start(world, roll(DaysToExpiry(days=900, policy_day=NEXT_DAY), lots=12))
    go(world, 3)
    for _ in range(3):
        world.show({RB: (3702, 3703), FAR: LOCKED})
    closed, opened = stands(world)
    assert 12 > closed > opened
    assert world.do(TRADER, command).code == "WINDING"
    assert alerts(world, "ROLL_LATE") == []


def day(world: World, on: int) -> None:
    for hour, minute in ((9, 0), (14, 50)):
        world.show_at(instant(on, hour, minute), {RB: (3700, 3701), FAR: LOCKED})
        for _ in range(65):
            world.show({FAR: LOCKED})


@pytest.mark.parametrize("restarts", [False, True])
def test_a_roll_that_winds_down_to_its_pause_over_the_deadline_is_told_of_on_that_day(
    world: World, *, restarts: bool
) -> None:
    # Given a paused roll that winds down while nobody offers far
    winding(world, PAUSE)
    if restarts:
        world.restart()
    # When the day comes by which near must be left
    day(world, NEXT_DAY)
    # Then people are told once what is left, why, and that it can be let go on.
    assert world.account.strategies[ROLL].status is StrategyStatus.WINDING
    (told,) = alerts(world, "ROLL_LATE")
    left = 12 - stands(world)[0]
    assert told.level is Level.ORANGE
    assert f"就是本交易日，还有 {left} 手没有移" in told.sentence
    assert "移仓正在收尾，不平近月，平衡后暂停" in told.sentence
    assert told.sentence.endswith("请恢复它，或人工移。")
    day(world, TUESDAY)
    assert len(alerts(world, "ROLL_LATE")) == 1


def test_one_that_winds_down_to_its_stop_cannot_be_resumed_and_is_not_said_to(world: World) -> None:
    winding(world, STOP)
    day(world, NEXT_DAY)
    (told,) = alerts(world, "ROLL_LATE")
    assert "移仓正在收尾，不平近月，平衡后停止" in told.sentence
    assert told.sentence.endswith("请另启一个，或人工移。")
