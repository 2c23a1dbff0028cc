"""Say on a card how a spread with a broken leg gets out: the plan (断腿预案) of its start's preview, at prices of now.

A card is about such a spread where it changes its settings, as one has to that may not be resumed with those it has,
and where it is an order in a contract of it: what a person closes or hedges there, the spread may be about to trade.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import SpreadSettings
from terminal.domain.products.combination import contracts_of
from terminal.engine.records.forgetting import OVER
from terminal.engine.sentences.escape import escape_sentences
from terminal.engine.wording import short
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.confirmation import Stored
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.shell.picture.present import Present


def broken_details(present: Present, account: AccountState, stored: Stored) -> tuple[str, ...]:
    """Return which broken spreads a confirmation is about, what each lacks, and its plan."""
    listed = present.state.tenant.instruments
    return tuple(
        text
        for row, settings in _spreads(account, stored)
        if all(leg.instrument in listed for leg in settings.legs)
        for text in (_lacks(row), *escape_sentences(present, settings))
    )


def broken_contracts(account: AccountState, stored: Stored) -> frozenset[InstrumentId]:
    """Return the contracts by whose prices those plans are reckoned."""
    return frozenset(leg.instrument for _, settings in _spreads(account, stored) for leg in settings.legs)


def _spreads(account: AccountState, stored: Stored) -> Iterator[tuple[StrategyRow, SpreadSettings]]:
    # With the settings it would have.
    names = set() if stored.looked_at is None else set(contracts_of(stored.looked_at.instrument))
    for row in account.strategies.values():
        settings, memory = row.settings, row.memory
        if not isinstance(settings, SpreadSettings) or not isinstance(memory, SpreadMemory) or row.status in OVER:
            continue
        if all(leg.broken is None for leg in memory.legs):
            continue
        if stored.strategy == row.strategy and isinstance(stored.settings, SpreadSettings):
            yield row, stored.settings
        elif names & {leg.instrument for leg in settings.legs if leg.lots}:
            yield row, settings


def _lacks(row: StrategyRow) -> str:
    lacking = strategy_of(row.settings).lacking(row.settings, row.memory)
    lots = "、".join(f"{short(name)} 还应{'买入' if lack > 0 else '卖出'} {abs(lack)} 手" for name, lack in lacking)
    return f"策略 {row.strategy} 断腿{f'，{lots}' if lots else ''}"
