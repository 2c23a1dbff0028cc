"""A paused conversion whose missing future a person has opened by hand: one stop opens nothing more."""

from __future__ import annotations

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.words.risk import Scope
from tests.engine_world import ONE, RISK, I, World
from tests.scenario.conftest import Begin
from tests.scenario.converting import SWAP, lots, settings, started, tick
from tests.scenario.legs import stop
from tests.scenario.test_conversions import run_out, with_synthetic
from tests.scenario.test_roll_rests_over import release
from tests.unit.engine.foreseen import ask

STOP = c.StopStrategy(account=ONE, strategy=SWAP)


def paused(begin: Begin) -> World:
    """Pause a conversion by a kill switch that has opened one future, and lacks one for the second call sold."""
    world = with_synthetic(begin)
    row = started(world, settings(naked_lots=2))
    for _ in range(30):
        if lots(world) == (3, -3, 1):
            break
        tick(world)
    world.wire.hold_orders = True
    for _ in range(10):
        tick(world)
    world.wire.hold_orders = False
    tick(world, {I: ("830", None)})
    world.arrive()
    tick(world)
    assert world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练")).ok
    run_out(world, 3)
    release(world, ONE)
    tick(world, {I: ("830", "830.5")})
    world.wait(1000)
    assert (row.status, lots(world)) == (StrategyStatus.PAUSED, (2, -2, 1))
    return world


@pytest.mark.parametrize("by_hand", [0, 1])
def test_only_futures_that_a_person_opened_end_it_at_once(begin: Begin, by_hand: int) -> None:
    world = paused(begin)
    if by_hand:
        world.buy(1, "830.5", instrument=I)
    run_out(world, 2)
    asked = ask(world, STOP).sentence
    assert ("i2101 应买入 1 手，账户里另有多 1 手（不记在任何策略名下），够补" in asked) is bool(by_hand)
    assert stop(world, SWAP).code == ("OK" if by_hand else "WINDING")
    run_out(world, 10)
    assert lots(world) == (2, -2, 2)
