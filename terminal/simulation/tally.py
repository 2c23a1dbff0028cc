"""Count what a journal says happened, so that a simulation cannot pass by doing nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import Finished
from terminal.domain.ids import OrderId, StrategyId
from terminal.domain.words.risk import Level
from terminal.engine.records.journal import Record
from terminal.strategies.roll.halves import FAR_SUFFIX

_END_OF_DOUBT: Final = {
    f.OrderAccepted: "unknown_proven_there",
    f.OrderFilled: "unknown_proven_there",
    f.OrderCancelled: "unknown_proven_there",
    f.OrderExpired: "unknown_proven_there",
    f.OrderRejected: "unknown_proven_rejected",
    f.OrderVoided: "unknown_proven_absent",
}
_Proof = f.OrderAccepted | f.OrderFilled | f.OrderCancelled | f.OrderExpired | f.OrderRejected | f.OrderVoided


class Tally:
    """Count facts, and what only several of them together show."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self._kinds: dict[OrderId, str] = {}
        self._doubtful: set[OrderId] = set()
        self._void: set[OrderId] = set()
        self._starts = 0

    def take(self, record: Record) -> None:
        """Count one record."""
        fact = record.fact
        self._add(record.kind)
        for word in _words(fact):
            self._add(word)
        if isinstance(fact, f.RunnerStarted):
            self._starts += 1
        elif isinstance(fact, f.OrderRecorded):
            kind = self._kinds[fact.order] = _kind_of(fact.cause.strategy)
            self._add(f"orders_{kind}")
        elif isinstance(fact, f.OrderUnknown):
            self._doubtful.add(fact.order)
        elif isinstance(fact, _Proof):
            self._proof(fact)

    def _proof(self, fact: _Proof) -> None:
        if fact.order in self._void and not isinstance(fact, f.OrderVoided):
            self._void.discard(fact.order)
            self._add("zombies")
        if fact.order in self._doubtful:
            self._doubtful.discard(fact.order)
            self._add(_END_OF_DOUBT[type(fact)])
        if isinstance(fact, f.OrderVoided):
            self._void.add(fact.order)
        elif isinstance(fact, f.OrderFilled):
            self._add(f"fills_{self._kinds[fact.order]}")
            if self._starts > 1:
                self._add("fills_after_restart")

    def _add(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


def _words(fact: f.Fact) -> Iterator[str]:
    match fact:
        case f.ConfirmationDecided():
            yield f"confirmation_{fact.decision.lower()}"
        case f.LevelChanged():
            yield f"level_{Level(fact.after).name.lower()}"
            yield f"signal_{fact.signal}_{Level(fact.after).name.lower()}"
        case f.StrategyMarked():
            yield f"mark_{fact.mark.__struct_config__.tag}"
            if isinstance(fact.mark, Finished):
                yield f"finished_{_kind_of(fact.strategy)}"
                if fact.strategy.endswith(FAR_SUFFIX):
                    yield "finished_roll_between"
        case f.ConditionalMoved():
            yield f"conditional_{fact.event.lower()}"
        case f.ReversalMoved():
            yield f"reversal_{fact.event.lower()}"
        case f.OrderRefused():
            for finding in fact.findings:
                yield f"refused_{finding.code}"
        case f.CommandDone():
            yield f"command_{fact.code}"
        case _:
            pass


def _kind_of(strategy: StrategyId | None) -> str:
    return strategy.partition("-")[0] if strategy else "manual"
