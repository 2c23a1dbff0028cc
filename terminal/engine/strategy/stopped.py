"""Say whether a kill switch or the red level keeps a strategy from running."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term
from terminal.engine.book.scopes import is_killed, worst_level
from terminal.engine.wording import short
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.ids import StrategyId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.state import AccountState


def why_stopped(account: AccountState, strategy: StrategyId, settings: StrategySettings) -> str:
    """Return why a strategy may not run now, empty if it may.

    The kill switch and red pause what they cover; whoever wants it to go on has them released first (SAFETY 5).
    """
    for name in strategy_of(settings).instruments(settings):
        if is_killed(account, strategy, name):
            return f"{short(name)} 已{Term.KILL}，解除之后才能运行"
        if worst_level(account, strategy, name) is Level.RED:
            return f"{short(name)} 在红色风险级别之下，解除之后才能运行"
    return ""
