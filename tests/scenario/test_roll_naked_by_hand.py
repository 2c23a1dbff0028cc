"""The alert of a roll that stops while far lacks lots says what the account holds already, in the users' words.

The user: "I had bought the six myself. The stop said so, and in the same second an alert told me to buy six."
"""

from __future__ import annotations

from tests.engine_world import FAR, ONE, TRADER, World
from tests.scenario.legs import alerts
from tests.scenario.test_roll import go
from tests.scenario.test_roll_last_days import expire
from tests.scenario.test_roll_rests_over import naked_and_paused, release
from tests.scenario.test_roll_stopped_at_rest import STOP, killed


def stopped(world: World) -> str:
    """Return what people read of the naked leg when the roll is stopped, once."""
    before = len(alerts(world, "LEG_NAKED"))
    assert world.do(TRADER, STOP).code == "OK"
    go(world, 3)
    (told,) = alerts(world, "LEG_NAKED")[before:]
    assert "多出的腿" not in told.sentence
    return told.sentence


def test_who_opened_all_of_far_by_hand_is_not_told_to_open_it_again(world: World) -> None:
    killed(world)
    world.buy(6, 3602, instrument=FAR)
    go(world, 2)
    told = stopped(world)
    assert "还应买入" not in told
    assert "账户里另有同向 6 手（不记在任何策略名下），够补缺的 6 手：是人工补的，不要再买入" in told
    assert world.net(FAR) == 6


def test_nor_once_near_is_over(world: World) -> None:
    lacks = naked_and_paused(world)
    release(world, ONE)
    expire(world)
    world.buy(lacks, 3602, instrument=FAR)
    go(world, 2)
    assert f"够补缺的 {lacks} 手：是人工补的，不要再买入；不是来补的请人工买入开仓。" in stopped(world)


def test_who_opened_a_part_of_it_is_told_what_lacks_besides(world: World) -> None:
    lacks = naked_and_paused(world)
    release(world, ONE)
    expire(world)
    world.buy(lacks - 1, 3602, instrument=FAR)
    go(world, 2)
    assert f"账户里另有同向 {lacks - 1} 手，是人工补的，只差 1 手；请人工买入开仓补足" in stopped(world)


def test_a_roll_that_is_halted_lacking_far_says_to_open_far_or_to_resume_it(world: World) -> None:
    killed(world)
    (told,) = alerts(world, "LEG_NAKED")
    assert "请人工买入开仓补远月，或买回近月；要由它补的恢复它；已人工补的停止它。" in told.sentence
    assert "多出的腿" not in told.sentence
