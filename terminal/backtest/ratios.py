"""Follow the hedge ratio of a target: each value it had, with the band of that day and the tax basis of that moment.

It is read with every fact (a fill, another exposure, another day's band): of a group without options that is every
value there was, of one with options, which drift with the quotes, those at the facts. A series that grows too long is
thinned to every second value, its last one always in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from terminal.backtest.report import HedgeRatio, RatioPoint
from terminal.domain.parameters.target import TargetSettings
from terminal.strategies.target.memory import TargetMemory
from terminal.strategies.target.need import balance_of, standing_of

if TYPE_CHECKING:
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow

MOST_POINTS: Final = 2_000


class RatioMeter:
    """Keep one target's ratios."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._points: list[RatioPoint] = []
        self._last: RatioPoint | None = None
        self._step = 1
        self._seen = 0

    def look(self, look: Look, row: StrategyRow, at: int) -> None:
        """Take the ratio as it is now, if it is another one, or stands in another band or on another basis."""
        settings, memory = row.settings, row.memory
        if not isinstance(settings, TargetSettings) or not isinstance(memory, TargetMemory) or memory.band is None:
            return
        standing = standing_of(settings, look, row.strategy)
        now = None if standing is None else balance_of(standing)
        if now is None:
            return
        found = RatioPoint(at, now.ratio, memory.band.low, memory.band.high, settings.vat)
        last = self._last
        if last is not None and msgspec.structs.replace(last, at=at) == found:
            return
        self._last = found
        if self._seen % self._step == 0:
            self._points.append(found)
            if len(self._points) > MOST_POINTS:
                del self._points[1::2]
                self._step *= 2
        self._seen += 1

    def ratio(self) -> HedgeRatio:
        """Return them as they are reported."""
        points = self._points
        if self._last is not None and points[-1] is not self._last:
            points = [*points, self._last]
        return HedgeRatio(group=self._group, points=tuple(points))
