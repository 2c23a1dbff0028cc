"""Far still lacks lots once near is over, in the users' words: the roll is changed all the same, to go on chasing."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.parameters.strategy import DaysToExpiry
from terminal.engine.confirmations.approval import stored_of
from terminal.strategies.roll.memory import RollMemory
from tests.engine_world import CHECKER, FAR, LIMITS, ONE, RB, TRADER, Shown, World
from tests.scenario.legs import ROLL
from tests.scenario.test_changed_beyond_limits import limit
from tests.scenario.test_roll import go, hold, roll, start
from tests.scenario.test_roll_changed_late import changed
from tests.scenario.test_roll_last_days import AFTER, LAST, morning

NOBODY_OFFERS: Final[dict[InstrumentId, Shown]] = {FAR: (3600, None)}


def near_over(world: World) -> None:
    """Have near over, and shown nowhere any more, with far lacking some of the six lots."""
    hold(world)
    morning(world, LAST)
    start(world, roll(DaysToExpiry(days=3), batch_lots=4, naked_lots=4))
    go(world, 3)
    world.show({RB: (3891, 3892), FAR: (3600, None)})
    go(world, 3)
    assert world.net(RB) < 6
    world.show(facts=[DayFacts(instrument=RB, trading_day=LAST, settlement=3900)])
    world.show_at(instant(LAST, 15, 1), NOBODY_OFFERS)
    world.quotes.pop(RB)
    world.show_at(instant(AFTER, 9), NOBODY_OFFERS)
    go(world, 5)
    assert lacking(world) > 0
    assert world.account.strategies[ROLL].status is StrategyStatus.RUNNING


def lacking(world: World) -> int:
    memory = world.account.strategies[ROLL].memory
    assert isinstance(memory, RollMemory)
    return memory.closed - memory.opened


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("trades", [False, True])
def test_far_is_chased_further_after_near_has_gone_from_the_market(
    world: World, *, trades: bool, restarts: bool
) -> None:
    # Given far that is bid alone, whether it has traded or not
    near_over(world)
    if restarts:
        world.restart()
    if trades:
        world.traded.add(FAR)
    world.show(NOBODY_OFFERS)
    go(world, 3)
    # When its owner lets it pay more, then nobody waits for a price of near, which has none any more;
    assert changed(world, pay_up_ticks=4).ok
    assert changed(world, chase_seconds=2).ok
    # and it ends once far is offered.
    world.show({FAR: (3600, 3602)})
    go(world, 20)
    assert lacking(world) == 0
    assert world.account.strategies[ROLL].status is StrategyStatus.FINISHED


def test_a_second_person_agrees_to_it_and_it_may_be_paused_and_resumed_after_that(world: World) -> None:
    world.traded.add(FAR)
    near_over(world)
    limit(world, replace(LIMITS, confirm_value_yuan=Decimal(10_000)))
    # When a large one is changed, then somebody else has to agree, of far alone;
    assert changed(world, pay_up_ticks=4).code == "CONFIRM2"
    envelope = stored_of(world.parked).envelope
    assert envelope is not None
    assert [*envelope.lowest_price] == [FAR]
    agreed = world.decide(CHECKER, world.parked)
    assert agreed.ok, agreed.sentence
    # and what was agreed to lets it go on: nobody asks about near again.
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL)).ok
    go(world, 3)
    resumed = world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=ROLL))
    assert resumed.ok, resumed.sentence
    world.show({FAR: (3600, 3602)})
    go(world, 20)
    assert lacking(world) == 0
