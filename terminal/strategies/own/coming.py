"""Show a rule's `wakes` the prices of a whole stretch at once, so that it says in one go when it must be asked.

`wakes(numbers, coming)` returns one bool for each coming price, as a numpy array: `False` where the rule, asked with
the prices up to that one, would want nothing else than is held. It is for backtests alone, which pass over what it
denies; it may say `True` too often, never too seldom. Whoever trades live asks the rule all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE: Final = 2_000_000  # twice a middle price is whole in millionths of a yuan: engine.prices.columns keeps it so


class Coming(NamedTuple):
    """Hold the prices seen and to come, yuan, the oldest first, while `held` lots stand and nothing is on its way.

    `prices[first:]` are still to come; before them stand what the rule sees by now. `window` is the most it ever sees.
    What `mean`, `highest` and `lowest` return has one value for each coming price, NaN where the rule sees fewer than
    `count` prices; each is the very number that the method of the same name of `Seen` gives the rule then.
    """

    prices: NDArray[np.float64]
    first: int
    window: int
    held: int
    trading_day: int
    days_to_expiry: int | None

    def mean(self, count: int) -> NDArray[np.float64]:
        """Return the mean of the latest `count` prices, at each coming one."""
        sums = np.concatenate(([0], np.cumsum(np.rint(self.prices * SCALE).astype(np.int64))))
        return self._each(count, lambda: (sums[count:] - sums[:-count]).astype(np.float64) / count / SCALE)

    def highest(self, count: int) -> NDArray[np.float64]:
        """Return the highest of the latest `count` prices, at each coming one."""
        return self._each(count, lambda: sliding_window_view(self.prices, count).max(axis=1))

    def lowest(self, count: int) -> NDArray[np.float64]:
        """Return the lowest of the latest `count` prices, at each coming one."""
        return self._each(count, lambda: sliding_window_view(self.prices, count).min(axis=1))

    def _each(self, count: int, found: Callable[[], NDArray[np.float64]]) -> NDArray[np.float64]:
        # The values begin at the first price that has so many before it, itself included.
        whole = np.full(len(self.prices), np.nan)
        if 0 < count <= min(self.window, len(whole)):
            whole[count - 1 :] = found()
        return whole[self.first :]


# Of a rule of several contracts each is given, and answered, by its name.
Wakes = Callable[[Mapping[str, int | Decimal], Any], "NDArray[np.bool_] | dict[str, NDArray[np.bool_]]"]


def mean_of(prices: Sequence[float]) -> float:
    """Return the mean of prices in yuan, summed exactly; NaN of none.

    >>> mean_of((0.02, 0.02, 0.02))
    0.02
    """
    return float(sum(round(price * SCALE) for price in prices)) / len(prices) / SCALE if prices else float("nan")
