"""A roll between accounts whose other half could not go on, or met an order that came after all."""

from __future__ import annotations

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import OrderRecorded
from terminal.domain.ids import AccountId
from terminal.engine.strategy.halves import unlike
from terminal.strategies.roll.memory import RollMemory
from tests.engine_world import ONE, OTHER, TRADER, World
from tests.scenario.between import FAR_ROLL, LOTS, ask_for, half, held, judge, walk, walk_until_closed
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL


def near_orders(world: World) -> int:
    return sum(one.cause.strategy == ROLL for one in world.facts(OrderRecorded))


def test_near_believes_far_again_only_ten_seconds_after_it_could_not_go_on(begin: Begin) -> None:
    # Given a roll under way, and far's half paused for three seconds
    world = held(begin)
    ask_for(world)
    walk_until_closed(world, 2)
    assert world.do(TRADER, c.PauseStrategy(account=OTHER, strategy=FAR_ROLL)).ok
    walk(world, 3)
    assert world.do(TRADER, c.ResumeStrategy(account=OTHER, strategy=FAR_ROLL)).ok
    before = near_orders(world)
    # When it goes on, Then near still stands for what is left of ten seconds,
    walk(world, 5)
    assert near_orders(world) == before
    # and goes on afterwards.
    walk(world, 8)
    assert near_orders(world) > before


@pytest.mark.parametrize("where", [ONE, OTHER])
def test_halves_out_of_step_are_a_fault_unless_an_order_that_counted_as_absent_came_after_all(
    begin: Begin, where: AccountId
) -> None:
    world = held(begin)
    ask_for(world)
    walk_until_closed(world, 2)
    walk(world, 3)
    judge(world)
    memory = half(world, ONE).memory
    assert isinstance(memory, RollMemory)
    held_net = memory.near.net
    assert list(unlike(world.state)) == []
    memory.near.net -= LOTS
    (said,) = unlike(world.state)
    assert f"near closed {memory.closed}" in said
    world.state.accounts[where].had_zombie = True
    assert list(unlike(world.state)) == []
    memory.near.net, world.state.accounts[where].had_zombie = held_net, False
