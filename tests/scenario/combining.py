"""Run a spread of two months of iron ore that its exchange also lists as one contract."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone, OrderRecorded
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Origin
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.strategies.spread.memory import SpreadMemory
from tests.engine_market import FAR_ORE, OPENING_QUOTES, WITH_FAR_ORE
from tests.engine_world import DAY, ONE, TRADER, I, Shown, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD

# 896 and 763, 864 and 736 yuan; half a yuan a tick.
FACTS = (
    DayFacts(instrument=I, trading_day=DAY, pre_settlement=1660, upper_limit=1792, lower_limit=1526),
    DayFacts(instrument=FAR_ORE, trading_day=DAY, pre_settlement=1600, upper_limit=1728, lower_limit=1472),
)


def ore_settings(route: SpreadRoute, *, sets: int = 3, max_sets: int = 3, buy_at: str = "30.5") -> SpreadSettings:
    """Buy the near month against the far one at 30.5, which is what both show, and sell at 60."""
    return SpreadSettings(
        account=ONE,
        legs=(
            SpreadLeg(instrument=FAR_ORE, coefficient=Decimal(-1), lots=-1, active=True),
            SpreadLeg(instrument=I, coefficient=Decimal(1), lots=1),
        ),
        buy_at=Decimal(buy_at),
        sell_at=Decimal(60),
        sets=sets,
        max_sets=max_sets,
        naked_lots=6,
        route=route,
    )


def ore(begin: Begin, **options: object) -> World:
    """Return a world whose exchange lists the combination, before anybody has shown the far month."""
    world = begin(universe=WITH_FAR_ORE, facts=FACTS, **options)
    show(world)
    return world


def show(world: World, near: Shown = ("830", "830.5"), far: Shown = ("800", "800.5"), *, lots: int = 500) -> None:
    world.show({**OPENING_QUOTES, I: near, FAR_ORE: far}, lots=lots)


def start(world: World, settings: SpreadSettings) -> CommandDone:
    return world.do(TRADER, c.StartStrategy(account=ONE, strategy=SPREAD, settings=settings))


def children(world: World) -> list[OrderRecorded]:
    return [one for one in world.facts(OrderRecorded) if one.cause.origin is Origin.STRATEGY]


def memory(world: World) -> SpreadMemory:
    held = world.account.strategies[SPREAD].memory
    assert isinstance(held, SpreadMemory)
    return held


def nets(world: World) -> tuple[int, int]:
    return world.net(I), world.net(FAR_ORE)
