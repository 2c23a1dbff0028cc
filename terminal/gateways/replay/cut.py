"""Cut ordered rows into the bursts they arrived in, and name the days they span."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from terminal.domain.days.calendar import to_date

GAP_NS: Final = 5_000_000  # a pause longer than this ends a burst
SPAN_NS: Final = 20_000_000  # a burst that goes on is cut this long after its first row


def burst_ends(clock: NDArray[np.int64], *, received: bool) -> NDArray[np.int64]:
    """Return the row after the last row of each burst.

    With a receiver's clock the pauses tell the bursts apart; without one, rows of equal exchange time belong
    together.
    """
    if not len(clock):
        return np.zeros(0, dtype=np.int64)
    gaps = np.diff(clock) > (GAP_NS if received else 0)
    heads = np.concatenate(([0], np.flatnonzero(gaps) + 1, [len(clock)]))
    if received:
        heads = np.array(_split_long(clock, heads.tolist()), dtype=np.int64)
    return heads[1:].astype(np.int64)


def _split_long(clock: NDArray[np.int64], heads: list[int]) -> list[int]:
    cuts = []
    for head, end in pairwise(heads):
        start = head
        while clock[end - 1] - clock[start] >= SPAN_NS:
            cuts.append(start)
            start += int(np.searchsorted(clock[start:end], clock[start] + SPAN_NS))
        cuts.append(start)
    return [*cuts, heads[-1]]


def recording_name(days: NDArray[np.int64]) -> str:
    """Return the name of a recording of these trading days."""
    first, last = to_date(int(days.min())).isoformat(), to_date(int(days.max())).isoformat()
    return f"回放 {first}" if first == last else f"回放 {first} 至 {last}"
