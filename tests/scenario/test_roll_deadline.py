"""A day by which near must be left and that a roll does not keep, in the users' words: people hear of it in time."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.roll_marks import DeadlineMissed, SlicesLifted
from terminal.domain.parameters.strategy import (
    Combine,
    DaysToExpiry,
    Manual,
    OpenInterestCrossover,
    RollSettings,
    Slices,
    StepDay,
    Timing,
)
from terminal.domain.words.risk import Level
from terminal.engine.alert import deadline_watch
from tests.engine_world import DAY, FAR, NEXT_DAY, ONE, OTHER, RB, TRADER, World
from tests.scenario.between import between, half, held
from tests.scenario.carrying import card
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL, alerts
from tests.scenario.test_roll import go, hold, marks, start
from tests.scenario.test_roll_last_days import LAST, morning
from tests.scenario.test_roll_slices import DEADLINE, TEN, change, daily, trade
from tests.unit.engine.foreseen import ask

WEEK = 20200828  # five trading days from DAY
FRIDAY_IN_A_WEEK = DaysToExpiry(days=0, policy_day=WEEK)
CROSSED, NOT_CROSSED = {RB: 8000, FAR: 9000}, {RB: 9000, FAR: 8000}


def at(world: World, day: int, seconds: int = 65) -> None:
    """Open a trading day and let a little more than a minute pass, in which nothing of near is filled."""
    world.show_at(instant(day, 9, 0), {RB: (3700, 3701), FAR: (3600, 3602)})
    go(world, seconds)


def weighted(*timings: Timing, weights: tuple[int, ...]) -> RollSettings:
    return daily(*timings, combine=Combine.WEIGHTED, weights=weights, needed_weight=2)


@pytest.mark.parametrize(
    "settings",
    [
        daily(TEN, FRIDAY_IN_A_WEEK, combine=Combine.ALL),
        weighted(TEN, FRIDAY_IN_A_WEEK, weights=(2, 1)),
        weighted(TEN, StepDay(day=WEEK), weights=(2, 1)),
    ],
)
def test_slices_that_nothing_can_hasten_are_told_ahead_once_and_again_when_the_day_has_come(
    world: World, settings: RollSettings
) -> None:
    # Given ten lots in ten slices, a company's deadline in a week, and timings that do not hasten
    hold(world, 10)
    start(world, settings)
    go(world, 65)
    # Then it is told as soon as both contracts trade, with the lots, the day, and what a person can do;
    (told,) = alerts(world, "ROLL_LATE")
    assert (told.level, told.instrument) == (Level.YELLOW, RB)
    left = world.net(RB)
    assert f"的日子 {WEEK} 还有 5 个交易日，还有 {left} 手没有移" in told.sentence
    assert f"照现在的安排到那天至多再移 {left - 4} 手，其余 4 手过后仍在近月" in told.sentence
    assert "不会加快；请把份数减到 6 份以内，或把时机组合改成任一满足，或人工移" in told.sentence
    assert f"已提醒 {WEEK} 之前移不完" in card(world)
    # not again the next day, nor after the runner has started anew;
    world.restart()
    at(world, NEXT_DAY)
    assert len(alerts(world, "ROLL_LATE")) == 1
    # and once more, louder, in the first minutes of that very day.
    at(world, WEEK)
    _, last = alerts(world, "ROLL_LATE")
    assert last.level is Level.ORANGE
    assert f"的日子 {WEEK} 就是本交易日，还有 " in last.sentence
    world.restart()
    go(world, 65)
    assert len(alerts(world, "ROLL_LATE")) == 2


def test_nothing_is_told_of_slices_that_end_in_time_or_that_the_deadline_hastens(world: World) -> None:
    hold(world, 10)
    start(world, daily(replace(TEN, slices=6), FRIDAY_IN_A_WEEK, combine=Combine.ALL))
    go(world, 65)
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=ROLL)).ok
    hastened = c.StartStrategy(account=ONE, strategy=type(ROLL)("other"), settings=daily(TEN, FRIDAY_IN_A_WEEK))
    assert world.do(TRADER, hastened).ok
    go(world, 65)
    assert alerts(world, "ROLL_LATE") == []
    at(world, WEEK)
    assert alerts(world, "ROLL_LATE") == []


def test_a_person_who_mends_it_hears_no_more(world: World) -> None:
    # Given a roll of which it was told that it does not keep its deadline
    hold(world, 10)
    late = weighted(TEN, DEADLINE, weights=(2, 1))
    start(world, late)
    trade(world, 70)
    assert len(alerts(world, "ROLL_LATE")) == 1
    # When its slices are made fewer, as the alert says
    assert "请把份数减到 2 份以内" in alerts(world, "ROLL_LATE")[0].sentence
    fewer = replace(late, timings=(replace(TEN, slices=2), DEADLINE))
    assert world.do(TRADER, change(world, fewer)).ok
    trade(world, 70)
    # Then the card no longer says it, nobody is told on the day, and all is moved.
    assert "之前移不完" not in card(world)
    world.show_at(instant(NEXT_DAY, 9, 1))
    trade(world, 180)
    assert (world.net(RB), world.net(FAR)) == (0, 10)
    assert len(alerts(world, "ROLL_LATE")) == 1


def test_a_change_that_does_not_mend_it_is_written_down_and_alerts_nobody_twice_a_day(world: World) -> None:
    # Given a roll of which people were alerted that it does not keep its deadline
    hold(world, 10)
    late = weighted(TEN, DEADLINE, weights=(2, 1))
    start(world, late)
    go(world, 65)
    (first,) = alerts(world, "ROLL_LATE")
    assert "其余 8 手过后仍在近月" in first.sentence
    # When its slices are changed twice, to fewer that are still too many, as their previews say
    for slices in (6, 5):
        changed = change(world, replace(late, timings=(replace(TEN, slices=slices), DEADLINE)))
        assert "到那天按份至多移 4 手，其余 6 手过后仍在近月" in ask(world, changed).sentence
        assert world.do(TRADER, changed).ok
        go(world, 5)
    # Then how it stands is written down, the card says it on, and nobody is alerted again before the day comes.
    assert [mark.lots - mark.moves for mark in marks(world, DeadlineMissed)] == [8, 6, 6]
    assert f"已提醒 {NEXT_DAY} 之前移不完" in card(world)
    world.restart()
    go(world, 5)
    assert alerts(world, "ROLL_LATE") == [first]
    at(world, NEXT_DAY)
    assert len(alerts(world, "ROLL_LATE")) == 2


def test_a_change_on_a_later_trading_day_is_told_of_once_more(world: World) -> None:
    hold(world, 10)
    late = weighted(TEN, FRIDAY_IN_A_WEEK, weights=(2, 1))
    start(world, late)
    go(world, 65)
    at(world, NEXT_DAY)
    assert len(alerts(world, "ROLL_LATE")) == 1
    assert world.do(TRADER, change(world, replace(late, timings=(replace(TEN, slices=9), FRIDAY_IN_A_WEEK)))).ok
    go(world, 5)
    assert len(alerts(world, "ROLL_LATE")) == 2


def test_each_of_two_days_is_told_ahead_and_when_it_comes(world: World) -> None:
    # Given a company's deadline on the next trading day and a step of margin in a week, which ten slices both miss
    hold(world, 10)
    start(world, daily(TEN, DEADLINE, StepDay(day=WEEK), combine=Combine.ALL))
    go(world, 65)
    assert [mark.day for mark in marks(world, DeadlineMissed)] == [NEXT_DAY, WEEK]
    assert f"已提醒 {NEXT_DAY}、{WEEK} 之前移不完" in card(world)
    # Then the first is told when it comes, though the later one was told since.
    at(world, NEXT_DAY)
    assert [(mark.day, mark.days) for mark in marks(world, DeadlineMissed)][2:] == [(NEXT_DAY, 0)]
    assert len(alerts(world, "ROLL_LATE")) == 3


@pytest.mark.parametrize("crossed", [True, False])
def test_what_a_market_may_still_hasten_is_told_on_the_day_and_only_where_it_does_not(
    world: World, *, crossed: bool
) -> None:
    # Given slices that a deadline and a crossed open interest hasten together
    hold(world, 10)
    world.interest = dict(CROSSED)
    start(world, weighted(TEN, DEADLINE, OpenInterestCrossover(), weights=(2, 1, 1)))
    trade(world)
    # Then nobody is told ahead: it may yet be kept.
    assert alerts(world, "ROLL_LATE") == []
    # When the day has come
    world.interest = dict(CROSSED if crossed else NOT_CROSSED)
    at(world, NEXT_DAY)
    # Then either all goes, or people hear in its first minutes what is left.
    assert bool(marks(world, SlicesLifted)) is crossed
    told = alerts(world, "ROLL_LATE")
    assert len(told) == (0 if crossed else 1)
    if told:
        assert told[0].level is Level.ORANGE
        assert f"的日子 {NEXT_DAY} 就是本交易日，还有 8 手没有移，照现在的安排到那天不再移，它们" in told[0].sentence
        assert "时机组合（权重之和达到）现在不加快；请把份数减到 2 份以内" in told[0].sentence


def test_a_roll_without_slices_that_nothing_calls_for_on_its_deadline_is_told_of(world: World) -> None:
    # Given a roll that wants both, its deadline and a crossed open interest, which is not crossed
    hold(world, 10)
    world.interest = dict(NOT_CROSSED)
    start(world, daily(DEADLINE, OpenInterestCrossover(), combine=Combine.ALL))
    go(world, 65)
    assert alerts(world, "ROLL_LATE") == []
    at(world, NEXT_DAY)
    (told,) = alerts(world, "ROLL_LATE")
    assert "就是本交易日，还有 10 手没有移，照现在的安排到那天不再移，它们过后仍在近月" in told.sentence
    assert "现在没有满足；请把时机组合改成任一满足，或人工移" in told.sentence
    # and done as it says, it moves.
    changed = daily(DEADLINE, OpenInterestCrossover(), combine=Combine.ANY)
    assert world.do(TRADER, change(world, changed)).ok
    trade(world, 180)
    assert world.net(RB) == 0


def test_fewer_slices_are_no_way_where_another_timing_decides(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given timings that switch, as an older version let them start, of which a market's decides on the deadline, and is
    # not met
    monkeypatch.setattr("terminal.strategies.roll.prospects._newly_passed_over", lambda *_: None)
    hold(world, 10)
    world.interest = dict(NOT_CROSSED)
    start(world, daily(OpenInterestCrossover(), TEN, DEADLINE, combine=Combine.SWITCH))
    go(world, 65)
    assert alerts(world, "ROLL_LATE") == []
    at(world, NEXT_DAY)
    (told,) = alerts(world, "ROLL_LATE")
    assert "时机组合（自动切换）现在没有满足；请把时机组合改成任一满足，或人工移" in told.sentence


def test_a_paused_roll_is_told_of_on_its_deadline_too(world: World) -> None:
    hold(world, 10)
    start(world, daily(Manual(), DEADLINE))
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL)).ok
    go(world, 65)
    assert alerts(world, "ROLL_LATE") == []
    at(world, NEXT_DAY)
    (told,) = alerts(world, "ROLL_LATE")
    assert "移仓已暂停（人工暂停）；请恢复它，或人工移" in told.sentence
    assert world.account.strategies[ROLL].status is StrategyStatus.PAUSED


def test_a_day_that_passed_while_the_runner_was_off_is_told_afterwards(world: World) -> None:
    hold(world, 10)
    world.interest = dict(NOT_CROSSED)
    start(world, daily(DEADLINE, OpenInterestCrossover(), combine=Combine.ALL))
    go(world, 5)
    at(world, 20200825)
    (told,) = alerts(world, "ROLL_LATE")
    assert f"的日子 {NEXT_DAY} 已过，还有 10 手没有移：" in told.sentence


def test_near_s_own_last_trading_day_and_lots_that_are_not_there_are_not_told_twice(world: World) -> None:
    # Given a company's deadline that is near's last trading day, and a roll of lots that nobody holds
    world.interest = dict(NOT_CROSSED)
    own = DaysToExpiry(days=0, policy_day=LAST)
    start(world, daily(DEADLINE, OpenInterestCrossover(), combine=Combine.ALL))
    at(world, NEXT_DAY)
    assert alerts(world, "ROLL_LATE") == []
    hold(world, 10)
    start_again = daily(own, OpenInterestCrossover(), combine=Combine.ALL)
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=type(ROLL)("own"), settings=start_again))
    assert done.ok
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=ROLL)).ok
    morning(world, LAST)
    go(world, 65)
    assert (len(alerts(world, "NEAR_EXPIRES")), alerts(world, "ROLL_LATE")) == (1, [])


def test_between_accounts_the_half_that_closes_near_is_told_of_alone(begin: Begin) -> None:
    world = held(begin)
    settings = between(timings=(Slices(first_day=DAY, slices=6), DEADLINE), combine=Combine.ALL)
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings)).ok
    go(world, 65)
    (told,) = alerts(world, "ROLL_LATE")
    assert told.account == ONE
    assert half(world, OTHER).status is StrategyStatus.RUNNING


def test_a_run_over_a_recording_does_not_sleep_until_it_is_told(world: World) -> None:
    hold(world, 10)
    start(world, daily(TEN, FRIDAY_IN_A_WEEK, combine=Combine.ALL))
    row = world.account.strategies[ROLL]
    assert deadline_watch.quiet(world.engine.look, row) is None
    go(world, 65)
    assert deadline_watch.quiet(world.engine.look, row) is not None
    world.show_at(instant(WEEK, 9, 0), {RB: (3700, 3701), FAR: (3600, 3602)})
    assert deadline_watch.quiet(world.engine.look, row) is None
    go(world, 65)
    assert deadline_watch.quiet(world.engine.look, row) is not None
