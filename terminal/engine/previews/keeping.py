"""Say where a grid that stops and keeps its lots (撤单停止) does so, and that nothing stops its loss from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.orders.order import Side

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.parameters.strategy import GridSettings, SpreadGrid

KEEPS: Final = "停止并留仓，不平"


def keeping_edge(grid: GridSettings | SpreadGrid) -> tuple[Decimal, str]:
    """Return the price on the losing side at which a grid stops, the first of its bound and its stop, and in words."""
    bound = grid.lower if grid.side is Side.BUY else grid.upper
    if (grid.stop - bound) * grid.side.sign >= 0:
        return grid.stop, "到止损"
    return bound, "跌破区间下限" if grid.side is Side.BUY else "涨破区间上限"


def after(each: str) -> str:
    """Return what is said of what is kept, which loses so many yuan for each yuan of its price."""
    return f"此后没有止损，再走 1 元再亏 {each} 元"
