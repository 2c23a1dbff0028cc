"""Keep the latest samples of a price, and of a watched spread, sorted beside their order of arrival, with exact sums.

A sample is a whole number; `per_yuan` of them make a yuan. No binary float decides anything here (SAFETY I29): those
that are returned are for looking at.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.percentile import middle_rank
from terminal.domain.view import SpreadRank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.view import SpreadWatch
    from terminal.engine.prices.spread import Spread

SCALE = 1_000_000  # spread values are kept in millionths of a yuan
SECOND = 1_000_000_000
FRESH_SECONDS = 60  # a leg older than this gives no spread

Since = Callable[[int], int | None]  # by slot, since when it trades continuously (UTC ns); `None` while it does not


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
            self._yuan = tuple([value / self._per_yuan for value in self._order])
        return self._yuan

    def rank(self) -> SpreadRank | None:
        """Return the latest sample and its place among all of them."""
        return None if self.latest is None else self._placed(self.latest, 0)

    def place(self, value: int) -> SpreadRank:
        """Return a value and its place among the samples and itself, as if it had been taken beside them."""
        return self._placed(value, 1)

    def _placed(self, value: int, more: int) -> SpreadRank:
        # `more` is 1 for a value that is none of the samples yet.
        count, total = len(self._sorted) + more, self._sum + more * value
        squares = self._squares + more * value * value
        below = bisect_left(self._sorted, value)
        others = bisect_right(self._sorted, value) - below + more - 1  # that equal it
        spread = count * squares - total * total  # the variance, times the count squared
        deviations = (count * value - total) / Decimal(spread).sqrt() if spread else None
        permille, above = middle_rank(below, others, count), count - 1 - below - others
        return SpreadRank(Decimal(value) / self._per_yuan, permille, count, below, above, deviations)


class Window:
    """Hold the last samples of a watched spread, of what it looked at before a roll too."""

    __slots__ = ("_earlier", "_samples", "_step", "due", "since", "spread", "trading")

    def __init__(
        self, watch: SpreadWatch, spread: Spread, earlier: Sequence[tuple[int, Spread, int]], since: int
    ) -> None:
        self.spread = spread
        self.since = since  # what came up to then, UTC ns, and the first batch after it, bring no sample
        self._earlier = earlier  # until when (UTC ns, included), and what is added to twice the middle
        self._samples = Samples(watch.window, 2 * SCALE)
        self._step = watch.sample_seconds * SECOND
        self.trading = watch.trading  # whether what does not trade, or was not quoted since it does, gives no sample
        self.due = 0

    @property
    def slots(self) -> tuple[int, ...]:
        """Return the slots whose quotes may bring a sample, each once."""
        spreads = (self.spread, *(spread for _, spread, _ in self._earlier))
        return tuple({slot: None for spread in spreads for slot, _, _, _ in spread.legs})

    def sample(self, at: int, received: Sequence[int], since: Since) -> None:
        """Take one sample of twice the middle, if every leg is two-sided and fresh, and trades where that is asked.

        `received` is by slot; `since` says from when on what a slot quotes has traded without a break.
        """
        self.due = self.due or at  # since then, at the latest, there could have been one
        value, spread = self._seen(at)
        if value is None:
            return
        for slot, _, _, _ in spread.legs if self.trading else ():
            begun = since(slot)
            if begun is None or received[slot] < begun:
                return
        self.due = at + self._step
        self._samples.add(value)

    def _seen(self, at: int) -> tuple[int | None, Spread]:
        # Twice the middle in millionths, `None` where a leg is not two-sided and fresh, and of which legs.
        spread, added = self.spread, 0
        for until, before, shift in self._earlier:
            if at <= until:
                spread, added = before, shift
                break
        spread.price(at - FRESH_SECONDS * SECOND)
        if spread.buy is None or spread.sell is None:
            return None, spread
        return spread.buy + spread.sell + added, spread

    def take(self, values: Sequence[int], due: int) -> None:
        """Take samples (twice the middle, millionths of a yuan) that were passed over, and when the next one is due."""
        for value in values:
            self._samples.add(value)
        self.due = due

    @property
    def step(self) -> int:
        """Return how long after a sample the next one is due, ns."""
        return self._step

    @property
    def reaches_back(self) -> int:
        """Return until when (UTC ns, included) it samples a contract of before a roll, 0 where there is none."""
        return max((until for until, _, _ in self._earlier), default=0)

    def go_on(self, before: Window, shift: Decimal) -> None:
        """Take the samples of the window that looked at the contract before the last roll, `shift` yuan added."""
        self._samples.go_on(before._samples, shift)
        self.due = before.due

    def samples(self) -> tuple[float, ...]:
        """Return all samples in yuan, the oldest first."""
        return self._samples.yuan()

    def rank(self) -> SpreadRank | None:
        """Return the latest sample and its place in the window."""
        return self._samples.rank()

    def rank_now(self, at: int) -> SpreadRank | None:
        """Return what is quoted now and its place in the window, itself one sample of it; `None` while it is not."""
        if self._samples.latest is not None and self.due == at + self._step:
            return self._samples.rank()  # it was sampled at this very moment
        value, _ = self._seen(at)
        return None if value is None else self._samples.place(value)
