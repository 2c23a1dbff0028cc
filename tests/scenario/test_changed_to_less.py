"""A large strategy that runs is given a nearer stop, a stricter limit or fewer lots by whoever runs it, alone.

Who may stop it alone need not wait for a second person to make it less.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import CommandDone
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import (
    DaysToExpiry,
    ExecutionSettings,
    ExecutionStyle,
    RollSettings,
    SpreadGrid,
    StrategySettings,
)
from terminal.domain.parameters.target import TargetMode
from tests.engine_world import CHECKER, DAY, FAR, LIMITS, MORNING, ONE, RB, TRADER, World
from tests.scenario import targets
from tests.scenario.conftest import Begin
from tests.scenario.legs import spread_settings
from tests.scenario.targets import KEEPER
from tests.scenario.test_changed_beyond_limits import grid, limit
from tests.unit.engine.foreseen import ask, start

NAME: Final = StrategyId("large")
LOW: Final = replace(LIMITS, confirm_value_yuan=Decimal(10_000))
SELLING: Final = ExecutionSettings(
    account=ONE,
    instrument=RB,
    style=ExecutionStyle.ICEBERG,
    side=Side.SELL,
    total_lots=6,
    limit=Decimal(3800),
    begins_at=MORNING,
    ends_at=instant(DAY, 11),
)
BUYING: Final = replace(SELLING, side=Side.BUY, limit=Decimal(3600))
ROLL: Final = RollSettings(
    account=ONE, near=RB, far=FAR, side=Side.BUY, lots=6, batch_lots=3, naked_lots=3, timings=(DaysToExpiry(days=1),)
)
WAITING: Final = replace(spread_settings(sets=2, max_sets=6), buy_at=Decimal(90))
STOPS: Final = {"long_stop": Decimal(50), "long_take_profit": Decimal(300), "max_loss_yuan": Decimal(500)}
SPREAD: Final = replace(WAITING, **STOPS)
LINED: Final = SpreadGrid(side=Side.BUY, lines=3, stop=Decimal(-400), lower=Decimal(-300), upper=Decimal(400))
SPREAD_GRID: Final = replace(WAITING, grid=LINED)


def change(world: World, settings: StrategySettings, name: StrategyId = NAME) -> CommandDone:
    """Change it to these settings, as the preview said before."""
    row = world.account.strategies[name]
    body = c.ChangeStrategy(account=ONE, strategy=name, base_version=row.version, settings=settings)
    foreseen = ask(world, body).sentence
    done = world.do(TRADER, body)
    assert done.ok, done.sentence
    assert ("需复核：" in foreseen) is (done.code == "CONFIRM2")
    return done


def agreed(begin: Begin, settings: StrategySettings) -> World:
    """Have a strategy that a second person has agreed to, as it is worth more than ten thousand yuan."""
    world = begin()
    world.buy(6, 3701)
    limit(world, LOW)
    assert world.do(TRADER, start(settings, NAME)).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).ok
    return world


LESS: Final[list[tuple[StrategySettings, dict[str, Any]]]] = [
    (grid(), {"stop": Decimal(3540)}),
    (grid(), {"lots_per_line": 9}),
    (replace(grid(), side=Side.SELL, stop=Decimal(3790), upper=Decimal(3780)), {"stop": Decimal(3785)}),
    (SPREAD, {"long_stop": Decimal(60)}),
    (SPREAD, {"short_stop": Decimal(200)}),
    (SPREAD, {"max_sets": 5, "sets": 1, "naked_lots": 5}),
    (SPREAD_GRID, {"grid": replace(LINED, stop=Decimal(-350))}),
    (SPREAD_GRID, {"grid": replace(LINED, lines=2), "max_sets": 4}),
    (SELLING, {"limit": Decimal(3810)}),
    (BUYING, {"limit": Decimal(3590), "total_lots": 5}),
    (ROLL, {"lots": 5, "batch_lots": 2, "naked_lots": 2}),
]
MORE: Final[list[tuple[StrategySettings, dict[str, Any]]]] = [
    (grid(), {"stop": Decimal(3490)}),
    (grid(), {"stop": Decimal(3540), "lots_per_line": 11}),
    (grid(), {"lots_per_line": 9, "lower": Decimal(3560)}),
    (replace(grid(), side=Side.SELL, stop=Decimal(3790), upper=Decimal(3780)), {"stop": Decimal(3795)}),
    (SPREAD, {"long_stop": None}),
    (SPREAD, {"long_take_profit": Decimal(290)}),
    (SPREAD, {"max_loss_yuan": None}),
    (SPREAD, {"max_loss_yuan": Decimal(400)}),
    (WAITING, {"max_loss_yuan": Decimal(1)}),
    (SPREAD, {"max_sets": 5, "buy_at": SPREAD.buy_at - 1}),
    (SPREAD_GRID, {"grid": replace(LINED, stop=Decimal(-410))}),
    (SPREAD_GRID, {"grid": replace(LINED, stop=Decimal(-350), lower=Decimal(-290))}),
    (SELLING, {"limit": Decimal(3790)}),
    (BUYING, {"limit": Decimal(3610), "total_lots": 5}),
    (BUYING, {"total_lots": 5, "ends_at": instant(DAY, 10)}),
    (ROLL, {"lots": 5, "batch_pause_seconds": 10}),
]


@pytest.mark.parametrize(("settings", "changes"), LESS)
def test_what_can_only_trade_or_lose_less_waits_for_nobody(
    begin: Begin, settings: StrategySettings, changes: dict[str, Any]
) -> None:
    world = agreed(begin, settings)
    row = world.account.strategies[NAME]
    less = replace(settings, **changes)
    assert change(world, less).code == "OK"
    # Then it has it at once, goes on under its approval, and back to what it was is asked of again.
    assert (row.settings, row.version) == (less, 2)
    assert row.envelope is not None
    assert change(world, settings).code == "CONFIRM2"


@pytest.mark.parametrize(("settings", "changes"), MORE)
def test_everything_else_of_a_large_one_waits_for_a_second_person_as_ever(
    begin: Begin, settings: StrategySettings, changes: dict[str, Any]
) -> None:
    world = agreed(begin, settings)
    assert change(world, replace(settings, **changes)).code == "CONFIRM2"
    assert world.account.strategies[NAME].settings == settings


def test_a_large_target_is_made_smaller_by_one_person(begin: Begin) -> None:
    # Given a target whose whole is worth more than the line by now
    world = begin(limits=targets.ore_limits())
    assert targets.start(world, targets.target(mode=TargetMode.PROPOSE)).ok
    world.wait(5)
    limit(world, targets.ore_limits(confirm_value_yuan=Decimal(10_000)))
    settings = world.account.strategies[KEEPER].settings
    less = targets.target(mode=TargetMode.PROPOSE, most_lots=90)
    assert change(world, less, KEEPER).code == "OK"
    assert change(world, replace(less, mode=TargetMode.EXECUTE), KEEPER).code == "CONFIRM2"
    assert change(world, settings, KEEPER).code == "CONFIRM2"
    # The preview of what is agreed to says no more than is done, either.
    assert change(world, replace(less, go=1), KEEPER).code == "OK"
