"""Find the instants a conditional order hangs on: when a part of its condition may hold first, and when it ends.

Both are found once, when a person places it, and written into the fact: what it does later needs no second reading of
the calendar, and a table that is mended meanwhile moves nothing that stands already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import DAY_NS, SECOND_NS, instant, natural_day
from terminal.domain.days.sessions import Phase
from terminal.domain.errors import UserError
from terminal.domain.orders.conditional import MarketOpens, TimeReached, Validity, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.days.sessions import SessionAt, SessionId
    from terminal.domain.orders.conditional import Conditional, Part
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.look import Look

DAYS_AHEAD: Final = 3  # a clock time is looked for so many trading days on: every product trades at it or it does not


def due_of(look: Look, wanted: Conditional) -> tuple[int | None, ...]:
    """Return for each part when it may hold first: 0 for at once, `None` for never."""
    return tuple(_due(look, part) for part in parts_of(wanted.condition))


def _due(look: Look, part: Part) -> int | None:
    if not isinstance(part, TimeReached | MarketOpens):
        return 0
    known = look.instrument(part.instrument)
    template = look.template(known)
    if template is None:
        return None
    found = opening_of(look, known) if isinstance(part, MarketOpens) else _clock(look, template, part.clock)
    if found is None or (known.expiry is not None and look.calendar.trading_day(found) > known.expiry):
        return None
    return found


def opening_of(look: Look, known: Instrument) -> int | None:
    """Return when an instrument's next session begins, or goes on after a break it is in now; `None` where unknown."""
    template = look.template(known)
    if template is None:
        return None
    calendar, at = look.calendar, look.now
    trades = calendar.session(template, at).phase is Phase.CONTINUOUS
    while (found := calendar.next_open(template, at)) is not None:
        if not (trades and calendar.session(template, found.begins_at - 1).phase is Phase.BREAK):
            return found.begins_at
        at = found.begins_at
    return None


def _clock(look: Look, template: SessionId, clock: int) -> int | None:
    for one in _intervals(look, template, look.trading_day, DAYS_AHEAD):
        midnight = instant(natural_day(one.begins_at))
        for at in (midnight + clock * SECOND_NS, midnight + clock * SECOND_NS + DAY_NS):  # a night runs past midnight
            if at > look.now and one.begins_at <= at < one.ends_at:
                return at
    return None


def ends_at(look: Look, wanted: Conditional, due: tuple[int, ...]) -> int | None:
    """Return when a conditional order ends by its validity: with trading of the day or session; `None` for never.

    The session it stands for is the next one in which all of its condition may hold.
    """
    known = look.instrument(wanted.release.instrument)
    template = look.template(known)
    if template is None:
        return None
    match wanted.validity:
        case Validity.SESSION:
            return _session_end(look, template, max(look.now, *due))
        case Validity.GFD:
            later = (one for one in _intervals(look, template, look.trading_day, DAYS_AHEAD) if one.ends_at > look.now)
            first = next(later, None)
            return None if first is None else _day_end(look, template, first.trading_day)
        case Validity.GTD:
            return None if wanted.last_day is None else _day_end(look, template, wanted.last_day)
        case Validity.GTC:
            return None if known.expiry is None else _day_end(look, template, known.expiry)


def _intervals(look: Look, template: SessionId, day: int, days: int) -> Iterator[SessionAt]:
    for _ in range(days):
        yield from (one for one in look.calendar.day_plan(template, day) if one.phase is Phase.CONTINUOUS)
        try:
            day = look.calendar.next_day(day)
        except UserError:  # the table ends here
            return


def _day_end(look: Look, template: SessionId, day: int) -> int | None:
    try:
        return max((one.ends_at for one in _intervals(look, template, day, 1)), default=None)
    except UserError:  # beyond the table: it ends with the contract, or by hand
        return None


def _session_end(look: Look, template: SessionId, after: int) -> int | None:
    found = None
    for one in _intervals(look, template, look.trading_day, DAYS_AHEAD):
        if one.ends_at <= after:
            continue
        if found is not None and look.calendar.session(template, one.begins_at - 1).phase is not Phase.BREAK:
            return found
        found = one.ends_at
    return found
