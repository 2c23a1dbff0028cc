"""Say what a fill that is told after its trading day was settled has missed: the settlements since."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class LateSettlement(msgspec.Struct, frozen=True, kw_only=True):
    """Hold at what price a day settled an instrument, in yuan per quotation unit.

    `waits`: the price stands in until the settlement price of the day comes.
    """

    trading_day: int
    price: Decimal
    waits: bool = False


class LateFill(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the settlements from that of a fill's own trading day to the last one, in their order; at least one."""

    settlements: tuple[LateSettlement, ...]

    @property
    def basis(self) -> Decimal:
        """Return what the last of these settlements gave its lots as basis."""
        return self.settlements[-1].price

    @property
    def waits(self) -> bool:
        """Return whether the basis stands in for a settlement price."""
        return self.settlements[-1].waits

    def on(self, day: int) -> LateSettlement | None:
        """Return the settlement of a day, `None` where the fill is of a later one."""
        return next((one for one in self.settlements if one.trading_day == day), None)

    def before(self, day: int) -> LateFill:
        """Return what was missed by the beginning of a later day than the fill's own."""
        return LateFill(settlements=tuple(one for one in self.settlements if one.trading_day < day))
