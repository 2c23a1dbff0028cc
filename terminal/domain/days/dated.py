"""Keep dated rows and return the one in force on a day, a person's own rows over the committed ones.

The row in force is the last one whose date is not after the day asked for. From the date of a key's first own row on
only its own rows of that table count, so that a figure somebody corrected is never replaced by a later release.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator
from typing import Generic, TypeVar

import msgspec

from terminal.domain.products.delivery import Step, StepKind, parse_step_day
from terminal.domain.table import Row, read_table

_V = TypeVar("_V")


class TableText(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a table's text and the file name to be used in sentences about it, and a person's own rows, if any."""

    file: str
    text: str
    own: TableText | None = None


def rows_of(table: TableText, columns: tuple[str, ...], *, retired: Collection[str] = frozenset()) -> Iterator[Row]:
    """Yield the committed rows of a table, then the own ones, which may have columns that are `retired`."""
    yield from read_table(table.text, file=table.file, columns=columns)
    if table.own is not None:
        yield from read_table(table.own.text, file=table.own.file, columns=columns, own=True, retired=retired)


class Dated(Generic[_V]):
    """Keep the dated rows of many keys and return the one in force on a day."""

    def __init__(self) -> None:
        self._days: dict[str, list[int]] = {}
        self._values: dict[str, list[_V]] = {}
        self._own: set[str] = set()

    def add(self, row: Row, key: str, value: _V) -> None:
        """Add a row; the rows of a key must come in the order of their dates, each with a source."""
        since, days = self._since(row, key)
        if days and since <= days[-1]:
            raise row.wrong("from", f"{key} 的各行应按日期先后排列")
        days.append(since)
        self._values.setdefault(key, []).append(value)

    def _since(self, row: Row, key: str) -> tuple[int, list[int]]:
        row.text("source")
        since = row.day("from")
        days = self._days.setdefault(key, [])
        if row.own and key not in self._own:
            self._own.add(key)
            kept = bisect_right(days, since - 1)
            del days[kept:], self._values.setdefault(key, [])[kept:]
        return since, days

    def on(self, key: str, day: int) -> _V | None:
        """Return the value in force on a day, or `None` where none is known yet."""
        days = self._days.get(key)
        if days is None:
            return None
        place = bisect_right(days, day) - 1
        return self._values[key][place] if place >= 0 else None

    def first(self, key: str) -> int | None:
        """Return the date of a key's first row, or `None` for an unknown key."""
        days = self._days.get(key)
        return days[0] if days else None

    def is_own(self, key: str) -> bool:
        """Return whether some row of a key is a person's own."""
        return key in self._own

    @property
    def keys(self) -> tuple[str, ...]:
        """Return every key, in the order of the table."""
        return tuple(self._days)


class Schedules(Dated[tuple[Step[_V], ...]]):
    """Keep dated schedules: rows of one key and date are the steps of one schedule."""

    def add_step(self, row: Row, key: str, value: _V) -> None:
        """Add a step to the schedule of its date, or begin the next schedule."""
        try:
            step = Step(parse_step_day(row.text("step")), value)
        except ValueError as problem:
            raise row.wrong("step", str(problem)) from None
        since, days = self._since(row, key)
        if not days or since != days[-1]:
            self.add(row, key, (step,))
            return
        schedule = self._values[key][-1]
        if step.since.kind is StepKind.LISTED or step.since in [one.since for one in schedule]:
            raise row.wrong("step", f"{key} 同一日期的各步应依次在后，listed 只能在最前，不能重复")
        self._values[key][-1] = (*schedule, step)
