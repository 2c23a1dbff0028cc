"""Whatever the wire does to orders on a combination, its legs stay equal and nothing of it is hedged (E2, I8, I12)."""

from __future__ import annotations

from random import Random

import pytest

from terminal.domain.ids import InstrumentId
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.reports import Accepted, Removed, Traded
from terminal.engine.check import check_all
from tests.engine_market import FAR_ORE, ORE_SPREAD
from tests.engine_world import I, Shown, World
from tests.scenario.combining import memory, nets, ore, ore_settings, start
from tests.scenario.conftest import Begin


def quotes(luck: Random) -> dict[InstrumentId, Shown]:
    """Draw a market in which the spread is cheap, dear, or neither, and a side is missing now and then."""
    near, far = luck.choice((1660, 1662, 1700, 1730)), luck.choice((1598, 1600, 1602))
    shown: dict[InstrumentId, Shown] = {}
    for name, bid in ((I, near), (FAR_ORE, far)):
        ask = None if luck.random() < 0.05 else f"{(bid + 1) / 2}"
        shown[name] = (f"{bid / 2}", ask)
    return shown


def equal(world: World) -> bool:
    """Return whether the strategy counts both legs alike, whatever was told of either."""
    near, far = memory(world).nets
    return near == -far


def disturb(world: World, luck: Random) -> None:
    """Lose, hold or repeat something, bring it, cut the link, or kill the runner."""
    wire = world.wire
    match luck.randrange(12):
        case 0:
            wire.lose_orders = not wire.lose_orders
        case 1:
            wire.hold_orders = True
        case 2:
            world.arrive()
        case 3 | 5:
            wire.hold = luck.choice(((Traded,), (Accepted,), (Removed,), (Traded, Removed)))
        case 4:
            held = wire.take_held()
            luck.shuffle(held)
            wire.hold = ()
            for one in held:
                world.tell(one)
                assert equal(world)
        case 9:
            wire.lose = luck.choice(((Traded,), (Accepted,), ()))
        case 6:
            wire.repeat = not wire.repeat
        case 7:
            world.cut()
        case 8:
            world.restart()
        case _:
            pass


@pytest.mark.parametrize("seed", range(8))
def test_the_legs_of_a_combination_stay_equal_whatever_the_wire_does(begin: Begin, seed: int) -> None:
    luck = Random(seed)
    world = ore(begin)
    settings = ore_settings(SpreadRoute.COMBINATION, sets=luck.randrange(1, 4), max_sets=6, buy_at="32")
    assert start(world, settings).ok
    for _ in range(120):
        disturb(world, luck)
        world.show(quotes(luck), after=luck.choice((1, 2, 3)), lots=luck.choice((1, 2, 500)))
        assert equal(world)
        assert check_all(world.state) == []
    # When the wire is sound again and everything has been told
    world.arrive()
    world.restart()
    world.wait(70)
    near, far = nets(world)
    assert near == -far == -memory(world).nets[0]
    assert {one.terms.instrument for one in world.wire.sent} == {ORE_SPREAD}
    keys = [one.wire_key for one in world.wire.sent]
    assert len(set(keys)) == len(keys)
