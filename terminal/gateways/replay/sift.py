"""Put the collected rows of each instrument in order and say which of them are quotes.

The theory. A recording holds more than quotes: snapshots of the evening before, rows repeated, rows swapped, rows
kept under a wrong date. The calendar, not the file, says which trading day a row belongs to and whether its product
was open (SAFETY I14). What remains must have a cumulative volume that never falls within a trading day. Nothing is
repaired by guessing: a row is kept, or it is refused and counted by reason.

- `trading_day`: the file names another trading day than the calendar.
- `off_tick`: a price is not a whole number of ticks.
- `volume_fell`: the volume is lower than before on the same day. Rows of one stamp are first ordered by volume,
  since CZCE stamps whole seconds and its rows of one second arrive swapped. Of what still falls, the fewest rows go.
- `outside_session`: the product was closed. Such a row is no quote, but what it says about the day counts.
- `duplicate`: the row says nothing that the one before it did not say.
"""

from __future__ import annotations

from bisect import bisect_right
from enum import IntEnum
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from terminal.domain.days.calendar import SECOND_NS, Calendar
from terminal.domain.days.sessions import Phase
from terminal.domain.errors import UserError
from terminal.domain.market import WIDTH, Column
from terminal.domain.products.instrument import Instrument
from terminal.gateways.replay.exact import ABSENT, OFF_TICK
from terminal.gateways.replay.intake import ROW_WIDTH, Field, Intake

# The last snapshot of a session is stamped up to a second after the bell (SHFE +500 ms, DCE +714 ms).
AFTER_THE_BELL_NS: Final = SECOND_NS

Table = NDArray[np.int64]


class Fate(IntEnum):
    """Name what becomes of a row; all but the first are counted."""

    QUOTE = 0
    TRADING_DAY = 1
    OFF_TICK = 2
    VOLUME_FELL = 3
    OUTSIDE_SESSION = 4
    DUPLICATE = 5


class Sifted:
    """Hold the rows by instrument and time, each with its fate and its trading day."""

    __slots__ = ("days", "fates", "table")

    def __init__(self, table: Table, fates: NDArray[np.int8], days: Table) -> None:
        self.table = table
        self.fates = fates
        self.days = days

    def refused(self) -> dict[str, int]:
        """Count the rows that are no quotes by reason."""
        counts = np.bincount(self.fates, minlength=len(Fate)).tolist()
        return {fate.name.lower(): counts[fate] for fate in Fate if fate and counts[fate]}


def check_order(rows: Table, intake: Intake, *, received: bool) -> None:
    """Refuse one file's rows when its clock, or the exchange's stamps of one instrument, run backward.

    Rows an exchange sent within one second may be swapped; only then is there anything to put in order.
    """
    if received:
        _refuse_backward(rows, Field.CLOCK, intake, second=False)
    by_slot = rows[np.argsort(rows[:, Field.SLOT], kind="stable")]
    _refuse_backward(by_slot, Column.EXCHANGE_AT, intake, second=not received)


def _refuse_backward(rows: Table, column: int, intake: Intake, *, second: bool) -> None:
    stamps, slots = rows[:, column], rows[:, Field.SLOT]
    backward = stamps[1:] < stamps[:-1]
    if column == Column.EXCHANGE_AT:
        backward &= slots[1:] == slots[:-1]
    if second:
        backward &= stamps[1:] // SECOND_NS != stamps[:-1] // SECOND_NS
    places = np.flatnonzero(backward)
    if len(places):
        where = intake.where(int(rows[places[0] + 1, Field.SOURCE]))
        raise UserError(f"行情文件 {where}：时间倒流，文件的行没有按时间排列，请换用未经改动的录制文件。")


def sift(table: Table, intake: Intake, calendar: Calendar, *, received: bool) -> Sifted:
    """Order all rows, in place, by instrument and time, and decide the fate of each."""
    inner = (table[:, Field.CLOCK],) if received else (table[:, Column.VOLUME], table[:, Column.EXCHANGE_AT])
    order = np.lexsort((table[:, Field.SOURCE], *inner, table[:, Field.SLOT]))
    for column in range(ROW_WIDTH):  # one column at a time: a tape is large and is not held twice
        table[:, column] = table[order, column]
    fates = np.zeros(len(table), dtype=np.int8)
    days = np.zeros(len(table), dtype=np.int64)
    outside = np.zeros(len(table), dtype=np.bool_)
    bounds = np.searchsorted(table[:, Field.SLOT], np.arange(len(intake.tracks) + 1)).tolist()
    for track, start, end in zip(intake.tracks, bounds[:-1], bounds[1:], strict=True):
        part = slice(start, end)
        fill = (days[part], outside[part])
        _classify(table[part], fill, track.instrument, calendar=calendar, intake=intake)
    stated = table[:, Field.STATED_DAY]
    fates[(table[:, : Column.LAST + 1] == OFF_TICK).any(axis=1)] = Fate.OFF_TICK
    fates[(stated != 0) & (stated != days)] = Fate.TRADING_DAY
    _refuse_fallen_volumes(table, days, fates)
    fates[outside & (fates == Fate.QUOTE)] = Fate.OUTSIDE_SESSION
    _refuse_duplicates(table, fates)
    return Sifted(table, fates, days)


def _classify(
    table: Table,
    fill: tuple[Table, NDArray[np.bool_]],
    instrument: Instrument,
    *,
    calendar: Calendar,
    intake: Intake,
) -> None:
    """Fill in trading day and whether the product is closed, one interval of its sessions after the other."""
    stamps = table[:, Column.EXCHANGE_AT]
    start = 0
    while start < len(stamps):
        at = int(stamps[start])
        try:
            day, closed, until = interval(instrument, calendar, at)
        except UserError as unknown:
            where = intake.where(int(table[start, Field.SOURCE]))
            raise UserError(f"行情文件 {where}：{unknown.message}") from None
        end = int(np.searchsorted(stamps, until, side="left"))
        fill[0][start:end] = day
        fill[1][start:end] = closed
        start = end


def interval(instrument: Instrument, calendar: Calendar, at: int) -> tuple[int, bool, int]:
    """Return the trading day of an instant, whether the product is closed then, and until when that holds."""
    day = calendar.trading_day(at)
    template = instrument.session_on(day)
    if template is None:
        return day, False, calendar.ends_at(day)
    now = calendar.session(template, at)
    if now.phase in (Phase.AUCTION, Phase.CONTINUOUS):
        return day, False, now.ends_at
    grace = now.begins_at + AFTER_THE_BELL_NS
    rang = at < grace and calendar.session(template, now.begins_at - 1).phase is Phase.CONTINUOUS
    return day, not rang, min(grace, now.ends_at) if rang else now.ends_at


def _refuse_fallen_volumes(table: Table, days: Table, fates: NDArray[np.int8]) -> None:
    counted = np.flatnonzero((fates == Fate.QUOTE) & (table[:, Column.VOLUME] != ABSENT))
    slots, volumes, groups = table[counted, Field.SLOT], table[counted, Column.VOLUME], days[counted]
    together = (slots[1:] == slots[:-1]) & (groups[1:] == groups[:-1])
    if not (together & (volumes[1:] < volumes[:-1])).any():
        return
    edges = [0, *(np.flatnonzero(~together) + 1).tolist(), len(counted)]
    for start, end in pairwise(edges):
        part = volumes[start:end]
        if (part[1:] < part[:-1]).any():
            kept = np.zeros(end - start, dtype=np.bool_)
            kept[longest_rise(part.tolist())] = True
            fates[counted[start:end][~kept]] = Fate.VOLUME_FELL


def longest_rise(values: list[int]) -> list[int]:
    """Return the places of the longest run, gaps allowed, in which no value is below the one before it.

    >>> longest_rise([5, 9, 7, 8, 2])
    [0, 2, 3]
    """
    tails: list[int] = []  # the lowest value that a run of each length can end on …
    places: list[int] = []  # … and where it stands
    before: list[int] = []
    for place, value in enumerate(values):
        length = bisect_right(tails, value)
        before.append(places[length - 1] if length else -1)
        tails[length : length + 1] = [value]
        places[length : length + 1] = [place]
    run: list[int] = []
    place = places[-1] if places else -1
    while place >= 0:
        run.append(place)
        place = before[place]
    return run[::-1]


def _refuse_duplicates(table: Table, fates: NDArray[np.int8]) -> None:
    kept = np.flatnonzero(fates == Fate.QUOTE)
    same = np.ones(max(len(kept) - 1, 0), dtype=np.bool_)
    for column in (*range(WIDTH), Field.SLOT, Field.CLOCK, Field.SAID):
        values = table[kept, column]
        same &= values[1:] == values[:-1]
    fates[kept[1:][same]] = Fate.DUPLICATE
