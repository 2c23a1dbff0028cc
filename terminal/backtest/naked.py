"""Measure naked legs (单腿敞口): for how long legs lacked lots while they traded, how many, and worth what.

Only time in which the lacking contract traded continuously counts: over lunch and at night nobody could have hedged,
and what happens then shows in the profit. A leg that a strategy left behind counts until the books forget the strategy.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.backtest.report import Naked
from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.days.sessions import Phase
from terminal.strategies.sight import worth
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow

ZERO: Final = Decimal(0)
_PLACES: Final = Decimal("0.001")


class NakedMeter:
    """Measure one strategy."""

    def __init__(self) -> None:
        self._lacking: tuple[tuple[InstrumentId, int], ...] = ()
        self._at = 0
        self._until: dict[InstrumentId, int] = {}  # when the phase in which a leg was last seen to lack lots ends
        self._ns = self._lot_ns = 0
        self._yuan_ns = ZERO
        self._most_lots, self._most_yuan = 0, ZERO

    @property
    def running(self) -> bool:
        """Return whether a leg lacks lots now."""
        return bool(self._lacking)

    def pass_time(self, look: Look) -> None:
        """Take the time that has passed since the last look, at what was lacking then."""
        longest, now = 0, look.now
        for name, lots in self._lacking:
            session = look.session(name)
            passed = max(min(now, self._until.get(name, 0)) - self._at, 0)
            if session.phase is Phase.CONTINUOUS:
                if self._until.get(name) != session.ends_at:
                    passed += now - max(self._at, session.begins_at)
                self._until[name] = session.ends_at
            else:
                self._until.pop(name, None)
            longest = max(longest, passed)
            self._lot_ns += abs(lots) * passed
            self._yuan_ns += (worth(look, name, abs(lots)) or ZERO) * passed
        self._ns += longest
        self._at = now

    def look_again(self, row: StrategyRow, look: Look) -> None:
        """Take what is lacking from now on."""
        self._lacking, self._at = strategy_of(row.settings).lacking(row.settings, row.memory), look.now
        self._until = {}
        for name, _ in self._lacking:
            session = look.session(name)
            if session.phase is Phase.CONTINUOUS:
                self._until[name] = session.ends_at
        lots = sum(abs(lots) for _, lots in self._lacking)
        yuan = sum((worth(look, name, abs(lots)) or ZERO for name, lots in self._lacking), ZERO)
        self._most_lots, self._most_yuan = max(self._most_lots, lots), max(self._most_yuan, yuan)

    def naked(self) -> Naked:
        """Return what was measured."""
        return Naked(
            seconds=_seconds(Decimal(self._ns)),
            lot_seconds=_seconds(Decimal(self._lot_ns)),
            yuan_seconds=_seconds(self._yuan_ns),
            most_lots=self._most_lots,
            most_yuan=self._most_yuan,
        )


def _seconds(ns: Decimal) -> Decimal:
    return (ns / SECOND_NS).quantize(_PLACES)
