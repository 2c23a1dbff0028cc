"""Keep the last so many numbers of a column that only grows at its end.

Numbers are counted from 0 for ever; number i stands at i modulo the room. The room doubles while the column is short
and is a power of two, so that blocks of a power of two never wrap. At `capacity` the oldest is overwritten.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value", np.float64, np.int64)

LEAST_ROOM: Final = 4096


class Ring(Generic[Value]):
    """Hold one column. `capacity` is a power of two of at least `LEAST_ROOM`."""

    def __init__(self, kind: type[Value], capacity: int) -> None:
        if capacity < LEAST_ROOM or capacity & (capacity - 1):
            raise ValueError(f"{capacity} is no power of two of at least {LEAST_ROOM}")
        self.capacity = capacity
        self.count = 0
        self.room: NDArray[Value] = np.zeros(LEAST_ROOM, kind)

    @property
    def first(self) -> int:
        """Return the number of the oldest that is kept."""
        return max(0, self.count - self.capacity)

    @property
    def kept(self) -> NDArray[Value]:
        """Return all that is kept, in no order: for counting."""
        return self.room[: self.count]

    def extend(self, values: NDArray[Value]) -> None:
        """Add values at the end."""
        self._grow(self.count + len(values))
        for begin in range(0, len(values), len(self.room)):
            part = values[begin : begin + len(self.room)]
            at = self.count & (len(self.room) - 1)
            fit = len(self.room) - at
            self.room[at : at + len(part)] = part[:fit]
            self.room[: max(0, len(part) - fit)] = part[fit:]
            self.count += len(part)

    def replace_last(self, value: Value) -> None:
        """Put another value in the place of the newest; there must be one."""
        self.room[(self.count - 1) & (len(self.room) - 1)] = value

    def slice(self, begin: int, end: int) -> NDArray[Value]:
        """Return numbers `begin` to `end`, which must be kept; where they do not wrap it is a view."""
        return unwrapped(self.room, begin, end)

    def pick(self, numbers: NDArray[np.int64]) -> NDArray[Value]:
        """Return these numbers, which must be kept."""
        found: NDArray[Value] = self.room[numbers & (len(self.room) - 1)]
        return found

    def last(self) -> Value:
        """Return the newest; there must be one."""
        found: Value = self.room[(self.count - 1) & (len(self.room) - 1)]
        return found

    def _grow(self, count: int) -> None:
        room = len(self.room)
        while room < min(count, self.capacity):
            room *= 2
        if room > len(self.room):
            # It grows before it wraps, so every number still stands at itself.
            grown = np.zeros(room, self.room.dtype)
            grown[: self.count] = self.room[: self.count]
            self.room = grown


def unwrapped(room: NDArray[Value], begin: int, end: int) -> NDArray[Value]:
    """Return what stands in a room of a power of two from `begin` to `end`, counted for ever, in one piece."""
    mask = len(room) - 1
    if begin >= end:
        return room[:0]
    left, right = begin & mask, ((end - 1) & mask) + 1
    return room[left:right] if left < right else np.concatenate((room[left:], room[:right]))
