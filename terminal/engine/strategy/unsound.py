"""Keep a strategy from deciding by settings that hold a number no book can hold.

Such settings stop at the door. A journal of before the door looked everywhere may hold some, and whoever decides by
them breaks the arithmetic at every start: the strategy rests until a person gives it other ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.absurd import is_absurd
from terminal.domain.fact.control import DECIDING
from terminal.domain.fact.facts import AlertRaised, StrategyPaused
from terminal.domain.words.risk import Level

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

CODE: Final = "BAD_NUMBER"
WHY: Final = "设置里有不是有效数字的数（如无穷大）"
TO_DO: Final = "请先改设置，再恢复运行"


def why_unsound(settings: StrategySettings) -> str:
    """Return why a strategy may not decide by these settings, "" where it may."""
    return f"{WHY}；{TO_DO}。" if is_absurd(settings) else ""


def pause_unsound(turn: Turn, account: AccountState) -> None:
    """Pause at the start of a runner what would decide by such settings, and tell people."""
    for row in list(account.strategies.values()):
        if row.status not in DECIDING or not is_absurd(row.settings):
            continue
        name = account.account
        turn.say(StrategyPaused(account=name, strategy=row.strategy, reason=WHY))
        sentence = f"策略 {row.strategy} 已暂停：{WHY}；{TO_DO}。"
        turn.say(AlertRaised(account=name, level=Level.ORANGE, code=CODE, instrument=None, sentence=sentence))
