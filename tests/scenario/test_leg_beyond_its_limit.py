"""A leg that stays beyond its limit raises the level by its own clock."""

from __future__ import annotations

from terminal.domain import commands as c
from terminal.domain.fact.facts import LevelChanged
from terminal.domain.reports import Traded
from terminal.domain.words.risk import Level, Scope
from terminal.engine.state import StrategyRow
from tests.engine_world import FAR, ONE, RB, RISK, SECOND_RISK, World
from tests.scenario.legs import PAUSED, SPREAD, STOPPED, alerts, show, start_spread, stop


def leg_levels(world: World) -> list[Level]:
    found = [one for one in world.facts(LevelChanged) if one.signal == "leg_imbalance"]
    assert {one.scope for one in found} <= {Scope(strategy=SPREAD)}
    return [one.after for one in found]


def beyond_its_limit(world: World) -> StrategyRow:
    """Hold six lots of rebar without their far month, where three are allowed.

    An active order was declared void, a second one took its place, and then the first one filled after all.
    """
    row = start_spread(world, naked_lots=3, max_sets=6)
    world.wire.hold_orders = True
    show(world)
    world.wire.hold_orders = False
    while world.account.live:
        world.wait(1)
    world.wire.hold = (Traded,)
    show(world)
    show(world, (None, 3602))
    world.tell_held()
    world.wait(10)
    assert (world.net(RB), world.net(FAR), leg_levels(world)) == (3, 0, []), "at its limit, not beyond it"
    world.arrive()
    assert (world.net(RB), world.net(FAR)) == (6, 0)
    return row


def test_a_leg_beyond_its_limit_is_orange_after_five_seconds_and_red_after_a_minute(world: World) -> None:
    row = beyond_its_limit(world)
    world.wait(6)
    assert leg_levels(world) == []
    world.wait(1)
    assert leg_levels(world) == [Level.ORANGE]
    world.wait(54)
    assert leg_levels(world) == [Level.ORANGE]
    world.wait(1)
    assert leg_levels(world) == [Level.ORANGE, Level.RED]
    assert row.status is PAUSED
    assert "还应卖出 6 手" in alerts(world, "LEG_NAKED")[-1].sentence


def test_the_clock_of_a_leg_beyond_its_limit_counts_no_jump_of_the_market(world: World) -> None:
    beyond_its_limit(world)
    world.show(after=1)
    world.show(after=600)
    assert leg_levels(world) == []


def test_what_a_stopped_strategy_left_behind_is_no_imbalance_any_more(world: World) -> None:
    row = beyond_its_limit(world)
    world.wait(70)
    assert stop(world).code == "OK"
    assert row.status is STOPPED
    for scope in (Scope(), Scope(strategy=SPREAD)):
        for person in (RISK, SECOND_RISK):
            world.do(person, c.Release(account=ONE, scope=scope, reason="已人工平仓"))
    world.wait(125)
    assert leg_levels(world) == [Level.ORANGE, Level.RED, Level.NORMAL]
