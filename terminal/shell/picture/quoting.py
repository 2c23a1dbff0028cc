"""Say on its card what a quoting spread has resting, and how much of the day's cancels it has spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.words.amount_text import amount_text
from terminal.engine.wording import BUY_SELL, short
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.memory import scope_of
from terminal.strategies.spread.quoted import cancels_today

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.shell.picture.present import Present
    from terminal.strategies.spread.memory import SpreadMemory


def quote_parts(present: Present, settings: SpreadSettings, memory: SpreadMemory) -> list[str]:
    """Return the quote, if there is one, and the cancels of today out of all there may be."""
    quoting = settings.quoting
    if quoting is None:
        return []
    lead = active_leg(settings)
    resting = [child for _, child in memory.ledger.in_scope(scope_of(lead)) if child.rests]
    name = short(settings.legs[lead].instrument)
    parts = [
        f"挂{BUY_SELL[one.side]} {name} {one.reserved} 手 @{amount_text(one.price)}{'（撤单中）' if one.chased else ''}"
        for one in resting
    ]
    spent = cancels_today(memory, present.trading_day)
    over = "，只按对手价成交" if spent >= quoting.max_cancels else ""
    return [*(parts or ["没有挂单"]), f"今日挂单已撤 {spent}/{quoting.max_cancels} 次{over}"]
