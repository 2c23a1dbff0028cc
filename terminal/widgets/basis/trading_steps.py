"""Number a product's trading time in steps, so that breaks and nights take no room on an axis.

A trading day is as many steps as its sessions are long, and the next day goes on behind it. What comes outside the
sessions belongs to a step inside: what is said in an opening auction to the first step after it, anything else to the
last step before it, and what comes before the first session of its day to that session's first step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from terminal.domain.days.sessions import Phase
from terminal.engine.prices.basis import BASIS_STEP_NS

if TYPE_CHECKING:
    from terminal.domain.days.calendar import Calendar
    from terminal.domain.days.sessions import SessionId

Stamps = NDArray[np.int64]

PAUSES: Final = frozenset({Phase.CLOSED, Phase.BREAK})


class Hours(NamedTuple):
    """Say when a product trades; without a session template it is taken to trade the whole day."""

    calendar: Calendar
    session: SessionId | None


class TradingSteps:
    """Number steps from the one an instant belongs to, which is 0; the table grows with the instants asked for."""

    def __init__(self, hours: Hours, begin: int) -> None:
        self._hours = hours
        self._last = hours.calendar.trading_day(begin)
        self._total = 0
        self._zero = 0
        self.days: list[tuple[int, int]] = []  # trading day, the number of its first step
        self._at: list[int] = []  # where intervals begin, in order
        self._base: list[int] = []  # the step an interval begins with, or all of it belongs to
        self._runs: list[bool] = []  # whether it trades
        self._lay_out(self._last)
        self._freeze()
        self._zero = int(self.numbers(np.array([begin]))[0])
        self.days.append((self._last, 0))

    def numbers(self, at: Stamps) -> Stamps:
        """Return the step each instant belongs to; none may be of a day before the first."""
        self._reach(int(at.max(initial=0)))
        place = np.searchsorted(self._begins, at, side="right") - 1
        within = np.where(self._trades[place], (at - self._begins[place]) // BASIS_STEP_NS, 0)
        return self._bases[place] + within - self._zero

    def instants(self, numbers: Stamps) -> Stamps:
        """Return when each step begins; behind the table time goes on without a break."""
        absolute = numbers + self._zero
        place = np.searchsorted(self._trading_bases, absolute, side="right") - 1
        return self._trading_begins[place] + (absolute - self._trading_bases[place]) * BASIS_STEP_NS

    def _reach(self, at: int) -> None:
        calendar = self._hours.calendar
        grew = False
        while calendar.ends_at(self._last) <= at:
            self._last = calendar.next_day(self._last)
            self.days.append((self._last, self._total - self._zero))
            self._lay_out(self._last)
            grew = True
        if grew:
            self._freeze()

    def _lay_out(self, day: int) -> None:
        traded = False
        for phase, begins_at, ends_at in self._plan(day):
            self._at.append(begins_at)
            inside = self._total - 1 if phase in PAUSES and traded else self._total
            self._base.append(max(inside, self._base[-1] if self._base else 0))
            self._runs.append(phase is Phase.CONTINUOUS)
            if phase is Phase.CONTINUOUS:
                self._total += (ends_at - begins_at) // BASIS_STEP_NS
                traded = True

    def _plan(self, day: int) -> list[tuple[Phase, int, int]]:
        calendar, session = self._hours
        if session is None:
            return [(Phase.CONTINUOUS, calendar.begins_at(day), calendar.ends_at(day))]
        return [(part.phase, part.begins_at, part.ends_at) for part in calendar.day_plan(session, day)]

    def _freeze(self) -> None:
        self._begins, self._bases = np.array(self._at, np.int64), np.array(self._base, np.int64)
        self._trades = np.array(self._runs, np.bool_)
        self._trading_begins, self._trading_bases = self._begins[self._trades], self._bases[self._trades]
