"""Whatever the market does, whenever the runner dies, a conversion exchanges lot for lot and no more (I11, I12)."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest
from msgspec.structs import replace

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised, OrderRefused
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import SpreadSettings, Swap
from terminal.engine.check import check_all
from terminal.engine.receive import Engine
from terminal.engine.turn import Turn
from terminal.strategies.spread.balance import lacks, unbalanced
from terminal.strategies.spread.memory import SpreadMemory
from tests.engine_market import CALL_830, PUT_830
from tests.engine_world import I, Price, Shown, World
from tests.scenario.conftest import Begin
from tests.scenario.converting import SHOWN, SWAP, lots, opened, settings, started, tick
from tests.scenario.test_spread_legged_random import ALONE

STEPS = 100
LAST: dict[InstrumentId, Price] = {CALL_830: "40", PUT_830: "39", I: "830"}


def quotes(luck: Random) -> dict[InstrumentId, Shown]:
    """Draw a market in which a side is missing one time in six, and the future runs away from the options or not."""

    def book(bid: str, ask: str) -> Shown:
        return (None if luck.random() < 1 / 6 else bid, None if luck.random() < 1 / 6 else ask)

    future = luck.choice((("829.5", "830"), ("830", "830.5"), ("833", "833.5")))
    return {CALL_830: book("40", "40.5"), PUT_830: book("39", "39.5"), I: book(*future)}


def sound(_: Turn, engine: Engine) -> None:
    assert check_all(engine.state) == []


def holding(begin: Begin, luck: Random) -> tuple[World, SpreadSettings]:
    """Return a world that holds what one of the conversions gives up, and that conversion."""
    world, count = opened(begin, told=sound), luck.randrange(1, 7)
    verb, to_future = luck.choice((Swap.SYNTHETIC, Swap.PROTECTIVE)), luck.random() < 1 / 2
    if not to_future:
        world.buy(count, "830.5", instrument=I)
    else:
        world.buy(count, "40.5", instrument=CALL_830)
        if verb is Swap.SYNTHETIC:
            world.sell(count, "39", instrument=PUT_830)
    wanted = settings(verb, to_future=to_future, side=Side.BUY, lots=count, naked_lots=luck.randrange(2, 8))
    changed = replace(
        wanted,
        hedge_seconds=luck.choice((1, 2)),
        max_chases=luck.choice((1, 2)),
        pause_seconds=0,
        max_loss_yuan=luck.choice((None, Decimal(500))),
    )
    return world, changed


def test_lots_that_are_taken_back_are_on_their_way_to_nothing_and_no_breach(begin: Begin) -> None:
    # Given four calls that are sold in one slice, and a future that nobody offers any more
    world = opened(begin, told=sound)
    world.buy(4, "40.5", instrument=CALL_830)
    world.wire.hold_orders = True
    started(world, settings(Swap.PROTECTIVE, to_future=True, lots=4))
    world.show()
    world.wire.hold_orders = False
    tick(world, {I: ("830", None)})
    world.arrive()
    # When they are bought back, against what the task has sold so far
    for _ in range(60):
        tick(world)
    # Then no look at the invariants on the way has found eight where four are the target.
    assert any(one.code == "LEG_BROKEN" for one in world.facts(AlertRaised))
    assert lots(world) == (4, 0, 0)


@pytest.mark.parametrize("seed", range(16))
def test_a_conversion_never_trades_beyond_its_target_and_is_whole_in_the_end(begin: Begin, seed: int) -> None:
    luck = Random(seed)
    world, wanted = holding(begin, luck)
    before = lots(world)
    started(world, wanted)
    crash = luck.randrange(STEPS)
    for step in range(STEPS):
        world.show(quotes(luck), lots=luck.choice((1, 2, 5, 500)), last=dict(LAST))
        if step == crash:
            world.restart()
        memory = world.account.strategies[SWAP].memory
        assert isinstance(memory, SpreadMemory)
        assert unbalanced(wanted, memory.nets) <= wanted.naked_lots
        assert all(
            0 <= net * (1 if leg.lots > 0 else -1) <= abs(leg.lots) * wanted.max_sets
            for leg, net in zip(wanted.legs, memory.nets, strict=True)
        )
        if any(leg.broken for leg in memory.legs):
            assert any(one.code == "LEG_BROKEN" for one in world.facts(AlertRaised))
    held = {finding.control for fact in world.facts(OrderRefused) for finding in fact.findings}
    assert not held & ALONE
    # In a calm market it comes to its end: everything is exchanged, and nothing is left that was given up.
    for _ in range(400):
        tick(world, dict(SHOWN))
        if world.account.strategies[SWAP].status is StrategyStatus.FINISHED:
            break
    row = world.account.strategies[SWAP]
    assert row.status is StrategyStatus.FINISHED
    assert isinstance(row.memory, SpreadMemory)
    assert not any(lacks(wanted, row.memory.nets))
    moved = {leg.instrument: leg.lots * wanted.max_sets for leg in wanted.legs}
    names = (CALL_830, PUT_830, I)
    assert lots(world) == tuple(lot + moved.get(name, 0) for name, lot in zip(names, before, strict=True))
