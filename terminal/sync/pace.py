"""Meter messages: so many a second on average, and as many at once."""

from __future__ import annotations

SECOND = 1_000_000_000


class Pace:
    """Hold how much room is left; `now` is a monotonic clock, ns."""

    def __init__(self, per_second: int, now: int) -> None:
        self._per_second = per_second
        self._earned = per_second * SECOND  # in billionths of a message, so that nothing is lost to rounding
        self._at = now

    def takes(self, now: int) -> bool:
        """Take one message if there is room for it."""
        most = self._per_second * SECOND
        self._earned = min(most, self._earned + (now - self._at) * self._per_second)
        self._at = now
        if self._earned < SECOND:
            return False
        self._earned -= SECOND
        return True
