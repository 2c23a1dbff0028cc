"""Answer what is asked of the lots an account holds; nothing here changes them."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from terminal.domain.books.combined import Combined
from terminal.domain.books.holding import Run
from terminal.domain.books.positions import Positions
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.offset import bucket_of
from terminal.domain.orders.order import HedgeFlag, OrderTerms, Side
from terminal.domain.products.fees import ZERO
from terminal.domain.products.instrument import Instrument
from terminal.domain.view import NO_POSITION, PositionView


class SideSums(NamedTuple):
    """Hold the lots of one side: sums of basis x lots and of open price x lots, and the margin in yuan, not netted."""

    lots: int
    value: Decimal
    cost: Decimal
    margin: Decimal


NO_LOTS = SideSums(0, ZERO, ZERO, ZERO)


class HeldLots:
    """Hold the positions of one account on its trading day."""

    __slots__ = ("_held", "trading_day")

    def __init__(self, trading_day: int) -> None:
        self.trading_day = trading_day
        self._held = Positions()

    def position(self, instrument: InstrumentId, flag: HedgeFlag) -> PositionView:
        """Return a position; all zero where there is none."""
        held = self._held.find(instrument, flag)
        return held.view() if held else NO_POSITION

    def combinations(self) -> list[Combined]:
        """Return what the exchange holds as combinations."""
        return self._held.combined.all()

    def positions(self) -> list[tuple[InstrumentId, HedgeFlag]]:
        """Return instrument and flag of every position that holds lots, in their order."""
        held = [(one.instrument.id, one.flag) for one in self._held if one.long.lots or one.short.lots]
        return sorted(held) if len(held) > 1 else held

    @property
    def has_options(self) -> bool:
        """Return whether an option was held or ordered since the last settlement that forgot it."""
        return self._held.has_options

    def net_lots(self) -> dict[InstrumentId, int]:
        """Return long less short lots of every instrument, over all flags."""
        return self._held.net_lots()

    def largest_side(self) -> dict[InstrumentId, int]:
        """Return the lots of the larger side of every instrument, over all flags."""
        return self._held.largest_side()

    def runs(self, instrument: InstrumentId, flag: HedgeFlag, side: Side) -> tuple[Run, ...]:
        """Return the long (BUY) or short (SELL) lots one by one (持仓明细), oldest first."""
        held = self._held.find(instrument, flag)
        return tuple(held.side(side).runs(self.trading_day)) if held else ()

    def sums(self, instrument: InstrumentId, flag: HedgeFlag, side: Side) -> SideSums:
        """Return what the lots of one side come to, without a look at each."""
        held = self._held.find(instrument, flag)
        if held is None:
            return NO_LOTS
        holding = held.side(side)
        return SideSums(holding.lots, holding.value, holding.cost, holding.margin)

    def latest_basis(self, instrument: InstrumentId) -> Decimal | None:
        """Return the basis of the lots of an instrument that came last, or its last settlement; else `None`."""
        return self._held.latest_basis(instrument, self.trading_day)

    def worst_lots(self, instrument: InstrumentId, flag: HedgeFlag | None = None) -> tuple[int, int]:
        """Return long and short lots of one or all flags with every live and UNKNOWN opening order filled (C4)."""
        return self._held.worst_lots(instrument, flag)

    def margin_of(
        self, instrument: Instrument, flag: HedgeFlag, side: Side, lots: int, price: Decimal
    ) -> Decimal | None:
        """Return the exact margin in yuan of lots of a side at a price, without netting; `None` if not known."""
        return self._held.margin_of(instrument, flag, side, lots, price)

    def lots_then(self, instrument: Instrument, terms: OrderTerms, day: int) -> int:
        """Return how many lots are left of those a close of a settled day could take."""
        held = self._held.find(instrument.id, terms.hedge_flag)
        bucket = bucket_of(instrument, terms.offset)
        return held.side(terms.position_side).lots_then(bucket, day) if held else 0

    def reference(self, instrument: InstrumentId) -> Decimal | None:
        """Return the last settlement price that these books have reckoned with."""
        return self._held.references.get(instrument)
