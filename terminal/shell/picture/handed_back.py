"""Say what an ended strategy leaves to its account: lots it opened itself and has bound to nobody else.

What it closed of others' lots is recorded against their sign, and is nowhere any more. A target's trades are its
account's from the first, so it has nothing to give back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import RollSettings
from terminal.engine.records.forgetting import OVER
from terminal.strategies.opened import opens

if TYPE_CHECKING:
    from terminal.engine.state import StrategyRow


def handed_back(row: StrategyRow) -> bool:
    """Return whether a strategy has ended and the account has lots of it since."""
    if row.status not in OVER:
        return False
    settings = row.settings
    passed_on = sum(row.passed_on.values()) if isinstance(settings, RollSettings) else 0
    return any(name in row.lots and row.lots[name].lots != passed_on for name in opens(settings))
