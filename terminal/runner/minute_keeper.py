"""Record every future at the end of each minute of the market's clock, for whoever looks for spreads in the past.

It is read by `hengduo scan` and decides nothing here, so a disk that refuses it is said once and stops nothing. What a
start reads again is recorded already, and what a kill took from the last minutes is recorded then.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import MINUTE_NS
from terminal.domain.market import DayFacts
from terminal.domain.products.instrument import Kind
from terminal.engine.records.journal import JournalError
from terminal.store.minute_file import Minute, MinuteFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.ids import InstrumentId
    from terminal.domain.market import Row
    from terminal.engine.prices.columns import Columns

AT_ONCE: Final = 240  # minutes of the past written together; live each is written when it is over

Said = tuple[int, int | None, int | None]


class MinuteKeeper:
    """Follow the columns of one runner; belongs to its loop."""

    def __init__(self, columns: Columns, calendar: Calendar, folder: Path, *, is_live: Callable[[], bool]) -> None:
        self._columns, self._calendar, self._is_live = columns, calendar, is_live
        self._futures = frozenset(slot for slot, one in enumerate(columns.instruments) if one.kind is Kind.FUTURE)
        self._ends_at = self._at = 0
        self._rows: dict[int, Row] = {}  # of the minute under way
        self._unsaved: list[Minute] = []
        self._said: dict[InstrumentId, Said] = {}  # day and limits as they were written down last
        self._is_told = False
        self._file: MinuteFile | None = None
        try:
            self._file = MinuteFile(folder)
        except JournalError as problem:
            self._tell(problem)

    def saw(self, slots: list[int]) -> None:
        """Take what a batch touched, after the columns have."""
        if self._file is None:
            return
        columns = self._columns
        ends_at = -(-columns.at // MINUTE_NS) * MINUTE_NS
        if ends_at != self._ends_at:
            self._finish()
            self._ends_at = ends_at
        self._at = columns.at
        for slot in self._futures.intersection(slots):
            row = columns.row(slot)
            if row is not None:
                self._rows[slot] = row

    def save(self) -> None:
        """Write down the minutes that are over."""
        if self._file is None or not self._unsaved:
            return
        limits = self._limits(self._unsaved[-1].trading_day)
        try:
            self._file.save(self._columns.instruments, self._unsaved, limits)
        except JournalError as problem:
            self._tell(problem)
            del self._unsaved[:-AT_ONCE]  # a disk that stays full must not fill the memory
        else:
            self._unsaved = []
            self._said |= {one.instrument: (one.trading_day, one.upper_limit, one.lower_limit) for one in limits}
            self._is_told = False

    def close(self) -> None:
        """Write down what is over, and let go of the file."""
        self.save()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _finish(self) -> None:
        rows, self._rows = self._rows, {}
        if self._file is None or not rows or self._ends_at <= self._file.newest:
            return
        day = self._calendar.trading_day(self._at - 1)
        slots = sorted(rows)
        self._unsaved.append(Minute(self._ends_at, self._at, day, slots, [rows[slot] for slot in slots]))
        if len(self._unsaved) >= AT_ONCE or self._is_live():
            self.save()

    def _limits(self, day: int) -> list[DayFacts]:
        found = []
        for slot in self._futures:
            known, name = self._columns.days[slot], self._columns.universe[slot]
            said = (day, known.upper_limit, known.lower_limit)
            if known.trading_day == day and said[1:] != (None, None) and self._said.get(name) != said:
                found.append(DayFacts(instrument=name, trading_day=day, upper_limit=said[1], lower_limit=said[2]))
        return found

    def _tell(self, problem: JournalError) -> None:
        if not self._is_told:
            print(f"hengduo runner: {problem}", file=sys.stderr, flush=True)
        self._is_told = True
