"""Keep the latest samples of a price, sorted beside their order of arrival, with exact sums.

A sample is a whole number; `per_yuan` of them make a yuan. No binary float decides anything here (SAFETY I29): those
that are returned are for looking at.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from decimal import Decimal

from terminal.domain.view import SpreadRank


class Samples:
    """Hold at most `most` samples."""

    __slots__ = ("_most", "_order", "_per_yuan", "_sorted", "_squares", "_sum", "_yuan", "latest")

    def __init__(self, most: int, per_yuan: int) -> None:
        self._most, self._per_yuan = most, per_yuan
        self._order: deque[int] = deque()
        self._sorted: list[int] = []
        self._sum = self._squares = 0  # of the samples, exact
        self._yuan: tuple[float, ...] | None = None  # once somebody has asked for them
        self.latest: int | None = None

    def add(self, value: int) -> None:
        """Take one sample; the oldest gives way where there are more than are kept."""
        self.latest, self._yuan = value, None
        self._order.append(value)
        insort(self._sorted, value)
        self._sum += value
        self._squares += value * value
        if len(self._order) > self._most:
            old = self._order.popleft()
            del self._sorted[bisect_left(self._sorted, old)]
            self._sum -= old
            self._squares -= old * old

    def go_on(self, before: Samples, shift: Decimal) -> None:
        """Take the samples of others, `shift` yuan added to each; what is finer than a sample is a programming error.

        >>> one, two = Samples(3, 100), Samples(3, 100)
        >>> for value in (370_000, 371_000):
        ...     one.add(value)
        >>> two.go_on(one, Decimal(-98))
        >>> two.yuan()
        (3602.0, 3612.0)
        """
        added = int(shift * self._per_yuan)
        for value in before._order:
            self.add(value + added)

    def yuan(self) -> tuple[float, ...]:
        """Return all samples in yuan, the oldest first."""
        if self._yuan is None:
            self._yuan = tuple(value / self._per_yuan for value in self._order)
        return self._yuan

    def rank(self) -> SpreadRank | None:
        """Return the latest sample and the thousandths of the window below it."""
        if self.latest is None:
            return None
        count = len(self._sorted)
        below = bisect_left(self._sorted, self.latest)
        spread = count * self._squares - self._sum * self._sum  # the variance, times the count squared
        deviations = (count * self.latest - self._sum) / Decimal(spread).sqrt() if spread else None
        return SpreadRank(Decimal(self.latest) / self._per_yuan, below * 1000 // count, count, deviations)
