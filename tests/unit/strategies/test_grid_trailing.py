"""An empty grid follows a price that leaves it on the winning side, as far as its owner has said."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain.fact.marks import GridTrailed, RangeLeft
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import OutOfRange
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.trailing import check_trailing, farthest, rebound, trailed
from terminal.strategies.table import GRID
from tests.unit.strategies.test_grid import RB, grid, world
from tests.unit.strategies.world import World

TRAIL: dict[str, Any] = {"trail_to": Decimal(3260)}


def entries(made: World) -> list[int]:
    return sorted(int(row.terms.price) for row in made.live("entry"))


def let(made: World, seconds: int) -> None:
    """Let it decide every second, and the exchange answer."""
    for _ in range(seconds):
        made.step()
        for row in made.live():
            if row.cancel_asked:
                made.cancelled(row)
            elif row.state.value == "RECORDED":
                made.accept(row)
        made.wait(1)


def test_an_empty_grid_moves_whole_to_a_price_a_spacing_above_it() -> None:
    made = world(**TRAIL)
    let(made, 10)
    assert entries(made) == [3140, 3160, 3180]
    made.show(RB, 3219, 3220)
    let(made, 30)
    assert not made.of(GridTrailed), "not before a whole spacing"
    made.show(RB, 3221, 3222)
    let(made, 30)
    assert made.of(GridTrailed) == [GridTrailed(moved=Decimal(21), anchor=Decimal(3221), shifted=Decimal(21))]
    assert entries(made) == [3161, 3181, 3201]
    made.restart()
    let(made, 5)
    assert entries(made) == [3161, 3181, 3201]


def test_it_moves_no_further_than_its_owner_said() -> None:
    made = world(**TRAIL)
    made.show(RB, 3299, 3300)
    let(made, 200)
    assert [mark.anchor for mark in made.of(GridTrailed)] == [Decimal(3260)]
    assert entries(made) == [3200, 3220, 3240]


def test_a_grid_that_holds_lots_does_not_move() -> None:
    made = world(**TRAIL)
    let(made, 3)
    made.fill(next(row for row in made.live("line:1:entry")))
    made.show(RB, 3249, 3250)
    let(made, 100)
    assert not made.of(GridTrailed)


def test_it_never_follows_to_the_losing_side() -> None:
    made = world(**TRAIL)
    made.show(RB, 3129, 3130)
    let(made, 100)
    assert not made.of(GridTrailed)


@pytest.mark.parametrize("choice", [OutOfRange.STOP, OutOfRange.FLATTEN])
def test_a_jump_over_the_upper_bound_is_followed_before_it_stops_anything(choice: OutOfRange) -> None:
    made = world(out_of_range=choice, trail_to=Decimal(3500))
    made.show(RB, 3399, 3400)
    let(made, 30)
    assert not made.of(RangeLeft)
    assert entries(made) == [3339, 3359, 3379]


def test_the_stop_moves_with_it() -> None:
    made = world(out_of_range=OutOfRange.FLATTEN, **TRAIL)
    made.show(RB, 3239, 3240)
    let(made, 30)
    made.show(RB, 3118, 3119)  # the stop was 3080 and stands at 3119 now
    let(made, 5)
    assert [mark.stopped for mark in made.of(RangeLeft)] == [True]


def test_a_short_grid_follows_down() -> None:
    short: dict[str, Any] = {
        "side": Side.SELL,
        "stop": Decimal(3320),
        "lower": Decimal(3100),
        "upper": Decimal(3310),
        "trail_to": Decimal(3150),
    }
    made = world(bid=3200, ask=3201, **short)
    made.show(RB, 3178, 3179)
    let(made, 30)
    assert [mark.anchor for mark in made.of(GridTrailed)] == [Decimal(3178)]
    assert entries(made) == [3198, 3218, 3238]


def test_a_price_that_goes_up_and_down_costs_few_cancels() -> None:
    made = world(trail_to=Decimal(9000))
    for turn in range(600):
        made.show(RB, 3221 + 40 * (turn % 2), 3222 + 40 * (turn % 2))
        let(made, 1)
    assert len(made.of(GridTrailed)) <= 3
    assert made.busiest_minute() <= 30


def test_stop_and_bounds_of_a_grid_that_has_moved_stay_with_it() -> None:
    memory = GridMemory(held=[0] * 5, turns=[0] * 5, moved=Decimal(21))
    why = GRID.may_change(grid(**TRAIL), grid(stop=Decimal(3070), **TRAIL), memory)
    assert why is not None
    assert "已跟随移动 21 元，止损" in why
    assert GRID.may_change(grid(**TRAIL), grid(trail_to=None), memory) is None


def test_what_it_may_be_worth_is_reckoned_where_it_may_go() -> None:
    assert farthest(grid(**TRAIL)).anchor == 3260
    assert farthest(grid()) == grid()
    assert trailed(grid(), Decimal(10)).stop == 3090


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trail_to": Decimal(3200)}, "应高于起始价"),
        ({"trail_to": Decimal(3100)}, "应高于起始价"),
        (
            {
                "side": Side.SELL,
                "stop": Decimal(3320),
                "lower": Decimal(100),
                "upper": Decimal(3310),
                "trail_to": Decimal(50),
            },
            "不为正",
        ),
    ],
)
def test_a_limit_that_leads_nowhere_is_refused(changes: dict[str, object], words: str) -> None:
    wrong = check_trailing(grid(**changes))
    assert wrong is not None
    assert words in wrong


@pytest.mark.parametrize(("to", "refused"), [(100, True), (101, False)])
def test_a_lower_bound_that_would_follow_to_zero_is_no_price(to: int, *, refused: bool) -> None:
    # A short grid from 3200 down to `to`: its lower bound of 3100 goes with it.
    short = grid(side=Side.SELL, stop=Decimal(3320), lower=Decimal(3100), upper=Decimal(3310), trail_to=Decimal(to))
    assert (check_trailing(short) is not None) is refused


def test_an_empty_grid_goes_to_another_contract_as_a_whole_and_a_filled_one_does_not() -> None:
    memory, old = GridMemory(held=[0] * 3, turns=[0] * 3), grid(**TRAIL)
    new = rebound(old, InstrumentId("SHFE.rb2110"), Decimal(-100))
    assert (new.anchor, new.trail_to) == (old.anchor - 100, Decimal(3160))
    assert GRID.may_change(old, new, memory) is None
    assert "一起平移" in (GRID.may_change(old, replace(new, stop=old.stop), memory) or "")
    assert "一起平移" in (GRID.may_change(old, replace(new, lots_per_line=9), memory) or "")
    memory.moved = Decimal(20)
    assert GRID.may_change(old, new, memory) is None, "what it has followed so far goes with it"
    memory.held[1] = 1
    assert "由移仓带它过去" in (GRID.may_change(old, new, memory) or "")
