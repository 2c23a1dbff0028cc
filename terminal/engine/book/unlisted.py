"""Say which strategies lean on a contract that the market of this start does not have: without it none can decide.

A plan that is edited may no longer quote a spot, another market may not list a month. A strategy would stand still for
ever and hold its lots without its stop, so nothing starts before its people have decided. One that has ended needs
nothing any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.engine.records.forgetting import OVER
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from terminal.domain.ids import InstrumentId
    from terminal.engine.state import State, StrategyRow

SHOWN: Final = 4  # strategies in one sentence


def missing_of(row: StrategyRow, universe: Collection[InstrumentId]) -> tuple[InstrumentId, ...]:
    """Return what a strategy trades or watches and the market, which has the `universe`, does not."""
    kind = strategy_of(row.settings)
    watched = (name for watch in kind.watches(row.settings) for name, _ in watch.legs)
    names = dict.fromkeys((*kind.instruments(row.settings), *watched))
    return tuple(name for name in names if name not in universe)


def why_unlisted(state: State, universe: Collection[InstrumentId]) -> str:
    """Return which strategies that have not ended lack which contracts, and what to do; "" where none does."""
    found = [
        f"账户 {account.account} 的策略 {row.strategy} 用到 {'、'.join(missing)}"
        for account in state.accounts.values()
        for row in account.strategies.values()
        if row.status not in OVER and (missing := missing_of(row, universe))
    ]
    if not found:
        return ""
    more = f"；等 {len(found)} 个策略" if len(found) > SHOWN else ""
    return (
        f"{'；'.join(found[:SHOWN])}{more}，这份行情和方案里没有，没有开始："
        "请换回原来的行情和方案，先停止这些策略，再换。"
    )
