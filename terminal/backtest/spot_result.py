"""Tell how the spot side of a spread against spot (期现价差) ended, for a backtest's report."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.backtest.report import SpotResult
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.engine.strategy.spot_side import spot_price
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.priced import carry_now
from terminal.strategies.spread.spot_side import spot_leg, spot_profit, undone_tonnes

if TYPE_CHECKING:
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow

_FEN: Final = Decimal("0.01")


def spot_result(row: StrategyRow, look: Look) -> SpotResult | None:
    """Return what people confirmed and what it earned; `None` where a strategy has no spot side."""
    settings, memory = row.settings, row.memory
    if not isinstance(settings, SpreadSettings) or settings.spot_side is None or not isinstance(memory, SpreadMemory):
        return None
    name, spot = spot_leg(settings).instrument, memory.spot
    price, holding = spot_price(look, name), carry_now(settings, look)
    profit = spot_profit(spot, price)
    return SpotResult(
        spot=name,
        done=spot.done,
        undone=undone_tonnes(settings, memory.legs[active_leg(settings)].net, spot),
        waived=spot.waived,
        price=price,
        profit=None if profit is None else profit.quantize(_FEN),
        carry=None if holding is None else holding.total.quantize(_FEN),
        carry_days=None if holding is None else holding.days,
    )
