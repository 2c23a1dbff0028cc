"""Describe the recorded formats of bars (K 线): which column says what, and which instant a row is stamped with.

A bar is of use only when it is over, so what matters of a stamp is whether it names the beginning or the end. How long
the bars of a file are is never read from its name: the shortest distance between two of them tells it. That cannot be
too short, and where it is too long, in a file with no two neighbours, a bar is merely told later than it could be.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Final

import msgspec

from terminal.gateways.replay.exact import DayTexts, UnreadableTextError, nanoseconds, number, wall_clock


class Stamp(Enum):
    """Say what the stamp of a row names: the beginning of its bar, the end, or the trading day it is the bar of."""

    BEGIN = auto()
    END = auto()
    DAY = auto()


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """Name what a row says of one instrument.

    `symbol` makes of the identity what the instrument tables resolve. Without `open` only the close is recorded,
    without `high` and `low` no more of the range than open and close. `lots` is the volume of the bar alone.
    """

    symbol: Callable[[str], str]
    open: str | None = None
    high: str | None = None
    low: str | None = None
    close: str
    lots: str | None = None
    interest: str | None = None
    settlement: str | None = None


class BarLayout(msgspec.Struct, frozen=True, kw_only=True):
    """Name the columns of one format; `identity` is the column that names the instrument, `None` the file's name."""

    name: str
    stamp: Stamp
    column: str
    stamper: Callable[[int], Callable[[list[str]], int]]
    identity: str | None = None
    trading_day: str | None = None
    legs: tuple[Leg, ...]
    also: tuple[str, ...] = ()  # columns by which it is known, and nothing else
    check: Callable[[list[str], dict[str, int]], None] | None = None

    @property
    def columns(self) -> frozenset[str]:
        """Return every column a file of this format must have."""
        named = [
            name
            for leg in self.legs
            for name in (leg.open, leg.high, leg.low, leg.close, leg.lots, leg.interest, leg.settlement)
        ]
        others = (self.identity, self.trading_day, *named)
        return frozenset((self.column, *self.also, *(name for name in others if name is not None)))


def _nanoseconds(place: int) -> Callable[[list[str]], int]:
    return lambda row: nanoseconds(row[place])


def _moment(place: int) -> Callable[[list[str]], int]:
    read = wall_clock((0, 1, 2))

    def stamp(row: list[str]) -> int:
        day, _, time = row[place].partition(" ")
        return read([day, time, "0"])

    return stamp


def _day(place: int) -> Callable[[list[str]], int]:
    days = DayTexts()
    return lambda row: days[row[place]]


def _as_it_is(symbol: str) -> str:
    return symbol


def _exchange_last(symbol: str) -> str:
    code, dot, exchange = symbol.partition(".")
    return f"{exchange}.{code}" if dot else symbol


def _month(place: int) -> Callable[[str], str]:
    def symbol(name: str) -> str:
        months = name.split("-")
        if len(months) != 2 or not all(months):
            raise UnreadableTextError(f"“{name[:24]}”应是两个合约，如 RB2010-RB2101")
        return months[place]

    return symbol


def _gap(row: list[str], place: dict[str, int]) -> None:
    main, sub, gap = (number(row[place[name]]) for name in ("Main_Contract_Price", "Sub_Contract_Price", "Price_Gap"))
    if main is not None and sub is not None and main - sub != gap:
        raise UnreadableTextError(f"价差 {row[place['Price_Gap']][:24]} 不等于两腿之差 {main - sub}")


_OHLC: Final = {"open": "open", "high": "high", "low": "low", "close": "close", "lots": "volume"}

# tqsdk: one file an instrument, whatever the length; a day is stamped at its midnight.
BAR_TQSDK: Final = BarLayout(
    name="bar_tqsdk",
    stamp=Stamp.BEGIN,
    column="datetime_ns",
    stamper=_nanoseconds,
    legs=(Leg(symbol=_as_it_is, interest="close_oi", **_OHLC),),
    also=("bar_id",),
)
# vnpy, ctpbee: stamped at the end; the auction is a bar of its own.
BAR_VNPY: Final = BarLayout(
    name="bar_vnpy",
    stamp=Stamp.END,
    column="datetime",
    stamper=_moment,
    identity="local_symbol",
    legs=(
        Leg(
            symbol=_exchange_last,
            open="open_price",
            high="high_price",
            low="low_price",
            close="close_price",
            lots="volume",
            interest="open_interest",
        ),
    ),
)
# java-trader, minutes: high and low are those of the day so far and say nothing of the minute.
BAR_JAVATRADER: Final = BarLayout(
    name="bar_javatrader",
    stamp=Stamp.BEGIN,
    column="BeginTime",
    stamper=_moment,
    trading_day="TradingDay",
    legs=(Leg(symbol=_as_it_is, open="Open", close="Close", lots="Volume", interest="EndOpenInt"),),
)
DAY_JAVATRADER: Final = BarLayout(
    name="day_javatrader",
    stamp=Stamp.DAY,
    column="Date",
    stamper=_day,
    legs=(
        Leg(
            symbol=_as_it_is,
            open="Open",
            high="High",
            low="Low",
            close="Close",
            lots="Volume",
            interest="EndOpenInt",
        ),
    ),
    also=("BeginOpenInt",),
)
# akshare, days of one contract, with the settlement.
DAY_AKSHARE: Final = BarLayout(
    name="day_akshare",
    stamp=Stamp.DAY,
    column="date",
    stamper=_day,
    legs=(Leg(symbol=_as_it_is, interest="hold", settlement="settle", **_OHLC),),
)
# Minutes in which both legs of a spread traded: the last price of each.
SPREAD_MINUTES: Final = BarLayout(
    name="spread_minutes",
    stamp=Stamp.BEGIN,
    column="Time",
    stamper=_moment,
    identity="Contract_Name",
    legs=(
        Leg(symbol=_month(0), close="Main_Contract_Price"),
        Leg(symbol=_month(1), close="Sub_Contract_Price"),
    ),
    also=("Price_Gap",),
    check=_gap,
)

BAR_LAYOUTS: Final = (BAR_TQSDK, BAR_VNPY, BAR_JAVATRADER, DAY_JAVATRADER, DAY_AKSHARE, SPREAD_MINUTES)
