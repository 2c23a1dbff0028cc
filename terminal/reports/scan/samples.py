"""Take both sides of every contract of a recording at the end of each minute, up to an instant and never beyond it.

A sample is of use for a spread only where each leg was quoted on both sides within that minute, and traded
continuously: no order meets a side that nobody shows, a quote from before a break, or the prices of an auction.
Minutes in which nothing was quoted are no samples: half-lives count samples, not the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from terminal.domain.days.calendar import MINUTE_NS, show
from terminal.domain.days.sessions import Phase
from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.market import Column
from terminal.domain.products.instrument import Instrument, Kind
from terminal.engine.prices.columns import HAS_OPEN_INTEREST, TWO_SIDED
from terminal.engine.prices.samples import FRESH_SECONDS, SCALE, SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.market import Recording
    from terminal.domain.parameters.strategy import SpreadLeg

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]

FRESH_NS: Final = FRESH_SECONDS * SECOND
STEP_NS: Final = MINUTE_NS

Resolve = Callable[[str, int], Instrument]
"""What tells an instrument by its name with the exchange, on a day."""


class Hours(NamedTuple):
    """Hold the spans of continuous trading of one contract, UTC ns, each without its first instant and with its last.

    A bar that ends with a session belongs to it, and so does the last quote.
    """

    begins: Whole
    ends: Whole
    days: Whole  # the trading day of each

    def place(self, at: int) -> int | None:
        """Return the span an instant lies in, or `None` where the contract does not trade continuously."""
        found = int(np.searchsorted(self.begins, at, side="left")) - 1
        return found if found >= 0 and at <= int(self.ends[found]) else None

    def minutes(self, day: int) -> int:
        """Return the minutes of continuous trading of a trading day."""
        of_day = self.days == day
        return int((self.ends[of_day] - self.begins[of_day]).sum()) // MINUTE_NS

    def minutes_after(self, at: int, day: int) -> int:
        """Return the minutes of continuous trading of a trading day that are left after an instant."""
        of_day = self.days == day
        left = self.ends[of_day] - np.maximum(self.begins[of_day], at)
        return int(np.maximum(left, 0).sum()) // MINUTE_NS


class Left(NamedTuple):
    """Hold how long a contract still trades: `days` after today; `exact` is with what is left of today."""

    instrument: InstrumentId
    last_day: int  # yyyymmdd
    days: int  # 0 on the last one
    exact: float


class Track:
    """Hold one contract's rows up to the instant of the scan; there is at least one."""

    __slots__ = ("at", "hours", "instrument", "places", "sides")

    def __init__(self, instrument: Instrument, places: Whole, at: Whole, hours: Hours) -> None:
        self.instrument = instrument  # as its prices were read
        self.places = places  # of its rows in the recording
        self.at = at  # when each was received, UTC ns
        self.hours = hours
        # Bid and ask in ticks at each sample, and whether it counts.
        self.sides: tuple[Whole, Whole, Flags] | None = None


class Series(NamedTuple):
    """Hold the samples of one spread, oldest first: when, on which trading day, and twice the middle in millionths."""

    at: Whole
    days: Whole
    twice: Whole


class Tape:
    """Hold what a scan may know of a recording: nothing after `now` (UTC ns), and no option and no spot."""

    def __init__(self, recording: Recording, resolve: Resolve, calendar: Calendar, at: int | None = None) -> None:
        self.recording = recording
        self._calendar = calendar
        ends = recording.ends.astype(np.int64)
        row_at = np.repeat(recording.at, np.diff(ends, prepend=0))
        if at is not None and not int(recording.at[0]) <= at <= int(recording.at[-1]):
            first, last = (show(int(recording.at[place])) for place in (0, -1))
            raise UserError(f"{show(at)} 不在行情之内（{first} 至 {last}），请换一个时刻。")
        self._resolve = resolve
        self.now = self._last_traded(self._tracks(row_at, int(recording.at[-1]))) if at is None else at
        self.day = calendar.trading_day(self.now - 1)
        known = int(np.searchsorted(row_at, self.now, side="right"))
        self.tracks = self._tracks(row_at[:known], self.now)
        stamps = np.unique(-(-row_at[:known] // STEP_NS) * STEP_NS)
        self.grid: Whole = stamps[stamps <= self.now]

    def _tracks(self, row_at: Whole, until: int) -> dict[InstrumentId, Track]:
        recording, found = self.recording, dict[InstrumentId, Track]()
        slots = recording.slots[: len(row_at)]
        order = np.argsort(slots, kind="stable").astype(np.int64)
        heads = np.flatnonzero(np.diff(slots[order], prepend=-1)).tolist()
        for head, end in zip(heads, [*heads[1:], len(order)], strict=True):
            places = order[head:end]
            name = recording.universe[int(slots[places[0]])]
            times = row_at[places]
            instrument = self._resolve(name, self._calendar.trading_day(int(times[0])))
            if instrument.kind is Kind.FUTURE:
                found[name] = Track(instrument, places, times, self._hours(name, int(times[0]), until))
        return found

    def _hours(self, name: InstrumentId, first: int, last: int) -> Hours:
        calendar = self._calendar
        spans = []
        for day in calendar.trading_days(calendar.trading_day(first), calendar.trading_day(last - 1)):
            template = self._resolve(name, day).session_on(day)
            if template is None:
                spans.append((calendar.begins_at(day), calendar.ends_at(day), day))
                continue
            plan = calendar.day_plan(template, day)
            spans += [(one.begins_at, one.ends_at, day) for one in plan if one.phase is Phase.CONTINUOUS]
        table = np.array(spans, dtype=np.int64).reshape(-1, 3)
        return Hours(table[:, 0], table[:, 1], table[:, 2])

    def _last_traded(self, tracks: dict[InstrumentId, Track]) -> int:
        # A recording goes on after the close; the last instant at which anything traded is the one to judge.
        end = int(self.recording.at[-1])
        latest = []
        for track in tracks.values():
            began = track.hours.ends[track.hours.begins < end]
            latest += [min(end, int(began[-1]))] if len(began) else []
        return max(latest, default=end)

    def mains(self) -> dict[ProductId, InstrumentId]:
        """Return the main contract of each product: the most open interest when the trading day began (DOMAIN 4.8).

        Where nothing was told before, the first of the day counts; of equal ones the nearer month.
        """
        begins, column = self._calendar.begins_at(self.day), self.recording.column
        found: dict[ProductId, tuple[int, InstrumentId]] = {}
        for name, track in sorted(self.tracks.items()):
            row = max(0, int(np.searchsorted(track.at, begins, side="right")) - 1)
            place = int(track.places[row])
            if not int(column(Column.MASK)[place]) & HAS_OPEN_INTEREST:
                continue
            interest, product = int(column(Column.OPEN_INTEREST)[place]), track.instrument.product
            if product not in found or interest > found[product][0]:
                found[product] = interest, name
        return {product: name for product, (_, name) in found.items()}

    def left(self, instrument: Instrument) -> Left | None:
        """Return how long a contract still trades; `None` where its last day is unknown, or beyond the calendar."""
        last, calendar = instrument.expiry, self._calendar
        if last is None or last > calendar.last:
            return None
        days, hours = calendar.days_between(self.day, last), self.tracks[instrument.id].hours
        whole = hours.minutes(self.day)
        today = hours.minutes_after(self.now, self.day)
        return Left(instrument.id, last, days, days + (today / whole if whole else 0.0))

    # --- samples ---

    def series(self, legs: Sequence[SpreadLeg], *, daily: bool) -> Series:
        """Return the samples of a spread whose legs are all in `tracks`; daily ones are the last of a trading day."""
        there = np.ones(len(self.grid), dtype=np.bool_)
        twice = np.zeros(len(self.grid), dtype=np.int64)
        for leg in legs:
            track = self.tracks[leg.instrument]
            bid, ask, shown = self._sides(track)
            there &= shown
            # Whichever side is crossed, the middle of the spread is that of its legs.
            twice += weight(leg, track.instrument) * (bid + ask)
        at = self.grid[there]
        hours = self.tracks[legs[0].instrument].hours
        days = hours.days[np.searchsorted(hours.begins, at, side="left") - 1]
        if daily and len(at):
            last = np.append(days[1:] != days[:-1], True)
            return Series(at[last], days[last], twice[there][last])
        return Series(at, days, twice[there])

    def _sides(self, track: Track) -> tuple[Whole, Whole, Flags]:
        if track.sides is None:
            rows = np.searchsorted(track.at, self.grid, side="right") - 1
            places = track.places[np.maximum(rows, 0)]
            span = np.searchsorted(track.hours.begins, self.grid, side="left") - 1
            column = self.recording.column
            shown = (rows >= 0) & (span >= 0)
            shown &= self.grid - track.at[np.maximum(rows, 0)] < FRESH_NS
            shown &= self.grid <= track.hours.ends[np.maximum(span, 0)]
            shown &= (column(Column.MASK)[places] & TWO_SIDED) == TWO_SIDED
            bid, ask = (column(side)[places].astype(np.int64) for side in (Column.BID, Column.ASK))
            track.sides = bid, ask, shown
        return track.sides


def weight(leg: SpreadLeg, instrument: Instrument) -> int:
    """Return what one tick of a leg moves the spread, in millionths of a yuan; a finer one is a `UserError`."""
    size = leg.coefficient * instrument.tick * SCALE
    if size % 1:
        raise UserError(f"{leg.instrument} 的价格系数 {leg.coefficient} 太细，价差精确到百万分之一元，请改短。")
    return int(size)
