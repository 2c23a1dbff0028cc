"""A roll that waits for a cheap spread, in the users' words: as cheap as it ever was is cheap, for both sides."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import SpreadPercentile
from tests.engine_world import FAR, RB, World
from tests.scenario.test_roll import hold, roll, start

LOTS = 6


def hold_side(world: World, side: Side) -> None:
    if side is Side.BUY:
        hold(world, LOTS)
        return
    for _ in range(LOTS // 2):
        world.sell(2, 3700)
        world.wait(3)


def begin_roll(world: World, side: Side, *, permille: int, window: int) -> None:
    hold_side(world, side)
    timing = SpreadPercentile(permille=permille, sample_seconds=1, window=window, at_least=30)
    start(world, replace(roll(timing), side=side, lots=LOTS, batch_lots=LOTS, naked_lots=LOTS))


@pytest.mark.parametrize("side", Side)
def test_a_spread_that_turns_between_two_values_is_cheap_at_the_cheaper_one(world: World, side: Side) -> None:
    # Given a roll at the cheapest fifth, and a spread that stands at one of two values in turn
    begin_roll(world, side, permille=200, window=200)
    for second in range(90):
        world.show({RB: (3700, 3701), FAR: (3600, 3602) if second % 2 else (3601, 3603)})
    # Then it goes on: nothing was ever cheaper.
    assert (world.net(RB), world.net(FAR)) == (0, side.sign * LOTS)


@pytest.mark.parametrize("side", Side)
def test_the_best_spread_of_its_window_is_cheap_for_both_sides(world: World, side: Side) -> None:
    # Given a roll at the cheapest fiftieth of forty samples, and a spread that is better every second
    begin_roll(world, side, permille=20, window=40)
    for second in range(90):
        far = 3600 - side.sign * second
        world.show({RB: (3700, 3701), FAR: (far, far + 1)})
    assert (world.net(RB), world.net(FAR)) == (0, side.sign * LOTS)


@pytest.mark.parametrize("side", Side)
def test_a_spread_that_never_moves_is_cheap_for_neither_side(world: World, side: Side) -> None:
    begin_roll(world, side, permille=200, window=40)
    for _ in range(60):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    assert (world.net(RB), world.net(FAR)) == (side.sign * LOTS, 0)
