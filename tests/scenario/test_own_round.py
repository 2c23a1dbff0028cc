"""A sandbox round of a rule of several contracts, in the users' words: each that it trades has to have traded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from terminal.domain.fact.facts import StrategyStarted
from terminal.domain.sandbox import RoundReader
from terminal.strategies.own.code import Aim, Seen
from tests.engine_world import RB, I, World
from tests.scenario.test_own_of_several import taught
from tests.scenario.test_own_strategy import start


def read(world: World) -> RoundReader:
    """Return the round that the journal tells of."""
    found: RoundReader | None = None
    for entry in world.journal.replay():
        fact = getattr(entry.record, "fact", None)
        if isinstance(fact, StrategyStarted):
            found = RoundReader(fact, entry.record.utc)
        elif found is not None and fact is not None:
            found.take(fact, entry.record.utc)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("ore", "faults"),
    [(2, ()), (50, ("没有做完：i2101 没有成交过，规则要交易的合约都要做到",))],
)
def test_a_pair_of_which_one_contract_was_never_opened_is_no_full_round(ore: int, faults: tuple[str, ...]) -> None:
    # Given a pair, and money for two lots of ore and not for fifty
    def pair(numbers: Any, seen: Mapping[str, Seen]) -> dict[str, Aim] | None:
        steel = seen["steel"].prices
        if not steel:
            return None
        up = steel[-1] > 3702
        return {"steel": Aim(int(up), "螺纹"), "ore": Aim(-ore if up else 0, "铁矿")}

    world = World(cash=100_000)
    start(world, taught(pair, ("ore", I, 50)))
    # When it goes in and out
    world.show({RB: (3705, 3706)})
    world.wait(10)
    assert (world.net(RB), world.net(I)) == (1, 0 if faults else -ore)
    world.show({RB: (3699, 3700)})
    world.wait(30)
    assert (world.net(RB), world.net(I)) == (0, 0)
    # Then it has gone all the way only where both have traded, and the one that has not is named.
    found = read(world)
    assert found.faults() == faults
    assert bool(found.reached_at) is not bool(faults)
