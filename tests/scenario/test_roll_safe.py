"""What a roll takes along runs on only where nothing stops it, and is looked after meanwhile, in the users' words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import DaysToExpiry, SpreadSettings
from terminal.domain.words.risk import Scope
from terminal.engine.state import StrategyRow
from tests.engine_world import FAR, ONE, RB, RISK, SECOND_RISK, TRADER, I, World, terms
from tests.scenario.legs import ROLL, SPREAD, alerts
from tests.scenario.test_roll import go, roll
from tests.scenario.test_roll_along import change, held_spread, opened, started

EARLY = StrategyId("early")


def bound_to(row: StrategyRow) -> str:
    assert isinstance(row.settings, SpreadSettings)
    return row.settings.legs[0].instrument


# --- kill switch, red ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", [Scope(instrument=I), Scope(strategy=SPREAD)])
def test_a_spread_under_a_kill_switch_is_bound_anew_and_stays_paused(world: World, scope: Scope) -> None:
    # Given a spread with room for a second set, whose price is far from it, that is being moved
    row = held_spread(world, max_sets=2)
    world.show({I: (Decimal(820), Decimal("820.5"))})
    started(world, ROLL, roll(strategies=(SPREAD,), lots=2))
    go(world, 1)
    assert row.status is StrategyStatus.PAUSED
    # When somebody stops its ore, or the spread itself, at once
    assert world.do(RISK, c.Kill(account=ONE, scope=scope, reason="演练")).ok
    go(world, 80)
    # Then its lots are far's, and it waits with the reason on its card and in an alert;
    assert (bound_to(row), row.status) == (FAR, StrategyStatus.PAUSED)
    assert "已一键停止" in row.reason
    (alert,) = alerts(world, "BOUND_PAUSED")
    assert "已改绑 rb2105 但没有接着运行：spread（" in alert.sentence
    # it opens no leg when its price comes;
    world.show({I: (Decimal("834.0"), Decimal("834.5")), FAR: (3590, 3591)})
    world.wait(20)
    assert opened(world, SPREAD) == [(RB, 2), (I, 3)]
    # and it runs on once it is released and somebody says so.
    for person in (RISK, SECOND_RISK):
        assert world.do(person, c.Release(account=ONE, scope=scope, reason="已查明")).ok
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=SPREAD)).code == "OK"


# --- its other legs --------------------------------------------------------------------------------------------------


def test_lots_of_another_leg_closed_by_hand_during_a_roll_are_told_at_once_and_nothing_runs_on(world: World) -> None:
    row = held_spread(world)
    started(world, ROLL, roll(strategies=(SPREAD,), lots=2, batch_lots=1, batch_pause_seconds=10))
    go(world, 6)
    # When a person buys the ore back by hand while the roll is under way
    closing = terms(Side.BUY, 3, Decimal("834.5"), instrument=I, offset=Offset.CLOSE)
    world.do(TRADER, c.SubmitOrder(terms=closing))
    world.wait(3)
    assert world.net(I) == 0
    # Then the spread says so at once, and what it has lost it never trades for.
    (alert,) = alerts(world, "LOTS_TAKEN")
    assert "策略 spread 已暂停：账户实有 i2101 空 0 手（策略记 3 手）" in alert.sentence
    go(world, 80)
    assert (bound_to(row), row.status, row.lots_taken) == (FAR, StrategyStatus.PAUSED, True)
    again = world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=SPREAD))
    assert again.code == "LOTS_TAKEN"
    world.wait(20)
    assert world.net(I) == 0


# --- once a trading day ----------------------------------------------------------------------------------------------


def test_a_roll_leaves_alone_what_another_roll_has_moved_away_meanwhile(world: World) -> None:
    # Given two rolls that name one spread: one waits, the other moves it
    row = held_spread(world)
    world.buy(2, 3701)
    waiting = started(world, EARLY, roll(DaysToExpiry(days=0), strategies=(SPREAD,), lots=2))
    started(world, ROLL, roll(strategies=(SPREAD,), lots=2))
    go(world, 60)
    assert (bound_to(row), row.status) == (FAR, StrategyStatus.RUNNING)
    # When the time of the one that waited comes
    change(world, waiting, timings=(DaysToExpiry(days=900),))
    go(world, 3)
    # Then the spread, which is not on near any more, runs on;
    assert row.status is StrategyStatus.RUNNING
    go(world, 80)
    assert (bound_to(row), row.status, row.version) == (FAR, StrategyStatus.RUNNING, 2)
    # and people are told where it stands, by its settings.
    (alert,) = alerts(world, "NOT_BOUND_ANEW")
    assert "没有改绑 spread（今日已随移仓改绑过；现绑在 rb2105、i2101）" in alert.sentence
