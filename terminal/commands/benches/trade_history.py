"""Draw a long history of trades from a seed: books that open and close over many days, as the file of marks keeps them.

A book is one side of one contract in one account. Books of SHFE close today's and older lots apart, those of DCE the
oldest first; every other book is short. Each day has as many trades in every book, and a settlement price.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from terminal.domain.books.daily_marks import Taken
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.store.marks import Filling, HoldingRow, TradeRow

FIRST_DAY: Final = 20250102
FEN: Final = 1_000  # per yuan of price: ten tonnes a lot


class Drawn:
    """Draw the books one after the other; day numbers rise by one, no calendar is asked."""

    def __init__(self, *, books: int, days: int, trades_a_day: int, seed: int = 7) -> None:
        self.holdings = tuple(_holding(number) for number in range(books))
        self.days = range(FIRST_DAY, FIRST_DAY + days)
        self._trades_a_day = trades_a_day
        self._random = random.Random(seed)  # noqa: S311  a seeded history wants a seeded generator
        self._position = 0

    def fill(self, filling: Filling) -> None:
        """Write everything down."""
        for holding in self.holdings:
            filling.holding(holding)
            for row in self.book(holding):
                if isinstance(row, TradeRow):
                    filling.trade(row)
                else:
                    filling.settlement(*row)

    def book(self, holding: HoldingRow) -> Iterator[TradeRow | tuple[int, int, int]]:
        """Yield the trades of a book as they came, each day's followed by (holding, day, settlement worth)."""
        price, older, fen = self._random.randrange(3_000, 4_000), 0, FEN * holding.side.sign
        for day in self.days:
            today = 0
            for _ in range(self._trades_a_day):
                price += self._random.randint(-5, 5)
                taken, lots = self._trade(holding, today, older)
                from_older = min(lots, older) if taken in {Taken.YESTERDAY, Taken.OLDEST_FIRST} else 0
                older -= from_older
                today += lots if taken is Taken.NONE else from_older - lots
                self._position += 1
                number = str(self._position)
                at = self._position * 1_000_000
                figures = (int(taken), lots, price * fen, lots * 302)
                yield TradeRow(holding.holding, day, at, len(number), number, self._position, *figures)
            older += today
            yield holding.holding, day, (price + self._random.randint(-5, 5)) * fen

    def _trade(self, holding: HoldingRow, today: int, older: int) -> tuple[Taken, int]:
        lots = self._random.randint(1, 9)
        if self._random.random() < 0.5 or not today + older:
            return Taken.NONE, lots
        if holding.instrument.startswith("DCE."):
            return Taken.OLDEST_FIRST, min(lots, today + older)
        taken = Taken.TODAY if today and (not older or self._random.random() < 0.5) else Taken.YESTERDAY
        return taken, min(lots, today if taken is Taken.TODAY else older)


def _holding(number: int) -> HoldingRow:
    name = "SHFE.rb2510" if number % 2 else "DCE.m2509"
    side = Side.BUY if number // 2 % 2 else Side.SELL
    return HoldingRow(number, AccountId(f"A{number:04}"), InstrumentId(name), HedgeFlag.HEDGE, side, "10")
