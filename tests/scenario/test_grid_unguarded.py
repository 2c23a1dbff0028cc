"""A paused grid that one lone quote was told of: its alarm is still there when the price truly reaches the stop."""

from __future__ import annotations

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from tests.engine_market import Shown
from tests.engine_world import ONE, RB, TRADER, World
from tests.scenario.legs import GRID
from tests.scenario.test_grid_unseen import open_at, overnight, told

CODE = "GRID_UNGUARDED"


def paused() -> World:
    """Return a world in which a paused grid with its stop at 3600 holds four lots as the night opens."""
    world = overnight()
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    return world


def trades(world: World, shown: Shown, last: int, seconds: int = 5) -> None:
    for _ in range(seconds):
        world.show({RB: shown}, last={RB: last})


def test_one_lone_opening_offer_does_not_use_up_the_alarm() -> None:
    # Given a paused grid, and a night that opens with one offer at 3590
    world = paused()
    open_at(world, (None, 3590))
    (first,) = told(world, CODE)
    assert "价格 3590 已到止损价 3600（只有一边报价，两边都到再提醒一次），网格持有 4 手" in first
    # When it trades at 3690 for a minute, and then, truly, at 3500
    trades(world, (3689, 3690), 3690, 60)
    trades(world, (None, 3595), 3690, 5)
    assert told(world, CODE) == [first]
    trades(world, (3499, 3500), 3500, 60)
    # Then people are told once more, by what is no lone quote, and no third time.
    _, second = told(world, CODE)
    assert "价格 3500 已到止损价 3600，网格持有 4 手" in second


@pytest.mark.parametrize("shown", [(3589, 3590), (3400, 3600)])
def test_both_sides_at_the_stop_are_told_after_the_lone_one_and_before_any_trade(shown: Shown) -> None:
    world = paused()
    open_at(world, (None, 3590), 65)
    assert len(told(world, CODE)) == 1
    for _ in range(5):
        world.show({RB: (3500, 3695)})
    assert len(told(world, CODE)) == 1
    for _ in range(65):
        world.show({RB: shown})
    assert len(told(world, CODE)) == 2


def test_a_lone_side_beyond_the_last_price_does_not_use_it_up_either() -> None:
    world = paused()
    world.show_at(instant(20200821, 21, 5))
    trades(world, (3689, 3690), 3690)
    trades(world, (None, 3590), 3690)
    assert len(told(world, CODE)) == 1
    trades(world, (3689, 3690), 3690, 60)
    trades(world, (3499, 3500), 3500)
    assert len(told(world, CODE)) == 2


def test_what_was_told_by_a_price_is_told_once_in_a_pause() -> None:
    world = paused()
    open_at(world, (3589, 3590))
    for shown in ((3689, 3690), (None, 3590), (3499, 3500)):
        trades(world, shown, shown[1] or 0)
    assert len(told(world, CODE)) == 1
