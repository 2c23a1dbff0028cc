"""Keep what an exchange holds as combinations (组合持仓), and the margin that saves.

The exchange makes a combination of two legs held, by the fill of a combination order or by its own pairing, and breaks
it; the books hear how many lots it holds so and judge nothing. Combined lots bind the margin of the larger leg alone
(大商所发〔2013〕166 号: the larger of the buying and the selling side's); the smaller leg's is saved. Both sides of one
contract (对锁) can be a combination too.

Closing takes single lots first (`MarginRelease.SINGLE_FIRST`): lots stay combined while both legs have that many. Which
of a leg's lots these are no exchange says; the oldest count, so that an opening fill never changes what is saved, and
the worst case reckoned before it holds (SAFETY I6). Where the exchange charges the larger side of a product anyway, and
of options, a combination saves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from terminal.domain.books.combined import Combined, Pair
from terminal.domain.books.position import Position
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.fees import ZERO

Find = Callable[[InstrumentId, HedgeFlag], Position | None]


class Combinations:
    """Keep the combinations of one account, in the order in which the exchange made them."""

    __slots__ = ("_lots",)

    def __init__(self, held: Iterable[Combined] = ()) -> None:
        self._lots = {one.pair: one.lots for one in held}

    def __bool__(self) -> bool:
        return bool(self._lots)

    def set(self, combined: Combined) -> None:
        """Hold this many lots as this combination from now on."""
        if combined.lots:
            self._lots[combined.pair] = combined.lots
        else:
            self._lots.pop(combined.pair, None)

    def lots(self, pair: Pair) -> int:
        """Return the lots of each leg that are held as a combination."""
        return self._lots.get(pair, 0)

    def all(self) -> list[Combined]:
        """Return every combination."""
        return [
            Combined(first=pair.first, second=pair.second, flag=pair.flag, side=pair.side, lots=lots)
            for pair, lots in self._lots.items()
        ]

    def saved(self, find: Find) -> Decimal:
        """Return the margin in yuan that is not charged, at the lots held now."""
        used: dict[tuple[InstrumentId, HedgeFlag, Side], int] = {}
        total = ZERO
        for pair, lots in self._lots.items():
            margins = []
            legs = [(name, pair.flag, side) for name, side in pair.legs]
            held = [find(name, flag) for name, flag, _ in legs]
            left = [
                0 if position is None else position.side(leg[2]).lots - used.get(leg, 0)
                for position, leg in zip(held, legs, strict=True)
            ]
            both = min(lots, *left)
            if both <= 0:
                continue
            for position, leg in zip(held, legs, strict=True):
                before = used.get(leg, 0)
                used[leg] = before + both
                margins.append(_margin(position, leg[2], before, both))
            total += min(margins)
        return total


def _margin(position: Position | None, side: Side, before: int, lots: int) -> Decimal:
    # Of this many lots of a side, the oldest `before` of them left out.
    if position is None or position.pool.larger_side or position.instrument.option is not None:
        return ZERO
    value, left = ZERO, lots
    for run in position.side(side).runs(0):
        skipped = min(before, run.lots)
        part = min(left, run.lots - skipped)
        before -= skipped
        left -= part
        value += run.basis * part
    return position.margin(side, value, lots)
