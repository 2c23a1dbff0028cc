"""What a roll takes along runs on only where nothing stops it, and is looked after meanwhile, in the users' words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRefused
from terminal.domain.fact.marks import BatchBegan
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import DaysToExpiry, SpreadSettings
from terminal.domain.words.risk import Scope, Verdict
from terminal.engine.state import StrategyRow
from tests.engine_world import (
    CHECKER,
    FAR,
    LIMITS,
    NEXT_DAY,
    NEXT_NIGHT,
    ONE,
    RB,
    RISK,
    SECOND_RISK,
    TRADER,
    I,
    World,
    terms,
)
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL, SPREAD, alerts
from tests.scenario.targets import marks
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
    assert alert.sentence == "策略 spread 已暂停：账户实有 i2101 空 0 手（策略记 3 手），它的持仓已被平掉。"
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


def test_a_roll_that_began_to_wait_goes_on_the_next_day_where_its_spread_was_bound_today(world: World) -> None:
    # Given a spread that was rolled to far, and in the night back to near, and a roll from the first day that waits
    row = held_spread(world)
    waiting = started(world, EARLY, roll(DaysToExpiry(days=0), strategies=(SPREAD,), lots=2))
    started(world, ROLL, roll(strategies=(SPREAD,), lots=2))
    go(world, 60)
    world.show_at(NEXT_NIGHT)
    world.wait(3)
    started(world, StrategyId("back"), roll(near=FAR, far=RB, strategies=(SPREAD,), lots=2))
    go(world, 80)
    assert (bound_to(row), row.status, row.version) == (RB, StrategyStatus.RUNNING, 3)
    # When its time comes on the same trading day
    change(world, waiting, timings=(DaysToExpiry(days=900),))
    go(world, 20)
    # Then it waits, says so, and the spread runs on;
    desk = Desk(world)
    desk.look()
    assert "随移策略 spread 今日已改绑过，等下一交易日" in desk.strategies[EARLY].sentence
    assert (row.status, world.net(RB)) == (StrategyStatus.RUNNING, 2)
    # and on the next trading day it takes it along.
    world.show_at(instant(NEXT_DAY, 21, 1))
    go(world, 80)
    assert (bound_to(row), row.status, row.version) == (FAR, StrategyStatus.RUNNING, 4)
    assert (world.net(RB), world.net(FAR), world.net(I)) == (0, 2, -3)


# --- more lots than the roll moves -----------------------------------------------------------------------------------


def test_a_roll_splits_no_strategys_lots_but_waits_until_it_moves_them_all(world: World) -> None:
    # Given a spread that buys a second set just as a roll of the first one's lots begins
    row = held_spread(world, max_sets=2)
    rolling = started(world, ROLL, roll(strategies=(SPREAD,), lots=2))
    go(world, 20)
    # Then nothing of near is closed, and people are told once what to do.
    assert (world.net(RB), world.net(FAR), world.net(I)) == (4, 0, -6)
    assert marks(world, BatchBegan) == []
    (alert,) = alerts(world, "POSITION_MISSING")
    assert "随移策略 spread 现持 rb2101 4 手，多于移仓手数 2 手，等待；请加大移仓手数" in alert.sentence
    desk = Desk(world)
    desk.look()
    assert "随移策略共持 4 手，多于移仓手数 2 手，等加大移仓手数" in desk.strategies[ROLL].sentence
    # When it is to move them all, it goes on by itself.
    four = replace(rolling.settings, lots=4)
    approved(world, c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=1, settings=four))
    go(world, 80)
    assert (world.net(RB), world.net(FAR), world.net(I)) == (0, 4, -6)
    assert (bound_to(row), row.status) == (FAR, StrategyStatus.RUNNING)


def test_nobody_lets_a_roll_move_fewer_lots_than_what_it_takes_along_holds(world: World) -> None:
    held_spread(world)
    rolling = started(world, ROLL, roll(strategies=(SPREAD,), lots=2, batch_lots=1, batch_pause_seconds=20))
    go(world, 6)
    fewer = replace(rolling.settings, lots=1)
    body = c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=1, settings=fewer)
    foreseen, said = ask(world, body), world.do(TRADER, body)
    assert (foreseen.verdict, said.code) == (Verdict.DENY, "BAD_SETTINGS")
    for sentence in (foreseen.sentence, said.sentence):
        assert "随移策略共持 2 手，多于移仓手数 1 手；请加大移仓手数" in sentence
