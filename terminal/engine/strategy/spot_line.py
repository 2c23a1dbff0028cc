"""Hold how the spot side of a spread (期现价差) stands, as its card lets a person confirm it."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import InstrumentId


class SpotLine(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the spot, signed tonnes (+ bought) that people have not done, have done and waived, and the latest price."""

    spot: InstrumentId
    undone: Decimal
    done: Decimal
    waived: Decimal = Decimal(0)
    price: Decimal | None = None  # yuan a tonne
    may_waive: bool = False  # the strategy is over
