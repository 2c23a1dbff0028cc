"""Judge the change of a rule's contract to another month of its product, while it holds nothing (换月).

A rule that holds lots goes with a roll, which moves them. One without any has nothing to move: its contract is changed
as any other setting, and what it saw of the old contract moves to where the new one stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.own import OwnSettings
from terminal.engine.book.carriers import carrier_of
from terminal.engine.strategy.envelope import not_listed, unfit
from terminal.engine.wording import short

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow


def why_not_there(look: Look, account: AccountState, row: StrategyRow, settings: StrategySettings) -> str | None:
    """Return why a strategy cannot go to the contract that its new settings name, `None` where it can or stays."""
    old = row.settings
    if not isinstance(old, OwnSettings) or not isinstance(settings, OwnSettings):
        return None
    if settings.instrument == old.instrument:
        return None
    if carrier_of(account, row) is not None:
        return "正随移仓移动，等它移完再换合约。"
    unlisted = not_listed(look, settings)
    if unlisted is not None:
        return unlisted
    near, far = look.instrument(old.instrument), look.instrument(settings.instrument)
    if (near.product, near.multiplier) != (far.product, far.multiplier):
        return f"{short(far.id)} 与 {short(near.id)} 不是同一品种、同一合约乘数，不能换过去；请另启一个。"
    last = settings.before[-1] if settings.before else None
    if last is None or last.until > look.now or last.shift % far.tick:
        return f"换到 {short(far.id)} 要写明看过的 {short(near.id)} 的价格差多少（整数跳）、到何时。"
    return unfit(look, settings)
