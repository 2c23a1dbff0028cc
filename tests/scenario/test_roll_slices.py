"""A roll in daily slices whose deadline comes, or whose owner says now, in the users' words: it does not dawdle."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.roll_marks import SlicesLifted
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
from terminal.domain.words.risk import Verdict
from terminal.engine.screen import Preview
from tests.engine_world import DAY, FAR, NEXT_DAY, ONE, OTHER, RB, TRADER, World
from tests.scenario.between import between, half, held, net
from tests.scenario.carrying import card
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL
from tests.scenario.test_roll import go, hold, marks, roll, start
from tests.unit.engine.foreseen import ask

TEN = Slices(first_day=DAY, slices=10)
DEADLINE = DaysToExpiry(days=0, policy_day=NEXT_DAY)


def daily(*others: Timing, **changes: object) -> RollSettings:
    return replace(roll(*others), **({"lots": 10, "batch_lots": 10, "naked_lots": 5} | changes))


def trade(world: World, seconds: int = 60) -> None:
    # Near's bid fills what rests there on every third second.
    for second in range(seconds):
        world.show({RB: (3701, 3702)} if second % 3 == 2 else {RB: (3700, 3701), FAR: (3600, 3602)})


def change(world: World, settings: RollSettings) -> c.ChangeStrategy:
    version = world.account.strategies[ROLL].version
    return c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=version, settings=settings)


def foreseen(world: World, settings: RollSettings) -> Preview:
    return ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings))


@pytest.mark.parametrize("restarts", [False, True])
def test_on_the_company_s_deadline_a_roll_in_slices_moves_all_that_is_left(world: World, *, restarts: bool) -> None:
    # Given ten lots that move in ten daily slices, and a company that wants them gone by Monday
    hold(world, 10)
    start(world, daily(TEN, DEADLINE))
    trade(world)
    assert (world.net(RB), world.net(FAR)) == (9, 1)
    if restarts:
        world.restart()
    # When Monday has come
    world.show_at(instant(NEXT_DAY, 9, 1))
    trade(world, 180)
    # Then nothing of near is left, and the roll says once why it went faster.
    assert (world.net(RB), world.net(FAR)) == (0, 10)
    assert world.account.strategies[ROLL].status is StrategyStatus.FINISHED
    (lifted,) = marks(world, SlicesLifted)
    assert (lifted.places, lifted.lots) == ((1,), 9)


def test_a_person_who_says_now_in_the_middle_of_the_slices_is_obeyed(world: World) -> None:
    # Given a roll that its slices have begun
    hold(world, 10)
    start(world, daily(TEN, Manual()))
    trade(world)
    assert (world.net(RB), world.net(FAR)) == (9, 1)
    assert "按日程分份" in card(world)
    # When its owner says now
    changed = change(world, daily(TEN, Manual(go=True)))
    said = ask(world, changed)
    assert "生效后不再按份：其余 9 手接着移完" in said.details
    assert world.do(TRADER, changed).ok
    go(world, 2)
    assert "按日程分份" not in card(world)
    trade(world, 180)
    # Then the rest moves, today.
    assert (world.net(RB), world.net(FAR)) == (0, 10)


def test_what_has_let_it_go_once_does_not_hold_it_again(world: World) -> None:
    # Given a roll in slices, and far that overtakes near for a while in the middle
    hold(world, 10)
    world.interest = {RB: 9000, FAR: 8000}
    start(world, daily(TEN, OpenInterestCrossover(), batch_lots=2))
    trade(world)
    world.interest = {RB: 8000, FAR: 9000}
    trade(world, 5)
    world.interest = {RB: 9000, FAR: 8000}
    trade(world, 300)
    # Then it goes on to its end, as a roll does that has begun.
    assert (world.net(RB), world.net(FAR)) == (0, 10)
    assert len(marks(world, SlicesLifted)) == 1


def test_a_roll_that_needs_its_slices_keeps_to_them_whatever_else_is_met(world: World) -> None:
    # Given a roll that wants both: its slices, and far overtaking near
    hold(world, 10)
    world.interest = {RB: 8000, FAR: 9000}
    start(world, daily(TEN, OpenInterestCrossover(), combine=Combine.ALL))
    trade(world)
    world.show_at(instant(NEXT_DAY, 9, 1))
    trade(world, 120)
    # Then each day moves its slice.
    assert (world.net(RB), world.net(FAR)) == (8, 2)
    assert marks(world, SlicesLifted) == []


def test_slices_that_are_moved_out_to_more_days_hold_it_all_the_same(world: World) -> None:
    hold(world, 10)
    start(world, daily(Slices(first_day=DAY, slices=5), Manual()))
    trade(world, 120)
    assert (world.net(RB), world.net(FAR)) == (8, 2)
    assert world.do(TRADER, change(world, daily(TEN, Manual()))).ok
    world.show_at(instant(NEXT_DAY, 9, 1))
    trade(world, 120)
    assert (world.net(RB), world.net(FAR)) == (8, 2)


def test_between_accounts_the_deadline_lets_it_go_as_well(begin: Begin) -> None:
    world = held(begin)
    settings = between(timings=(Slices(first_day=DAY, slices=6), DEADLINE), naked_lots=2, batch_pause_seconds=0)
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings)).ok
    trade(world)
    assert (net(world, ONE, RB), net(world, OTHER, FAR)) == (5, 1)
    world.show_at(instant(NEXT_DAY, 9, 1))
    trade(world, 240)
    assert (net(world, ONE, RB), net(world, OTHER, FAR)) == (0, 6)
    assert half(world, OTHER).status is StrategyStatus.FINISHED


# --- said before the start ----------------------------------------------------------------------------------------


def test_slices_that_end_after_the_deadline_are_told_before_the_start(world: World) -> None:
    # Given ten slices from Friday on, and a deadline on Monday
    hold(world, 10)
    quiet = foreseen(world, daily(Slices(first_day=DAY, slices=2), DEADLINE))
    said = foreseen(world, daily(TEN, DEADLINE))
    # Then it is told how much moves by then, and that the rest moves at once.
    assert (quiet.verdict, said.verdict) == (Verdict.ALLOW, Verdict.WARN)
    assert (
        "分批日程 9 个交易日后才移完，晚于“距最后交易日（公司期限 20200824与最后交易日取早）不多于 0 天”的日子"
        in said.sentence
    )
    assert "到那天按份只移 2 手；这个时机一满足就不再按份，其余 8 手一次移完" in said.sentence


@pytest.mark.parametrize(
    "settings",
    [
        daily(TEN, DEADLINE, combine=Combine.ALL),
        daily(TEN, DEADLINE, combine=Combine.WEIGHTED, weights=(2, 1), needed_weight=2),
        daily(
            TEN, Manual(go=True), StepDay(day=NEXT_DAY), combine=Combine.WEIGHTED, weights=(3, 1, 1), needed_weight=3
        ),
    ],
)
def test_slices_that_nothing_hastens_past_the_deadline_are_told_with_what_to_do(
    world: World, settings: RollSettings
) -> None:
    hold(world, 10)
    said = foreseen(world, settings)
    assert said.verdict is Verdict.WARN
    assert (
        "到那天按份至多移 2 手，其余 8 手过后仍在近月：这样的时机组合不会加快；请减少份数，或把时机组合改成任一满足"
        in said.sentence
    )


def test_what_the_market_says_before_the_start_is_no_promise_for_the_deadline(world: World) -> None:
    # Given slices, a deadline, and an open interest that has crossed: with the deadline it would outweigh the slices
    hold(world, 10)
    settings = daily(
        TEN, DEADLINE, OpenInterestCrossover(), combine=Combine.WEIGHTED, weights=(2, 1, 1), needed_weight=2
    )
    world.interest = {RB: 8000, FAR: 9000}
    go(world, 3)
    # Then nothing is promised: it may have turned by then, as it does here,
    said = foreseen(world, settings)
    assert said.verdict is Verdict.WARN
    assert "其余 8 手可能仍在近月：加不加快，要看别的时机那时满不满足；请减少份数" in said.sentence
    start(world, settings)
    trade(world)
    world.interest = {RB: 9000, FAR: 8000}
    world.show_at(instant(NEXT_DAY, 9, 1))
    trade(world, 120)
    assert (world.net(RB), marks(world, SlicesLifted)) == (8, [])


@pytest.mark.parametrize(
    ("other", "hastens"),
    [(StepDay(day=NEXT_DAY), True), (StepDay(day=20200827, days=3), True), (StepDay(day=20200827, days=2), False)],
)
def test_days_that_are_reached_by_the_deadline_count_for_it(world: World, other: StepDay, *, hastens: bool) -> None:
    # NEXT_DAY is one trading day away, the 27th four.
    hold(world, 10)
    settings = daily(TEN, DEADLINE, other, combine=Combine.WEIGHTED, weights=(2, 1, 1), needed_weight=2)
    said = foreseen(world, settings).sentence
    assert ("这个时机一满足就不再按份" in said) is hastens
    # The calendar is known: a day that is not reached by then is no matter of how the other timings stand.
    assert ("这样的时机组合不会加快" in said) is not hastens
    assert "要看别的时机" not in said


@pytest.mark.parametrize(("day", "warned"), [(20200831, False), (20200828, True)])
def test_slices_beyond_the_last_lot_are_no_delay(world: World, day: int, *, warned: bool) -> None:
    # Given three lots in ten slices: the third goes with the seventh one, which is Monday in a week
    hold(world, 10)
    said = foreseen(world, daily(TEN, DaysToExpiry(days=0, policy_day=day), lots=3, combine=Combine.ALL))
    assert said.verdict is (Verdict.WARN if warned else Verdict.ALLOW)
    assert ("分批日程 6 个交易日后才移完" in said.sentence) is warned
    assert ("到那天按份至多移 2 手，其余 1 手" in said.sentence) is warned


def test_slices_behind_a_market_timing_may_be_hastened_where_timings_switch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a roll as an older version let start it: the deadline never decides
    monkeypatch.setattr("terminal.strategies.roll.prospects._newly_passed_over", lambda *_: None)
    hold(world, 10)
    said = foreseen(world, daily(OpenInterestCrossover(), TEN, DEADLINE, combine=Combine.SWITCH))
    assert "加不加快，要看别的时机那时满不满足" in said.sentence


def test_slices_that_a_deadline_already_met_overrides_are_not_warned_of(world: World) -> None:
    hold(world, 10)
    met = replace(DEADLINE, days=5)
    said = foreseen(world, daily(TEN, met))
    assert said.verdict is Verdict.ALLOW
    start(world, daily(TEN, met))
    trade(world, 180)
    assert (world.net(RB), world.net(FAR)) == (0, 10)


def test_a_roll_that_its_slices_no_longer_hold_is_changed_without_the_warning(world: World) -> None:
    hold(world, 10)
    start(world, daily(TEN, DEADLINE, Manual(), batch_lots=1))
    trade(world)
    assert "分批日程" in ask(world, change(world, daily(TEN, DEADLINE, Manual(), batch_lots=2))).sentence
    assert world.do(TRADER, change(world, daily(TEN, DEADLINE, Manual(go=True), batch_lots=1))).ok
    go(world, 2)
    said = ask(world, change(world, daily(TEN, DEADLINE, Manual(go=True), batch_lots=2)))
    assert "分批日程" not in said.sentence
