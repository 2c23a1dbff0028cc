"""Run a spread with a leg in the middle of a round, and steer strategies as a person does."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised, CommandDone
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import (
    DaysToExpiry,
    GridSettings,
    OutOfRange,
    RollSettings,
    SpreadLeg,
    SpreadSettings,
)
from terminal.engine.state import StrategyRow
from tests.engine_world import FAR, ONE, RB, TRADER, World

SPREAD, ROLL, GRID = StrategyId("spread"), StrategyId("roll"), StrategyId("grid")
PAUSED, STOPPED = StrategyStatus.PAUSED, StrategyStatus.STOPPED


def spread_settings(*, naked_lots: int = 6, sets: int = 3, max_sets: int = 3) -> SpreadSettings:
    """Buy rebar against the far month; the spread costs 101, and the far month follows."""
    return SpreadSettings(
        account=ONE,
        legs=(
            SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=1, active=True),
            SpreadLeg(instrument=FAR, coefficient=Decimal(-1), lots=-1),
        ),
        buy_at=Decimal(101),
        sell_at=Decimal(150),
        sets=sets,
        max_sets=max_sets,
        naked_lots=naked_lots,
    )


def show(world: World, far: tuple[int | None, int | None] = (3600, 3602), *, lots: int = 500) -> None:
    world.show({RB: (3700, 3701), FAR: far}, lots=lots)


def start_spread(world: World, **changes: int) -> StrategyRow:
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=SPREAD, settings=spread_settings(**changes)))
    assert done.code == "OK", done.sentence
    return world.account.strategies[SPREAD]


def stop(world: World, name: StrategyId = SPREAD) -> CommandDone:
    return world.do(TRADER, c.StopStrategy(account=ONE, strategy=name))


def alerts(world: World, code: str) -> list[AlertRaised]:
    return [one for one in world.facts(AlertRaised) if one.code == code]


def roll_settings() -> RollSettings:
    return RollSettings(
        account=ONE, near=RB, far=FAR, side=Side.BUY, lots=6, batch_lots=4, timings=(DaysToExpiry(days=900),)
    )


def start_grid(world: World, choice: OutOfRange = OutOfRange.HOLD, lots: int = 2) -> None:
    settings = GridSettings(
        account=ONE,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3705),
        step=Decimal(10),
        lines=2,
        lots_per_line=lots,
        stop=Decimal(3670),
        lower=Decimal(3680),
        upper=Decimal(3710),
        out_of_range=choice,
    )
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=settings)).ok
    for _ in range(3):
        show(world)
