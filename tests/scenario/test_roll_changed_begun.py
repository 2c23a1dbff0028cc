"""A roll that has begun is given other timings, in the users' words: it says that they stop nothing any more."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.parameters.strategy import Combine, Manual, OpenInterestCrossover, RollSettings
from tests.engine_world import CHECKER, FAR, ONE, RB, TRADER, World
from tests.scenario.legs import ROLL
from tests.scenario.test_roll import go, hold, start
from tests.scenario.test_roll_changed_late import changed
from tests.scenario.test_roll_slices import TEN, change, daily, trade

NOW, NOT_NOW = Manual(go=True), Manual()
CROSSING = OpenInterestCrossover()
SAID = "移仓已经开始，移仓时机和时机组合都不再起作用，改了也照样移完；要停请暂停"
SLOWLY = {"batch_lots": 1, "batch_pause_seconds": 60}


def begun(world: World, settings: RollSettings) -> None:
    """Have a roll of ten lots of which one has moved, whatever it was held to."""
    hold(world, 10)
    assert "已启动" in start(world, settings)
    trade(world, 20)
    assert (world.net(RB), world.net(FAR)) == (9, 1)


def test_a_word_that_is_taken_back_once_the_roll_has_begun_is_not_said_to_stop_it(world: World) -> None:
    # Given a roll that a person's word has begun
    begun(world, daily(NOW, **SLOWLY))
    # When they take it back
    back = changed(world, timings=(NOT_NOW,))
    # Then they are told that this stops nothing, and what does;
    assert back.code == "NOT_CHANGEABLE"
    assert SAID in back.sentence
    # what else it may be given, it is given still,
    assert changed(world, batch_pause_seconds=120, pay_up_ticks=2, lots=9).ok
    # and it does stop once it is paused.
    world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL))
    trade(world, 200)
    assert (world.net(RB), world.net(FAR)) == (9, 1)


def test_a_word_that_has_let_go_of_the_slices_does_not_bring_them_back(world: World) -> None:
    # Given a roll in ten daily slices, and a person who has said now
    begun(world, daily(TEN, NOT_NOW, **SLOWLY))
    assert changed(world, timings=(TEN, NOW)).ok
    go(world, 2)
    # When they think better of it, whether by the word or by more slices
    assert SAID in changed(world, timings=(TEN, NOT_NOW)).sentence
    assert SAID in changed(world, timings=(replace(TEN, slices=20), NOW)).sentence
    # Then it goes on, as they were told.
    trade(world, 600)
    assert (world.net(RB), world.net(FAR)) == (0, 10)
    assert world.account.strategies[ROLL].status is StrategyStatus.FINISHED


@pytest.mark.parametrize(
    ("made", "changes"),
    [
        ({}, {"combine": Combine.ALL}),
        ({}, {"combine": Combine.WEIGHTED, "weights": (1, 1), "needed_weight": 2}),
        ({"combine": Combine.WEIGHTED, "weights": (1, 1), "needed_weight": 1}, {"weights": (1, 2)}),
        ({"combine": Combine.WEIGHTED, "weights": (1, 1), "needed_weight": 1}, {"needed_weight": 2}),
    ],
)
def test_what_would_have_to_be_met_besides_comes_too_late_as_well(
    world: World, made: dict[str, Any], changes: dict[str, Any]
) -> None:
    begun(world, daily(NOW, OpenInterestCrossover(days=9), **SLOWLY, **made))
    assert SAID in changed(world, **changes).sentence


def test_what_waits_for_a_second_person_while_the_roll_begins_is_not_done_then(world: World) -> None:
    # Given a roll that waits for a word, and three more lots and one more thing to wait for, not agreed to yet
    hold(world, 13)
    settings = daily(NOT_NOW, CROSSING, **SLOWLY)
    world.interest = {RB: 8000, FAR: 9000}
    start(world, settings)
    assert world.do(TRADER, change(world, replace(settings, lots=13, combine=Combine.ALL))).code == "CONFIRM2"
    # When the roll has begun before somebody agrees
    trade(world, 20)
    assert (world.net(RB), world.net(FAR)) == (12, 1)
    late = world.decide(CHECKER, world.parked)
    # Then it is not said to wait for that.
    assert not late.ok
    assert SAID in late.sentence
    assert world.account.strategies[ROLL].settings == settings


def test_while_slices_hold_it_its_timings_decide_and_may_be_changed(world: World) -> None:
    begun(world, daily(TEN, NOT_NOW, **SLOWLY))
    assert changed(world, timings=(replace(TEN, slices=5), NOT_NOW), combine=Combine.ALL).ok
    trade(world, 300)
    assert (world.net(RB), world.net(FAR)) == (8, 2)
