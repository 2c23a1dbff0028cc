from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.intents import NOTHING
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import (
    DaysToExpiry,
    ExecutionSettings,
    ExecutionStyle,
    GridSettings,
    GridSpacing,
    RollSettings,
    SpreadLeg,
    SpreadSettings,
    StrategySettings,
)
from terminal.strategies.table import StrategyMemory, strategy_of
from tests.unit.strategies.traded import future
from tests.unit.strategies.world import ACCOUNT, STRATEGY, World

A, B = InstrumentId("SHFE.rb2510"), InstrumentId("SHFE.rb2601")

ROLL = RollSettings(
    account=ACCOUNT, near=A, far=B, side=Side.BUY, lots=7, batch_lots=3, timings=(DaysToExpiry(days=1),)
)
SPREAD = SpreadSettings(
    account=ACCOUNT,
    legs=(
        SpreadLeg(instrument=A, coefficient=Decimal(2), lots=2, active=True),
        SpreadLeg(instrument=B, coefficient=Decimal(-1), lots=-3),
    ),
    buy_at=Decimal(1),
    sell_at=Decimal(2),
    max_sets=5,
)
GRID = GridSettings(
    account=ACCOUNT,
    instrument=A,
    side=Side.SELL,
    spacing=GridSpacing.GEOMETRIC,
    anchor=Decimal(3000),
    ratio=Decimal("1.01"),
    lines=4,
    lots_per_line=2,
    stop=Decimal(3200),
    lower=Decimal(2900),
    upper=Decimal(3150),
)

EXECUTION = ExecutionSettings(
    account=ACCOUNT,
    instrument=A,
    style=ExecutionStyle.BEST,
    side=Side.SELL,
    total_lots=9,
    limit=Decimal(2900),
    begins_at=10**18,
    ends_at=10**18 + 60_000_000_000,
)


@pytest.mark.parametrize(
    ("settings", "kind", "whole"),
    [
        (ROLL, "roll", ((A, 7), (B, 7))),
        (SPREAD, "spread", ((A, 10), (B, 15))),
        (GRID, "grid", ((A, 8),)),
        (EXECUTION, "execution", ((A, 9),)),
    ],
)
def test_each_kind_of_settings_has_its_strategy(
    settings: StrategySettings, kind: str, whole: tuple[tuple[InstrumentId, int], ...]
) -> None:
    strategy = strategy_of(settings)
    assert strategy.kind == kind
    assert strategy.check(settings) is None
    assert strategy.whole(settings) == whole
    assert strategy.instruments(settings) == tuple(name for name, _ in whole)
    assert strategy.watches(settings) == ()


@pytest.mark.parametrize("settings", [ROLL, SPREAD, GRID, EXECUTION])
def test_a_memory_reads_back_from_its_own_bytes(settings: StrategySettings) -> None:
    world = World(settings, [future(A), future(B)])
    world.expiry[A] = 1
    world.long[A] = 7
    for _ in range(5):
        world.show(A, 2990, 2991)
        world.show(B, 5990, 5991)
        world.step()
        world.wait(3)
    assert world.journal
    memory = world.memory
    assert msgspec.json.decode(msgspec.json.encode(memory), type=StrategyMemory) == memory


@pytest.mark.parametrize("settings", [ROLL, SPREAD, GRID, EXECUTION])
def test_without_any_quote_nothing_is_wanted(settings: StrategySettings) -> None:
    world = World(settings, [future(A), future(B)])
    decision = world.kind.decide(STRATEGY, settings, world.memory, world)
    assert decision == NOTHING
