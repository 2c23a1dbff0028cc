"""Draw everything a world leaves to chance from one seed, each part from a stream of its own.

A part that draws more or less does not change what the others draw, so that a world stays comparable while its parts
are worked on.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def derived(seed: int, *place: object) -> int:
    """Return the seed of a part: the same seed and place always give the same number."""
    text = "|".join(str(word) for word in (seed, *place))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


class Luck(random.Random):
    """Draw numbers of one part."""

    def chance(self, probability: float) -> bool:
        """Return whether something of this probability happens."""
        return self.random() < probability

    def one_of(self, things: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """Return one of the things."""
        return self.choices(things, weights)[0]


class Weather:
    """Be the `Chance` of a faulty link, which may be calmed: then nothing that is left to it happens."""

    def __init__(self, seed: int) -> None:
        self._luck = Luck(seed)
        self.calm = False

    def random(self) -> float:
        """Return a number from 0 up to 1; while calm 1, which no probability exceeds."""
        return 1.0 if self.calm else self._luck.random()

    def randrange(self, stop: int, /) -> int:
        """Return a whole number from 0 up to, not including, `stop`."""
        return self._luck.randrange(stop)
