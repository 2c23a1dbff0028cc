from __future__ import annotations

from decimal import Decimal
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain.ids import InstrumentId
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.strategies.spread.balance import (
    given_back,
    lacks,
    largest_slice,
    needed,
    residuals,
    unbalanced,
    unwound,
    worst_unbalanced,
)
from tests.unit.strategies.world import ACCOUNT

MILL = SpreadSettings(
    account=ACCOUNT,
    legs=(
        SpreadLeg(instrument=InstrumentId("SHFE.rb2510"), coefficient=Decimal(1), lots=100, active=True),
        SpreadLeg(instrument=InstrumentId("DCE.i2509"), coefficient=Decimal("-1.6"), lots=-16),
        SpreadLeg(instrument=InstrumentId("DCE.j2509"), coefficient=Decimal("-0.5"), lots=-5),
    ),
    buy_at=Decimal(1140),
    sell_at=Decimal(1160),
)


def test_the_residual_of_uneven_ratios_is_carried() -> None:
    nets = [37, -5, -2]
    assert residuals(MILL, nets) == (Decimal(0), Decimal("-0.92"), Decimal("0.15"))


def test_needed_lots_leave_out_the_fraction() -> None:
    assert [needed(MILL, leg, 37) for leg in range(3)] == [37, -5, -1]
    assert [needed(MILL, leg, -37) for leg in range(3)] == [-37, 5, 1]
    assert [needed(MILL, leg, 100) for leg in range(3)] == [100, -16, -5]
    assert lacks(MILL, [37, -5, -2]) == (0, 0, 1)


@given(st.integers(-300, 300), st.integers(0, 300), st.sampled_from([1, -1]))
def test_a_slice_never_leaves_more_than_naked_lots_unbalanced(active: int, most: int, direction: int) -> None:
    nets = [active, needed(MILL, 1, active), needed(MILL, 2, active)]
    lots = largest_slice(MILL, nets, direction=direction, most=most, shown=[999, 8, 8])
    assert unbalanced(MILL, nets, active + direction * lots) <= MILL.naked_lots
    assert all(abs(lack) <= 8 for lack in lacks(MILL, nets, active + direction * lots))
    if lots < most:
        after = lacks(MILL, nets, active + direction * (lots + 1))
        assert sum(map(abs, after)) > MILL.naked_lots or max(map(abs, after)) > 8


@given(st.lists(st.integers(-60, 60), min_size=3, max_size=3), st.lists(st.integers(0, 9), min_size=3, max_size=3))
def test_no_fills_of_what_is_under_way_leave_more_open_than_the_worst(low: list[int], more: list[int]) -> None:
    reaches = [(least, least + lots) for least, lots in zip(low, more, strict=True)]
    ways = [list(way) for way in product(*(range(least, most + 1) for least, most in reaches))]
    assert worst_unbalanced(MILL, reaches) >= max(unbalanced(MILL, nets) for nets in ways)
    # Of two legs it is just the worst, and where nothing is under way it is what stands open.
    two = replace(MILL, legs=MILL.legs[:2])
    assert worst_unbalanced(two, reaches[:2]) == max(unbalanced(two, nets[:2]) for nets in ways)
    assert worst_unbalanced(MILL, [(lots, lots) for lots in low]) == unbalanced(MILL, low)


@given(st.integers(-200, 200), st.integers(-200, 200), st.data())
def test_unwinding_finds_the_nearest_active_lots_a_lagging_leg_can_follow(
    start: int, goal: int, data: st.DataObject
) -> None:
    held_for = data.draw(st.integers(min(start, goal), max(start, goal)))
    held = needed(MILL, 1, held_for)
    found = unwound(MILL, 1, held, goal, start)
    assert found is not None
    assert needed(MILL, 1, found) == held
    assert abs(found - goal) <= abs(held_for - goal)


def test_unwinding_stops_at_lots_that_need_fewer_than_a_leg_holds_where_none_need_just_those() -> None:
    five = replace(MILL, legs=(replace(MILL.legs[0], lots=1), replace(MILL.legs[1], lots=-5)))
    assert [unwound(five, 1, -held, 1, 0) for held in range(6)] == [0, 0, 0, 0, 0, 1]
    assert [unwound(five, 1, -held, 0, 1) for held in range(6)] == [0, 1, 1, 1, 1, 1]  # of a closing round
    assert unwound(MILL, 1, -9, 37, 0) == 37, "it holds more than it needs already"
    assert unwound(MILL, 1, 1, 37, 0) is None, "it lacks a lot even where the round began"
    assert given_back(five, [1, -2], 0) == (-1, 2)
    assert given_back(MILL, [37, -5, 0], 0) == (-37, 5, 0)
    assert given_back(MILL, [37, -3, -1], 24) == (-13, 0, 0), "what still lacks lots gives none back"
