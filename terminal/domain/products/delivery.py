"""Say which rules of an exchange hold for a contract as its delivery draws near.

Margin rises and the position limit falls in steps (DOMAIN 4.5, 4.13), and every exchange counts its steps by its own
days: SHFE from the first trading day of the month before delivery, DCE from that month's fifteenth trading day, CZCE
from its sixteenth natural day. So a step is written as the day from which it holds:

- `listed`: from the first day on
- `-1 trading-day 15`: from the 15th trading day of the month one before delivery; `0` is the delivery month itself
- `-1 trading-day -1`: from the last trading day of that month, so CFFEX counts to the day before the delivery month
- `-1 month-day 16`: from that natural day; where it is no trading day, from the next one
- `last-day -2`: from the second trading day before the last one

A step holds until the next one of its schedule begins. A month that the calendar does not know lies in the future:
its steps have not begun.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.days.calendar import Calendar

_STEP: Final = re.compile(r"(0|-[1-9]) (?:(trading-day|month-day) ([1-9][0-9]?)|trading-day (-1))|last-day (0|-[1-9])")
_MOST: Final = {"trading-day": 15, "month-day": 28}
_MONTHS: Final = 12


class StepKind(StrEnum):
    """Name the ways to count to a step."""

    LISTED = "listed"
    TRADING_DAY = "trading-day"
    MONTH_DAY = "month-day"
    LAST_DAY = "last-day"


class StepDay(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the day from which a step holds: `month` counts from the delivery month, `count` inside the month."""

    kind: StepKind
    month: int = 0
    count: int = 0


_V = TypeVar("_V")


class Step(msgspec.Struct, Generic[_V], frozen=True):
    """Hold what is in force from a step's day on."""

    since: StepDay
    value: _V


class Delivery(NamedTuple):
    """Hold what a contract's steps are counted from: its delivery month like 202101, its last trading day if known."""

    month: int
    last_day: int | None
    calendar: Calendar


def parse_step_day(text: str) -> StepDay:
    """Read the day of a step; anything else is a `ValueError`.

    >>> parse_step_day("-1 trading-day 15").count
    15
    """
    if text == StepKind.LISTED:
        return StepDay(kind=StepKind.LISTED)
    parts = _STEP.fullmatch(text)
    if parts is None or (parts[2] and int(parts[3]) > _MOST[parts[2]]):
        raise ValueError("应写成 listed、-1 trading-day 15、-1 month-day 16 或 last-day -2")
    if parts[5] is not None:
        return StepDay(kind=StepKind.LAST_DAY, count=int(parts[5]))
    if parts[4] is not None:
        return StepDay(kind=StepKind.TRADING_DAY, month=int(parts[1]), count=int(parts[4]))
    return StepDay(kind=StepKind(parts[2]), month=int(parts[1]), count=int(parts[3]))


def in_force(steps: Sequence[Step[_V]], day: int, delivery: Delivery) -> _V | None:
    """Return what the latest step that has begun says on a trading day, `None` where none has begun."""
    found, latest = None, -1
    for step in steps:
        begins = _begins(step.since, delivery)
        if begins is not None and latest <= begins <= day:  # whatever the order of the rows
            found, latest = step.value, begins
    return found


def _begins(since: StepDay, delivery: Delivery) -> int | None:
    if since.kind is StepKind.LISTED:
        return 0
    if since.kind is StepKind.LAST_DAY:
        if delivery.last_day is None:
            return None
        day = delivery.last_day
        for _ in range(-since.count):
            day = delivery.calendar.previous_day(day)
        return day
    place = delivery.month // 100 * _MONTHS + delivery.month % 100 - 1 + since.month
    month = place // _MONTHS * 100 + place % _MONTHS + 1
    if since.kind is StepKind.MONTH_DAY:
        return month * 100 + since.count
    days = delivery.calendar.month_days(month)
    if days is None or since.count > len(days):
        return None
    return days[since.count - 1] if since.count > 0 else days[since.count]
