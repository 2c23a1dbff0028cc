from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.widgets.basis.pyramid import Outline, Pyramid
from terminal.widgets.basis.ring import LEAST_ROOM

CAPACITY = 2 * LEAST_ROOM


def columns(values: np.ndarray, begin: int, end: int, most: int) -> Outline:
    """Reduce by brute force what the pyramid reduces by its blocks."""
    step = 1
    while end - begin > step * most:
        step *= 2
    cuts = [begin, *range(begin // step * step + step, end, step), end]
    if step > 1 and not range(-(-begin // step) * step, end - step + 1, step):
        cuts = [begin, end]  # no whole column fits
    parts = [values[left:right] for left, right in pairwise(cuts)]
    x = np.array([(left + right - 1) / 2 for left, right in pairwise(cuts)])
    return Outline(x, np.array([part.min() for part in parts]), np.array([part.max() for part in parts]))


def grown(sizes: list[int], seed: int) -> tuple[Pyramid, np.ndarray]:
    values = np.array([(place * seed * 7919 + seed) % 1013 - 500.0 for place in range(sum(sizes))])
    pyramid, at = Pyramid(CAPACITY), 0
    for size in sizes:
        pyramid.extend(values[at : at + size])
        at += size
    return pyramid, values


@settings(max_examples=150, deadline=None)
@given(
    sizes=st.lists(st.sampled_from([1, 1, 2, 7, 8, 9, 63, 500, 511, 4095, 4096, 5000, 9001]), min_size=1, max_size=9),
    seed=st.integers(1, 1000),
    cut=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    most=st.integers(1, 1200),
)
def test_the_outline_is_what_brute_force_finds(
    sizes: list[int], seed: int, cut: tuple[float, float], most: int
) -> None:
    pyramid, values = grown(sizes, seed)
    first, count = pyramid.values.first, pyramid.values.count
    begin, end = sorted(first + int(share * (count - first)) for share in cut)
    end = max(end, begin + 1)
    begin = min(begin, count - 1)
    end = min(end, count)
    found, wanted = pyramid.outline(begin, end, most), columns(values, begin, end, most)
    assert found.x.tolist() == wanted.x.tolist()
    assert found.low.tolist() == wanted.low.tolist()
    assert found.high.tolist() == wanted.high.tolist()


def test_an_outline_has_no_more_columns_than_asked_for_and_a_cut_one_at_each_end() -> None:
    pyramid, _ = grown([CAPACITY], 3)
    assert len(pyramid.outline(5, CAPACITY - 3, 100).x) <= 102


def test_the_columns_of_a_moving_view_stay_where_they_are() -> None:
    pyramid, values = grown([CAPACITY], 3)
    before = pyramid.outline(0, CAPACITY, 100)
    pyramid.extend(values[:40])
    after = pyramid.outline(40, CAPACITY + 40, 100)
    assert set(before.x[1:-1].tolist()) <= set(after.x.tolist()) | set(before.x[:1].tolist())


def test_a_stretch_that_fits_comes_as_it_is() -> None:
    pyramid, values = grown([1000], 3)
    found = pyramid.outline(10, 60, 64)
    assert found.low is found.high
    assert found.low.tolist() == values[10:60].tolist()
