"""Measure naked legs (单腿敞口): for how long legs lacked lots while they traded, how many, and worth what.

Only time in which the lacking contract traded continuously counts: over lunch and at night nobody could have hedged,
and what happens then shows in the profit. A leg that a strategy left behind counts until the books forget the strategy.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.backtest.naked_time import NakedClock
from terminal.backtest.report import Naked
from terminal.domain.days.calendar import SECOND_NS
from terminal.strategies.sight import worth

if TYPE_CHECKING:
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow

ZERO: Final = Decimal(0)
_PLACES: Final = Decimal("0.001")


class NakedMeter:
    """Measure one strategy; the time is that of its clock, and what the lots are worth is asked at each look."""

    def __init__(self, look: Look) -> None:
        self._clock = NakedClock(look.calendar)
        self._yuan_ns = ZERO
        self._most_lots, self._most_yuan = 0, ZERO

    @property
    def running(self) -> bool:
        """Return whether a leg lacks lots now."""
        return bool(self._clock.lacking)

    def pass_time(self, look: Look) -> None:
        """Take the time that has passed since the last look, at what was lacking then."""
        for name, lot_ns in self._clock.reach(look.now, look.state.tenant.instruments).items():
            self._yuan_ns += (worth(look, name, 1) or ZERO) * lot_ns

    def look_again(self, row: StrategyRow, look: Look) -> None:
        """Take what is lacking from now on."""
        self.pass_time(look)
        self._clock.look_again(row)
        lacking = self._clock.lacking
        lots = sum(abs(lots) for _, lots in lacking)
        yuan = sum((worth(look, name, abs(lots)) or ZERO for name, lots in lacking), ZERO)
        self._most_lots, self._most_yuan = max(self._most_lots, lots), max(self._most_yuan, yuan)

    def forget(self) -> None:
        """Look no longer: the books have forgotten the strategy."""
        self._clock.look_again(None)

    def naked(self) -> Naked:
        """Return what was measured."""
        time = self._clock.time()
        return Naked(
            seconds=time.seconds,
            lot_seconds=time.lot_seconds,
            yuan_seconds=(self._yuan_ns / SECOND_NS).quantize(_PLACES),
            most_lots=self._most_lots,
            most_yuan=self._most_yuan,
        )
