"""The start of a strategy is told by what it is: kind, contracts, size."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, get_args

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact import facts as f
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import ExecutionSettings, ExecutionStyle, SpreadGrid, StrategySettings
from terminal.domain.parameters.target import FixedBand, TargetSettings
from terminal.engine.records.journal import Actor
from terminal.shell.picture.events import word
from tests.engine_market import RB, I
from tests.engine_world import ONE, TRADER, World, device
from tests.picture_settings import GRID, grid_settings, roll_settings, spread_settings

HAND: Final = Actor(TRADER, device(TRADER))
LADDER: Final = SpreadGrid(side=Side.SELL, lines=4, stop=Decimal(90), lower=Decimal(0), upper=Decimal(80))
EXECUTION: Final = ExecutionSettings(
    account=ONE,
    instrument=RB,
    style=ExecutionStyle.TWAP,
    side=Side.SELL,
    offset=Offset.CLOSE,
    total_lots=12,
    limit=Decimal(3300),
    begins_at=1,
    ends_at=2,
)
OWN: Final = OwnSettings(account=ONE, instrument=I, code="ma.py", sha256="0" * 64, title="双均线", max_lots=5)
TARGET: Final = TargetSettings(
    account=ONE,
    group="螺纹",
    instrument=RB,
    source=FixedBand(low=Decimal(70), high=Decimal(90)),
    most_lots=40,
)
TITLES: Final[tuple[tuple[StrategySettings, str], ...]] = (
    (roll_settings(), "移仓 rb2101 → rb2105 多 7 手"),
    (spread_settings(), "价差 买 rb2101、卖 i2101 最多 3 套"),
    (msgspec.structs.replace(spread_settings(), grid=LADDER), "空价差网格 买 rb2101、卖 i2101 4 条线 × 1 套"),
    (grid_settings(), "多网格 i2101 6 条线 × 1 手"),
    (EXECUTION, "TWAP（等时） 卖平 rb2101 12 手"),
    (OWN, "自编“双均线” i2101 最多 5 手"),
    (TARGET, "自动配平 螺纹 用 rb2101，只给建议"),
)


def test_no_kind_is_left_out() -> None:
    assert {type(settings) for settings, _ in TITLES} == set(get_args(StrategySettings))


@pytest.mark.parametrize(
    ("settings", "title"), TITLES, ids=lambda one: "" if isinstance(one, str) else type(one).__name__
)
def test_the_settings_of_each_kind_are_titled(settings: StrategySettings, title: str) -> None:
    world = World()
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_settings())).ok
    row = world.account.strategies[GRID]
    name = StrategyId("另一个")
    world.account.strategies[name] = msgspec.structs.replace(row, strategy=name, settings=settings)
    said = word(world.state, f.StrategyStarted(account=ONE, strategy=name, settings=settings, version=1), HAND)
    assert said is not None
    assert said.sentence == f"启动：{title}"
