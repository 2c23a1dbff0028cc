"""Measure how a spread moves about its mean: mean, standard deviation, z-score and half-life.

The theory. A spread that reverts follows ds = b (s - mean) dt + noise with b < 0: what it is away from its mean has
halved after -ln 2 / b (Ornstein and Uhlenbeck 1930; the estimate by least squares of s[t] - s[t-1] = a + b s[t-1] + e
as in E. P. Chan, Algorithmic Trading, 2013, chapter 2). A walk that never comes back gives a negative b by chance
nearly always, so b must be below zero by more than chance: its t value is held against the 5 % points of Dickey and
Fuller for a regression with a constant (W. A. Fuller, Introduction to Statistical Time Series, 1976, table 8.5.2).
Where it is not, there is no half-life, and nobody is told a number.

These are statistics, in binary floats (SAFETY I29): they rank and describe, and nothing trades by them. The mean alone
becomes money, so it is exact, to a millionth of a yuan.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from terminal.engine.prices.samples import SCALE

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST: Final = 4  # samples below which a regression of two coefficients says nothing at all
_MILLIONTH: Final = Decimal(1) / SCALE
# Of so many samples or more, the t value that a walk falls below once in twenty times.
_CRITICAL: Final = ((500, -2.87), (250, -2.88), (100, -2.89), (50, -2.93), (0, -3.00))


class Figures(NamedTuple):
    """Hold the figures of a window; yuan in coefficient x price, `half_life` in samples.

    `slope` is b, `half_life` is `None` where b is not below zero by more than chance.
    """

    observations: int
    mean: Decimal
    deviation: float
    slope: float
    t_value: float
    critical: float
    half_life: float | None


def measure(twice: NDArray[np.int64]) -> Figures | None:
    """Return the figures of a window, twice the middle in millionths, oldest first.

    `None` where it holds fewer than four samples, or all before the last are equal: nothing moved.
    """
    count = len(twice)
    if count < FEWEST:
        return None
    # Distances from one of them are small, so their squares are exact enough however dear the spread is.
    away = (twice - twice[0]) / (2.0 * SCALE)
    lagged, change = away[:-1], np.diff(away)
    about = lagged - lagged.mean()
    squares = float(about @ about)
    if not squares:
        return None
    slope = float(about @ (change - change.mean())) / squares
    rest = (change - change.mean()) - slope * about
    error = math.sqrt(float(rest @ rest) / (count - 3) / squares)
    t_value = slope / error if error else math.copysign(math.inf, slope) if slope else 0.0
    critical = next(point for least, point in _CRITICAL if count >= least)
    exact = Decimal(sum(twice.tolist())) / (2 * SCALE * count)
    return Figures(
        observations=count,
        mean=exact.quantize(_MILLIONTH, ROUND_HALF_EVEN),
        deviation=float(away.std(ddof=1)),
        slope=slope,
        t_value=t_value,
        critical=critical,
        half_life=-math.log(2) / slope if t_value <= critical else None,
    )


def z_score(twice_now: int, figures: Figures) -> float:
    """Return by how many standard deviations the middle of now stands above the mean."""
    return float(Decimal(twice_now) / (2 * SCALE) - figures.mean) / figures.deviation
