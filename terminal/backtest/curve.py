"""Follow the equity of one account: points of a curve, the deepest fall, the most margin.

Equity is looked at once a minute of market time. The deepest fall is of all that was looked at; the curve that is
kept is thinned to every second point whenever it grows too long, which keeps its first point and its spacing even.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from terminal.backtest.report import Drawdown, Point

ZERO: Final = Decimal(0)
MOST_POINTS: Final = 2_000


class Curve:
    """Hold what was seen so far; `moved` is the cash that came in since the beginning, in yuan."""

    def __init__(self) -> None:
        self.most_margin = ZERO
        self._points: list[Point] = []
        self._last: Point | None = None
        self._step = 1
        self._seen = 0
        self._peak: tuple[Decimal, Decimal, int] | None = None  # without cash that moved, with it, when
        self._fall = Drawdown(yuan=ZERO, share=ZERO, peak_at=0, trough_at=0)

    def see(self, at: int, equity: Decimal, balance: Decimal, *, margin: Decimal, moved: Decimal) -> None:
        """Take the account as it is at an instant."""
        self.most_margin = max(self.most_margin, margin)
        self._last = Point(at, equity, balance, moved)
        if self._seen % self._step == 0:
            self._points.append(self._last)
            if len(self._points) > MOST_POINTS:
                del self._points[1::2]
                self._step *= 2
        self._seen += 1
        earned = equity - moved
        if self._peak is None or earned >= self._peak[0]:
            self._peak = earned, equity, at
            return
        fall = self._peak[0] - earned
        if fall > self._fall.yuan:
            share = fall / self._peak[1] if self._peak[1] > 0 else ZERO
            self._fall = Drawdown(yuan=fall, share=share, peak_at=self._peak[2], trough_at=at)

    @property
    def drawdown(self) -> Drawdown:
        """Return the deepest fall."""
        return self._fall

    def points(self) -> tuple[Point, ...]:
        """Return the curve, its last point always in it."""
        points = self._points
        if self._last is not None and points[-1] is not self._last:
            points = [*points, self._last]
        return tuple(points)
