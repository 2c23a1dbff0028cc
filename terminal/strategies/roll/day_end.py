"""Say how near the trading day of a roll's contracts is to its end.

Volume is counted from the first trade of a trading day: what the first ticks show of it says nothing about the day.
In the last stretch of continuous trading most of the day is in it, and it counts. What is seen in the last moments of
that stretch is the day's last sight, and must not be lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.days.calendar import instant
from terminal.strategies.children import SECOND

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import RollSettings
    from terminal.domain.view import View

DAY_ENDS = 17  # Shanghai hours on the trading day: what is later belongs to the next one
LAST_MOMENTS = 30 * SECOND


def in_last_stretch(settings: RollSettings, view: View) -> bool:
    """Return whether neither contract begins to trade continuously once more on this trading day."""
    ends_at = instant(view.trading_day, DAY_ENDS)
    return not any(view.trading(name, view.session(name).ends_at, ends_at) for name in (settings.near, settings.far))


def in_last_moments(settings: RollSettings, view: View) -> bool:
    """Return whether the trading day of both contracts ends within half a minute."""
    left = min(view.session(name).remaining(view.now) for name in (settings.near, settings.far))
    return left <= LAST_MOMENTS and in_last_stretch(settings, view)
