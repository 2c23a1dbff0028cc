"""Count closed round trips and what each earned.

One contract: what opened first is closed first (先开先平), in a grid what the same line opened. Each fill that closes
is one round, at what it earned against the fills it closed, the fees of both with it; in a grid one round of each line
it closes lots of, or a stop out of ten lines at once would be one loss beside ten wins. Several legs win or lose
together: a round is closed when no leg holds lots any more, at what all their fills earned since none did. A roll moves
lots that were there before it, a target balances what others hold: they have no rounds. What a roll takes along stays
open, at what it would have cost in the new month. Lots that leave without a trade are closed by that, at what they
left at.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from terminal.backtest.report import Rounds

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.order import Side

ZERO: Final = Decimal(0)
_FEN: Final = Decimal("0.01")


class Change(Protocol):
    """Be what changes the lots of a contract: a fill, or lots that leave or come without a trade; `fee` is yuan."""

    @property
    def instrument(self) -> InstrumentId:
        """Return the contract."""

    @property
    def side(self) -> Side:
        """Return which way the lots go."""

    @property
    def lots(self) -> int:
        """Return how many."""

    @property
    def fee(self) -> Decimal:
        """Return what it cost."""


class Tally:
    """Add rounds up."""

    def __init__(self) -> None:
        self.closed = self.won = self.across = 0
        self.profit = ZERO

    def begin_again(self) -> None:
        """Count closed rounds from here on; what is open stays open."""
        self.closed = self.won = self.across = 0
        self.profit = ZERO

    def close(self, profit: Decimal, *, across: bool) -> None:
        """Take one closed round; `across` where a roll took it to another month meanwhile."""
        self.closed += 1
        self.won += profit > 0
        self.across += across
        self.profit += profit

    def add(self, other: Tally) -> None:
        """Take the rounds of another tally too."""
        self.closed += other.closed
        self.won += other.won
        self.across += other.across
        self.profit += other.profit

    def rounds(self) -> Rounds:
        """Return them as they are reported."""
        return Rounds(closed=self.closed, won=self.won, profit=self.profit.quantize(_FEN), across=self.across)


class ByContract(Tally):
    """Match the fills of each contract first in, first out; those of one line of a grid with each other first.

    A closing fill is one round of each line whose lots it closes; elsewhere than in a grid all are of one line.
    """

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[InstrumentId, list[_Lots]] = {}

    def take(self, fill: Change, worth: Decimal, line: str, *, opens: bool = True) -> None:
        """Take a fill; `worth` is the value of one lot at its price in yuan, `line` the grid's, empty elsewhere.

        What does not open only closes: lots that left by themselves.
        """
        held, side = self._open.setdefault(fill.instrument, []), fill.side
        per_lot, left = fill.fee / fill.lots, fill.lots
        earned: dict[str, Decimal] = {}
        rolled: set[str] = set()
        while left and held and held[0].side is not side:
            place = next((place for place, one in enumerate(held) if one.line == line), 0)
            one = held[place]
            taken = min(one.lots, left)
            profit = (one.worth - worth) * taken * side.sign - (one.fee + per_lot) * taken
            earned[one.line] = earned.get(one.line, ZERO) + profit
            rolled |= {one.line} if one.rolled else set()
            left -= taken
            if one.lots > taken:
                held[place] = one._replace(lots=one.lots - taken)
            else:
                del held[place]
        for of_line, profit in earned.items():
            self.close(profit, across=of_line in rolled)
        if left and opens:
            held.append(_Lots(side, left, worth, per_lot, line, rolled=False))

    def go_along(self, near: InstrumentId, far: InstrumentId, dearer: Decimal) -> None:
        """Let what is open of near be far's, whose lot is worth so many yuan more; a roll has moved it."""
        moved = [one._replace(worth=one.worth + dearer, rolled=True) for one in self._open.pop(near, [])]
        if moved:
            self._open.setdefault(far, []).extend(moved)


class _Lots(NamedTuple):
    # What one fill opened and no other has closed; worth and fee are of one lot.
    side: Side
    lots: int
    worth: Decimal
    fee: Decimal
    line: str
    rolled: bool


class Together(Tally):
    """Close a round when no leg holds lots any more."""

    def __init__(self) -> None:
        super().__init__()
        self._lots: dict[InstrumentId, int] = {}
        self._earned, self._across = ZERO, False

    def take(self, fill: Change, worth: Decimal, line: str, *, opens: bool = True) -> None:
        """Take a fill, as `ByContract` does."""
        signed = fill.side.sign * fill.lots
        self._earned -= signed * worth + fill.fee
        held = self._lots.pop(fill.instrument, 0) + signed
        if held:
            self._lots[fill.instrument] = held
        elif not self._lots:
            self.close(self._earned, across=self._across)
            self._earned, self._across = ZERO, False

    def go_along(self, near: InstrumentId, far: InstrumentId, dearer: Decimal) -> None:
        """Let a leg's lots go to another contract, as `ByContract` does."""
        lots = self._lots.pop(near, 0)
        if lots:
            self._earned -= lots * dearer
            self._lots[far] = self._lots.get(far, 0) + lots
            self._across = True


class NoRounds(Tally):
    """Count nothing: the fills of a roll or a target are parts of other people's rounds."""

    def take(self, fill: Change, worth: Decimal, line: str, *, opens: bool = True) -> None:
        """Let a fill pass."""

    def go_along(self, near: InstrumentId, far: InstrumentId, dearer: Decimal) -> None:
        """Let lots go along unseen."""
