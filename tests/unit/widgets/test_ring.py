from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.widgets.basis.ring import LEAST_ROOM, Ring

CAPACITY = 2 * LEAST_ROOM


@settings(max_examples=100, deadline=None)
@given(sizes=st.lists(st.sampled_from([0, 1, 5, 4095, 4096, 4097, 9000, 20_000]), max_size=6))
def test_the_newest_are_kept_under_their_numbers(sizes: list[int]) -> None:
    ring: Ring[np.int64] = Ring(np.int64, CAPACITY)
    for size in sizes:
        ring.extend(np.arange(ring.count, ring.count + size))
    assert ring.count == sum(sizes)
    kept = list(range(max(0, ring.count - CAPACITY), ring.count))
    assert ring.slice(ring.first, ring.count).tolist() == kept
    assert sorted(ring.kept.tolist()) == kept
    assert ring.pick(np.array(kept[::17], np.int64)).tolist() == kept[::17]
    assert not kept or ring.last() == kept[-1]


def test_a_short_column_takes_little_room() -> None:
    ring: Ring[np.float64] = Ring(np.float64, 1 << 20)
    ring.extend(np.zeros(10))
    assert len(ring.room) == LEAST_ROOM


@pytest.mark.parametrize("capacity", [0, 100, LEAST_ROOM // 2, LEAST_ROOM + 1])
def test_a_capacity_whose_blocks_would_wrap_is_refused(capacity: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        Ring(np.float64, capacity)
