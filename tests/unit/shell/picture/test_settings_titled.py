"""The start of a strategy is told by what it is: kind, contracts, size."""

from __future__ import annotations

import msgspec

from terminal.domain import commands as c
from terminal.domain.fact import facts as f
from terminal.domain.ids import StrategyId
from terminal.engine.records.journal import Actor
from terminal.shell.picture.events import word
from tests.engine_world import ONE, TRADER, World, device
from tests.picture_settings import GRID, ROLL, SPREAD, grid_settings, roll_settings, spread_settings

HAND = Actor(TRADER, device(TRADER))


def test_the_settings_of_each_kind_are_titled() -> None:
    world = World()
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_settings())).ok
    row = world.account.strategies[GRID]
    for name, settings, title in (
        (ROLL, roll_settings(), "启动：移仓 rb2101 → rb2105 多 7 手"),
        (SPREAD, spread_settings(), "启动：价差 买 rb2101、卖 i2101 最多 3 套"),
    ):
        fact = f.StrategyStarted(account=ONE, strategy=StrategyId(name), settings=settings, version=1)
        world.account.strategies[name] = msgspec.structs.replace(row, strategy=name, settings=settings)
        said = word(world.state, fact, HAND)
        assert said is not None
        assert said.sentence == title
