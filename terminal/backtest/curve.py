"""Follow the equity of one account: points of a curve, the deepest fall, the most margin.

Equity is looked at once a minute of market time. The deepest fall is of all that was looked at; the curve that is
kept is thinned to every second point whenever it grows too long, which keeps its first point and its spacing even.

What share of the equity a fall took is told by the worth of a unit, as funds keep it: money that comes in buys units
before the minute earns anything, money that goes out takes units along after it (`chained` says the same of days).
The deepest fall in yuan and the deepest one by share may be two: large ones were of more money. Once money comes to
where nothing was left, nobody can say what a unit is worth, and there is no share.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from msgspec.structs import replace

from terminal.backtest.report import Drawdown, Point

ONE: Final = Decimal(1)
ZERO: Final = Decimal(0)
MOST_POINTS: Final = 2_000


class _Peak(NamedTuple):
    earned: Decimal  # equity without cash that moved
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
        self._top: Decimal | None = None  # the most a unit was worth; `None` while there was nothing
        self._low: Decimal | None = None  # the least it was worth since; `None` while it has not been less
        self._share = ZERO
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
        self._see_worth(equity)
        earned = equity - moved
        if self._peak is None or earned >= self._peak.earned:
            self._peak = _Peak(earned, at)
            return
        fall = self._peak.earned - earned
        if fall > self._fall.yuan:
            self._fall = Drawdown(yuan=fall, share=None, peak_at=self._peak.at, trough_at=at)

    def _move(self, before: Decimal, equity: Decimal, came: Decimal) -> None:
        had, has = (before, before + came) if came > 0 else (equity - came, equity)
        if self._top is None and not before:
            self._top = has if has > 0 else None  # the first money there is: a unit is all of it
            return
        self._units = self._units * has / had if self._units is not None and had > 0 and has > 0 else None

    def _see_worth(self, equity: Decimal) -> None:
        if self._units is None:
            return
        worth = equity / self._units
        if self._top is None or worth >= self._top:
            self._top, self._low = worth if worth > 0 else self._top, None
            return
        if self._low is None or worth < self._low:
            self._low = worth
            self._share = max(self._share, 1 - worth / self._top)

    @property
    def drawdown(self) -> Drawdown:
        """Return the deepest fall in yuan, and the share of the deepest one by share."""
        if not self._fall.yuan:
            return self._fall
        is_known = self._units is not None and self._top is not None
        return replace(self._fall, share=self._share if is_known else None)

    def points(self) -> tuple[Point, ...]:
        """Return the curve, its last point always in it."""
        points = self._points
        if self._last is not None and points[-1] is not self._last:
            points = [*points, self._last]
        return tuple(points)
