"""Say which lots a closing order takes, and split a wish to close over today's and yesterday's lots.

SHFE and INE keep two books: CLOSE_TODAY takes lots opened today, CLOSE and CLOSE_YESTERDAY take older ones, and an
order never reaches over from one to the other. Every other exchange has one book and takes the oldest lots first,
whichever closing word the order uses (DOMAIN 4.3).
"""

from __future__ import annotations

from enum import StrEnum

from terminal.domain.errors import InvariantError
from terminal.domain.orders.order import Offset, Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.view import PositionView


class Bucket(StrEnum):
    """Name the lots a closing order may take."""

    TODAY = "TODAY"  # 今仓
    YESTERDAY = "YESTERDAY"  # 昨仓
    OLDEST_FIRST = "OLDEST_FIRST"


_OPEN, _OLDEST_FIRST = Offset.OPEN, Bucket.OLDEST_FIRST  # quicker than the members


def bucket_of(instrument: Instrument, offset: Offset) -> Bucket:
    """Return the lots a closing order takes; an opening order takes none and is an `InvariantError`."""
    if offset is _OPEN:
        raise InvariantError(f"an opening order of {instrument.id} takes no lots")
    if not instrument.explicit_close_today:
        return _OLDEST_FIRST
    return Bucket.TODAY if offset is Offset.CLOSE_TODAY else Bucket.YESTERDAY


def closable(instrument: Instrument, position: PositionView, side: Side, offset: Offset) -> int:
    """Return the lots (可平) an order of this side and closing offset may still take; never negative.

    `side` is the order's: SELL closes long lots.
    """
    if side is Side.SELL:
        today = position.long_today - position.long_today_frozen
        yesterday = position.long_yesterday - position.long_yesterday_frozen
    else:
        today = position.short_today - position.short_today_frozen
        yesterday = position.short_yesterday - position.short_yesterday_frozen
    match bucket_of(instrument, offset):
        case Bucket.TODAY:
            return max(today, 0)
        case Bucket.YESTERDAY:
            return max(yesterday, 0)
        case Bucket.OLDEST_FIRST:
            return max(today + yesterday, 0)


def plan_close(
    instrument: Instrument, position: PositionView, side: Side, lots: int, *, today_first: bool = False
) -> tuple[tuple[Offset, int], ...]:
    """Split a wish to close into (offset, lots) parts, at most what is closable; never opens, never asks for more.

    `side` is the order's: SELL closes long lots. Yesterday's lots go first, since 平今 mostly costs more.
    """
    if lots <= 0:
        raise InvariantError(f"a close of {instrument.id} wants {lots} lots; lots are positive")
    offsets: tuple[Offset, ...] = (Offset.CLOSE,)
    if instrument.explicit_close_today:
        offsets = (Offset.CLOSE_YESTERDAY, Offset.CLOSE_TODAY)
        if today_first:
            offsets = offsets[::-1]
    parts: list[tuple[Offset, int]] = []
    for offset in offsets:
        part = min(lots, closable(instrument, position, side, offset))
        if part:
            parts.append((offset, part))
            lots -= part
    return tuple(parts)
