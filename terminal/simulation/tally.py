"""Count what a journal says happened, so that a simulation cannot pass by doing nothing."""

from __future__ import annotations

from terminal.domain import facts as f
from terminal.domain.ids import OrderId
from terminal.domain.marks import Finished
from terminal.domain.risk_words import Level
from terminal.engine.journal import Journal, Record

_END_OF_DOUBT = {
    f.OrderAccepted: "unknown_proven_there",
    f.OrderFilled: "unknown_proven_there",
    f.OrderCancelled: "unknown_proven_there",
    f.OrderExpired: "unknown_proven_there",
    f.OrderRejected: "unknown_proven_rejected",
    f.OrderVoided: "unknown_proven_absent",
}


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
        self._add(record.kind)
        fact = record.fact
        match fact:
            case f.RunnerStarted():
                self._starts += 1
            case f.OrderRecorded():
                kind = _kind_of(fact.cause.strategy)
                self._kinds[fact.order] = kind
                self._add(f"orders_{kind}")
            case f.OrderUnknown():
                self._doubtful.add(fact.order)
            case f.ConfirmationDecided():
                self._add(f"confirmation_{fact.decision.lower()}")
            case f.LevelChanged():
                self._add(f"level_{Level(fact.after).name.lower()}")
                self._add(f"signal_{fact.signal}_{Level(fact.after).name.lower()}")
            case f.StrategyMarked():
                self._add(f"mark_{fact.mark.__struct_config__.tag}")
                if isinstance(fact.mark, Finished):
                    self._add(f"finished_{_kind_of(fact.strategy)}")
            case f.OrderRefused():
                for finding in fact.findings:
                    self._add(f"refused_{finding.code}")
            case f.CommandDone():
                self._add(f"command_{fact.code}")
            case _:
                pass
        if type(fact) in _END_OF_DOUBT:
            self._end_of_doubt(fact)
        if isinstance(fact, f.OrderFilled):
            self._fill(fact)

    def _fill(self, fact: f.OrderFilled) -> None:
        self._add(f"fills_{self._kinds[fact.order]}")
        if self._starts > 1:
            self._add("fills_after_restart")

    def _end_of_doubt(self, fact: f.Fact) -> None:
        order = getattr(fact, "order", None)
        if order in self._void and not isinstance(fact, f.OrderVoided):
            self._void.discard(order)
            self._add("zombies")
        if order in self._doubtful:
            self._doubtful.discard(order)
            self._add(_END_OF_DOUBT[type(fact)])
        if isinstance(fact, f.OrderVoided):
            self._void.add(fact.order)

    def _add(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


def _kind_of(strategy: str | None) -> str:
    return strategy.partition("-")[0] if strategy else "manual"


def tally_of(journal: Journal) -> dict[str, int]:
    """Return how often each kind of thing happened."""
    tally = Tally()
    for entry in journal.replay():
        if isinstance(entry.record, Record):
            tally.take(entry.record)
    return tally.counts
