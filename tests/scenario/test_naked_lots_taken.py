"""A leg that stands alone, and a person who closes it by hand: what people are told to trade is what is there.

The user: "Far could not be sold, so I closed my three lots of rebar. A second later it told me to sell three of far."
"""

from __future__ import annotations

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import LevelChanged
from terminal.domain.orders.order import Offset, Side
from terminal.domain.words.risk import Level, Scope
from terminal.engine.strategy.bereft import TAKEN
from tests.engine_world import FAR, ONE, RB, RISK, SECOND_RISK, World, run
from tests.picture_desk import Desk
from tests.scenario.legs import PAUSED, SPREAD, STOPPED, alerts, show, start_spread, stop
from tests.scenario.test_leg_beyond_its_limit import beyond_its_limit, leg_levels
from tests.scenario.test_winding_down import naked

CODE = "LEG_NAKED"


def told(world: World) -> list[str]:
    """Return which lots people read are naked."""
    return [one.sentence.partition("单腿敞口")[2].partition("（约")[0] for one in alerts(world, CODE)]


def close(world: World, lots: int) -> None:
    done = world.order(Side.SELL, lots, 3700, offset=Offset.CLOSE_TODAY)
    assert done.ok, done.sentence


def card(world: World) -> str:
    desk = Desk(world)
    desk.look()
    return next(one.sentence for name, one in desk.strategies.items() if name == SPREAD)


def test_a_naked_leg_that_a_person_has_closed_is_not_told_to_be_hedged(world: World) -> None:
    # Given three lots of rebar, and nobody who bids for far
    row = naked(world)
    assert "缺 rb2105 3 手，裸腿 3 手" in card(world)
    # When a person closes the three
    close(world, 3)
    show(world)
    # Then the strategy stops and says why, and nobody is told to sell far, which would open three naked lots,
    assert (world.net(RB), world.net(FAR), row.status) == (0, 0, PAUSED)
    assert len(alerts(world, TAKEN)) == 1
    assert "缺 rb2105" not in card(world)
    assert "裸腿" not in card(world)
    # nor when it is stopped.
    assert stop(world).ok
    assert row.status is STOPPED
    assert told(world) == []


def test_of_a_naked_leg_that_a_person_has_closed_in_part_only_the_rest_is_told(world: World) -> None:
    naked(world)
    close(world, 1)
    show(world)
    (alert,) = alerts(world, CODE)
    assert told(world) == ["（按账户实有的持仓）：螺纹钢2105（SHFE.rb2105）还应卖出 2 手"]
    # It may not be resumed while a lot is missing, and is not said to.
    assert alert.sentence.endswith("它的持仓已被平掉），不再对冲；请人工平掉多出的腿，再停止策略。")
    assert "缺 rb2105 2 手" in card(world)
    # When the rest is closed as well, and the strategy stopped, then that was all.
    close(world, 2)
    assert stop(world).ok
    assert len(told(world)) == 1


def test_a_hedge_that_fills_after_the_leg_was_closed_is_told_as_what_is_left_over(world: World) -> None:
    # Given a round whose hedge is still on its way
    row = start_spread(world)
    world.wire.hold_orders = True
    show(world)
    run(world.wire.arrive())
    world.wire.hold_orders = True
    world.drain()
    assert (world.net(RB), world.net(FAR)) == (3, 0)
    # When a person closes the leg that stands alone, and the hedge arrives before its cancel
    world.wire.hold_orders, world.wire.lose_cancels = False, True
    close(world, 3)
    assert told(world) == []
    world.arrive()
    # Then people read which leg stands alone now.
    assert (world.net(RB), world.net(FAR), row.status) == (0, -3, StrategyStatus.PAUSED)
    assert told(world) == ["（按账户实有的持仓）：螺纹钢2105（SHFE.rb2105）还应买入 3 手"]


def test_a_spread_in_balance_whose_lots_are_closed_is_told_of_once(world: World) -> None:
    start_spread(world)
    for _ in range(6):
        show(world)
    close(world, 3)
    show(world)
    assert len(alerts(world, TAKEN)) == 1
    assert told(world) == []


def test_a_leg_beyond_its_limit_that_a_person_has_closed_raises_no_level_any_more(world: World) -> None:
    # Given twice as many lots alone as are allowed
    beyond_its_limit(world)
    world.wait(2)
    # When a person closes all of them
    close(world, 6)
    world.wait(70)
    # Then nothing is beyond its limit.
    found = [one.after for one in world.facts(LevelChanged) if one.signal == "leg_imbalance"]
    assert Level.RED not in found
    assert found in ([], [Level.ORANGE])


def release(world: World) -> list[str]:
    scope = Scope(strategy=SPREAD)
    return [
        world.do(person, c.Release(account=ONE, scope=scope, reason="已人工平仓")).code
        for person in (RISK, SECOND_RISK)
    ]


def test_a_red_leg_that_a_person_has_closed_can_be_released(world: World) -> None:
    # Given a spread that is red by six naked lots
    row = beyond_its_limit(world)
    world.wait(70)
    assert leg_levels(world)[-1] is Level.RED
    assert release(world) == ["CAUSE_PRESENT", "CAUSE_PRESENT"]
    # When a person closes all of them
    close(world, 6)
    world.wait(5)
    assert (world.net(RB), row.status) == (0, PAUSED)
    # Then two persons release it, though it was not stopped.
    assert "CAUSE_PRESENT" not in release(world)
    world.wait(125)
    assert leg_levels(world)[-1] is not Level.RED


def test_of_a_leg_beyond_its_limit_that_is_closed_in_part_only_the_rest_counts(world: World) -> None:
    # Given six naked lots where three are allowed, of which a person closes five
    beyond_its_limit(world)
    world.wait(2)
    close(world, 5)
    world.wait(90)
    # Then the one that is left is told, and nothing is red.
    assert told(world)[-1].endswith("还应卖出 1 手")
    assert Level.RED not in leg_levels(world)


def test_of_a_red_leg_more_than_its_limit_is_left_and_stays_red(world: World) -> None:
    beyond_its_limit(world)
    world.wait(70)
    close(world, 2)
    world.wait(5)
    assert release(world) == ["CAUSE_PRESENT", "CAUSE_PRESENT"]
