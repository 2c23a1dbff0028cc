"""Give every part of the sample market its own stream of random numbers, all drawn from one seed.

A part can be made again without making the parts before it: that is what lets a market be taken up at any batch.
Curves use only arithmetic and triangles, no sine or exponential, whose last bit differs between processors.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]


class Stream(IntEnum):
    """Name the parts."""

    SKELETON = 1
    SCHEDULE = 2
    DAY = 3
    CHUNK = 4


def stream(seed: int, part: Stream, *place: int) -> np.random.Generator:
    """Return the generator of a part: the same seed, part and place always give the same numbers."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(int(part), *place))))


def triangle(turns: Floats) -> Floats:
    """Return a wave between -1 and 1 that begins at 1 and has one period per turn.

    >>> triangle(np.array([0.0, 0.25, 0.5, 1.0])).tolist()
    [1.0, 0.0, -1.0, 1.0]
    """
    wave: Floats = 4.0 * np.abs(turns - np.floor(turns) - 0.5) - 1.0
    return wave
