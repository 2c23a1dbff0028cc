"""Count what a journal says happened, so that a simulation cannot pass by doing nothing."""

from __future__ import annotations

from terminal.domain import facts as f
from terminal.domain.risk_words import Level
from terminal.engine.journal import Journal, Record


def tally_of(journal: Journal) -> dict[str, int]:
    """Return how often each kind of thing happened."""
    counts: dict[str, int] = {}
    for entry in journal.replay():
        record = entry.record
        if isinstance(record, Record):
            for word in _words(record):
                counts[word] = counts.get(word, 0) + 1
    return counts


def _words(record: Record) -> tuple[str, ...]:
    fact = record.fact
    match fact:
        case f.OrderRecorded():
            return (record.kind, f"orders_{fact.cause.strategy.partition('-')[0] if fact.cause.strategy else 'manual'}")
        case f.ConfirmationDecided():
            return (f"confirmation_{fact.decision.lower()}",)
        case f.LevelChanged():
            return (f"level_{Level(fact.after).name.lower()}", f"signal_{fact.signal}_{Level(fact.after).name.lower()}")
        case f.StrategyMarked():
            mark = fact.mark
            return (f"mark_{mark.__struct_config__.tag}",)
        case f.OrderRefused():
            return (record.kind, *(f"refused_{finding.code}" for finding in fact.findings))
        case _:
            return (record.kind,)
