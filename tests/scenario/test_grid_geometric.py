"""A geometric grid that moves, following the price or with a roll, loses at its stop what was said before it began."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderFilled
from terminal.domain.fact.marks import GridTrailed
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings, GridSpacing, OutOfRange
from terminal.strategies.grid import moment
from terminal.strategies.grid.ladder import check_ladder, levels
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.trailing import rebound, standing, trailed
from terminal.strategies.table import strategy_of
from tests.engine_world import FAR, ONE, RB, TRADER, World
from tests.picture_desk import Desk
from tests.scenario.legs import GRID, ROLL
from tests.scenario.test_roll import go, roll
from tests.scenario.test_roll_along import paid_between, started
from tests.unit.engine.foreseen import ask

TICK = Decimal(1)
SHORT = GridSettings(
    account=ONE,
    instrument=RB,
    side=Side.SELL,
    spacing=GridSpacing.GEOMETRIC,
    anchor=Decimal(3700),
    ratio=Decimal("1.01"),
    lines=5,
    lots_per_line=2,
    stop=Decimal(3890),
    lower=Decimal(3500),
    upper=Decimal(3889),
    trail_to=Decimal(3300),
)
LONG = replace(
    SHORT,
    side=Side.BUY,
    anchor=Decimal(3690),
    ratio=Decimal("0.997"),
    lines=3,
    stop=Decimal(3650),
    lower=Decimal(3655),
    upper=Decimal(3800),
    trail_to=None,
)


def earned(world: World) -> Decimal:
    fills = world.facts(OrderFilled)
    return -sum((one.side.sign * one.lots * one.price * 10 + one.fee for one in fills), Decimal(0))


def test_a_short_geometric_grid_that_has_followed_down_loses_at_its_stop_what_its_preview_said(world: World) -> None:
    # Given a preview that says what it loses at worst
    body = c.StartStrategy(account=ONE, strategy=GRID, settings=SHORT)
    said = next(one for one in ask(world, body).details if one.startswith("最坏"))
    assert "到止损 3890 亏 7,820.00 元" in said
    assert world.do(TRADER, body).ok
    # When the price falls 400 yuan, the grid follows it to its limit, and then the price rises through all its lines
    for ask_price in range(3700, 3250, -50):
        world.show({RB: (ask_price - 1, ask_price)})
        world.wait(61)
    row = world.account.strategies[GRID]
    assert isinstance(row.memory, GridMemory)
    assert row.memory.moved == -400
    lines = [3337, 3374, 3412, 3450, 3489]
    foreseen = ask_change(world, out_of_range=OutOfRange.FLATTEN)
    assert f"等比 5 条线：{lines[0]} 至 {lines[-1]}" in foreseen
    assert "；格距是按起始价 3700 定的，整体移动了 −400 元" in foreseen
    for bid in (*lines, 3489):
        world.show({RB: (bid, bid + 1)})
        world.wait(3)
    assert world.net(RB) == -10
    world.restart()
    world.show({RB: (3489, 3490)}, last={RB: 3490})
    world.wait(10)
    # Then at the stop, 3490 by now, it has lost just that.
    assert world.account.strategies[GRID].status is StrategyStatus.FINISHED
    assert world.net(RB) == 0
    assert earned(world) == -7820


def ask_change(world: World, **changes: object) -> str:
    row = world.account.strategies[GRID]
    body = c.ChangeStrategy(
        account=ONE, strategy=GRID, base_version=row.version, settings=msgspec.structs.replace(row.settings, **changes)
    )
    found = ask(world, body)
    return "；".join((found.sentence, *found.details))


def test_a_geometric_grid_that_goes_with_a_roll_keeps_its_distances(world: World) -> None:
    # Given a geometric grid that holds its first line, and a roll of it to a month that is a hundred cheaper
    row = started(world, GRID, LONG)
    world.wait(5)
    world.show({RB: (3678, 3679)})
    world.wait(5)
    assert world.net(RB) == 2
    before = levels(LONG, TICK)
    started(world, ROLL, roll(strategies=(GRID,), lots=2))
    go(world, 80)
    row = world.account.strategies[GRID]
    assert isinstance(row.settings, GridSettings)
    assert (row.settings.instrument, world.net(FAR)) == (FAR, 2)
    # Then each of its lines has moved by what the roll traded, as its stop has.
    shift = paid_between(world)
    assert shift < -70
    assert [one - other for one, other in zip(levels(row.settings, TICK), before, strict=True)] == [shift] * 4
    assert row.settings.stop - LONG.stop == shift
    world.restart()
    desk = Desk(world)
    assert f"下一卖点 {before[0] + shift}" in desk.strategies[GRID].sentence


@given(shift=st.integers(-2000, 3000), more=st.integers(-500, 500), short=st.booleans())
def test_however_it_moves_every_line_stands_as_far_from_the_stop_as_before(
    shift: int, more: int, *, short: bool
) -> None:
    written = replace(SHORT if short else LONG, trail_to=None)
    moved = trailed(rebound(written, FAR, Decimal(shift)), Decimal(more))
    stands = [level - written.stop for level in levels(written, TICK)]
    assert [level - moved.stop for level in levels(moved, TICK)] == stands
    assert check_ladder(moved) is None
    assert trailed(moved, Decimal(-shift - more)) == replace(written, instrument=FAR)


def test_an_arithmetic_grid_that_moves_says_nothing_of_it() -> None:
    arithmetic = replace(LONG, spacing=GridSpacing.ARITHMETIC, ratio=None, step=Decimal(10), stop=Decimal(3640))
    assert rebound(arithmetic, FAR, Decimal(-98)).shifted is UNSET


@pytest.mark.parametrize(
    "changes",
    [
        {"shifted": Decimal(3700)},
        {"spacing": GridSpacing.ARITHMETIC, "ratio": None, "step": Decimal(10), "shifted": Decimal(1)},
    ],
)
def test_nobody_can_write_that_a_grid_has_moved_where_it_cannot_have(changes: dict[str, object]) -> None:
    wrong = strategy_of(SHORT).check(msgspec.structs.replace(SHORT, **changes))
    assert wrong is not None
    assert "shifted" in wrong


def test_a_grid_that_had_followed_under_an_older_version_keeps_the_lines_its_lots_were_sold_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a journal of a version whose geometric lines were laid out anew from the moved anchor: it said no more of it
    monkeypatch.setattr(moment, "GridTrailed", lambda *, moved, anchor, **_: GridTrailed(moved=moved, anchor=anchor))
    settings = replace(SHORT, trail_to=Decimal(3200), lower=Decimal(3400))
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=settings)).ok
    for ask_price in range(3700, 3250, -50):
        world.show({RB: (ask_price - 1, ask_price)})
        world.wait(61)
    lines = [3333, 3366, 3400, 3434, 3468]
    for bid in lines:
        world.show({RB: (bid, bid + 1)})
        world.wait(3)
    assert world.net(RB) == -10
    # When this version reads it
    monkeypatch.undo()
    world.restart()
    assert where(world) == [3300, *lines]
    # Then each line takes its profit where the one before it sold, and none of them at a loss.
    for ask_price in [*reversed(lines[:-1]), 3300]:
        world.show({RB: (ask_price - 1, ask_price)})
        world.wait(3)
    sold, bought = (
        [int(one.price) for one in world.facts(OrderFilled) if one.side is side] for side in (Side.SELL, Side.BUY)
    )
    assert sold == lines
    assert bought == [*reversed(lines[:-1]), 3300]
    assert earned(world) > 0
    # And as it follows on, its lines move as they lie.
    world.show({RB: (3229, 3230)})
    world.wait(61)
    row = world.account.strategies[GRID]
    assert isinstance(row.memory, GridMemory)
    further = int(row.memory.moved) + 400
    assert further < 0
    assert where(world) == [3300 + further, *(line + further for line in lines)]
    assert check_ladder(standing(settings, row.memory)) is None


def where(world: World) -> list[int]:
    row = world.account.strategies[GRID]
    assert isinstance(row.settings, GridSettings)
    assert isinstance(row.memory, GridMemory)
    return list(levels(standing(row.settings, row.memory), TICK))
