"""Price linear spreads from the latest quotes: what buying and what selling one costs, in millionths of a yuan.

Values are whole, so that no binary float decides anything (SAFETY I29).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.errors import InvariantError
from terminal.domain.market import Column, Valid
from terminal.domain.products.instrument import Kind
from terminal.domain.view import SpreadQuote
from terminal.engine.prices.samples import SCALE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain.ids import InstrumentId
    from terminal.engine.prices.columns import Columns

BID, ASK, LAST = int(Column.BID), int(Column.ASK), int(Column.LAST)
BID_LOTS, ASK_LOTS, MASK = int(Column.BID_LOTS), int(Column.ASK_LOTS), int(Column.MASK)
HAS_LAST = int(Valid.LAST)
TWO_SIDED = int(Valid.BID | Valid.ASK)


class Spread:
    """Hold a linear spread and its latest two-sided price in millionths of a yuan; `None` while a leg is missing."""

    __slots__ = ("_columns", "buy", "legs", "lots", "name", "pair", "sell")

    def __init__(self, name: str, columns: Columns, legs: tuple[tuple[InstrumentId, Decimal, int], ...]) -> None:
        self.name = name
        self._columns = columns
        self.buy: int | None = None
        self.sell: int | None = None
        self.legs: list[tuple[int, int, bool, bool]] = []  # slot, weight, bought, spot
        self.lots = tuple(lots for _, _, lots in legs)
        for instrument, coefficient, _ in legs:
            slot = columns.slot_of.get(instrument)
            if slot is None:
                raise InvariantError(f"spread {name}: {instrument} is not in this market")
            weight = coefficient * columns.instruments[slot].tick * SCALE
            if weight != weight.to_integral_value():
                raise InvariantError(f"spread {name}: coefficient {coefficient} is finer than a millionth of a yuan")
            spot = columns.instruments[slot].kind is Kind.SPOT
            self.legs.append((slot, int(weight), coefficient > 0, spot))
        self.pair = self._as_pair()

    def _as_pair(self) -> tuple[int, int, int, int, int, int, int, int] | None:
        # Most spreads are two contracts: slot, weight, and the columns that buying and selling take, of each.
        if len(self.legs) != 2 or any(spot for _, _, _, spot in self.legs):
            return None
        sides = [(slot, weight, *((ASK, BID) if bought else (BID, ASK))) for slot, weight, bought, _ in self.legs]
        return (*sides[0], *sides[1])

    def price(self, fresh_since: int) -> None:
        """Price the spread from the latest rows; a leg received before `fresh_since` gives none."""
        price((self,), self._columns, fresh_since)

    def of_legs(self, fresh_since: int) -> tuple[int, int] | tuple[None, None]:
        """Return buy and sell, added up leg by leg: of any legs, spot too."""
        row_of, received = self._columns.row, self._columns.received
        buy = sell = 0
        for slot, weight, bought, spot in self.legs:
            row = row_of(slot)
            if row is None:
                return None, None
            if spot:
                # A spot price is stated, not quoted on two sides, and keeps for a trading day.
                if not row[MASK] & HAS_LAST or received[slot] < self._columns.spot_since:
                    return None, None
                buy += weight * row[LAST]
                sell += weight * row[LAST]
                continue
            if row[MASK] & TWO_SIDED != TWO_SIDED or received[slot] < fresh_since:
                return None, None
            if bought:
                buy += weight * row[ASK]
                sell += weight * row[BID]
            else:
                buy += weight * row[BID]
                sell += weight * row[ASK]
        return buy, sell

    def sets(self, *, buying: bool) -> int:
        """Return how many sets the displayed opposite lots allow."""
        least: int | None = None
        for (slot, _, bought, spot), lots in zip(self.legs, self.lots, strict=True):
            if not lots and spot:
                continue  # only looked at
            row = self._columns.row(slot)
            if row is None or not lots or spot:
                return 0
            shown = row[ASK_LOTS] if bought is buying else row[BID_LOTS]
            whole = shown // abs(lots)
            least = whole if least is None or whole < least else least
        return least or 0

    def quote(self) -> SpreadQuote | None:
        """Return the spread as yuan and sets, or `None`."""
        if self.buy is None or self.sell is None:
            return None
        return SpreadQuote(
            Decimal(self.buy) / SCALE, Decimal(self.sell) / SCALE, self.sets(buying=True), self.sets(buying=False)
        )


def price(spreads: Iterable[Spread], columns: Columns, fresh_since: int) -> None:
    """Price spreads from the latest rows; a leg received before `fresh_since` gives none."""
    kept, received, row_of = columns.kept, columns.received, columns.row
    for spread in spreads:  # fifty may share a leg that has just been quoted: here is no call for each of them
        if spread.pair is None:
            spread.buy, spread.sell = spread.of_legs(fresh_since)
            continue
        one, weight, buys, sells, two, factor, purchases, sales = spread.pair
        first, second = kept[one], kept[two]
        if type(first) is bytes:
            first = row_of(one)
        if type(second) is bytes:
            second = row_of(two)
        spread.buy = spread.sell = None
        if first is None or second is None or first[MASK] & second[MASK] & TWO_SIDED != TWO_SIDED:
            continue
        if received[one] >= fresh_since and received[two] >= fresh_since:
            spread.buy = weight * first[buys] + factor * second[purchases]
            spread.sell = weight * first[sells] + factor * second[sales]
