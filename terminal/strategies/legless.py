"""Answer what is asked about legs for a kind of strategy that has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId

S = TypeVar("S")
M = TypeVar("M")


class Legless(Generic[S, M]):
    """Implement the legs' part of `Strategy`: what was traded stays, and so does what fills before its cancel."""

    def lacking(self, settings: S, memory: M) -> tuple[tuple[InstrumentId, int], ...]:
        """Return nothing: no leg can lack lots."""
        return ()

    def naked_lots(self, settings: S, memory: M) -> int:
        """Return zero: no leg stands open beside another."""
        return 0

    def naked_at_worst(self, settings: S, memory: M) -> int:
        """Return zero: no order opens one, either."""
        return 0

    def settled(self, settings: S, memory: M) -> bool:
        """Return true: it may rest at any time, with what it has."""
        return True

    def balances(self, settings: S, memory: M, instrument: InstrumentId, lots: int) -> bool:
        """Return false: it never winds down."""
        return False
