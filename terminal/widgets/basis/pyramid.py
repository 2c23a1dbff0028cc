"""Keep least and greatest of blocks of a growing curve, so that drawing costs the same however long it is.

A screen has a thousand columns of pixels; a curve of a million values puts a thousand of them into each, and all that
is seen of them is the least and the greatest. Those are kept while the curve grows: a new value touches one block on
each level. A drawing takes the level next below the width of a column, so it reads a few thousand blocks, never the
values. Columns are as wide as a power of two and begin at its multiples: the same values share a column while the
curve moves, and the picture does not shimmer.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from terminal.widgets.basis.ring import LEAST_ROOM, Ring, unwrapped

Floats = NDArray[np.float64]

BLOCKS: Final = (8, 64, 512, LEAST_ROOM)


class Outline(NamedTuple):
    """Hold a curve reduced to columns, left to right: where each stands, its least and its greatest value.

    Where a column holds one value, both are that value.
    """

    x: Floats
    low: Floats
    high: Floats


class Pyramid:
    """Hold the last `capacity` values (a power of two) and their blocks."""

    def __init__(self, capacity: int) -> None:
        self.values: Ring[np.float64] = Ring(np.float64, capacity)
        self._low = [np.zeros(LEAST_ROOM // block) for block in BLOCKS]
        self._high = [np.zeros(LEAST_ROOM // block) for block in BLOCKS]

    def extend(self, values: Floats) -> None:
        """Add values at the end."""
        ring = self.values
        begin = ring.count
        ring.extend(values)
        # What was overwritten before it was ever seen needs no block.
        begin = max(begin, ring.first)
        for level, block in enumerate(BLOCKS):
            if len(self._low[level]) < len(ring.room) // block:
                self._low[level] = _grown(self._low[level], len(ring.room) // block)
                self._high[level] = _grown(self._high[level], len(ring.room) // block)
            self._renew(level, block, begin, ring.count)

    def last(self) -> np.float64:
        """Return the newest; there must be one."""
        return self.values.last()

    def replace_last(self, value: float) -> None:
        """Put another value in the place of the newest; there must be one."""
        ring = self.values
        ring.replace_last(np.float64(value))
        for level, block in enumerate(BLOCKS):
            self._renew(level, block, ring.count - 1, ring.count)

    def outline(self, begin: int, end: int, most: int) -> Outline:
        """Return values `begin` to `end`, which must be kept, as at most `most` columns and a cut one at each end."""
        step = 1
        while (end - begin) > step * most:
            step *= 2
        if step == 1:
            values = self.values.slice(begin, end)
            return Outline(np.arange(begin, end, dtype=np.float64), values, values)
        inner, outer = -(-begin // step) * step, end // step * step
        if inner >= outer:
            return _joined([self._column(begin, end)])
        parts = [self._body(inner, outer, step)]
        if begin < inner:
            parts.insert(0, self._column(begin, inner))
        if outer < end:
            parts.append(self._column(outer, end))
        return _joined(parts)

    def _renew(self, level: int, block: int, begin: int, end: int) -> None:
        if begin >= end:
            return
        ring, low, high = self.values, self._low[level], self._high[level]
        mask = len(low) - 1
        first, last = begin // block, (end - 1) // block
        if first < last:
            whole = np.arange(first, last) & mask
            blocks = ring.room.reshape(-1, block)[whole]
            low[whole], high[whole] = blocks.min(axis=1), blocks.max(axis=1)
        # The newest block is not full: behind its end stand values of the round before.
        newest = ring.slice(last * block, end)
        low[last & mask], high[last & mask] = newest.min(), newest.max()

    def _body(self, inner: int, outer: int, step: int) -> Outline:
        fitting = [level for level, block in enumerate(BLOCKS) if block <= step]
        x = np.arange(inner, outer, step, dtype=np.float64) + (step - 1) / 2
        if not fitting:
            values = self.values.slice(inner, outer).reshape(-1, step)
            return Outline(x, values.min(axis=1), values.max(axis=1))
        level = fitting[-1]
        block = BLOCKS[level]
        shape = (-1, step // block)
        low = unwrapped(self._low[level], inner // block, outer // block).reshape(shape)
        high = unwrapped(self._high[level], inner // block, outer // block).reshape(shape)
        return Outline(x, low.min(axis=1), high.max(axis=1))

    def _column(self, begin: int, end: int) -> Outline:
        values = self.values.slice(begin, end)
        return Outline(np.array([(begin + end - 1) / 2]), values.min(keepdims=True), values.max(keepdims=True))


def _joined(parts: list[Outline]) -> Outline:
    return parts[0] if len(parts) == 1 else Outline(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _grown(room: Floats, size: int) -> Floats:
    grown = np.zeros(size)
    grown[: len(room)] = room
    return grown
