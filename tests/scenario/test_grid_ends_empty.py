"""A grid that ends while it holds nothing: what people are told then, whatever its price is of."""

from __future__ import annotations

import pytest

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.parameters.strategy import OutOfRange
from tests.engine_world import FAR, RB, World
from tests.scenario.legs import SPREAD, alerts
from tests.scenario.test_grid import grid, start
from tests.scenario.test_spread_grid import begin, costs, ladder


def told(world: World) -> str:
    (said,) = alerts(world, "GRID_STOPPED")
    return said.sentence


@pytest.mark.parametrize("choice", list(OutOfRange))
def test_an_empty_grid_over_a_spread_that_reaches_its_stop_closes_no_leg(world: World, choice: OutOfRange) -> None:
    begin(world, ladder(out_of_range=choice))
    assert costs(world, 60) == (0, 0)
    assert told(world) == "策略 spread：价差 60 到达止损价 65，价差网格没有持仓；策略停止；要接着做的另启一个。"
    assert world.account.strategies[SPREAD].status is StrategyStatus.FINISHED


@pytest.mark.parametrize(
    ("choice", "does"),
    [(OutOfRange.STOP, "停止并保留持仓，此后没有止损；留下还是平掉请人工决定"), (OutOfRange.FLATTEN, "各腿平仓后停止")],
)
def test_with_an_order_under_way_it_says_what_becomes_of_what_that_fills(
    world: World, choice: OutOfRange, does: str
) -> None:
    begin(world, ladder(out_of_range=choice))
    world.wire.hold_orders = True
    while not world.wire.sent:
        world.show({RB: (3700, 3701), FAR: (3600, 3602)}, lots=500)
    world.show({RB: (3659, 3660), FAR: (3600, 3602)}, lots=500)
    assert told(world).endswith(f"价差网格没有持仓，另有委托还可能成交；策略{does}。")


def test_one_that_holds_lots_says_so(world: World) -> None:
    begin(world, ladder())
    assert costs(world, 101) == (2, -2)
    world.show({RB: (3659, 3660), FAR: (3600, 3602)}, lots=500)
    assert "价差网格持有 螺纹钢2101（SHFE.rb2101）2 手（" in told(world)
    assert told(world).endswith("；策略各腿平仓后停止。")


@pytest.mark.parametrize("choice", [OutOfRange.STOP, OutOfRange.FLATTEN])
def test_an_empty_grid_over_a_contract_ends_and_one_with_entries_out_takes_them_back(
    world: World, choice: OutOfRange
) -> None:
    world.show({RB: (3820, 3821)}, last={RB: 3820})
    start(world, grid(out_of_range=choice))
    world.wait(3)
    assert told(world).endswith("价格 3820 离开区间 3610 至 3800，网格没有持仓；策略停止；要接着做的另启一个。")
    other = World()
    start(other, grid(out_of_range=choice))
    other.wait(8)
    assert other.account.live
    other.show({RB: (3820, 3821)}, last={RB: 3820})
    assert "网格没有持仓，另有 " in told(other)
    does = (
        "撤单后停止并保留持仓，此后没有止损；留下还是平掉请人工决定"
        if choice is OutOfRange.STOP
        else "撤单、平仓后停止"
    )
    assert told(other).endswith(f" 手入场委托还可能成交；策略{does}。")
