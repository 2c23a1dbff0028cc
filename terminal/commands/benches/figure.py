"""Hold a measured figure and how it was come by."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


RUNS = 5  # how often each figure is taken; the median is quoted


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one figure: the value of each run, its unit, the bar it is held against, and whether less is better."""

    name: str
    what: str
    unit: str
    runs: tuple[float, ...]
    bar: float | None = None
    less_is_better: bool = True

    @property
    def median(self) -> float:
        """Return the median run."""
        return statistics.median(self.runs)

    @property
    def met(self) -> bool | None:
        """Return whether the median meets the bar, `None` where there is none."""
        if self.bar is None:
            return None
        return self.median <= self.bar if self.less_is_better else self.median >= self.bar

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
            "met": self.met,
        }


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def timed(act: Callable[[], object]) -> float:
    """Return the seconds one call takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
