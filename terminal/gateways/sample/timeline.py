"""Lay out one trading day of the sample market as the moments at which something is sent.

Every moment is a genuine instant of the exchange's own session on that trading day: the calendar is never lied to.
What is compressed is how much of a session is played. Around each instant at which a session of any product begins,
breaks or ends a window of full-speed snapshots is played; between two windows the market clock jumps. A window never
crosses such an instant, so what is open stays the same within it. Where a scenario plays sessions whole, the clock
jumps only while nothing is open.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from terminal.domain.days.calendar import MINUTE_NS, Calendar, instant
from terminal.domain.days.sessions import Phase, SessionAt, SessionId
from terminal.domain.ids import ExchangeId
from terminal.gateways.sample.listing import EXCHANGES
from terminal.gateways.sample.scenario import Scenario

_MS = 1_000_000
# How long after the snapshot each exchange's burst reaches us; spot quotes come last.
LATENCY_NS = {exchange: (20 + 35 * place) * _MS for place, exchange in enumerate(EXCHANGES)}
SPOT_LATENCY_NS = 230 * _MS

_MOST_STEPS = 240  # of one chunk: bounds the memory when whole sessions are played
_SETTLES_AFTER = 5 * MINUTE_NS
_DAYLIGHT_HOUR = 9


class Chunk(NamedTuple):
    """Hold a stretch of snapshots: `first_step` counts them within the day, `open` names who trades throughout."""

    begins_at: int
    steps: int
    first_step: int
    open: frozenset[SessionId]
    daylight: bool  # spot is quoted


class Call(NamedTuple):
    """Hold one moment of an opening auction: its begin (nothing traded yet) or its result (`matched`)."""

    at: int
    matched: bool
    sessions: frozenset[SessionId]


class Timeline(NamedTuple):
    """Hold a trading day: auctions and chunks in the order of time, then the moment the exchanges settle."""

    trading_day: int
    moments: tuple[Call | Chunk, ...]
    chunks: tuple[Chunk, ...]
    steps: int
    settles_at: int

    def instant(self, step: int, step_ns: int) -> int:
        """Return the instant of a snapshot, counted within the day; one past the last is the end of the last."""
        for chunk in self.chunks:
            if chunk.first_step <= step < chunk.first_step + chunk.steps:
                return chunk.begins_at + (step - chunk.first_step) * step_ns
        last = self.chunks[-1]
        return last.begins_at + last.steps * step_ns


def lay_out(calendar: Calendar, scenario: Scenario, sessions: frozenset[SessionId], day: int) -> Timeline:
    """Return the timeline of a trading day for the session templates that products follow on it."""
    plans = {session: calendar.day_plan(session, day) for session in sorted(sessions)}
    spans = {session: _continuous(plan) for session, plan in plans.items()}
    begins = {begin for found in spans.values() for begin, _ in found}
    ends = {end for found in spans.values() for _, end in found}
    calls = _calls(plans)
    whole_from = scenario.whole_from
    cuts = sorted(begins | ends | {call.at for call in calls} | (set() if whole_from is None else {whole_from}))
    step_ns = scenario.step_ms * _MS
    window_ns = None if scenario.window_steps is None else scenario.window_steps * step_ns
    daylight = instant(day, _DAYLIGHT_HOUR)
    chunks: list[Chunk] = []
    steps = 0
    for begin, end in pairwise(cuts):
        running = frozenset(
            session for session, found in spans.items() if any(a <= begin and end <= b for a, b in found)
        )
        if not running:
            continue
        is_whole = whole_from is not None and begin >= whole_from
        for at, until in _played(begin, end, None if is_whole else window_ns, head=begin in begins, tail=end in ends):
            for piece in range(at, until, _MOST_STEPS * step_ns):
                count = min(_MOST_STEPS, (until - piece) // step_ns)
                chunks.append(Chunk(piece, count, steps, running, begin >= daylight))
                steps += count
    moments: list[Call | Chunk] = [*calls, *chunks]
    moments.sort(key=_when)
    return Timeline(day, tuple(moments), tuple(chunks), steps, max(ends) + _SETTLES_AFTER)


def _when(moment: Call | Chunk) -> tuple[int, bool]:
    # An auction stamped at the instant at which others trade on is sent first.
    return (moment.at, False) if isinstance(moment, Call) else (moment.begins_at, True)


def _continuous(plan: tuple[SessionAt, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((part.begins_at, part.ends_at) for part in plan if part.phase is Phase.CONTINUOUS)


def _calls(plans: dict[SessionId, tuple[SessionAt, ...]]) -> list[Call]:
    found: dict[tuple[int, bool], set[SessionId]] = {}
    for session, plan in plans.items():
        auction = [part for part in plan if part.phase is Phase.AUCTION][:2]
        for part, matched in zip(auction, (False, True), strict=False):
            found.setdefault((part.begins_at, matched), set()).add(session)
    return [Call(at, matched, frozenset(names)) for (at, matched), names in sorted(found.items())]


def _played(begin: int, end: int, window_ns: int | None, *, head: bool, tail: bool) -> list[tuple[int, int]]:
    if window_ns is None or (head and tail and end - begin <= 2 * window_ns):
        return [(begin, end)]
    parts = []
    if head:
        parts.append((begin, min(begin + window_ns, end)))
    if tail:
        parts.append((max(end - window_ns, begin), end))
    return parts


def latency(exchange: ExchangeId | None) -> int:
    """Return how long after its stamp a burst arrives, in ns; `None` is spot."""
    return SPOT_LATENCY_NS if exchange is None else LATENCY_NS[exchange]
