"""Hold what is stated of conversions (期权期货互转) that wait."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import InstrumentId


class DeltaApart(msgspec.Struct, frozen=True, kw_only=True, tag="delta_apart"):
    """A conversion by delta has come to its price, and its lots are no longer equal: it waits; said once a trading day.

    `lots` of the option move with `delta` (four places) like `wanted` lots of the future, and `given` are set. Without
    a delta `why` says what is lacking for it.
    """

    instrument: InstrumentId
    future: InstrumentId
    trading_day: int
    lots: int
    given: int
    delta: Decimal | None = None
    wanted: int = 0
    why: str = ""
