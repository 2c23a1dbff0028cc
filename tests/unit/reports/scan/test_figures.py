"""The figures of a window, worked by hand, and what must hold of them whatever the prices are."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from terminal.engine.prices.samples import SCALE
from terminal.reports.scan.figures import Figures, measure, z_score


def twice(*yuan: float) -> np.ndarray:
    return np.array([round(2 * SCALE * one) for one in yuan], dtype=np.int64)


def measured(*yuan: float) -> Figures:
    found = measure(twice(*yuan))
    assert found is not None
    return found


def test_mean_deviation_and_slope_are_those_worked_by_hand() -> None:
    # Before -> change: 100 -> +2, 102 -> -1, 101 -> 0, 101 -> -1. About their mean 101: (-1)(2) + (1)(-1) = -3, and
    # 1 + 1 = 2, so b = -1.5. What is left over: 0.5, 0.5, 0, -1, whose squares are 1.5; of 4 changes and 2
    # coefficients the error of b is sqrt(1.5 / 2 / 2) = 0.612372, and t = -2.449490.
    found = measured(100, 102, 101, 101, 100)
    assert found.mean == Decimal("100.8")
    assert found.deviation == pytest.approx(math.sqrt(2.8 / 4))
    assert found.slope == pytest.approx(-1.5)
    assert found.t_value == pytest.approx(-2.449490, abs=1e-6)
    assert found.critical == -3.00
    assert found.half_life is None  # that far below zero a walk of five comes by chance


def test_half_life_is_ln_2_over_the_speed_of_return() -> None:
    # Each sample keeps half of the distance from 100: b = -0.5, half-life ln 2 / 0.5 = 1.386294 samples, no error.
    found = measured(164, 132, 116, 108, 104, 102, 101)
    assert found.slope == pytest.approx(-0.5)
    assert found.half_life == pytest.approx(1.386294, abs=1e-6)


def test_z_score_counts_standard_deviations_from_the_mean() -> None:
    # Mean 100, squares of distances 4 + 4 + 0 + 4 + 4 = 16, over 4: deviation 2. From 103: (103 - 100) / 2.
    found = measured(98, 102, 100, 102, 98)
    assert found.deviation == pytest.approx(2.0)
    assert z_score(int(2 * SCALE * 103), found) == pytest.approx(1.5)


def test_the_mean_is_exact_to_a_millionth() -> None:
    assert measured(1, 1, 2, 3, 3, 3, 3).mean == Decimal("2.285714")  # 16 / 7


@pytest.mark.parametrize("still", [(), (1.0, 2.0, 3.0), (7.0,) * 50, (7.0, 7.0, 7.0, 7.0, 9.0)])
def test_too_few_samples_or_none_that_moved_have_no_figures(still: tuple[float, ...]) -> None:
    assert measure(twice(*still)) is None


def test_a_walk_has_no_half_life_and_a_trend_neither() -> None:
    walk = np.cumsum([1, 1, -1, 1, -1, -1, 1, 1, 1, -1] * 12)
    assert measured(*walk.tolist()).half_life is None
    trend = measured(*(count + (count % 3) / 10 for count in range(120)))
    assert trend.half_life is None


@pytest.mark.parametrize(("count", "critical"), [(49, -3.00), (50, -2.93), (100, -2.89), (360, -2.88), (500, -2.87)])
def test_the_point_it_is_held_against_is_that_of_the_next_smaller_table_row(count: int, critical: float) -> None:
    assert measured(*(100 + place % 2 for place in range(count))).critical == critical


PRICES = st.lists(st.integers(-2_000, 2_000), min_size=12, max_size=60)


@given(prices=PRICES, by=st.integers(2, 500))
def test_a_larger_unit_scales_prices_and_leaves_z_half_life_and_t(prices: list[int], by: int) -> None:
    one, other = measure(twice(*prices)), measure(twice(*(by * price for price in prices)))
    assert (one is None) == (other is None)
    assume(one is not None and other is not None and math.isfinite(one.t_value) and abs(one.t_value) < 1e6)
    assert one is not None
    assert other is not None
    assert float(other.mean) == pytest.approx(by * float(one.mean), abs=by * 1e-6)
    assert other.deviation == pytest.approx(by * one.deviation)
    assert other.t_value == pytest.approx(one.t_value, rel=1e-6)
    assert other.half_life == (None if one.half_life is None else pytest.approx(one.half_life))
    assert z_score(by * 14_000_000, other) == pytest.approx(z_score(14_000_000, one), abs=1e-5)


@given(prices=PRICES)
def test_the_spread_sold_is_the_spread_bought_with_the_signs_turned(prices: list[int]) -> None:
    one, other = measure(twice(*prices)), measure(-twice(*prices))
    assert (one is None) == (other is None)
    assume(one is not None and other is not None)
    assert one is not None
    assert other is not None
    assert other.mean == -one.mean
    assert other.deviation == one.deviation
    assert other.slope == pytest.approx(one.slope)
    assert other.half_life == (None if one.half_life is None else pytest.approx(one.half_life))
    assert z_score(-9_000_000, other) == pytest.approx(-z_score(9_000_000, one))


@given(prices=PRICES, up=st.integers(-10_000, 10_000))
def test_where_the_spread_stands_as_a_whole_changes_the_mean_alone(prices: list[int], up: int) -> None:
    one, other = measure(twice(*prices)), measure(twice(*(price + up for price in prices)))
    assume(one is not None and other is not None)
    assert one is not None
    assert other is not None
    assert float(other.mean - one.mean) == pytest.approx(up, abs=1e-5)
    assert (other.deviation, other.slope) == (one.deviation, one.slope)
