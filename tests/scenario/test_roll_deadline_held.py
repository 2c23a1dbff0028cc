"""A roll that has begun and is held up over its deadline, in the users' words: people hear what is left, and why."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.orders.order import Offset
from terminal.domain.parameters.strategy import Combine, Manual, OpenInterestCrossover, RollSettings
from terminal.domain.words.risk import Level
from tests.engine_world import FAR, NEXT_DAY, ONE, OTHER, RB, TRADER, Shown, World
from tests.scenario.between import between, half, held
from tests.scenario.carrying import card
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL, SPREAD, alerts
from tests.scenario.test_orange_of_one_contract import turned
from tests.scenario.test_roll import go, hold, roll, start
from tests.scenario.test_roll_along import held_spread, started
from tests.scenario.test_roll_deadline import FRIDAY_IN_A_WEEK, NOT_CROSSED, weighted
from tests.scenario.test_roll_slices import DEADLINE, TEN, change, daily, trade

AFTER_DEADLINE = 20200825
LOCKED: Shown = (3600, None)
NOW = Manual(go=True)


def late(world: World, hour: int, minute: int, far: Shown = (3600, 3602), day: int = NEXT_DAY) -> list[AlertRaised]:
    """Let a little more than a minute of a day pass, near filled never, and return the words of its deadline."""
    world.show_at(instant(day, hour, minute), {RB: (3700, 3701), FAR: far})
    go(world, 65)
    return alerts(world, "ROLL_LATE")


def test_a_roll_whose_far_month_is_locked_over_the_deadline_is_told_of_on_that_afternoon(world: World) -> None:
    # Given ten lots that are to go at once, and a far month that nobody offers from the first minute on
    hold(world, 10)
    start(world, daily(NOW, DEADLINE, batch_lots=4, naked_lots=2))
    go(world, 3)
    world.show({FAR: LOCKED})
    go(world, 120)
    assert len(alerts(world, "MARKET_STUCK")) == 1
    # When the day by which near must be left has come, nothing is told in the morning: it may yet flow.
    assert late(world, 9, 0, LOCKED) == []
    # Then in the last stretch of trading people hear what is left, why, and what to do,
    (told,) = late(world, 13, 30, LOCKED)
    assert told.level is Level.ORANGE
    assert f"的日子 {NEXT_DAY} 就是本交易日，还有 10 手没有移，现在移不动，这样下去它们过后仍在近月" in told.sentence
    assert "有合约封板或只剩一边报价，停止平近月，恢复双边报价就接着移；来不及的请人工移。" in told.sentence
    assert f"已提醒 {NEXT_DAY} 之前移不完" in card(world)
    # and not again, neither after a restart nor on the days after.
    world.restart()
    for day in (NEXT_DAY, AFTER_DEADLINE):
        assert len(late(world, 14, 0, LOCKED, day)) == 1


def test_a_lock_that_is_over_before_the_last_stretch_is_no_word(world: World) -> None:
    hold(world, 10)
    start(world, daily(NOW, DEADLINE))
    go(world, 3)
    late(world, 9, 0, LOCKED)
    world.show({FAR: (3600, 3602)})
    trade(world, 180)
    assert world.net(RB) == 0
    assert late(world, 13, 30) == []


def test_slices_that_are_all_due_while_far_is_locked_are_not_said_to_be_what_holds(world: World) -> None:
    # Given two slices that end on the deadline, and far that is locked on it
    hold(world, 10)
    start(world, weighted(replace(TEN, slices=2), DEADLINE, weights=(2, 1)))
    trade(world, 90)
    assert (world.net(RB), world.net(FAR)) == (5, 5)
    assert late(world, 9, 0, LOCKED) == []
    # Then the word names the market, and not the timings.
    (told,) = late(world, 13, 30, LOCKED)
    assert "还有 5 手没有移，现在移不动" in told.sentence
    assert "封板或只剩一边报价" in told.sentence
    assert "时机组合" not in told.sentence
    assert len(late(world, 9, 0, LOCKED, AFTER_DEADLINE)) == 1


def test_batches_that_cannot_be_done_on_the_day_are_told_in_its_first_minutes(world: World) -> None:
    # Given a roll that moves one lot every two hours, its second one in the first minute of its deadline
    hold(world, 10)
    slow = daily(NOW, DEADLINE, batch_lots=1, batch_pause_seconds=7200)
    start(world, slow)
    trade(world, 30)
    assert world.net(RB) == 9
    assert alerts(world, "ROLL_LATE") == []
    (told,) = late(world, 9, 0)
    assert "就是本交易日，还有 8 手没有移，照现在的安排到那天至多再移 2 手，其余 6 手过后仍在近月" in told.sentence
    assert "每批 1 手、批间停 7200 秒，来不及；请加大每批手数或减少批间停顿" in told.sentence
    # Done as it says, all goes.
    assert world.do(TRADER, change(world, replace(slow, batch_pause_seconds=0))).ok
    trade(world, 180)
    assert (world.net(RB), len(alerts(world, "ROLL_LATE"))) == (0, 1)


def test_near_lots_that_a_resting_order_holds_are_told_of_on_that_afternoon(world: World) -> None:
    hold(world, 10)
    late(world, 9, 0)
    assert world.close_long(10, 3750, offset=Offset.CLOSE_YESTERDAY).ok
    start(world, daily(NOW, DEADLINE))
    go(world, 5)
    (told,) = late(world, 13, 30)
    assert "近月的可平手数不够；请撤去占着近月的平仓委托，或人工移" in told.sentence


def test_a_roll_that_waits_for_what_it_takes_along_is_told_of_on_that_afternoon(world: World) -> None:
    # Given a spread that holds four lots, and a roll that would take it along and moves two
    held_spread(world, max_sets=2)
    started(world, ROLL, roll(NOW, DEADLINE, strategies=(SPREAD,), lots=2))
    go(world, 20)
    assert world.net(RB) == 4
    late(world, 9, 0)
    (told,) = late(world, 13, 30)
    assert "还有 2 手没有移，现在移不动" in told.sentence
    assert "近月的可平手数不够它移，等着（原因见缺手数的提醒）；请按写明的原因处理" in told.sentence


def test_far_that_may_not_be_opened_is_told_of_on_that_afternoon(world: World) -> None:
    hold(world, 10)
    start(world, daily(NOW, DEADLINE, batch_lots=2, naked_lots=2, batch_pause_seconds=3600))
    late(world, 9, 0)
    world.show_at(instant(NEXT_DAY, 13, 30))
    turned(world, FAR)
    go(world, 65)
    (told,) = alerts(world, "ROLL_LATE")
    assert f"还有 {world.net(RB)} 手没有移，现在移不动" in told.sentence
    assert "远月开不了，停止平近月（" in told.sentence
    assert "请按写明的原因处理，或人工移" in told.sentence


def test_a_fellow_that_rests_is_told_of_to_near_s_account_on_that_afternoon(begin: Begin) -> None:
    world = held(begin)
    settings = between(timings=(NOW, DEADLINE), batch_lots=2, naked_lots=2, batch_pause_seconds=3600)
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings)).ok
    trade(world, 9)
    assert world.do(TRADER, c.PauseStrategy(account=OTHER, strategy=half(world, OTHER).strategy)).ok
    late(world, 9, 0)
    (told,) = late(world, 13, 30)
    assert told.account == ONE
    assert "开远月的一半已暂停" in told.sentence


def test_a_roll_that_is_called_for_and_cannot_begin_is_told_of_on_that_afternoon(world: World) -> None:
    hold(world, 10)
    start(world, daily(DEADLINE))
    late(world, 9, 0, LOCKED)
    assert len(alerts(world, "ROLL_WAITS")) == 1
    (told,) = late(world, 13, 30, LOCKED)
    assert "还有 10 手没有移，现在移不动" in told.sentence
    assert "时机已满足而没有开始（螺纹钢2105只有买价）；请按写明的原因处理，或人工移" in told.sentence


def test_what_still_moves_with_little_of_the_day_left_is_told_of(world: World) -> None:
    # Given a roll that nothing holds up, and a market that does not come to it
    hold(world, 10)
    late(world, 14, 38)
    start(world, daily(NOW, DEADLINE, chase_seconds=900))
    assert late(world, 14, 40) == []
    (told,) = late(world, 14, 46)
    assert (
        f"的日子 {NEXT_DAY} 就是本交易日，还有 10 手没有移：还在移，剩下的时间不多；来不及的请人工移。" in told.sentence
    )


def test_a_begun_roll_over_a_day_on_which_the_runner_was_off_is_told_of_afterwards(world: World) -> None:
    hold(world, 10)
    start(world, daily(NOW, DEADLINE, batch_lots=4, naked_lots=2))
    go(world, 3)
    world.show({FAR: LOCKED})
    go(world, 3)
    (told,) = late(world, 9, 0, LOCKED, AFTER_DEADLINE)
    assert f"的日子 {NEXT_DAY} 已过，还有 10 手没有移：有合约封板或只剩一边报价" in told.sentence


@pytest.mark.parametrize("sliced", [True, False])
def test_a_paused_roll_that_needs_two_ways_is_told_both_together(world: World, *, sliced: bool) -> None:
    # Given a paused roll whose timings do not call for it on its deadline
    hold(world, 10)
    world.interest = dict(NOT_CROSSED)
    settings: RollSettings = daily(DEADLINE, OpenInterestCrossover(), combine=Combine.ALL)
    if sliced:
        settings = weighted(TEN, DEADLINE, OpenInterestCrossover(), weights=(2, 1, 1))
    start(world, settings)
    go(world, 5)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL)).ok
    go(world, 3)
    (told,) = late(world, 9, 0)
    assert "过后仍在近月：移仓已暂停（人工暂停" in told.sentence
    fewer = "把份数减到 2 份以内或" if sliced else ""
    assert f"），时机组合（{'权重之和达到' if sliced else '全部满足'}）现在" in told.sentence
    assert f"；请恢复它，并{fewer}把时机组合改成任一满足，或人工移" in told.sentence
    # Done so, both, all goes.
    assert world.do(TRADER, change(world, replace(settings, combine=Combine.ANY, weights=(), needed_weight=0))).ok
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=ROLL)).ok
    trade(world, 180)
    assert world.net(RB) == 0


def test_what_a_market_may_still_call_for_is_not_told_ahead_without_slices(world: World) -> None:
    hold(world, 10)
    world.interest = dict(NOT_CROSSED)
    start(world, daily(FRIDAY_IN_A_WEEK, OpenInterestCrossover(), combine=Combine.ALL))
    go(world, 65)
    assert alerts(world, "ROLL_LATE") == []
