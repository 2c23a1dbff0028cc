"""Read a series of spot prices from a file beside the plan: what people stated day after day, as one table.

Columns: `at` (Shanghai wall clock, when the price was stated) and `price` (yuan per quotation unit), `at` rising. Who
studies a basis over a year has one file of prices; a plan with a table for each of them nobody could read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.commands import QuoteSpot
from terminal.domain.errors import UserError
from terminal.domain.table import Row, read_table
from terminal.engine.prices.spot import wrong_price
from terminal.shell.plans.times import When, wall_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.products.instrument import Instrument

COLUMNS: Final = ("at", "price")


def read_series(
    text: str, *, file: str, spot: Instrument, source: str, calendar: Calendar
) -> Iterator[tuple[int, When, QuoteSpot]]:
    """Yield line, time and quote of each row; what is wrong with one is a `UserError` with file and line."""
    before = -1
    for row in read_table(text, file=file, columns=COLUMNS, own=True):
        at = _at(row, calendar)
        if at <= before:
            raise _wrong(row, "时间应比上一行晚，请按时间排好，同一时刻只留一行。")
        before = at
        price = row.positive("price")
        problem = wrong_price(spot, price)
        if problem:
            raise _wrong(row, f"{spot.id} {problem}，请改价。")
        yield row.line, When(at, relative=False), QuoteSpot(instrument=spot.id, price=price, source=source)


def _at(row: Row, calendar: Calendar) -> int:
    try:
        return wall_clock(calendar, row.text("at"))
    except UserError as problem:
        raise _wrong(row, problem.message) from None


def _wrong(row: Row, sentence: str) -> UserError:
    return UserError(f"{row.file} 第 {row.line} 行：{sentence}")
