"""Judge what is stated of spot sides (期现价差): what is undone is what was asked for less what was done."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from terminal.domain.fact import facts as f
from terminal.domain.fact.spot_marks import SpotConfirmed, SpotDue, SpotOverdue, SpotWaived
from terminal.domain.ids import StrategyId


class SpotJudge:
    """Add up, by the facts alone, what people were asked for and what they said."""

    def __init__(self) -> None:
        self._owed: dict[StrategyId, Decimal] = {}

    def kept(self, fact: object) -> Iterator[str]:
        """Take what became durable, and say what is wrong with it."""
        if not isinstance(fact, f.StrategyMarked):
            return
        name, mark = fact.strategy, fact.mark
        owed = self._owed.get(name, Decimal(0))
        match mark:
            case SpotDue():
                owed += mark.tonnes
                if mark.undone != owed:
                    yield f"spot of {name}: {mark.undone} t are stated as undone, {owed} were asked for and not done"
            case SpotConfirmed() | SpotWaived():
                owed -= mark.tonnes
            case SpotOverdue():
                if mark.undone != owed:
                    yield f"spot of {name}: {mark.undone} t are told as overdue, {owed} were asked for and not done"
            case _:
                return
        self._owed[name] = owed
