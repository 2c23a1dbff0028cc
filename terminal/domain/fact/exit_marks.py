"""Hold what a strategy states of whether what it holds can be judged: the stop of a grid, the exits of a spread."""

from __future__ import annotations

import msgspec

from terminal.domain.ids import InstrumentId


class ExitSeen(msgspec.Struct, frozen=True, kw_only=True, tag="exit_seen"):
    """A leg of a held spread is not quoted on both sides, or not at all, so that its exits are not judged; or it is.

    Of a grid that holds lots: there is no price to judge its stop by; or there is. `why` is empty where there is. What
    lasts is said anew on each trading day; of what comes back on the same one (`again`) nobody is alarmed. Of a grid
    too: what its lots could be closed at is at the stop (`beyond`), and not all of the price; that stops it once it has
    lasted. This is alarmed for each time it begins to count. Where it comes and goes too often for that, its stop is
    `put_off`, which is alarmed for once on a trading day, and changes nothing.
    """

    instrument: InstrumentId
    why: str = ""
    trading_day: int = 0  # 0 in what was said before it was known
    again: bool = False
    beyond: bool = False
    put_off: bool = False


class ExitDoubted(msgspec.Struct, frozen=True, kw_only=True, tag="exit_doubted"):
    """Whether a held spread's exits, a held grid's stop can be judged differs from what was said by now, or agrees.

    Nobody is told: what differs is said once it has lasted. A `lone` side beyond a grid's last price is its price then;
    `beyond` says that from now on what its lots could be closed at is at its stop, and the rest of the price is not.
    """

    doubted: bool
    lone: bool = False
    beyond: bool = False
