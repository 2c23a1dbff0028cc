"""Say why a strategy cannot be resumed: asked when somebody wants it, and when they are shown beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.control import Rest, StrategyStatus
from terminal.engine.book.carriers import carrier_of
from terminal.engine.book.claims import why_bereft
from terminal.engine.strategy.envelope import not_approved
from terminal.engine.strategy.stopped import why_stopped
from terminal.engine.strategy.unsound import CODE, why_unsound

if TYPE_CHECKING:
    from terminal.engine.state import AccountState, StrategyRow


def why_not_resumed(account: AccountState, row: StrategyRow) -> tuple[str, str] | None:
    """Return the code and the sentence of why a strategy that is there cannot be resumed now, or `None`."""
    name = row.strategy
    if row.status is not StrategyStatus.PAUSED and row.then is not Rest.PAUSED:
        return "NOT_PAUSED", f"策略 {name} 没有暂停。"
    unsound = why_unsound(row.settings)
    if unsound:
        return CODE, f"策略 {name} 不能恢复：{unsound}"
    stopped = why_stopped(account, name, row.settings)
    if stopped:
        return "STOPPED", f"策略 {name} 不能运行：{stopped}。"
    bereft = why_bereft(account, row)
    if bereft:
        return "LOTS_TAKEN", f"策略 {name} 不能恢复：{bereft}。"
    roll = carrier_of(account, row)
    if roll is not None:
        return "MOVING", f"策略 {name} 正随移仓 {roll.strategy} 移动，移完自动接着运行；要中止请停止移仓。"
    unread = not_approved(account, row, row.settings)
    return ("NOT_APPROVED", f"策略 {name} 不能恢复：{unread}，通过之后再恢复。") if unread else None
