"""Ship a rule of two averages (双均线) that a file of one's own hands to the house: long above, short below.

A file that says `aim = TwoAverages(…)` instead of writing the function has the same strategy as one that writes it, and
besides it may be played by the columnar kernel of a sweep: both run what stands here. The averages are of the sampled
middle prices, each a plain mean. They are compared in whole numbers, so that equal averages are equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terminal.strategies.own.code import Aim, values
from terminal.strategies.own.coming import SCALE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from numpy.typing import NDArray

    from terminal.domain.parameters.own import OwnSettings
    from terminal.strategies.own.code import Seen
    from terminal.strategies.own.coming import Coming


LARGEST = 4e18  # what may be summed and multiplied in 64 bits


class TwoAverages(NamedTuple):
    """Hold `lots` while the fast average is above the slow one, and as many short below it, or none.

    `fast`, `slow` and `lots` are the names of three whole numbers of the file. With `flat_below` nothing is held below.
    `days` before the contract's last trading day the position is closed, and none is opened any more; 0: never.
    """

    fast: str = "fast"
    slow: str = "slow"
    lots: str = "lots"
    flat_below: bool = False
    days: int = 0

    def __call__(self, numbers: Mapping[str, int | Decimal], seen: Seen) -> Aim | None:
        """Return what is to be held now; `None` before there are prices enough, and while the averages are equal."""
        fast, slow, lots = self._of(numbers)
        if len(seen.prices) < slow:
            return None
        if seen.days_to_expiry is not None and seen.days_to_expiry < self.days:
            return Aim(0, f"距最后交易日不足 {self.days} 个交易日")
        quick, late = _whole(seen.prices[-fast:]), _whole(seen.prices[-slow:])
        if quick * slow == late * fast:
            return None
        reason = f"快线 {quick / fast / SCALE:.1f}，慢线 {late / slow / SCALE:.1f}"
        if quick * slow > late * fast:
            return Aim(lots, reason)
        return Aim(0 if self.flat_below else -lots, reason)

    def wakes(self, numbers: Mapping[str, int | Decimal], coming: Coming) -> NDArray[np.bool_]:
        """Return at which coming prices it wants other lots than are held."""
        fast, slow, lots = self._of(numbers)
        if float(np.abs(coming.prices).max(initial=0)) * SCALE * slow * slow >= LARGEST:
            return np.ones(len(coming.prices) - coming.first, dtype=np.bool_)
        sums = np.concatenate(([0], np.cumsum(np.rint(coming.prices * SCALE).astype(np.int64))))
        wanted = np.full(len(coming.prices), coming.held)
        if coming.days_to_expiry is not None and coming.days_to_expiry < self.days:
            wanted[slow - 1 :] = 0
        elif slow <= len(wanted):
            ends = np.arange(slow, len(sums))
            # The same whole numbers as the rule compares: equal averages want nothing new.
            apart = (sums[ends] - sums[ends - fast]) * slow - (sums[ends] - sums[ends - slow]) * fast
            below = 0 if self.flat_below else -lots
            wanted[slow - 1 :] = np.where(apart > 0, lots, np.where(apart < 0, below, coming.held))
        wakes: NDArray[np.bool_] = wanted[coming.first :] != coming.held
        return wakes

    def check(self, numbers: Mapping[str, int | Decimal]) -> str:
        """Return what is wrong with the numbers of a file in one sentence, "" where nothing is."""
        fast, slow, lots = self._of(numbers)
        if not 0 < fast < slow:
            return "快线应短于慢线，至少一个价格，请改小快线。"
        return "" if lots > 0 else "手数应为正整数，请改大。"

    def read(self, settings: OwnSettings) -> tuple[int, int, int]:
        """Return the prices of the fast and of the slow average, and the lots, as settings give them."""
        return self._of(values(settings))

    def _of(self, numbers: Mapping[str, int | Decimal]) -> tuple[int, int, int]:
        fast, slow, lots = (int(numbers[name]) for name in (self.fast, self.slow, self.lots))
        return fast, slow, lots


def _whole(prices: Sequence[float]) -> int:
    return sum(round(price * SCALE) for price in prices)
