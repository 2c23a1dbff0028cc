"""Judge the change of a strategy's contract to another month of its product, while it holds nothing of it (换月).

What holds lots goes with a roll, which moves them. What has none has nothing to move: a rule's contract, a grid's, or
that of a spread's leg, is changed as any other setting. A rule's sight of the old contract moves to where the new one
stands; a grid's prices and a spread's move with it, which they themselves judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import GridSettings, SpreadSettings
from terminal.engine.book.carriers import carrier_of
from terminal.engine.strategy.bindings import bindable
from terminal.engine.strategy.envelope import not_listed, unfit
from terminal.engine.wording import short
from terminal.strategies.spread.rebound import turned

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow


def why_not_there(look: Look, account: AccountState, row: StrategyRow, settings: StrategySettings) -> str | None:
    """Return why a strategy cannot go to the contract that its new settings name, `None` where it can or stays."""
    turns = _turns(row.settings, settings)
    if not turns:
        return None
    stays = bindable(row.settings)
    if isinstance(stays, str):
        return f"策略{stays}。"
    if carrier_of(account, row) is not None:
        return "正随移仓移动，等它移完再换合约。"
    unlisted = not_listed(look, settings)
    if unlisted is not None:
        return unlisted
    for near, far in ((look.instrument(one), look.instrument(other)) for one, other in turns):
        if (near.product, near.multiplier) != (far.product, far.multiplier):
            return f"{short(far.id)} 与 {short(near.id)} 不是同一品种、同一合约乘数，不能换过去；请另启一个。"
    return _unseen(look, row.settings, settings) or unfit(look, settings)


def _turns(old: StrategySettings, new: StrategySettings) -> list[tuple[InstrumentId, InstrumentId]]:
    if isinstance(old, SpreadSettings) and isinstance(new, SpreadSettings):
        return [(old.legs[place].instrument, new.legs[place].instrument) for place in turned(old, new)]
    if isinstance(old, OwnSettings | GridSettings) and isinstance(new, OwnSettings | GridSettings):
        return [(old.instrument, new.instrument)] if old.instrument != new.instrument else []
    return []


def _unseen(look: Look, old: StrategySettings, new: StrategySettings) -> str | None:
    # A rule has to be told how far apart the two months stand, and until when what it saw is the old one's.
    if not isinstance(old, OwnSettings) or not isinstance(new, OwnSettings):
        return None
    far, last = look.instrument(new.instrument), new.before[-1] if new.before else None
    if last is None or last.until > look.now or last.shift % far.tick:
        return f"换到 {short(far.id)} 要写明看过的 {short(old.instrument)} 的价格差多少（整数跳）、到何时。"
    return None
