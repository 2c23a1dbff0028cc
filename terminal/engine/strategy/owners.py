"""Say whose a contract and a hedge group are: each has one target (自动配平).

Two of them would answer each other's trades for ever: what one buys to reach its ratio, the other sells. This happened
to others, whose two target tasks over one contract fought (tqsdk #175, #207); so the second one is never begun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.target import TargetSettings
from terminal.engine.records.forgetting import OVER
from terminal.engine.wording import short

if TYPE_CHECKING:
    from terminal.domain.ids import StrategyId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.state import AccountState


def why_owned(account: AccountState, strategy: StrategyId, settings: StrategySettings) -> str:
    """Return which other target owns the contract or the group, "" where none does or it is no target."""
    if not isinstance(settings, TargetSettings):
        return ""
    for row in account.strategies.values():
        other = row.settings
        if row.strategy == strategy or row.status in OVER or not isinstance(other, TargetSettings):
            continue
        if other.instrument == settings.instrument:
            return f"{short(other.instrument)} 已由自动配平 {row.strategy} 管着，一个合约只能有一个；请修改或先停止它。"
        if other.group == settings.group:
            return f"套保组 {other.group} 已由自动配平 {row.strategy} 管着，一个组只能有一个；请修改或先停止它。"
    return ""
