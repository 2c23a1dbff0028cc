"""Keep a hedge ratio in a small world: ten thousand tonnes of ore in the yard, a hundred tonnes a lot."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone, StrategyMarked
from terminal.domain.fact.marks import StrategyMark
from terminal.domain.ids import ProductId, StrategyId
from terminal.domain.orders.order import HedgeFlag
from terminal.domain.parameters.limits import HedgeBound, Limits
from terminal.domain.parameters.target import (
    BasisTable,
    Factor,
    FactorKind,
    FactorScore,
    FixedBand,
    RatioRow,
    TargetMode,
    TargetSettings,
)
from terminal.strategies.target.memory import TargetMemory
from tests.engine_world import CHECKER, LIMITS, ONE, RISK, SPOT, TRADER, I, World

KEEPER, SECOND = StrategyId("keeper"), StrategyId("second")
ORE, STEEL = "铁矿石", "螺纹"
TONNES = Decimal(10_000)
ROWS = (
    RatioRow(upto=Decimal(50), ratio=Decimal(85)),
    RatioRow(upto=Decimal(100), ratio=Decimal(60)),
)
TABLE = BasisTable(spot=SPOT, rows=ROWS, sample_seconds=1, window=10, at_least=3)


def ore_limits(tonnes: Decimal = TONNES, **changes: Any) -> Limits:
    """Return limits with an ore group of so many tonnes in the yard, and a steel group that buys."""
    bounds = (
        HedgeBound(group=ORE, physical_tonnes=tonnes, weights={ProductId("DCE.i"): Decimal(100)}),
        HedgeBound(group=STEEL, physical_tonnes=Decimal(-1000), weights={ProductId("SHFE.rb"): Decimal(10)}),
    )
    wide = {"confirm_value_yuan": Decimal(50_000_000), "max_value_yuan": Decimal(500_000_000)}
    return msgspec.structs.replace(LIMITS, hedge_bounds=bounds, **{**wide, **changes})


def target(**changes: Any) -> TargetSettings:
    """Keep 80 to 90 % of the ore hedged, by itself."""
    made = TargetSettings(
        account=ONE,
        group=ORE,
        instrument=I,
        source=FixedBand(low=Decimal(80), high=Decimal(90)),
        mode=TargetMode.EXECUTE,
        most_lots=200,
        batch_lots=100,
        hedge_flag=HedgeFlag.SPECULATION,
        pause_seconds=5,
    )
    return msgspec.structs.replace(made, **changes)


def start(world: World, settings: TargetSettings, name: StrategyId = KEEPER) -> CommandDone:
    return world.do(TRADER, c.StartStrategy(account=ONE, strategy=name, settings=settings))


def change(world: World, **changes: Any) -> CommandDone:
    row = world.account.strategies[KEEPER]
    settings = msgspec.structs.replace(row.settings, **changes)
    body = c.ChangeStrategy(account=ONE, strategy=KEEPER, base_version=row.version, settings=settings)
    return world.do(TRADER, body)


def marks(world: World, *kinds: type[StrategyMark]) -> list[Any]:
    return [fact.mark for fact in world.facts(StrategyMarked) if isinstance(fact.mark, kinds)]


def memory(world: World) -> TargetMemory:
    found = world.account.strategies[KEEPER].memory
    assert isinstance(found, TargetMemory)
    return found


def quote_spot(world: World, price: int | str) -> None:
    assert world.do(TRADER, c.QuoteSpot(instrument=SPOT, price=Decimal(price), source="电话")).ok


def tonnes(world: World, physical: int, group: str = ORE) -> None:
    """Let the risk officer state another stock."""
    limits = world.account.limits
    assert limits is not None
    bounds = tuple(
        msgspec.structs.replace(one, physical_tonnes=Decimal(physical)) if one.group == group else one
        for one in limits.hedge_bounds
    )
    changed = msgspec.structs.replace(limits, hedge_bounds=bounds)
    done = world.do(RISK, c.ChangeLimits(account=ONE, base_version=limits.version, limits=changed))
    if done.code == "CONFIRM2":
        done = world.decide(CHECKER, world.parked)
    assert done.ok, done.sentence


def score(*, kind: FactorKind = FactorKind.BASIS, weight: int = 1, one: int = 10, **changes: Any) -> FactorScore:
    factor = Factor(kind=kind, weight=Decimal(weight), zero=Decimal(90), one=Decimal(one))
    made = FactorScore(factors=(factor,), lowest=Decimal(50), highest=Decimal(85), spot=SPOT)
    return msgspec.structs.replace(made, **changes)
