"""Say when a contract trades continuously between two instants: the only time that counts for an execution."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.days.calendar import natural_day
from terminal.domain.days.sessions import Phase
from terminal.domain.errors import UserError

if TYPE_CHECKING:
    from terminal.domain.days.calendar import Calendar
    from terminal.domain.products.instrument import Instrument


class TradingSpan(NamedTuple):
    """Hold one stretch of continuous trading, UTC ns, the end excluded."""

    begins_at: int
    ends_at: int


def trading_spans(calendar: Calendar, known: Instrument, since: int, until: int) -> tuple[TradingSpan, ...]:
    """Return the stretches of continuous trading within [since, until), in order; none beyond what is known.

    Instants are UTC ns. Nothing is known outside the calendar, before a template's first rule, without a template, and
    after the contract's last day.
    """
    found = []
    for day in _days(calendar, since, until):
        session = None if known.expiry is not None and day > known.expiry else known.session_on(day)
        if session is None:
            continue
        try:
            plan = calendar.day_plan(session, day)
        except UserError:  # before the first rule of the template, or of the calendar
            continue
        found += [
            TradingSpan(max(part.begins_at, since), min(part.ends_at, until))
            for part in plan
            if part.phase is Phase.CONTINUOUS and part.begins_at < until and part.ends_at > since
        ]
    return tuple(found)


def traded_time(calendar: Calendar, known: Instrument, since: int, until: int) -> int | None:
    """Return for how long (ns) an instrument has traded between two instants (UTC ns) of one trading day, else `None`.

    Breaks, and the time between night and day session, do not count: nobody could have quoted anything in them.
    """
    try:
        if calendar.trading_day(since) != calendar.trading_day(until):
            return None
    except UserError:
        return None
    return sum(span.ends_at - span.begins_at for span in trading_spans(calendar, known, since, until))


def _days(calendar: Calendar, since: int, until: int) -> tuple[int, ...]:
    # A trading day begins on the evening of the one before, so the last one is that of the last instant.
    if until <= since:
        return ()
    first, last = natural_day(since), natural_day(until)
    if last < calendar.first or first > calendar.last:
        return ()
    try:
        last = calendar.trading_day(until - 1)
    except UserError:
        last = calendar.last
    return calendar.trading_days(max(first, calendar.first), min(max(last, first), calendar.last))
