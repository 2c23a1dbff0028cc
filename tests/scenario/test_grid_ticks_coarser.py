"""A grid whose contract trades in coarser ticks one day: it cannot go on, and its people hear what it leaves them."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.parameters.strategy import OutOfRange
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.stage import Stage
from tests.engine_world import RB, World, instruments
from tests.scenario.conftest import Begin, relist
from tests.scenario.legs import GRID, alerts
from tests.scenario.test_grid import grid, start

WHY = "网格不能再做：网格间距小于 螺纹钢2101 的最小变动价位 100，请加大步长，网格已停止"


def coarser(world: World) -> None:
    """Have the contract trade in ticks of a hundred, at which all lines coincide."""
    relist(world, replace(instruments()[RB], tick=Decimal(100)))


def told(world: World) -> list[str]:
    return [one.sentence for one in alerts(world, "GRID_STOPPED")]


def holding(world: World, **changes: OutOfRange) -> None:
    start(world, grid(**changes))
    world.wait(8)
    for price in (3695, 3685):
        world.show({RB: (price - 1, price)})
        world.wait(5)
    assert world.net(RB) == 4


def test_one_that_holds_lots_names_them_and_what_to_do_and_takes_its_orders_back(begin: Begin) -> None:
    # Given a grid with four lots and orders at its lines
    world = begin(sound=False)  # what is out was sent at ticks the contract no longer has
    holding(world)
    assert world.account.live
    # When the contract's ticks become coarser than its step
    coarser(world)
    world.wait(5)
    # Then it takes its orders back, stops, and says which lots are left without a stop;
    row = world.account.strategies[GRID]
    assert not world.account.live
    assert (row.status, row.reason) == (StrategyStatus.FINISHED, f"{WHY}，保留 4 手。")
    (said,) = told(world)
    assert said.startswith(f"策略 {GRID}：{WHY}，保留 4 手；持有 螺纹钢2101（SHFE.rb2101）4 手（约 ")
    assert said.endswith("；策略停止并保留持仓，此后没有止损；留下还是平掉请人工决定。")
    # and says it once.
    world.wait(5)
    assert len(told(world)) == 1
    assert world.net(RB) == 4


def test_one_that_holds_nothing_says_that_it_has_stopped(begin: Begin) -> None:
    world = begin(sound=False)
    start(world, grid())
    coarser(world)
    world.wait(5)
    assert world.account.strategies[GRID].status is StrategyStatus.FINISHED
    assert told(world) == [f"策略 {GRID}：{WHY}；没有持仓；策略停止；要接着做的另启一个。"]


def test_one_that_is_closing_at_its_stop_goes_on_closing(begin: Begin) -> None:
    # Given a grid at its stop, whose close is on its way
    world = begin(sound=False)
    holding(world, out_of_range=OutOfRange.FLATTEN)
    world.show({RB: (3684, 3685)})
    world.wire.hold_orders = True
    world.show({RB: (3500, 3501)}, last={RB: 3500})
    world.wait(2)
    assert world.net(RB) == 6
    assert ["平仓后停止" in one for one in told(world)] == [True]
    # When the ticks become coarser meanwhile
    coarser(world)
    world.wait(2)
    assert world.account.strategies[GRID].status is StrategyStatus.RUNNING
    # Then it is not over before it has closed, as people were told.
    memory = world.account.strategies[GRID].memory
    assert isinstance(memory, GridMemory)
    assert memory.stage is Stage.FLATTENING
    world.arrive()
    assert world.net(RB) < 6
    assert len(told(world)) == 1
