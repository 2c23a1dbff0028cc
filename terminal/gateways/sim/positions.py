"""Keep the lots of one account, instrument and hedge flag at the exchange, by day and with what closes hold.

At SHFE and INE today's and yesterday's lots are closed by different orders (平今, 平仓); elsewhere one close order
takes from both, yesterday's lots first (first in, first out). A live closing order freezes the lots it may close, so
that no lot is promised twice.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from terminal.domain.errors import InvariantError
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.reports import PositionThere


class Bucket(StrEnum):
    """Say which lots a closing order closes."""

    TODAY = "TODAY"
    YESTERDAY = "YESTERDAY"
    BOTH = "BOTH"


BUCKETS: Final = tuple(Bucket)


def bucket_of(instrument: Instrument, offset: Offset) -> Bucket | None:
    """Return what a closing offset closes; `None` where the exchange does not know the offset."""
    if instrument.explicit_close_today:
        return Bucket.TODAY if offset is Offset.CLOSE_TODAY else Bucket.YESTERDAY
    return Bucket.BOTH if offset is Offset.CLOSE else None


class Lots:
    """Hold one side (long or short): lots by day, and lots frozen by live closes, per bucket."""

    __slots__ = ("frozen", "today", "yesterday")

    def __init__(self, today: int = 0, yesterday: int = 0) -> None:
        self.today = today
        self.yesterday = yesterday
        self.frozen = dict.fromkeys(BUCKETS, 0)

    def closable(self, bucket: Bucket) -> int:
        """Return the lots of a bucket that no live close holds."""
        there = {
            Bucket.TODAY: self.today,
            Bucket.YESTERDAY: self.yesterday,
            Bucket.BOTH: self.today + self.yesterday,
        }
        return there[bucket] - self.frozen[bucket]

    def close(self, bucket: Bucket, lots: int) -> None:
        """Take closed lots away; they were frozen before."""
        from_yesterday = {
            Bucket.TODAY: 0,
            Bucket.YESTERDAY: lots,
            Bucket.BOTH: min(lots, self.yesterday),
        }[bucket]
        self.yesterday -= from_yesterday
        self.today -= lots - from_yesterday
        self.frozen[bucket] -= lots
        if self.today < 0 or self.yesterday < 0 or self.frozen[bucket] < 0:
            raise InvariantError(f"the exchange closed more lots than there are: {lots} of {bucket}")

    def end(self, lots: int) -> None:
        """Take lots away that ended without a trade, older ones first."""
        from_yesterday = min(lots, self.yesterday)
        self.yesterday -= from_yesterday
        self.today -= lots - from_yesterday
        if self.today < 0:
            raise InvariantError(f"the exchange ended {lots} lots, more than there are")


class Holding:
    """Hold both sides of one account, instrument and hedge flag."""

    __slots__ = ("long", "short")

    def __init__(self) -> None:
        self.long = Lots()
        self.short = Lots()

    def of(self, side: Side) -> Lots:
        """Return the lots of a side: BUY for long, SELL for short."""
        return self.long if side is Side.BUY else self.short

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to tell."""
        return not (self.long.today or self.long.yesterday or self.short.today or self.short.yesterday)

    def there(self, instrument: InstrumentId, flag: HedgeFlag) -> PositionThere:
        """Return the position as it is told."""
        return PositionThere(
            instrument=instrument,
            hedge_flag=flag,
            long_today=self.long.today,
            long_yesterday=self.long.yesterday,
            short_today=self.short.today,
            short_yesterday=self.short.yesterday,
        )

    def roll(self) -> None:
        """Begin a trading day: today's lots become yesterday's."""
        for lots in (self.long, self.short):
            lots.yesterday += lots.today
            lots.today = 0
