"""Read the times of a plan: market time, either a Shanghai wall clock or seconds after the market's first batch."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain.days.calendar import SECOND_NS, Calendar, instant, to_date
from terminal.domain.errors import UserError

if TYPE_CHECKING:
    from terminal.shell.plans.lines import Path
    from terminal.shell.plans.text import PlanText

MOST_DIGITS: Final = 9
"""Of seconds after the start: thirty years, farther than any recording, and within what a clock of ns can hold."""

_AFTER = re.compile(r"\+(\d+(?:\.\d{1,9})?)s", re.ASCII)
_CLOCK = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(\.\d{1,9})?", re.ASCII)


class When(msgspec.Struct, frozen=True):
    """Hold a market instant: UTC ns, or ns after the start of the market where `relative`."""

    ns: int
    relative: bool

    def instant(self, start: int) -> int:
        """Return the instant, UTC ns, in a market that started at `start`."""
        return start + self.ns if self.relative else self.ns


def read_time(text: PlanText, calendar: Calendar, said: str, path: Path) -> When:
    """Return a time; one that is neither form, or outside the calendar, is a `UserError` with its line."""
    after = _AFTER.fullmatch(said.strip())
    if after:
        if len(after[1].split(".")[0].lstrip("0")) > MOST_DIGITS:
            raise text.wrong(path, f"时间 {said} 太远：开盘后秒数至多 {MOST_DIGITS} 位。")
        return When(_ns(after[1]), relative=True)
    try:
        return When(wall_clock(calendar, said, or_else='，或开盘后秒数 "+120s"'), relative=False)
    except UserError as problem:
        raise text.wrong(path, problem.message) from None


def wall_clock(calendar: Calendar, said: str, *, or_else: str = "") -> int:
    """Return a Shanghai wall clock time as UTC ns; `or_else` is what a complaint names as another way to write one."""
    clock = _CLOCK.fullmatch(said.strip())
    if clock is None:
        raise UserError(f'时间 {said} 应写成上海时间 "2020-08-21 13:45:00"（不带时区）{or_else}。')
    year, month, day, hour, minute, second = (int(part) for part in clock.groups()[:6])
    number = year * 10_000 + month * 100 + day
    try:
        to_date(number)
    except ValueError:
        raise UserError(f"没有 {said.strip()[:10]} 这一天。") from None
    if hour > 23 or minute > 59 or second > 59:
        raise UserError(f"没有 {said.strip()[11:]} 这个时刻。")
    at = instant(number, hour, minute, second, _ns(f"0{clock[7] or ''}"))
    calendar.trading_day(at)
    return at


def _ns(seconds: str) -> int:
    return int(Decimal(seconds) * SECOND_NS)
