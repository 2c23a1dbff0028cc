from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain.fact.marks import Finished, GridTrailed, RangeEntered, RangeLeft, RoundBegan
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import OutOfRange, SpreadGrid, SpreadLeg, SpreadSettings
from terminal.domain.view import SpreadQuote
from terminal.strategies.spread.lines import level, reach
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.strategy import SpreadStrategy
from tests.unit.strategies.spreading import NEAR, calendar, market, nets, trade, world
from tests.unit.strategies.world import World

KIND = SpreadStrategy()


def grid(**changes: object) -> SpreadGrid:
    # Lines enter at 100, 90, 80, 70; each leaves ten above.
    made = SpreadGrid(side=Side.BUY, lines=4, stop=Decimal(55), lower=Decimal(65), upper=Decimal(130))
    return replace(made, **changes)


SHORT = grid(side=Side.SELL, stop=Decimal(145), lower=Decimal(80), upper=Decimal(140))  # enters at 110, 120, 130, 140


def ladder(spread: int = 115, *, over: SpreadGrid | None = None, **changes: object) -> World:
    chosen = over or grid()
    sets = changes.get("sets", 2)
    assert isinstance(sets, int)
    prices = {"buy_at": Decimal(100), "sell_at": Decimal(110)}
    more = {"sets": sets, "max_sets": chosen.lines * sets, "naked_lots": 20, "pause_seconds": 1, "grid": chosen}
    return world(spread, **{**prices, **more, **changes})


def go(made: World, spread: int, *, lots: int = 50) -> list[int]:
    """Move the spread to where buying it costs so much, let everything fill, and return the legs."""
    made.wait(10)
    market(made, spread, lots=lots)
    trade(made)
    return nets(made)


def held(made: World) -> int:
    return made.net("leg:0")


def test_each_line_buys_at_its_level_and_sells_one_spacing_higher() -> None:
    made = ladder()
    assert go(made, 101) == [0, 0]
    assert go(made, 100) == [2, -2]  # line 1
    assert go(made, 91) == [2, -2]
    assert go(made, 90) == [4, -4]  # line 2
    assert go(made, 70) == [8, -8]  # lines 3 and 4 at once
    assert go(made, 81) == [8, -8]  # sells at 79: line 4 leaves at 80
    assert go(made, 82) == [6, -6]
    assert go(made, 102) == [2, -2]  # sells at 100: line 2 leaves at 100, line 1 at 110
    assert go(made, 111) == [2, -2]
    assert go(made, 112) == [0, 0]
    assert go(made, 100) == [2, -2]  # line 1 is free again


def test_a_short_grid_mirrors_it() -> None:
    made = ladder(90, over=SHORT)
    assert go(made, 111) == [0, 0]  # sells at 109
    assert go(made, 112) == [-2, 2]
    assert go(made, 132) == [-6, 6]
    assert go(made, 120) == [-4, 4]
    assert go(made, 101) == [-2, 2]
    assert go(made, 100) == [0, 0]


def test_nothing_is_bought_beyond_all_lines() -> None:
    made = ladder()
    assert go(made, 67) == [8, -8]
    assert go(made, 66) == [8, -8]


def test_a_line_that_filled_in_part_is_filled_up_and_sold_whole() -> None:
    made = ladder()
    made.wait(10)
    market(made, 100, lots=1)  # one lot is displayed
    made.step()
    made.fill(made.one("leg:0"))
    made.step()
    made.fill(made.one("leg:1"))
    assert nets(made) == [1, -1]
    assert go(made, 104) == [1, -1]  # neither is it filled up away from its level, nor sold before its exit
    assert go(made, 99) == [2, -2]
    assert go(made, 112) == [0, 0]


def test_after_a_restart_nothing_is_bought_twice() -> None:
    made = ladder()
    go(made, 90)
    assert held(made) == 4
    made.restart()
    assert go(made, 90) == [4, -4]
    assert made.refolded() == made.memory
    assert go(made, 102) == [2, -2]


def test_a_round_names_the_price_and_the_sets_of_all_lines_it_reached() -> None:
    made = ladder()
    go(made, 80)
    (began,) = made.of(RoundBegan)
    assert (began.sets, began.price) == (6, Decimal(80))


@pytest.mark.parametrize(
    ("choice", "spread", "left"),
    [
        (OutOfRange.HOLD, 60, 8),  # below the lower bound: it waits with what it holds
        (OutOfRange.STOP, 60, 8),
        (OutOfRange.FLATTEN, 60, 0),
        (OutOfRange.HOLD, 54, 0),  # at the stop HOLD closes too
        (OutOfRange.STOP, 54, 8),
    ],
)
def test_what_leaving_its_bounds_makes_of_it(choice: OutOfRange, spread: int, left: int) -> None:
    made = ladder(over=grid(out_of_range=choice))
    go(made, 70)
    assert go(made, spread) == [left, -left]
    assert [mark.stopped for mark in made.of(RangeLeft)] == [spread < 60]
    ended = bool(made.of(Finished))
    assert ended is (choice is not OutOfRange.HOLD or spread < 60)
    if ended:
        assert go(made, 100) == [left, -left]  # it does nothing any more


def test_outside_its_bounds_it_enters_nothing_and_inside_again_it_goes_on_a_minute_later() -> None:
    made = ladder(over=grid(upper=Decimal(112)))
    go(made, 100)
    assert go(made, 114) == [0, 0]  # it sells for 112, which is inside
    go(made, 100)
    assert go(made, 115) == [0, 0]  # it sells for 113: outside, what it holds is sold all the same
    go(made, 100)
    assert held(made) == 0  # not a minute yet
    made.wait(61)
    market(made, 100)
    trade(made)
    assert made.of(RangeEntered)
    assert held(made) == 2


def test_the_stop_breaks_a_pause_and_a_round_off() -> None:
    made = ladder(pause_seconds=600)
    go(made, 100)
    assert go(made, 50) == [0, 0]
    assert [mark.stopped for mark in made.of(RangeLeft)] == [True]


def test_at_the_stop_a_leg_that_cannot_be_traded_makes_it_wait_and_it_closes_later() -> None:
    made = ladder()
    go(made, 90)
    made.wait(10)
    market(made, 50)
    made.step()  # says that it left
    made.show(NEAR, 7000, None, lots=50)
    made.step()
    assert nets(made) == [4, -4]
    assert go(made, 50) == [0, 0]


def test_an_empty_grid_follows_the_spread_by_whole_spacings_as_far_as_it_may() -> None:
    made = ladder(over=grid(trail_to=Decimal(135), upper=Decimal(200)))
    go(made, 133)  # the middle is 132, two spacings beyond 110
    assert [(mark.moved, mark.anchor) for mark in made.of(GridTrailed)] == [(20, 130)]
    made.wait(61)
    assert go(made, 160) == [0, 0]
    assert len(made.of(GridTrailed)) == 1  # 140 would be beyond 135
    assert go(made, 120) == [2, -2]  # line 1 has moved with it
    assert go(made, 132) == [0, 0]


def test_a_grid_that_has_moved_keeps_its_prices_and_its_bounds() -> None:
    made = ladder(over=grid(trail_to=Decimal(135), upper=Decimal(200)))
    go(made, 133)
    settings = made.settings
    assert isinstance(settings, SpreadSettings)
    assert settings.grid is not None
    assert isinstance(made.memory, SpreadMemory)
    moved = replace(settings, grid=replace(settings.grid, stop=Decimal(50)))
    assert "已跟随移动 20 元" in (KIND.may_change(settings, moved, made.memory) or "")
    assert KIND.may_change(settings, replace(settings, naked_lots=30), made.memory) is None


def test_what_lasts_is_the_side_and_being_a_grid() -> None:
    settings = calendar(sets=2, max_sets=8, grid=grid(), buy_at=Decimal(100), sell_at=Decimal(110))
    memory = KIND.begin(settings)
    wider = replace(settings, grid=grid(lines=3), max_sets=6)
    assert KIND.may_change(settings, wider, memory) is None
    assert "网格不能在运行中修改" in (KIND.may_change(settings, replace(settings, grid=SHORT), memory) or "")
    assert "网格不能在运行中修改" in (KIND.may_change(settings, replace(settings, grid=None), memory) or "")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lines": 0}, "线数应在 1 至 200"),
        ({"lines": 3}, "应是 3 条线 × 每格 2 套 = 6 套"),
        ({"lower": Decimal(140)}, "下限 140 应低于上限 130"),
        ({"lower": Decimal(71)}, "网格线 70 至 110 超出区间 71 至 130"),
        ({"stop": Decimal(70)}, "止损价 70 应低于最后一条网格线 70"),
        ({"trail_to": Decimal(110)}, "跟随限价 110 应高于首线止盈 110"),
    ],
)
def test_bad_settings_are_named(changes: dict[str, object], said: str) -> None:
    whole = {"sets": 2, "max_sets": 8, "buy_at": Decimal(100), "sell_at": Decimal(110)}
    assert KIND.check(calendar(**whole, grid=grid())) is None
    assert said in (KIND.check(calendar(**whole, grid=grid(**changes))) or "")


def test_a_leg_of_no_lots_is_of_a_grid_alone_and_never_the_active_one() -> None:
    spot = SpreadLeg(instrument=NEAR, coefficient=Decimal(-1), lots=0)
    whole = {"sets": 2, "max_sets": 8, "buy_at": Decimal(100), "sell_at": Decimal(110)}
    legs = (calendar().legs[0], spot)
    assert KIND.check(calendar(**whole, legs=legs, grid=grid())) is None
    assert "不能为零" in (KIND.check(calendar(**whole, legs=legs)) or "")
    idle = (replace(legs[0], active=False), replace(spot, active=True))
    assert "不能为零" in (KIND.check(calendar(**whole, legs=idle, grid=grid())) or "")


@given(
    st.sampled_from([Side.BUY, Side.SELL]),
    st.integers(-50, 50),
    st.integers(1, 7),
    st.integers(1, 9),
    st.integers(-400, 400),
    st.integers(0, 9),
)
def test_what_a_price_reaches_is_what_going_through_the_lines_says(
    side: Side, first: int, step: int, lines: int, half: int, wide: int
) -> None:
    made = grid(side=side, lines=lines)
    settings = calendar(buy_at=Decimal(first), sell_at=Decimal(first + step), grid=made)
    quote = SpreadQuote(Decimal(half) / 2 + wide, Decimal(half) / 2, 9, 9)
    entering, leaving = (quote.buy, quote.sell) if side is Side.BUY else (quote.sell, quote.buy)
    levels = [level(settings, made, line) for line in range(lines + 1)]
    entered = [line for line in range(1, lines + 1) if (levels[line] - entering) * side.sign >= 0]
    kept = [line for line in range(1, lines + 1) if (levels[line - 1] - leaving) * side.sign > 0]
    found = reach(settings, made, quote)
    assert (found.entered, found.kept) == (len(entered), len(kept))
    assert found.entered <= found.kept
