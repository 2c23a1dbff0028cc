"""Say what the legs of a strategy lack (缺口): by what it records, or by what is there once its lots were taken (J2).

What a person closed from under a strategy needs no hedge any more, and what the closed lots stood against does. Lots of
one side are alike: where others record some of them too, those that are left count for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import SpreadSettings
from terminal.engine.book.carriers import is_carried_from
from terminal.strategies.spread.balance import lacks
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.engine.state import AccountState, StrategyRow

Lacking = tuple[tuple["InstrumentId", int], ...]


def lacking_of(account: AccountState, row: StrategyRow) -> Lacking:
    """Return the signed lots each leg of a strategy lacks, of the legs that lack any."""
    settings, memory = row.settings, row.memory
    if not row.lots_taken or not isinstance(settings, SpreadSettings) or not isinstance(memory, SpreadMemory):
        return strategy_of(settings).lacking(settings, memory)
    there = [
        _there(account, row, leg.instrument, own.net) + net - own.net  # of a combination one leg is told before
        for leg, own, net in zip(settings.legs, memory.legs, memory.nets, strict=True)
    ]
    missing = zip(settings.legs, lacks(settings, there), strict=True)
    return tuple((leg.instrument, lack) for leg, lack in missing if lack)


def _there(account: AccountState, row: StrategyRow, name: InstrumentId, net: int) -> int:
    # Of the signed lots that its fills gave a leg, those that the account holds. What a roll is moving is the roll's.
    if is_carried_from(account, row, name):
        return net
    position = account.book.position(name, row.settings.hedge_flag)
    return max(min(net, position.long), -position.short)
