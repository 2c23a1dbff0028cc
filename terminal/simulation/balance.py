"""Measure from fills alone how many lots of a spread or roll stand without their counterpart (SAFETY I12)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from terminal.domain.ids import AccountId, InstrumentId, OrderId
from terminal.domain.parameters.strategy import Half, RollSettings, SpreadSettings
from terminal.engine.book.claims import counted_lots
from terminal.engine.state import AccountState, State, StrategyRow
from terminal.engine.strategy.halves import fellow_of, half_of


def judge_balance(account: AccountState, order: OrderId) -> Iterator[str]:
    """Say whether the strategy of an order that filled holds more unbalanced lots than its limit."""
    name = account.orders[order].cause.strategy
    row = account.strategies.get(name) if name is not None else None
    if row is None:
        return
    match row.settings:
        case RollSettings() if row.settings.half is not None:
            return  # `judge_halves` sees both accounts
        case SpreadSettings():
            lots, most = _unbalanced(row, row.settings, _untold(account, row)), row.settings.naked_lots
        case RollSettings():
            lots, most = _ahead(row, row.settings), row.settings.naked_lots
        case _:
            return
    if lots > most:
        yield f"I12 {name} holds {lots} unbalanced lots, its limit is {most}"


def judge_halves(state: State, account: AccountState, order: OrderId, doubtful: Collection[AccountId]) -> Iterator[str]:
    """Say whether the halves of a roll between accounts stand further apart than they may, or the wrong way round.

    Nothing is said where an order that was proven absent filled all the same in one of the `doubtful` accounts.
    """
    name = account.orders[order].cause.strategy
    row = account.strategies.get(name) if name is not None else None
    here = None if row is None else half_of(state, row)
    there = None if here is None else fellow_of(state, here)
    if here is None or there is None or {here.account.account, there.account.account} & set(doubtful):
        return
    near, far = (here, there) if here.settings.half is Half.NEAR else (there, here)
    closed = abs(counted_lots(near.row, near.settings.near))
    opened = abs(counted_lots(far.row, far.settings.far))
    if not 0 <= closed - opened <= near.settings.naked_lots:
        most = near.settings.naked_lots
        yield f"I12 {near.row.strategy} has closed {closed} and opened {opened} lots, its limit is {most}"


def _untold(account: AccountState, row: StrategyRow) -> dict[InstrumentId, int]:
    # Signed lots that traded, as the word of the combination's other leg proves, before their own word has come.
    found: dict[InstrumentId, int] = {}
    for order in account.live.values():
        if order.leg is not None and order.cause.strategy == row.strategy:
            lots = max(account.orders[order.leg.other].filled - order.filled, 0)
            name = order.terms.instrument
            found[name] = found.get(name, 0) + order.terms.side.sign * lots
    return found


def _unbalanced(row: StrategyRow, settings: SpreadSettings, untold: Mapping[InstrumentId, int]) -> int:
    nets = {leg.instrument: counted_lots(row, leg.instrument) + untold.get(leg.instrument, 0) for leg in settings.legs}
    lead = next(leg for leg in settings.legs if leg.active)
    leading = nets[lead.instrument]
    total = 0
    for leg in settings.legs:
        exact = leading * leg.lots
        needed = abs(exact) // abs(lead.lots) * (1 if exact * lead.lots > 0 else -1)
        total += abs(needed - nets[leg.instrument])
    return total


def _ahead(row: StrategyRow, settings: RollSettings) -> int:
    return abs(abs(counted_lots(row, settings.near)) - abs(counted_lots(row, settings.far)))
