"""State what a strategy says about itself, or the engine about it, and raise the alert that calls for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.facts import StrategyMarked
from terminal.engine.alert.alerts import alert_of

if TYPE_CHECKING:
    from terminal.domain.fact.marks import StrategyMark
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow
    from terminal.engine.turn import Turn


def state_mark(turn: Turn, look: Look, row: StrategyRow, mark: StrategyMark | None) -> None:
    """State a mark, and the alert it calls for; nothing for `None`."""
    if mark is None:
        return
    turn.say(StrategyMarked(account=row.account, strategy=row.strategy, at=turn.at, mark=mark))
    alert = alert_of(look, row, mark)
    if alert is not None:
        turn.say(alert)
