"""Read a series of stocks (库存) from a file: of a plan, where each row is stated on its own evening, or of a person.

Columns: `day` (when it was counted, rising) and `tonnes`. A row is stated after the trading of its day, so that nobody
decides by it before the next trading day.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.stock import MOST_AT_ONCE, StateStocks, StockReading, wrong_reading, wrong_stocks
from terminal.domain.table import read_table
from terminal.shell.plans.script import Scripted
from terminal.shell.plans.times import When, wall_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.ids import DeviceId, PersonId, StockId

COLUMNS: Final = ("day", "tonnes")
EVENING: Final = "20:00:00"  # after the day's trading, before any night session
FAR: Final = 99_991_231


def read_stocks(
    text: str, *, file: str, series: StockId, source: str, today: int = FAR
) -> list[tuple[int, StateStocks]]:
    """Return line and reading of each row, by rising day, none after `today` (yyyymmdd).

    A wrong row is a `UserError` with file and line.
    """
    found: list[tuple[int, StateStocks]] = []
    before = 0
    for row in read_table(text, file=file, columns=COLUMNS, own=True):
        tonnes = row.number("tonnes")
        if tonnes is None:
            raise row.wrong("tonnes", "不能为空")
        one = StockReading(day=row.day("day"), tonnes=tonnes)
        wrong = wrong_reading(one, today)
        if not wrong and one.day <= before:
            wrong = "日期应比上一行晚，请按日排好，一天只留一行"
        if wrong:
            raise UserError(f"{file} 第 {row.line} 行：{wrong}。")
        before = one.day
        found.append((row.line, StateStocks(series=series, readings=(one,), source=source)))
    if not found:
        raise UserError(f"{file}：只有表头，没有库存数。")
    wrong = wrong_stocks(found[0][1], FAR)
    if wrong:
        raise UserError(wrong)
    return found


def together(rows: list[StateStocks]) -> Iterator[StateStocks]:
    """Yield the readings of many rows of one series, as many in one as a command takes."""
    for start in range(0, len(rows), MOST_AT_ONCE):
        some = rows[start : start + MOST_AT_ONCE]
        yield msgspec.structs.replace(some[0], readings=tuple(one.readings[0] for one in some))


class StockSeries(NamedTuple):
    """Hold the readings of a file, each stated on its own evening."""

    entries: tuple[Scripted, ...]

    def begun(self, at: int) -> Iterator[Scripted]:
        """Yield what was counted before an instant at once, the rest on its own evening."""
        first = bisect_left(self.entries, at, key=lambda entry: entry.when.ns)
        early = [entry.wish for entry in self.entries[:first] if isinstance(entry.wish, StateStocks)]
        for wish in together(early):
            one = self.entries[0]
            name = f"{one.name}-{wish.readings[-1].day}"  # of what is in it: a later start has more to say at once
            yield msgspec.structs.replace(one, name=name, when=When(0, relative=True), wish=wish)
        yield from self.entries[first:]


def stock_series(
    text: str,
    *,
    file: str,
    series: StockId,
    source: str,
    calendar: Calendar,
    who: tuple[PersonId, DeviceId],
    name: str,
) -> StockSeries:
    """Return the script of a file of a plan; `name` is unique in the plan."""
    entries = []
    for line, wish in read_stocks(text, file=file, series=series, source=source):
        day = f"{wish.readings[0].day:08}"
        try:
            at = wall_clock(calendar, f"{day[:4]}-{day[4:6]}-{day[6:]} {EVENING}")
        except UserError as problem:
            raise UserError(f"{file} 第 {line} 行：{problem.message}") from None
        person, device = who
        when = When(at, relative=False)
        entries.append(Scripted(name=f"{name}-{line}", when=when, person=person, device=device, wish=wish))
    return StockSeries(tuple(entries))
