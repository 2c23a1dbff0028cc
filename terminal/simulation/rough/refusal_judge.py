"""Judge that a spread which broke a leg of a refused hedge begins no round that day, unless a person resumes it.

What refused the hedge mostly stands there still, and each round would cost another broken leg. One that has reached
its exit closes all the same: what was refused to its openings, that of a round still under way included, holds no
closing back, and what is refused to the closing counts anew. Nor does a refusal stand for an own order in the way
(C14) once that one is stated to be gone.
"""

from __future__ import annotations

from collections.abc import Iterator

from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import ExitReached, LegBroken, RangeLeft, RoundBegan, RoundEnded
from terminal.domain.fact.way_marks import WayBarred
from terminal.domain.ids import InstrumentId, OrderId, StrategyId
from terminal.domain.words.risk import Verdict
from terminal.risk.self_match import SELF_MATCH


class Refusals:
    """Know whose hedges are refused and not filled since, and on which trading day a leg broke so."""

    def __init__(self) -> None:
        self._owner: dict[OrderId, StrategyId] = {}
        self._refused: dict[tuple[StrategyId, InstrumentId], bool] = {}  # whether for an own order in its way alone
        self._days: dict[StrategyId, tuple[int, set[InstrumentId]]] = {}  # of which contracts legs broke, and when
        self._running: set[StrategyId] = set()  # a round is under way
        self._excused: set[StrategyId] = set()  # the one under way began before the exit was reached

    def kept(self, fact: object, day: int) -> Iterator[str]:
        """Take what became durable on a trading day, and say where a round began after such a break."""
        match fact:
            case f.OrderRecorded(cause=cause) if cause.strategy is not None:
                self._owner[fact.order] = cause.strategy
            case f.OrderFilled() if fact.order in self._owner:
                self._refused.pop((self._owner[fact.order], fact.instrument), None)
            case f.OrderRefused(cause=cause, combination=None) if cause.strategy is not None:  # one on both is no hedge
                key = cause.strategy, fact.terms.instrument
                barring = (finding for finding in fact.findings if finding.verdict > Verdict.WARN)
                self._refused[key] = all(finding.code == SELF_MATCH for finding in barring)  # the last one counts
            case f.StrategyMarked(strategy=name, mark=mark):
                yield from self._stated(name, mark, day)
            case f.StrategyResumed(strategy=name):
                self._forget(name)
                self._days.pop(name, None)
            case _:
                pass

    def _stated(self, name: StrategyId, mark: object, day: int) -> Iterator[str]:
        match mark:
            case LegBroken() if (name, mark.instrument) in self._refused and name not in self._excused:
                since, legs = self._days.get(name, (day, set()))
                self._days[name] = day, {mark.instrument} | (legs if since == day else set())
            case WayBarred(free=True) if self._refused.get((name, mark.instrument)):
                del self._refused[name, mark.instrument]
                self._stands_no_more(name, mark.instrument)
            case ExitReached() | RangeLeft():
                self._forget(name)
                self._days.pop(name, None)
                self._excused |= {name} & self._running
            case RoundEnded():
                self._forget(name)
                self._running.discard(name)
                self._excused.discard(name)
            case RoundBegan():
                self._running.add(name)
                if self._days.get(name, (0, None))[0] == day:
                    yield f"E5 {name} begins round {mark.round} on {day}, though a refused hedge broke a leg that day"
            case _:
                pass

    def _forget(self, name: StrategyId) -> None:
        self._refused = {one: in_way for one, in_way in self._refused.items() if one[0] != name}

    def _stands_no_more(self, name: StrategyId, instrument: InstrumentId) -> None:
        legs = self._days.get(name, (0, set[InstrumentId]()))[1]
        legs.discard(instrument)
        if not legs:
            self._days.pop(name, None)
