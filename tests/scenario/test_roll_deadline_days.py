"""Several days by which near must be left, and days before which a roll cannot begin, in the users' words."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.roll_marks import DeadlineMissed
from terminal.domain.parameters.strategy import (
    Combine,
    DaysToExpiry,
    OpenInterestCrossover,
    RollSettings,
    StepDay,
)
from terminal.domain.words.risk import Level, Verdict
from tests.engine_world import NEXT_DAY, ONE, RB, TRADER, World
from tests.scenario.carrying import card
from tests.scenario.legs import ROLL, alerts
from tests.scenario.test_roll import go, hold, marks, start
from tests.scenario.test_roll_deadline import FRIDAY_IN_A_WEEK, NOT_CROSSED, WEEK, at
from tests.scenario.test_roll_slices import TEN, change, daily, foreseen, trade

WEDNESDAY, SATURDAY, DECEMBER_ENDS = 20200826, 20200829, 20201231
LATER = StepDay(day=20200903, days=0)  # after the company's deadline


def two_days() -> RollSettings:
    by_wednesday = DaysToExpiry(days=0, policy_day=WEDNESDAY)
    weights = (3, 1, 1)
    return daily(
        TEN, by_wednesday, StepDay(day=WEEK), combine=Combine.WEIGHTED, weights=weights, needed_weight=3
    )  # fmt: skip


@pytest.mark.parametrize("restarts", [False, True])
def test_each_of_two_deadlines_is_told_ahead_and_on_its_own_day(world: World, *, restarts: bool) -> None:
    # Given slices that keep neither of two days, both told ahead
    hold(world, 10)
    start(world, two_days())
    go(world, 65)
    assert [one.level for one in alerts(world, "ROLL_LATE")] == [Level.YELLOW, Level.YELLOW]
    if restarts:
        world.restart()
    # When the earlier one has come, then it is told, louder; and so is the later one on its day.
    at(world, WEDNESDAY)
    assert len(alerts(world, "ROLL_LATE")) == 3
    assert f"的日子 {WEDNESDAY} 就是本交易日，还有 " in alerts(world, "ROLL_LATE")[2].sentence
    at(world, WEEK)
    assert [one.level for one in alerts(world, "ROLL_LATE")[2:]] == [Level.ORANGE, Level.ORANGE]
    assert f"的日子 {WEEK} 就是本交易日，还有 " in alerts(world, "ROLL_LATE")[3].sentence
    assert f"已提醒 {WEDNESDAY}、{WEEK} 之前移不完" in card(world)


def test_a_change_between_two_days_tells_again_of_the_one_still_to_come_alone(world: World) -> None:
    hold(world, 10)
    start(world, two_days())
    go(world, 65)
    at(world, WEDNESDAY)
    before = len(alerts(world, "ROLL_LATE"))
    assert world.do(TRADER, change(world, replace(two_days(), batch_pause_seconds=5))).ok
    go(world, 65)
    (again,) = alerts(world, "ROLL_LATE")[before:]
    assert f"的日子 {WEEK} 还有 2 个交易日" in again.sentence


def test_a_policy_day_does_not_hide_the_month_before_delivery_of_the_same_timing(world: World) -> None:
    # Given one timing with both days, and an open interest that never crosses
    hold(world, 10)
    world.interest = dict(NOT_CROSSED)
    both = DaysToExpiry(days=0, policy_day=NEXT_DAY, before_delivery_month=True)
    start(world, daily(both, OpenInterestCrossover(), combine=Combine.ALL))
    go(world, 65)
    for day in (NEXT_DAY, DECEMBER_ENDS):
        at(world, day)
    # Then both are told, each on its day.
    told = [one.sentence for one in alerts(world, "ROLL_LATE")]
    assert len(told) == 2
    assert [f"的日子 {day} 就是本交易日" in one for day, one in zip((NEXT_DAY, DECEMBER_ENDS), told, strict=True)] == [
        True
    ] * 2


def test_a_deadline_on_a_saturday_is_not_said_to_be_the_friday_before(world: World) -> None:
    hold(world, 10)
    world.interest = dict(NOT_CROSSED)
    start(world, daily(DaysToExpiry(days=0, policy_day=SATURDAY), OpenInterestCrossover(), combine=Combine.ALL))
    go(world, 65)
    at(world, WEEK)
    (told,) = alerts(world, "ROLL_LATE")
    assert f"的日子 {SATURDAY}，本交易日是它之前最后一个交易日，还有 10 手没有移" in told.sentence


@pytest.mark.parametrize("slices", [10, 3])
def test_a_roll_that_cannot_begin_by_its_deadline_is_told_ahead_that_nothing_moves(world: World, slices: int) -> None:
    # Given timings that are all wanted, of which one comes a week after the company's deadline
    hold(world, 10)
    settings = daily(replace(TEN, slices=slices), FRIDAY_IN_A_WEEK, LATER, combine=Combine.ALL)
    # Then the preview says so, and no figure that is not so,
    said = foreseen(world, settings)
    assert said.verdict is Verdict.WARN
    assert (
        f"的日子 {WEEK}，时机组合（全部满足）还不会满足，一手也不移；请改时机，或把时机组合改成任一满足"
        in said.sentence
    )
    assert "按份" not in said.sentence
    # and so do the words once it waits, with no way that is none.
    start(world, settings)
    go(world, 65)
    (told,) = alerts(world, "ROLL_LATE")
    assert "还有 10 手没有移，照现在的安排到那天不再移，它们过后仍在近月" in told.sentence
    assert "时机组合（全部满足）到那天还不会满足；请把时机组合改成任一满足，或人工移" in told.sentence
    # Fewer slices mend nothing, which is written down; and people hear again, louder, on the day.
    fewer = replace(settings, timings=(replace(TEN, slices=slices - 1), *settings.timings[1:]))
    assert world.do(TRADER, change(world, fewer)).ok
    go(world, 5)
    assert [mark.moves for mark in marks(world, DeadlineMissed)] == [0, 0]
    assert len(alerts(world, "ROLL_LATE")) == 1
    at(world, WEEK)
    assert alerts(world, "ROLL_LATE")[-1].level is Level.ORANGE
    # Done as it says, all goes.
    assert world.do(TRADER, change(world, replace(fewer, combine=Combine.ANY))).ok
    trade(world, 180)
    assert world.net(RB) == 0


def test_without_slices_a_day_before_the_roll_can_begin_is_told_ahead_too(world: World) -> None:
    hold(world, 10)
    settings = daily(FRIDAY_IN_A_WEEK, LATER, combine=Combine.ALL)
    assert "还不会满足，一手也不移" in foreseen(world, settings).sentence
    start(world, settings)
    go(world, 65)
    (told,) = alerts(world, "ROLL_LATE")
    assert (told.level, "照现在的安排到那天不再移" in told.sentence) == (Level.YELLOW, True)


def test_lots_that_only_a_market_lets_go_are_told_as_the_most_that_move(world: World) -> None:
    # Given slices that wait for an open interest that has not crossed
    hold(world, 10)
    world.interest = dict(NOT_CROSSED)
    settings = daily(TEN, FRIDAY_IN_A_WEEK, OpenInterestCrossover(), combine=Combine.ALL)
    assert "到那天按份至多移 6 手，其余 4 手过后仍在近月" in foreseen(world, settings).sentence
    start(world, settings)
    go(world, 65)
    (told,) = alerts(world, "ROLL_LATE")
    assert "到那天至多再移 6 手，其余 4 手过后仍在近月" in told.sentence


def test_a_paused_roll_that_its_deadline_calls_for_needs_only_to_be_resumed(world: World) -> None:
    hold(world, 10)
    start(world, daily(TEN, DaysToExpiry(days=0, policy_day=NEXT_DAY)))
    go(world, 3)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL)).ok
    go(world, 3)
    at(world, NEXT_DAY)
    said = alerts(world, "ROLL_LATE")[-1].sentence
    assert "移仓已暂停（人工暂停" in said
    assert "）；请恢复它，或人工移" in said
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=ROLL)).ok
    trade(world, 180)
    assert world.net(RB) == 0
