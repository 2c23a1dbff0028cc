"""Compute a contract's last trading day from its exchange's rule and the calendar.

The exchanges use seven kinds of rule. "Trading day 10" counts trading days of the delivery month, from its end
when the number is negative. "Month day 15" names a natural day. "Before month -1" counts back from the end of the month
before delivery, "before month 5" from its beginning, "before second month" in the month before that one. "Before
fifteenth -3" counts back from the fifteenth of the month before delivery, that day counted too. "Friday 3" and "Monday
-1" count weekdays of the delivery month. A natural day on which the exchange is closed is put off to the next trading
day. The exchanges may move a single last day by notice (usually around Spring Festival); such a day is given by the
plan or the feed and overrides the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from terminal.domain.days.calendar import Calendar
from terminal.domain.table import Row


class LastDayKind(StrEnum):
    """Name the kinds of rule."""

    TRADING_DAY = "trading-day"
    MONTH_DAY = "month-day"
    BEFORE_MONTH = "before-month"
    BEFORE_SECOND_MONTH = "before-second-month"
    BEFORE_FIFTEENTH = "before-fifteenth"
    FRIDAY = "friday"
    MONDAY = "monday"


_MONTHS_BEFORE = {LastDayKind.BEFORE_MONTH: 1, LastDayKind.BEFORE_SECOND_MONTH: 2, LastDayKind.BEFORE_FIFTEENTH: 1}
_SIGNS = {LastDayKind.MONTH_DAY: (1,), LastDayKind.BEFORE_FIFTEENTH: (-1,)}
_MOST = {LastDayKind.FRIDAY: 4, LastDayKind.MONDAY: 4, LastDayKind.MONTH_DAY: 28, LastDayKind.BEFORE_FIFTEENTH: 5}


class LastDayRule(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a rule: its kind and the count; negative counts run from the end."""

    kind: LastDayKind
    count: int


def parse_last_day_rule(text: str) -> LastDayRule:
    """Read a rule written like `trading-day 10`; anything else is a `ValueError`.

    >>> parse_last_day_rule("friday 3").count
    3
    """
    kind, _, count = text.partition(" ")
    try:
        rule = LastDayRule(kind=LastDayKind(kind), count=int(count))
    except ValueError:
        raise ValueError("应写成 trading-day 10、month-day 15、before-month -1、friday 3 或 monday -1") from None
    limit, signs = _MOST.get(rule.kind, 15), _SIGNS.get(rule.kind, (1, -1))
    if rule.count == 0 or abs(rule.count) > limit or (rule.count > 0) - (rule.count < 0) not in signs:
        raise ValueError(f"{kind} 的数目 {rule.count} 不在可用范围内")
    return rule


def last_day_rule(row: Row) -> LastDayRule | None:
    """Return the rule in a row's `last_day`, `None` where it is empty."""
    cell = row.optional("last_day")
    try:
        return None if cell is None else parse_last_day_rule(cell)
    except ValueError as problem:
        raise row.wrong("last_day", str(problem)) from None


def last_trading_day(rule: LastDayRule, delivery_month: int, calendar: Calendar) -> int | None:
    """Return the last trading day of a delivery month like 202101; `None` where the calendar ends earlier."""
    month = delivery_month
    for _ in range(_MONTHS_BEFORE.get(rule.kind, 0)):
        month = _month_before(month)
    days = calendar.month_days(month)
    if days is None:
        return None
    match rule.kind:
        case LastDayKind.TRADING_DAY | LastDayKind.BEFORE_MONTH | LastDayKind.BEFORE_SECOND_MONTH:
            return _counted(days, rule.count)
        case LastDayKind.BEFORE_FIFTEENTH:
            return _counted([day for day in days if day % 100 <= 15], rule.count)
        case LastDayKind.MONTH_DAY:
            wanted = month * 100 + rule.count
        case LastDayKind.FRIDAY:
            wanted = _weekday(month, weekday=4, count=rule.count)
        case LastDayKind.MONDAY:
            # The last Monday on which there is trading: this rule goes back, not forward (INE ec).
            mondays = [day for day in days if date(day // 10_000, day // 100 % 100, day % 100).weekday() == 0]
            return _counted(mondays, rule.count)
    return wanted if calendar.is_trading_day(wanted) else calendar.next_day(wanted)


def _counted(days: Sequence[int], count: int) -> int | None:
    place = count - 1 if count > 0 else len(days) + count
    return days[place] if 0 <= place < len(days) else None


def _month_before(month: int) -> int:
    return month - 1 if month % 100 > 1 else month - 100 + 11


def _weekday(month: int, *, weekday: int, count: int) -> int:
    first = date(month // 100, month % 100, 1)
    found = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))
    if count < 0:
        after = (first + timedelta(days=31)).replace(day=1)
        found = after - timedelta(days=(after.weekday() - weekday - 1) % 7 + 1 + 7 * (-count - 1))
    return found.year * 10_000 + found.month * 100 + found.day
