"""A strategy that stops or cannot begin says what it holds and what is missing."""

from __future__ import annotations

import pytest

from terminal.domain import commands as c
from terminal.domain.parameters.strategy import OutOfRange
from terminal.domain.words.risk import Level
from tests.engine_world import ONE, RB, TRADER, World
from tests.scenario.legs import ROLL, alerts, roll_settings, show, start_grid


@pytest.mark.parametrize(
    ("choice", "price", "words"),
    [
        (OutOfRange.HOLD, 3678, None),
        (OutOfRange.HOLD, 3665, ("止损价 3670", "平仓后停止")),
        (OutOfRange.STOP, 3678, ("离开区间 3680 至 3710", "保留持仓")),
        (OutOfRange.FLATTEN, 3678, ("离开区间 3680 至 3710", "平仓后停止")),
    ],
)
def test_a_grid_that_stops_says_what_it_holds_and_what_it_does(
    world: World, choice: OutOfRange, price: int, words: tuple[str, str] | None
) -> None:
    start_grid(world, choice)
    world.show({RB: (3690, 3691)})
    assert world.net(RB) == 2
    world.show({RB: (price, price + 1)})
    found = alerts(world, "GRID_STOPPED")
    if words is None:
        assert found == []
    else:
        (alert,) = found
        assert (alert.level, alert.instrument) == (Level.ORANGE, RB)
        assert "网格持有 2 手" in alert.sentence
        assert "元" in alert.sentence
        assert all(word in alert.sentence for word in words)


def test_a_roll_without_its_position_says_how_much_is_missing_once_a_day(world: World) -> None:
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll_settings()))
    for _ in range(10):
        show(world)
    (alert,) = alerts(world, "POSITION_MISSING")
    assert (alert.level, alert.instrument) == (Level.ORANGE, RB)
    assert "要平 6 手" in alert.sentence
    assert "缺 6 手（约 222,000.00 元）" in alert.sentence
    assert "等待" in alert.sentence
