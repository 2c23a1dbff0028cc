"""Follow the equity of one account: points of a curve, the deepest fall, the most margin.

Equity is looked at once a minute of market time. The deepest fall is of all that was looked at; the curve that is
kept is thinned to every second point whenever it grows too long, which keeps its first point and its spacing even.

What share of the equity a fall took is told by the worth of a unit, as funds keep it: money that comes in buys units
before the minute earns anything, money that goes out takes units along after it (`chained` says the same of days).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from terminal.backtest.report import Drawdown, Point

ONE: Final = Decimal(1)
ZERO: Final = Decimal(0)
MOST_POINTS: Final = 2_000


class _Peak(NamedTuple):
    earned: Decimal  # equity without cash that moved
    equity: Decimal
    units: Decimal | None
    at: int


class Curve:
    """Hold what was seen so far; `moved` is the cash that came in since the beginning, in yuan."""

    def __init__(self) -> None:
        self.most_margin = ZERO
        self._points: list[Point] = []
        self._last: Point | None = None
        self._step = 1
        self._seen = 0
        self._units: Decimal | None = ONE  # `None` once there was nothing to buy or to hand back units with
        self._peak: _Peak | None = None
        self._fall = Drawdown(yuan=ZERO, share=ZERO, peak_at=0, trough_at=0)

    def see(self, at: int, equity: Decimal, balance: Decimal, *, margin: Decimal, moved: Decimal) -> None:
        """Take the account as it is at an instant."""
        self.most_margin = max(self.most_margin, margin)
        if self._last is not None and moved != self._last.moved:
            self._move(self._last.equity, equity, moved - self._last.moved)
        self._last = Point(at, equity, balance, moved)
        if self._seen % self._step == 0:
            self._points.append(self._last)
            if len(self._points) > MOST_POINTS:
                del self._points[1::2]
                self._step *= 2
        self._seen += 1
        earned = equity - moved
        if self._peak is None or earned >= self._peak.earned:
            self._peak = _Peak(earned, equity, self._units, at)
            return
        fall = self._peak.earned - earned
        if fall > self._fall.yuan:
            share = self._share(self._peak, equity)
            self._fall = Drawdown(yuan=fall, share=share, peak_at=self._peak.at, trough_at=at)

    def _move(self, before: Decimal, equity: Decimal, came: Decimal) -> None:
        had, has = (before, before + came) if came > 0 else (equity - came, equity)
        self._units = self._units * has / had if self._units is not None and had > 0 and has > 0 else None

    def _share(self, peak: _Peak, equity: Decimal) -> Decimal:
        if peak.equity <= 0 or peak.units is None or self._units is None:
            return ZERO
        if peak.units == self._units:
            return (peak.equity - equity) / peak.equity
        return 1 - equity / self._units * peak.units / peak.equity

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
