from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from terminal.gateways.replay.cut import GAP_NS, SPAN_NS, burst_ends

MS = 1_000_000


def ends(clock: list[float], *, received: bool) -> list[int]:
    cut = burst_ends(np.array([int(at * MS) for at in clock], dtype=np.int64), received=received)
    return [int(end) for end in cut]


def test_a_pause_longer_than_five_milliseconds_ends_a_burst() -> None:
    assert ends([0, 5, 10, 15.000001, 16], received=True) == [3, 5]


def test_a_burst_is_cut_twenty_milliseconds_after_its_first_row() -> None:
    assert ends([0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 39.999999, 40], received=True) == [5, 11, 12]


def test_without_a_receiver_rows_of_equal_exchange_time_are_one_burst() -> None:
    assert ends([0, 0, 1, 1, 1, 500], received=False) == [2, 5, 6]


def test_nothing_has_no_bursts() -> None:
    assert ends([], received=True) == []
    assert ends([], received=False) == []


@given(st.lists(st.integers(0, 30 * MS), min_size=1, max_size=200))
def test_bursts_are_what_a_clock_watching_each_row_would_cut(steps: list[int]) -> None:
    clock = np.cumsum(np.array(steps, dtype=np.int64))
    expected, first, before = [], int(clock[0]), int(clock[0])
    for place, at in enumerate(clock.tolist()):
        if place and (at - before > GAP_NS or at - first >= SPAN_NS):
            expected.append(place)
            first = at
        before = at
    assert burst_ends(clock, received=True).tolist() == [*expected, len(clock)]
