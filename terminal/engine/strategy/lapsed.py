"""Ask again, when a start or a change of a strategy is approved, what was asked when it was parked.

A roll's days, an execution's window and a contract's last day may pass between the two: a plan that is parked late in
the afternoon is approved in the next trading day. What would be refused now where it is typed is not carried out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import RollSettings
from terminal.engine.strategy.envelope import hopeless
from terminal.engine.strategy.legged_check import why_unsafe
from terminal.engine.strategy.rebinding import why_not_taken, why_too_few

if TYPE_CHECKING:
    from terminal.domain.ids import StrategyId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState


def why_lapsed(look: Look, account: AccountState, strategy: StrategyId, settings: StrategySettings) -> str:
    """Return in a sentence why a strategy, or its change, can no longer be what was parked, or "".

    A strategy that runs already keeps the days that passed under it, as it does when its settings are typed.
    """
    row = account.strategies.get(strategy)
    wrong = hopeless(look, settings, None if row is None else row.settings)
    if not wrong and isinstance(settings, RollSettings):
        wrong = why_not_taken(look, account, settings) if row is None else why_too_few(account, settings)
    if wrong:
        return f"策略 {strategy}：{wrong}提交时还不是这样，没有执行，请改好后重新提交。"
    unsafe = why_unsafe(look, account, strategy, settings)
    return f"策略 {strategy}：{unsafe}" if unsafe else ""
