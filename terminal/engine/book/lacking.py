"""Say what the legs of a strategy lack (缺口): by what it records, or by what is there once its lots were taken (J2).

What a person closed from under a strategy needs no hedge any more, and what the closed lots stood against does. Lots of
one side are alike: where others record some of them too, each lot that is left counts for one of them. First come those
whose own legs are in balance, for a person closes a leg that stands alone rather than one that is hedged; then in order
of start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.control import DECIDING
from terminal.domain.fact.marks import Repair
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.engine.book.carriers import is_carried_from
from terminal.engine.book.claims import holders
from terminal.strategies.spread.balance import active_leg, lacks
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.ids import InstrumentId, StrategyId
    from terminal.domain.orders.order import HedgeFlag, OrderTerms
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


def made_up(
    account: AccountState, terms: OrderTerms, lacking: Mapping[StrategyId, Lacking]
) -> tuple[tuple[StrategyId, int], ...]:
    """Return the strategies that balance themselves by trading on the side of an order, each with the lots of that.

    `lacking` is what `Look.lacking` says of the account. A strategy at rest trades nothing before a person says so, and
    is asked about then.
    """
    return tuple(
        (strategy, abs(lots))
        for strategy, legs in lacking.items()
        if (row := account.strategies[strategy]).status in DECIDING
        for name, lots in _way_back(row) or legs
        if name == terms.instrument and lots * terms.side.sign > 0
    )


def _way_back(row: StrategyRow) -> Lacking:
    # Of a spread whose broken leg cannot be made up the active leg is traded back, and the broken one is not hedged.
    settings, memory = row.settings, row.memory
    if not isinstance(settings, SpreadSettings) or not isinstance(memory, SpreadMemory):
        return ()
    if all(leg.broken is not Repair.UNWIND for leg in memory.legs):
        return ()
    lead = active_leg(settings)
    return ((settings.legs[lead].instrument, memory.start - memory.nets[lead]),)


def shares(account: AccountState, name: InstrumentId, flag: HedgeFlag, side: Side) -> list[tuple[StrategyRow, int]]:
    """Return the lots that are there of a position's side for each strategy that records some, in their order."""
    position = account.book.position(name, flag)
    left = position.long if side is Side.BUY else position.short
    found = []
    for row in sorted(holders(account, name, flag, side), key=_stands_alone):
        lots = min(abs(row.lots[name].lots), left)
        found.append((row, lots))
        left -= lots
    return found


def _there(account: AccountState, row: StrategyRow, name: InstrumentId, net: int) -> int:
    # Of the signed lots that its fills gave a leg, those that the account holds. What a roll is moving is the roll's.
    if not net or is_carried_from(account, row, name):
        return net
    flag, side = row.settings.hedge_flag, Side.BUY if net > 0 else Side.SELL
    position = account.book.position(name, flag)
    left = position.long if side is Side.BUY else position.short
    places = {one: place for place, one in enumerate(account.strategies)}
    own = _stands_alone(row), places[row.strategy]
    for other in holders(account, name, flag, side):
        if other is not row and (_stands_alone(other), places[other.strategy]) < own:
            left -= abs(other.lots[name].lots)
    return side.sign * max(min(abs(net), left), 0)


def _stands_alone(row: StrategyRow) -> bool:
    return bool(strategy_of(row.settings).lacking(row.settings, row.memory))
