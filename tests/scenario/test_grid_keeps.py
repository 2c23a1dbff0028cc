"""A grid that stops and keeps its lots: what its preview says of the loss, and what is lost then."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings, OutOfRange
from terminal.strategies.grid.moment import GridMemory
from tests.engine_world import FAR, ONE, RB, World
from tests.scenario.legs import GRID
from tests.scenario.test_grid import grid, start
from tests.scenario.test_spread_grid import LADDER, begin, ladder
from tests.unit.engine.foreseen import ask
from tests.unit.engine.foreseen import start as start_of


def foreseen(world: World, settings: GridSettings) -> tuple[str, ...]:
    return ask(world, c.StartStrategy(account=ONE, strategy=GRID, settings=settings)).details


def floating(world: World, now: dict[InstrumentId, int]) -> Decimal:
    """Return what is lost by then, in yuan, opening fees among it."""
    held = world.account.trades
    paid = sum((one.side.sign * one.lots * one.price * 10 + one.fee for one in held), Decimal(0))
    return paid - sum(world.net(name) * price * 10 for name, price in now.items())


def test_a_grid_that_stops_and_keeps_its_lots_is_told_no_worst_case_but_what_each_yuan_costs(world: World) -> None:
    settings = grid(out_of_range=OutOfRange.STOP)
    details = foreseen(world, settings)
    # Then nothing is called the worst, no close is charged, and it is said where it stops and what follows.
    assert not any("最坏" in one or "平仓费" in one or "跳空越过止损" in one for one in details)
    assert "首线止盈 3705，止损 3600，到止损也只停止、不平" in details
    assert (
        "全部成交后跌破区间下限 3610：停止并留仓，不平，浮亏 4,518.00 元（价差 4,500.00，开仓费 18.00），"
        "此后没有止损，再走 1 元再亏 60.00 元"
    ) in details
    # When the price falls out of the range, then by two hundred more
    start(world, settings)
    world.wait(8)
    for ask_price in (3695, 3685, 3675, 3611):
        world.show({RB: (ask_price - 1, ask_price)})
        world.wait(4)
    assert world.account.strategies[GRID].status is StrategyStatus.RUNNING
    assert floating(world, {RB: 3610}) == 4518
    world.show({RB: (3608, 3609)})
    world.wait(4)
    world.show({RB: (3408, 3409)})
    world.wait(4)
    # Then it has ended with its lots, and has lost sixty yuan for each yuan, as was said.
    assert world.account.strategies[GRID].status is StrategyStatus.FINISHED
    assert world.net(RB) == 6
    assert floating(world, {RB: 3410}) == 4518 + 200 * 60
    (said,) = [one.sentence for one in world.facts(AlertRaised) if one.code == "GRID_STOPPED"]
    assert said.endswith("策略撤单后停止并保留持仓，此后没有止损；留下还是平掉请人工决定。")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"stop": Decimal(3620)}, "全部成交后到止损 3620：停止并留仓"),
        (
            {"side": Side.SELL, "lower": Decimal(3600), "upper": Decimal(3750), "stop": Decimal(3760)},
            "全部成交后涨破区间上限 3750：停止并留仓",
        ),
    ],
)
def test_it_stops_at_whichever_it_meets_first(world: World, changes: dict[str, object], where: str) -> None:
    assert any(one.startswith(where) for one in foreseen(world, grid(out_of_range=OutOfRange.STOP, **changes)))


def test_grids_that_close_are_told_their_worst_as_before(world: World) -> None:
    for choice in (OutOfRange.HOLD, OutOfRange.FLATTEN):
        details = foreseen(world, grid(out_of_range=choice))
        assert any(one.startswith("最坏：全部成交后到止损 3600 亏 5,136.00 元") for one in details)
        assert "首线止盈 3705，止损 3600" in details


def test_who_changes_a_grid_that_has_followed_reads_where_it_would_stop_now(world: World) -> None:
    start(world, grid(trail_to=Decimal(3790)))
    world.wait(10)
    world.show({RB: (3718, 3719)})
    world.wait(20)
    row = world.account.strategies[GRID]
    assert isinstance(row.memory, GridMemory)
    assert row.memory.moved == 13
    wanted = grid(trail_to=Decimal(3790), out_of_range=OutOfRange.STOP)
    body = c.ChangeStrategy(account=ONE, strategy=GRID, base_version=row.version, settings=wanted)
    assert any(one.startswith("全部成交后跌破区间下限 3623：停止并留仓") for one in ask(world, body).details)


def test_a_grid_over_a_spread_that_keeps_its_lots_is_told_the_same(world: World) -> None:
    settings = ladder(out_of_range=OutOfRange.STOP)
    details = ask(world, start_of(settings, LADDER)).details
    said = "\n".join(details)
    assert "最坏" not in said
    assert "跳空越过止损" not in said
    assert "首线止盈 111，止损 65，到止损也只停止、不平" in details
    # (101 + 91 + 81 - 3 × 75) × 2 × 10 = 960, and six sets opened at two lots of 3 yuan: 36
    (kept,) = [one for one in details if one.startswith("全部成交后价差跌破区间下限 75：持 6 套，保证金 ¥")]
    assert "亏 996.00 元（价差 960.00，手续费 36.00；不含滑点）" in kept
    assert kept.endswith("；停止并留仓，不平，此后没有止损，再走 1 元再亏 60.00 元")
    # When it leaves its range it ends with all its sets.
    begin(world, settings, LADDER)
    for bid in (3699, 3689, 3679, 3669):
        world.show({RB: (bid, bid + 1), FAR: (3600, 3602)})
        world.wait(14)
    assert world.account.strategies[LADDER].status is StrategyStatus.FINISHED
    assert (world.net(RB), world.net(FAR)) == (6, -6)
    (stopped,) = [one.sentence for one in world.facts(AlertRaised) if one.code == "GRID_STOPPED"]
    assert stopped.endswith("策略停止并保留持仓，此后没有止损；留下还是平掉请人工决定。")
