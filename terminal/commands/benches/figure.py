"""Hold a measured figure and how it was come by.

What is usual (a median, a share of the processor, a speed) is judged by the median run. What is never to be passed (the
longest stall, a p99, peak memory, what a person is promised to wait at most) is judged by the worst run: the median of
five longest stalls would hide two that nobody may see.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


RUNS = 5  # how often each figure is taken


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one figure: the value of each run, its unit, the bar, which run is held against it, and what is better."""

    name: str
    what: str
    unit: str
    runs: tuple[float, ...]
    bar: float | None = None
    judged_by: Literal["median", "worst"] = "median"
    less_is_better: bool = True

    @property
    def median(self) -> float:
        """Return the median run."""
        return statistics.median(self.runs)

    @property
    def worst(self) -> float:
        """Return the worst run."""
        return max(self.runs) if self.less_is_better else min(self.runs)

    @property
    def met(self) -> bool | None:
        """Return whether the run that is judged by meets the bar, `None` where there is none."""
        if self.bar is None:
            return None
        judged = self.worst if self.judged_by == "worst" else self.median
        return judged <= self.bar if self.less_is_better else judged >= self.bar

    def plain(self) -> dict[str, object]:
        """Return the figure as plain values for JSON."""
        return {
            "name": self.name,
            "what": self.what,
            "unit": self.unit,
            "median": round(self.median, 4),
            "min": round(min(self.runs), 4),
            "max": round(max(self.runs), 4),
            "runs": len(self.runs),
            "bar": self.bar,
            "judged_by": self.judged_by,
            "met": self.met,
        }


def latencies(
    name: str,
    what: str,
    unit: str,
    runs: Sequence[Sequence[float]],
    *,
    bar: float,
    half_bar: float | None = None,
) -> list[Figure]:
    """Return the median and the p99 of each run's values; `bar` is the p99's, which no run may pass."""
    halves, tails = (tuple(percentile(run, share) for run in runs) for share in (0.5, 0.99))
    return [
        Figure(name=f"{name}_p50", what=what, unit=unit, runs=halves, bar=half_bar),
        Figure(name=f"{name}_p99", what=what, unit=unit, runs=tails, bar=bar, judged_by="worst"),
    ]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def timed(act: Callable[[], object]) -> float:
    """Return the seconds one call takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
