"""Decide which trading day an instant belongs to, and what each exchange is doing at it.

The theory. A trading day begins at 17:00 on the evening of the trading day before it, after every exchange
has closed and before any night session opens. So Friday 21:05 and Saturday 01:30 belong to Monday, and
everything inside a holiday belongs to the first trading day after it. Each instant has exactly one trading
day and later instants never have an earlier one. The machine's date is never asked (SAFETY I14).

China keeps UTC+8 the whole year, so local time is integer arithmetic and no time-zone table is needed.
Instants are UTC nanoseconds; a day is the number 20200821. The days come from a committed table of holidays and
the years a person adds to it; what lies outside is refused with a sentence, because a guessed holiday would put
orders into the wrong day.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from terminal.domain.days.sessions import Phase, SessionAt, SessionId, SessionTable
from terminal.domain.errors import UserError
from terminal.domain.table import Row, read_table

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS
CHINA_NS = 8 * HOUR_NS  # how far Shanghai is ahead of UTC
TURN_HOUR = 17  # the local hour at which the next trading day begins
_TURN_NS = CHINA_NS + (24 - TURN_HOUR) * HOUR_NS

_EPOCH = date(1970, 1, 1).toordinal()
_SATURDAY = 5
_FRIDAY = 4
_COLUMNS = ("day", "what")
_NEW_YEAR, _YEAR_END = 101, 1231
_KEPT_LAYOUTS = 4096


def number(day: date) -> int:
    """Return a date as the number 20200821."""
    return day.year * 10_000 + day.month * 100 + day.day


def to_date(day: int) -> date:
    """Return the date that a number like 20200821 stands for; anything else is a `ValueError`."""
    try:
        return date(day // 10_000, day // 100 % 100, day % 100)
    except OverflowError as error:  # whoever asks about what a person sent expects one kind of fault
        raise ValueError(f"{day} is no day") from error


def instant(day: int, hour: int = 0, minute: int = 0, second: int = 0, ns: int = 0) -> int:
    """Return the instant (UTC ns) of a Shanghai wall-clock time; hours past 24 run into the next day."""
    midnight = (to_date(day).toordinal() - _EPOCH) * DAY_NS - CHINA_NS
    return midnight + hour * HOUR_NS + minute * MINUTE_NS + second * SECOND_NS + ns


def natural_day(at: int) -> int:
    """Return the Shanghai date of an instant, as 20200821."""
    return number(date.fromordinal((at + CHINA_NS) // DAY_NS + _EPOCH))


def time_of_day(at: int) -> int:
    """Return the nanoseconds since Shanghai midnight."""
    return (at + CHINA_NS) % DAY_NS


def show(at: int) -> str:
    """Return an instant as Shanghai wall-clock text with milliseconds.

    >>> show(instant(20200821, 13, 37, 10, 194_000_000))
    '2020-08-21 13:37:10.194'
    """
    seconds, ns = divmod(time_of_day(at), SECOND_NS)
    day = to_date(natural_day(at)).isoformat()
    return f"{day} {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ns // 1_000_000:03}"


class Calendar:
    """Answer every question about trading days and sessions; built once, then only read."""

    def __init__(self, *, days: tuple[int, ...], first: int, last: int, sessions: SessionTable) -> None:
        self.first = first
        self.last = last
        self._days = days
        self._open = frozenset(days)
        self._sessions = sessions
        self._base = to_date(first).toordinal() - _EPOCH
        self._owner = self._owners()
        self._naturals = len(self._owner)
        # Memory only, never part of a state: what is in force now per template, and the days laid out so far.
        self._current: dict[SessionId, SessionAt] = {}
        self._layouts: dict[tuple[SessionId, int], tuple[list[int], tuple[SessionAt, ...]]] = {}

    def _owners(self) -> list[int]:
        owners: list[int] = []
        for day in self._days:
            naturals = to_date(day).toordinal() - _EPOCH - self._base + 1  # from the first of the table to this one
            owners += [day] * (naturals - len(owners))
        return owners

    @property
    def sessions(self) -> Mapping[SessionId, int]:
        """Return every session template's id with the trading day from which it is known."""
        return self._sessions.sessions

    def trading_day(self, at: int) -> int:
        """Return the trading day an instant belongs to, as 20200821; outside the table is a `UserError`."""
        place = (at + _TURN_NS) // DAY_NS - self._base
        if 0 <= place < self._naturals:
            return self._owner[place]
        raise self._outside(natural_day(at))

    def session(self, session: SessionId, at: int) -> SessionAt:
        """Return what a session template is doing at an instant, and until when."""
        now = self._current.get(session)
        if now is not None and now.begins_at <= at < now.ends_at:
            return now
        starts, intervals = self._layout(session, self.trading_day(at))
        now = intervals[bisect_right(starts, at) - 1]
        self._current[session] = now
        return now

    def next_open(self, session: SessionId, at: int) -> SessionAt | None:
        """Return the next interval of continuous trading that begins after an instant, `None` beyond the table."""
        day = self.trading_day(at)
        while True:
            for interval in self._layout(session, day)[1]:
                if interval.phase is Phase.CONTINUOUS and interval.begins_at > at:
                    return interval
            if day == self._days[-1]:
                return None
            day = self.next_day(day)

    def day_plan(self, session: SessionId, day: int) -> tuple[SessionAt, ...]:
        """Return all intervals of a template on a trading day, in order and without a gap."""
        self._known(day)
        return self._layout(session, day)[1]

    def _layout(self, session: SessionId, day: int) -> tuple[list[int], tuple[SessionAt, ...]]:
        key = (session, day)
        found = self._layouts.get(key)
        if found is None:
            before = self.previous_day(day)
            intervals = self._sessions.lay_out(
                session,
                day,
                evening=instant(before),
                midnight=instant(day),
                turn=(self.begins_at(day), self.ends_at(day)),
                plain_weekend=_only_a_weekend_between(before, day),
            )
            if len(self._layouts) >= _KEPT_LAYOUTS:
                self._layouts.clear()
            found = self._layouts[key] = ([interval.begins_at for interval in intervals], intervals)
        return found

    def begins_at(self, day: int) -> int:
        """Return the instant at which a trading day begins: 17:00 on the evening of the one before."""
        return instant(self.previous_day(day), TURN_HOUR)

    def ends_at(self, day: int) -> int:
        """Return the instant at which a trading day ends and the next one begins: 17:00 on the day itself."""
        self._known(day)
        return instant(day, TURN_HOUR)

    def is_trading_day(self, day: int) -> bool:
        """Return whether the exchanges open on a natural day."""
        self._inside(day)
        return day in self._open

    def next_day(self, day: int) -> int:
        """Return the first trading day after a natural day."""
        self._inside(day)
        place = bisect_right(self._days, day)
        if place == len(self._days):
            raise self._outside(day, "之后的交易日")
        return self._days[place]

    def previous_day(self, day: int) -> int:
        """Return the last trading day before a natural day."""
        self._inside(day)
        place = bisect_left(self._days, day)
        if place == 0:
            raise self._outside(day, "之前的交易日")
        return self._days[place - 1]

    def trading_days(self, first: int, last: int) -> tuple[int, ...]:
        """Return the trading days from `first` to `last`, both included."""
        self._inside(first)
        self._inside(last)
        return self._days[bisect_left(self._days, first) : bisect_right(self._days, last)]

    def days_between(self, first: int, last: int) -> int:
        """Count the trading days after `first` up to and including `last`; negative when it is earlier."""
        self._inside(first)
        self._inside(last)
        return bisect_right(self._days, last) - bisect_right(self._days, first)

    def month_days(self, month: int) -> tuple[int, ...] | None:
        """Return the trading days of a month like 202101, or `None` where the table ends before or in it."""
        first = date(month // 100, month % 100, 1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        if number(first) < self.first or number(last) > self.last:
            return None
        return self.trading_days(number(first), number(last))

    def _known(self, day: int) -> None:
        if day not in self._open and not self.is_trading_day(day):
            raise UserError(f"{day} 不是交易日，请改用 {self.previous_day(day)} 或 {self.next_day(day)}。")

    def _inside(self, day: int) -> None:
        if not self.first <= day <= self.last:
            raise self._outside(day)

    def _outside(self, day: int, what: str = "") -> UserError:
        return UserError(
            f"日期 {day} {what}超出交易日历（{self.first} 至 {self.last}），"
            "请在数据目录的 reference/holidays.csv 里写上后面年份的休市日（docs/reference.md），再重新启动。"
        )


def _only_a_weekend_between(before: int, day: int) -> bool:
    first, second = to_date(before), to_date(day)
    gap = (second - first).days
    return gap == 1 or (gap == 3 and first.weekday() == _FRIDAY)


class Days(NamedTuple):
    """Hold a table of holidays: its first and last natural day and every trading day between them."""

    first: int
    last: int
    days: tuple[int, ...]


def parse_holidays(text: str, *, file: str) -> Days:
    """Return the span of a table and its trading days.

    The table names the days from Monday to Friday on which the exchanges stay closed; weekends are never
    trading days in China, also not those that are worked in exchange for a holiday (调休).
    """
    first, last, closed = _holidays(text, file)
    return Days(first.day("day"), last.day("day"), _working(first.day("day"), last.day("day"), closed))


def extend_holidays(known: Days, text: str, *, file: str) -> Days:
    """Return the table with a person's own years: they follow it, or take the place of years it has.

    Whole years, each with its holidays, and none left out between: a guessed one would put orders into the wrong day.
    """
    first_row, last_row, closed = _holidays(text, file)
    first, last = first_row.day("day"), last_row.day("day")
    after = number(to_date(known.last) + timedelta(days=1))
    if first % 10_000 != _NEW_YEAR or not known.first < first <= after:
        raise first_row.wrong("day", f"应是某年的 1 月 1 日，不晚于 {to_date(after)}，与程序自带的日历相接")
    if last % 10_000 != _YEAR_END:
        raise last_row.wrong("day", "应是某年的 12 月 31 日：放假通知说的是整年，请整年写")
    unsaid = {*range(first // 10_000, last // 10_000 + 1)} - {day // 10_000 for day in closed}
    for year in sorted(unsaid):
        raise last_row.wrong("day", f"{year} 年一个休市日也没有写，请按国务院的放假通知补上 closed 的各行")
    before, later = known.days[: bisect_left(known.days, first)], known.days[bisect_right(known.days, last) :]
    return Days(known.first, max(known.last, last), before + _working(first, last, closed) + later)


def _holidays(text: str, file: str) -> tuple[Row, Row, dict[int, Row]]:
    edge: dict[str, Row] = {}
    closed: dict[int, Row] = {}
    for row in read_table(text, file=file, columns=_COLUMNS):
        day = row.day("day")
        match row.text("what"):
            case "first" | "last" as what:
                if what in edge:
                    raise row.wrong("what", "只能出现一次")
                edge[what] = row
            case "closed":
                if to_date(day).weekday() >= _SATURDAY:
                    raise row.wrong("day", "周末本来就休市，不必列出")
                if day in closed:
                    raise row.wrong("day", "重复")
                closed[day] = row
            case _:
                raise row.wrong("what", "应为 first、last 或 closed")
    if set(edge) != {"first", "last"}:
        raise UserError(f"{file}：应各有一行 first 与 last，写明表从哪天到哪天，如 2027-01-01,first。")
    first, last = edge["first"], edge["last"]
    if first.day("day") >= last.day("day"):
        raise last.wrong("day", "应在 first 那一天之后")
    for day, row in closed.items():
        if not first.day("day") <= day <= last.day("day"):
            raise row.wrong("day", "不在 first 与 last 两天之间")
    return first, last, closed


def _working(first: int, last: int, closed: Container[int]) -> tuple[int, ...]:
    naturals = map(date.fromordinal, range(to_date(first).toordinal(), to_date(last).toordinal() + 1))
    working = (number(day) for day in naturals if day.weekday() < _SATURDAY)
    return tuple(day for day in working if day not in closed)
