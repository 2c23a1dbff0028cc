"""Name lots of two legs that an exchange holds as one combination (组合持仓); both sides of one contract can be one."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import HedgeFlag, Side


class Pair(NamedTuple):
    """Name what is combined: `side` is the first leg's (BUY: long lots), the second has the other."""

    first: InstrumentId
    second: InstrumentId
    flag: HedgeFlag
    side: Side

    @property
    def legs(self) -> tuple[tuple[InstrumentId, Side], tuple[InstrumentId, Side]]:
        """Return contract and side of both legs."""
        return (self.first, self.side), (self.second, self.side.opposite)


class Combined(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold how many lots of each leg an exchange holds as one combination; 0: none any more."""

    first: InstrumentId
    second: InstrumentId
    flag: HedgeFlag
    side: Side  # of the first leg; BUY: long lots
    lots: int

    @property
    def pair(self) -> Pair:
        """Return what is combined."""
        return Pair(self.first, self.second, self.flag, self.side)
