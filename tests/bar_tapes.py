"""Small recordings of bars of our own making, one of each format that is read. The numbers are invented."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Final

from terminal.domain.days.calendar import DAY_NS, MINUTE_NS, instant, show

Bar = tuple[int, float, float, float, float, int, int]  # stamp (UTC ns), open, high, low, close, lots, open interest

TQSDK: Final = "bar_id,datetime_ns,datetime_shanghai,open,high,low,close,volume,open_oi,close_oi"
VNPY: Final = "local_symbol,datetime,open_price,close_price,high_price,low_price,volume,turnover,open_interest"
JAVATRADER: Final = (
    "TradingDay,Index,BeginTime,BeginVolume,BeginAmount,BeginOpenInt,EndTime,EndVolume,EndAmount,EndOpenInt,"
    "Open,High,Close,Low,Volume,Amount,Avg,MktAvg"
)
DAYS: Final = (
    '"Date","Open","High","Low","Close","Volume","Amount","BeginOpenInt","EndOpenInt","Subscription Price Factor"'
)
SETTLED: Final = "date,open,high,low,close,volume,hold,settle"
SPREAD: Final = "Contract_Name,Time,Main_Contract_Price,Sub_Contract_Price,Price_Gap"


def minute(day: int, hour: int, minute: int) -> int:
    """Return an instant of a day by the Shanghai clock."""
    return instant(day, hour, minute)


def stamp(at: int) -> str:
    """Return an instant as the files write it."""
    return show(at)[:19]


def write(path: Path, header: str, lines: Iterable[str]) -> Path:
    """Write a file."""
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


def tqsdk(path: Path, bars: Sequence[Bar]) -> Path:
    """Write bars stamped at their beginning."""
    return write(
        path,
        TQSDK,
        (
            f"{number},{at},,{first},{high},{low},{last},{lots},0,{interest}"
            for number, (at, first, high, low, last, lots, interest) in enumerate(bars)
        ),
    )


def vnpy(path: Path, symbol: str, bars: Sequence[Bar]) -> Path:
    """Write bars stamped at their end."""
    return write(
        path,
        VNPY,
        (
            f"{symbol},{stamp(at)},{first},{last},{high},{low},{lots}.0,0.0,{interest}.0"
            for at, first, high, low, last, lots, interest in bars
        ),
    )


def spread(path: Path, name: str, minutes: Sequence[tuple[int, int, int]]) -> Path:
    """Write the minutes of two legs: when each began, and the last price of both."""
    return write(path, SPREAD, (f"{name},{stamp(at)},{main}.0,{sub}.0,{main - sub}.0" for at, main, sub in minutes))


def wave(day: int, minutes: int = 60, *, base: int = 3700, swing: int = 6) -> list[Bar]:
    """Return minutes from 09:00 on whose price goes up and down by `swing`, one yuan a minute, and the day's last."""
    bars = []
    price = base
    for count in range(minutes):
        step = 1 if count // swing % 2 else -1
        at = instant(day, 9, 0) + count * MINUTE_NS
        bars.append((at, price, max(price, price + step) + 1, min(price, price + step) - 1, price + step, 200, 900))
        price += step
    return [*bars, (instant(day, 14, 59), price, price, price, price, 20, 900)]


def drawn(random: Random, days: Sequence[int], price: int) -> list[Bar]:
    """Return random minutes of mornings and afternoons, whose price walks from `price` on."""
    bars = list[Bar]()
    for day in days:
        for begin, count in ((minute(day, 9, 0), 75), (minute(day, 13, 30), 90)):
            for place in range(count):
                close = price + random.randint(-3, 3)
                high, low = max(price, close) + random.randint(0, 2), min(price, close) - random.randint(0, 2)
                bars.append((begin + place * MINUTE_NS, price, high, low, close, random.choice([0, 40, 400]), 900))
                price = close
    return bars


def days(first: int, closes: Sequence[int]) -> list[Bar]:
    """Return the bars of days that follow one another, stamped at midnight."""
    return [
        (instant(first) + count * DAY_NS, close - 2, close + 5, close - 5, close, 5000, 900)
        for count, close in enumerate(closes)
    ]
