"""What a roll takes along runs on only where nothing stops it, and is looked after meanwhile, in the users' words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRefused
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import DaysToExpiry, SpreadSettings
from terminal.domain.words.risk import Scope, Verdict
from terminal.engine.state import StrategyRow
from tests.engine_world import CHECKER, FAR, LIMITS, ONE, RB, RISK, SECOND_RISK, TRADER, I, World, terms
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL, SPREAD, alerts
from tests.scenario.test_roll import go, roll
from tests.scenario.test_roll_along import AGAINST_ORE, change, held_spread, opened, started
from tests.unit.engine.foreseen import ask

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


# --- a second person's approval --------------------------------------------------------------------------------------


def approved(world: World, body: c.StartStrategy | c.ChangeStrategy) -> None:
    done = world.do(TRADER, body)
    assert done.code == "CONFIRM2", done.sentence
    (waiting,) = world.account.pending.values()
    assert world.decide(CHECKER, waiting).ok


def test_whom_a_second_person_approved_goes_on_in_far_only_when_far_was_approved(begin: Begin) -> None:
    # Given a spread so large that a second person has approved it, with room for a second set
    world = begin(limits=replace(LIMITS, confirm_value_yuan=Decimal(150_000)))
    two = replace(AGAINST_ORE, max_sets=2)
    approved(world, c.StartStrategy(account=ONE, strategy=SPREAD, settings=two))
    world.show({RB: (3700, 3701), I: (Decimal("834.0"), Decimal("834.5"))})
    world.show({I: (Decimal(825), Decimal("825.5"))})
    world.wait(3)
    row, held = world.account.strategies[SPREAD], world.net(RB)
    assert held == 2
    # When a roll has moved it
    started(world, ROLL, roll(strategies=(SPREAD,), lots=held))
    go(world, 80)
    # Then it is bound to far and waits, and says for what;
    assert (bound_to(row), row.status) == (FAR, StrategyStatus.PAUSED)
    assert "它的复核没有包括 rb2105" in row.reason
    # its trader alone cannot let it go on, and the preview says so too;
    resume = c.ResumeStrategy(account=ONE, strategy=SPREAD)
    foreseen, said = ask(world, resume), world.do(TRADER, resume)
    assert (foreseen.verdict, said.code) == (Verdict.DENY, "NOT_APPROVED")
    for sentence in (foreseen.sentence, said.sentence):
        assert "不能恢复：它的复核没有包括 rb2105；请打开修改、按现行设置提交一次，由另一人复核" in sentence
    # but after the same settings, handed in once more, were approved, it trades far without a refusal.
    again = c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=row.version, settings=row.settings)
    assert ask(world, again).verdict is Verdict.CONFIRM2
    approved(world, again)
    assert world.do(TRADER, resume).code == "OK"
    world.show({I: (Decimal(838), Decimal("838.5"))})
    world.wait(20)
    assert (world.net(FAR), world.net(I)) == (4, -6)
    assert world.facts(OrderRefused) == []
