"""Judge that a strategy which is paused or over records no order: nothing more is its target."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import Finished
from terminal.domain.ids import StrategyId


class Resting:
    """Know which strategies rest, by the facts in their order; one that winds down is not at rest yet."""

    def __init__(self) -> None:
        self._since: dict[StrategyId, str] = {}

    def kept(self, fact: object) -> Iterator[str]:
        """Take what became durable, and say where an order was recorded for a strategy at rest."""
        match fact:
            case f.StrategyStarted(strategy=name) | f.StrategyResumed(strategy=name):
                self._since.pop(name, None)
            case (
                f.StrategyPaused(strategy=name)
                | f.StrategyStopped(strategy=name)
                | f.StrategyMarked(strategy=name, mark=Finished())
            ):
                self._since[name] = type(fact).__name__
            case f.OrderRecorded(cause=cause) if cause.strategy in self._since:
                yield f"I11 {cause.strategy} recorded {fact.wire_key} after {self._since[cause.strategy]}"
            case _:
                pass
