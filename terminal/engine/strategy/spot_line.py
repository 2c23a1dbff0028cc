"""Hold how the spot side of a spread (期现价差) stands, as its card lets a person confirm it."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import InstrumentId


class SpotLine(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the spot, signed tonnes (+ bought) that people have not done and have done, and the price last stated."""

    spot: InstrumentId
    undone: Decimal
    done: Decimal
    price: Decimal | None = None  # yuan a tonne
