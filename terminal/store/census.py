"""Count what a journal holds."""

from __future__ import annotations

from collections import Counter
from typing import Final

from terminal.domain.fact.facts import (
    CancelRecorded,
    CommandDone,
    ConfirmationDecided,
    ConfirmationRequested,
    Fact,
    OrderFilled,
    OrderRecorded,
    OrderRefused,
)
from terminal.engine.records.journal import Record

PARKED: Final = "CONFIRM2_PARKED"


def verdict_in(fact: Fact) -> tuple[str, str] | None:
    """Return the gate's answer a fact tells of, with its reason code ("" when it passed or waits)."""
    match fact:
        case OrderRecorded():
            return ("WARN" if fact.findings else "CONFIRM2" if fact.confirmation else "ALLOW"), ""
        case ConfirmationRequested():
            return PARKED, ""
        case OrderRefused():
            worst = max(fact.findings, key=lambda finding: finding.verdict)
            return worst.verdict.name, worst.code
        case _:
            return None


class Census:
    """Count orders, verdicts, fills, approvals and commands, record by record."""

    def __init__(self) -> None:
        self.orders = 0
        self.cancels = 0
        self.fills = 0
        self.commands = 0
        self.verdicts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.approvals: Counter[str] = Counter()

    def see(self, record: Record) -> None:
        """Take the next record."""
        fact = record.fact
        answer = verdict_in(fact)
        if answer is not None:
            self.verdicts[answer[0]] += 1
        match fact:
            case OrderRecorded():
                self.orders += 1
            case OrderFilled():
                self.fills += 1
            case CancelRecorded():
                self.cancels += 1
            case CommandDone():
                self.commands += 1
            case OrderRefused():
                self.refused["" if answer is None else answer[1]] += 1
            case ConfirmationRequested():
                self.approvals["REQUEST"] += 1
            case ConfirmationDecided():
                self.approvals[fact.decision.value] += 1
            case _:
                pass
