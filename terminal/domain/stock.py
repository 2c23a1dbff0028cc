"""Hold series of stocks (库存): what somebody counts day after day or week after week, in a yard, a port, a country.

The exchanges' stocks come in no feed the house takes, so people enter them with their source, as they do spot prices.
A reading is known from its day on; whoever decides by it on a trading day reads those of the days before.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec

from terminal.domain.days.calendar import to_date
from terminal.domain.ids import StockId
from terminal.domain.words.typed_text import is_visible

MOST_READINGS: Final = 2_000  # kept of a series: eight years of trading days
MOST_AT_ONCE: Final = 200  # of one command, which becomes one record
MOST_TONNES: Final = Decimal(10) ** 12
KILOGRAM: Final = Decimal("0.001")
LONGEST_SERIES: Final = 40  # characters
LONGEST_SOURCE: Final = 80


class StockReading(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what was counted by the end of a natural day (yyyymmdd), in tonnes."""

    day: int
    tonnes: Decimal


class StockNote(NamedTuple):
    """Hold a reading as it is kept, with who stated it."""

    day: int
    tonnes: Decimal
    source: str


class StateStocks(msgspec.Struct, frozen=True, kw_only=True, tag="state_stocks"):
    """State readings of a series, by rising day; one of a day that is known already corrects it.

    `was` is what stood for these days in the sight of who asks, so that nobody corrects what he has not seen; `None`
    asks nothing of it.
    """

    series: StockId
    readings: tuple[StockReading, ...]
    source: str
    was: tuple[StockReading, ...] | None = None


class StocksStated(msgspec.Struct, frozen=True, kw_only=True, tag="stocks_stated"):
    """Readings of a series were stated."""

    series: StockId
    readings: tuple[StockReading, ...]
    source: str


def wrong_stocks(body: StateStocks, today: int) -> str:
    """Return what is wrong with readings by themselves, and what to do; "" where nothing is. `today` is yyyymmdd."""
    if not body.series.strip() or len(body.series) > LONGEST_SERIES:
        return f"请写明库存序列的名称（如 铁矿石港口库存），最多 {LONGEST_SERIES} 个字；没有记下。"
    if not body.source.strip() or len(body.source) > LONGEST_SOURCE:
        return f"请写明库存的来源（谁、何处），最多 {LONGEST_SOURCE} 个字；没有记下。"
    if not is_visible(body.series) or not is_visible(body.source):
        return "库存序列的名称或来源里有换行或看不见的字符；没有记下，请删去。"
    if not 1 <= len(body.readings) <= MOST_AT_ONCE:
        return f"一次应有 1 至 {MOST_AT_ONCE} 个库存数，现有 {len(body.readings)} 个；没有记下，请分几次。"
    for one in body.readings:
        wrong = wrong_reading(one, today)
        if wrong:
            return f"{body.series}：{wrong}；没有记下，请改正。"
    for before, after in pairwise(body.readings):
        if after.day <= before.day:
            return f"{body.series}：{after.day} 应晚于前一个 {before.day}；没有记下，请按日排好，一天只留一个。"
    return ""


def wrong_reading(reading: StockReading, today: int) -> str:
    """Return what is wrong with one reading, "" where nothing is."""
    try:
        to_date(reading.day)
    except ValueError:
        return f"没有 {reading.day} 这一天"
    if reading.day > today:
        return f"{reading.day} 还没有到（现在是 {today}）"
    if not reading.tonnes.is_finite() or not 0 <= reading.tonnes < MOST_TONNES:
        return f"{reading.day} 的库存应为不小于 0、小于一万亿的吨数，现为 {reading.tonnes}"
    if reading.tonnes != reading.tonnes.quantize(KILOGRAM):
        return f"{reading.day} 的库存最多三位小数（公斤），现为 {reading.tonnes}"
    return ""


def merged(kept: Iterable[StockNote], stated: StocksStated) -> tuple[StockNote, ...]:
    """Return a series with what was stated taken in, by rising day; the latest readings are kept."""
    found = {one.day: one for one in kept}
    found |= {one.day: StockNote(one.day, one.tonnes, stated.source) for one in stated.readings}
    return tuple(found[day] for day in sorted(found))[-MOST_READINGS:]
