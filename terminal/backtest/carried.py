"""Add up what it cost to take one strategy from month to month: the rolls that were for it alone."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.backtest.report import Carried
from terminal.domain.parameters.strategy import RollSettings
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.roll.report import cost_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from terminal.domain.ids import AccountId, InstrumentId, StrategyId
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.state import StrategyRow

ZERO: Final = Decimal(0)
_FEN: Final = Decimal("0.01")


def carried(
    account: AccountId,
    strategy: StrategyId | None,
    rows: Iterable[StrategyRow],
    listed: Callable[[InstrumentId], Instrument],
) -> Carried | None:
    """Return what the rolls of a strategy cost together; `None` where no roll moved a lot for it."""
    rolls = open_rolls = lots = unknown = 0
    fees = slippage = ZERO
    for row in rows:
        settings, memory = row.settings, row.memory
        if not isinstance(settings, RollSettings) or not isinstance(memory, RollMemory):
            continue
        if row.account != account or settings.strategies != (strategy,) or not memory.closed:
            continue
        fees += memory.fees
        if memory.closed != memory.opened:
            open_rolls += 1  # half a roll has no price yet
            continue
        rolls, lots = rolls + 1, lots + memory.closed
        near = listed(settings.near)
        beyond = cost_of(settings, memory, near).slippage
        unknown += memory.closed if beyond is None else 0
        slippage += ZERO if beyond is None else near.value(beyond, memory.closed)
    if not rolls and not open_rolls:
        return None
    return Carried(
        rolls=rolls,
        open_rolls=open_rolls,
        lots=lots,
        unknown_lots=unknown,
        fees=fees.quantize(_FEN),
        slippage=slippage.quantize(_FEN),
        cost=(fees + slippage).quantize(_FEN),
    )
