"""A roll is changed just when it has to be, in near's last days, in the users' words: its own timings bar nothing."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import CommandDone
from terminal.domain.fact.marks import RollBegan
from terminal.domain.parameters.strategy import Combine, Manual, OpenInterestCrossover, RollSettings, Slices, Timing
from terminal.domain.words.risk import Verdict
from terminal.strategies.roll.memory import RollMemory
from tests.engine_world import FAR, ONE, RB, TRADER, World
from tests.scenario.legs import ROLL
from tests.scenario.test_roll import go, hold, marks, roll, start
from tests.scenario.test_roll_last_days import AFTER, LAST, NEAR, THREE_LEFT, TWO_LEFT, morning
from tests.unit.engine.foreseen import ask

DAY_BEFORE = 20210114
THREE_DAYS = OpenInterestCrossover(days=3)


def change(world: World, settings: RollSettings) -> c.ChangeStrategy:
    version = world.account.strategies[ROLL].version
    return c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=version, settings=settings)


def changed(world: World, **changes: Any) -> CommandDone:
    """Change the roll, and find that what was foreseen of it is what is done."""
    settings = world.account.strategies[ROLL].settings
    assert isinstance(settings, RollSettings)
    body = change(world, replace(settings, **changes))
    denied = ask(world, body).verdict is Verdict.DENY
    done = world.do(TRADER, body)
    assert denied is not done.ok
    return done


def trade(world: World, seconds: int = 60) -> None:
    for second in range(seconds):
        world.show({RB: (3891, 3892)} if second % 3 == 2 else {RB: NEAR, FAR: (3600, 3602)})


def waiting(world: World, *timings: Timing, **made: Any) -> None:
    hold(world)
    morning(world, 20210108)
    start(world, roll(*timings, **made))
    go(world, 3)


def test_whoever_says_now_on_the_day_before_the_last_is_heard_whatever_else_the_roll_waits_for(world: World) -> None:
    # Given a roll that waits for a word or for three days in a row, and near with two trading days left
    waiting(world, THREE_DAYS, Manual())
    for day in (THREE_LEFT, TWO_LEFT, DAY_BEFORE):
        morning(world, day)
        go(world, 3)
    # When its owner lets it pay more, and then says now
    assert changed(world, pay_up_ticks=5).ok
    # (a longer row, which cannot be had any more, is still refused as it is typed,)
    longer = changed(world, timings=(replace(THREE_DAYS, days=4), Manual()))
    assert longer.code == "BAD_SETTINGS"
    assert "移仓时机 1（" in longer.sentence
    assert "近月只剩 2 个交易日，凑不满连续 4 日；请改小" in longer.sentence
    assert changed(world, timings=(THREE_DAYS, Manual(go=True))).ok
    # Then the lots move.
    trade(world)
    assert (world.net(RB), world.net(FAR)) == (0, 6)


def test_a_row_that_is_half_there_counts_when_a_threshold_is_changed(world: World) -> None:
    # Given one day on which far was ahead, and near with two trading days left
    waiting(world, THREE_DAYS)
    world.interest = {RB: 1000, FAR: 9000}
    morning(world, TWO_LEFT)
    go(world, 3)
    morning(world, DAY_BEFORE)
    # When the row is to be four, then it is refused, with what is there already;
    longer = changed(world, timings=(replace(THREE_DAYS, days=4),))
    assert "近月只剩 2 个交易日，加上已连续的 1 日也凑不满连续 4 日；请改小" in longer.sentence
    # when only its slack is changed, it is taken, and the third day begins the roll.
    assert changed(world, timings=(replace(THREE_DAYS, slack=THREE_DAYS.ratio / 2),)).ok
    go(world, 3)
    assert marks(world, RollBegan) == []
    morning(world, LAST)
    go(world, 3)
    assert len(marks(world, RollBegan)) == 1


def test_a_roll_that_has_begun_may_pay_more_for_far_to_the_end_and_after_near_is_over(world: World) -> None:
    # Given a roll that a row of days has begun, and nobody who offers far
    world.interest = {RB: 1000, FAR: 9000}
    waiting(world, replace(THREE_DAYS, days=1))
    row = world.account.strategies[ROLL]
    assert isinstance(row.memory, RollMemory)
    assert row.memory.began
    world.show({RB: (3891, 3892), FAR: (3600, None)}, last={FAR: 3601})
    go(world, 3)
    assert world.net(RB) < 6
    assert world.net(FAR) < 6 - world.net(RB)
    # When near's last day has come, then its timings bar nothing:
    world.show_at(instant(LAST, 9, 30), {RB: NEAR, FAR: (3600, None)}, last={FAR: 3601})
    assert changed(world, pay_up_ticks=4).ok
    # and as little once near is over and far still lacks lots.
    world.show_at(instant(AFTER, 9, 30), {FAR: (3600, None)}, last={FAR: 3601})
    assert row.status is StrategyStatus.RUNNING
    assert changed(world, pay_up_ticks=6).ok


def test_slices_that_hold_a_roll_are_asked_of_as_they_are_typed(world: World) -> None:
    # Given a roll that its slices have begun, on the day before near's last two
    hold(world)
    morning(world, TWO_LEFT)
    start(world, roll(Slices(first_day=TWO_LEFT, slices=3)))
    trade(world)
    assert (world.net(RB), world.net(FAR)) == (4, 2)
    # Then a fourth slice, which would come after near is over, is refused; two are taken.
    late = changed(world, timings=(Slices(first_day=TWO_LEFT, slices=4),))
    assert "永远不会满足：到那时近月已过最后交易日（还剩 2 个交易日）；请改早" in late.sentence
    assert changed(world, timings=(Slices(first_day=TWO_LEFT, slices=2),)).ok
    trade(world)
    assert (world.net(RB), world.net(FAR)) == (3, 3)


ROW_TOO_SHORT = "移仓时机 1（远月持仓量达近月 1 倍，连续 3 日）永远不会满足：近月只剩 2 个交易日，凑不满连续 3 日"
NEEDS_IT = "要改的时机组合或权重少不了它：请保留原来的，或改成没有它也会满足的"
WEIGHTED = {"combine": Combine.WEIGHTED, "weights": (1, 2)}


def never_in_time(world: World, **made: Any) -> None:
    """Have a roll that waits for a word, or for three days in a row of which near has only two left."""
    world.interest = {RB: 9000, FAR: 1000}
    waiting(world, THREE_DAYS, Manual(), **made)
    for day in (THREE_LEFT, TWO_LEFT, DAY_BEFORE):
        morning(world, day)
        go(world, 3)
    assert marks(world, RollBegan) == []


@pytest.mark.parametrize(
    ("made", "changes"),
    [
        ({}, {"combine": Combine.ALL}),
        ({}, {"combine": Combine.SWITCH}),
        ({}, WEIGHTED | {"needed_weight": 3}),
        (WEIGHTED | {"needed_weight": 2}, {"needed_weight": 3}),
        (WEIGHTED | {"needed_weight": 2}, {"weights": (2, 1)}),
    ],
)
def test_a_row_that_barred_nothing_may_not_be_made_what_the_roll_cannot_do_without(
    world: World, made: dict[str, Any], changes: dict[str, Any]
) -> None:
    # Given a roll that either of two things begins, of which one cannot come any more
    never_in_time(world, **made)
    # When it is to wait for both, then it is refused as it would be at a start, and says what to do.
    refused = changed(world, **changes)
    assert refused.code == "BAD_SETTINGS"
    assert ROW_TOO_SHORT in refused.sentence
    assert NEEDS_IT in refused.sentence
    # Then the word begins it still.
    assert changed(world, timings=(THREE_DAYS, Manual(go=True))).ok
    trade(world)
    assert (world.net(RB), world.net(FAR)) == (0, 6)


@pytest.mark.parametrize(
    ("made", "changes"),
    [
        ({"combine": Combine.ALL}, {"combine": Combine.ANY}),
        ({"combine": Combine.ALL}, WEIGHTED | {"needed_weight": 2}),
        (WEIGHTED | {"needed_weight": 3}, {"needed_weight": 2}),
        ({}, WEIGHTED | {"needed_weight": 1}),
    ],
)
def test_a_row_that_cannot_be_had_any_more_is_let_out_of_what_has_to_be_met(
    world: World, made: dict[str, Any], changes: dict[str, Any]
) -> None:
    never_in_time(world, **made)
    assert changed(world, **changes).ok
    assert changed(world, timings=(THREE_DAYS, Manual(go=True))).ok
    trade(world)
    assert (world.net(RB), world.net(FAR)) == (0, 6)
