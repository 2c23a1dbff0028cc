"""Limits have fallen under a roll, in the users' words: it may be made smaller and slower all the same."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain.parameters.strategy import Combine, DaysToExpiry, Manual, RollSettings, StepDay
from terminal.domain.words.risk import Verdict
from tests.engine_world import FAR, LIMITS, NEXT_DAY, RB, World
from tests.scenario.legs import ROLL
from tests.scenario.test_changed_beyond_limits import limit
from tests.scenario.test_roll import go, hold, start
from tests.scenario.test_roll_changed_late import changed
from tests.scenario.test_roll_slices import TEN, change, daily, trade
from tests.unit.engine.foreseen import ask

POLICY = DaysToExpiry(days=5, policy_day=20200911)
STEP = StepDay(day=20200911, days=3)
TIMINGS = (TEN, Manual(), POLICY, STEP)


def beyond(world: World) -> RollSettings:
    """Have a roll in ten daily slices of which one has moved, and an account that may hold eight lots from now on."""
    hold(world, 10)
    settings = daily(*TIMINGS, batch_lots=4, batch_pause_seconds=30, pay_up_ticks=2)
    assert "已启动" in start(world, settings)
    trade(world)
    assert (world.net(RB), world.net(FAR)) == (9, 1)
    limit(world, replace(LIMITS, position_lots=8))
    return settings


@pytest.mark.parametrize(
    "changes",
    [
        {"lots": 9},
        {"batch_lots": 2, "naked_lots": 1},
        {"batch_pause_seconds": 60},
        {"pay_up_ticks": 0, "chase_seconds": 9},
        {"timings": (replace(TEN, slices=20), *TIMINGS[1:])},
        {"timings": (TEN, Manual(), replace(POLICY, days=0), replace(STEP, day=20200914, days=1))},
    ],
)
def test_a_roll_that_could_not_be_started_any_more_is_made_smaller_or_slower(
    world: World, changes: dict[str, Any]
) -> None:
    settings = beyond(world)
    # When it is to move fewer lots, or more slowly, then the preview says what the limits keep it from all the same,
    foreseen = ask(world, change(world, replace(settings, **changes)))
    assert foreseen.verdict is Verdict.WARN
    assert "过不了风控 C4" in foreseen.sentence
    assert "远月开不了的，近月也不平" in foreseen.sentence
    # and it is.
    assert changed(world, **changes).ok
    assert world.account.strategies[ROLL].settings == replace(settings, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"lots": 9, "batch_lots": 5},
        {"naked_lots": 6},
        {"batch_pause_seconds": 29},
        {"pay_up_ticks": 3},
        {"timings": (replace(TEN, slices=9), *TIMINGS[1:])},
        {"timings": (TEN, Manual(go=True), *TIMINGS[2:])},
        {"timings": (TEN, Manual(), replace(POLICY, policy_day=NEXT_DAY), STEP)},
        {"timings": (TEN, Manual(), POLICY, replace(STEP, days=4))},
    ],
)
def test_what_lets_it_do_more_or_sooner_is_judged_as_ever(world: World, changes: dict[str, Any]) -> None:
    settings = beyond(world)
    refused = changed(world, **changes)
    assert refused.code == "LEGGED_STATE"
    assert "过不了风控 C4" in refused.sentence
    assert world.account.strategies[ROLL].settings == settings


def test_a_word_is_taken_back_before_the_roll_has_begun(world: World) -> None:
    # Given a word that is said and something else the roll waits for, and limits that fall meanwhile
    hold(world, 10)
    start(world, daily(Manual(go=True), STEP, batch_lots=4, combine=Combine.ALL))
    go(world, 3)
    limit(world, replace(LIMITS, position_lots=8))
    # When the word is taken back, then that is heard; and so is what brings it within the limits.
    assert changed(world, timings=(Manual(), STEP)).ok
    assert changed(world, timings=(Manual(go=True), STEP)).code == "LEGGED_STATE"
    assert changed(world, timings=(Manual(go=True), STEP), lots=6).ok
