"""Say on its card how a grid over a spread or a basis stands: lines held, the next prices, why it waits."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.words.amount_text import amount_text
from terminal.engine.sentences.strategy import grid_kind
from terminal.shell.picture.spot_side import waits_for_spot
from terminal.strategies.grid.stage import Stage
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.lines import level, trailed

if TYPE_CHECKING:
    from terminal.domain.orders.order import Side
    from terminal.domain.parameters.strategy import SpreadGrid, SpreadSettings
    from terminal.shell.picture.present import Present
    from terminal.strategies.spread.memory import SpreadMemory

_BEGUN = {
    Stage.STOPPING: "正在停止，保留持仓",
    Stage.FLATTENING: "正在平掉各腿",
    Stage.FINISHED: "已结束",
}


def lines_held(settings: SpreadSettings, grid: SpreadGrid, memory: SpreadMemory) -> str:
    """Return how many lines hold something, of how many."""
    lead = active_leg(settings)
    per_line = settings.sets * abs(settings.legs[lead].lots)
    return f"{grid_kind(settings)} {-(-abs(memory.legs[lead].net) // per_line)}/{grid.lines} 格有持仓"


def grid_parts(present: Present, written: SpreadSettings, memory: SpreadMemory) -> list[str]:
    """Return what a running grid does next: its two prices, or why it waits."""
    settings = trailed(written, memory.moved)
    grid = settings.grid
    if grid is None:
        return []
    if memory.stage is not Stage.RUNNING:
        return [_BEGUN[memory.stage]]
    what, lead = grid_kind(settings)[:2], active_leg(settings)
    parts = waits_for_spot(present, settings)
    unsaid = memory.blind and not parts
    if memory.left_at is not None:
        bounds = f"{amount_text(grid.lower)} 至 {amount_text(grid.upper)}"
        parts.append(f"{what}在区间外，等待回到 {bounds}")
    if unsaid:
        parts.append(f"有一腿封板、缺一边报价、报价过旧、还没有成交或盘口太宽，看不到{what}，止损和区间暂时不判")
    held = abs(memory.legs[lead].net)
    per_line = settings.sets * abs(settings.legs[lead].lots)
    entry, holding = held // per_line + 1, -(-held // per_line)
    words = ("买", "卖") if grid.side.sign > 0 else ("卖", "买")
    if entry <= grid.lines and memory.left_at is None:
        parts.append(_next(words[0], level(settings, grid, entry), grid.side))
    if holding:
        parts.append(_next(words[1], level(settings, grid, holding - 1), grid.side.opposite))
    return parts


def _next(word: str, price: Decimal, side: Side) -> str:
    return f"{'≤' if side.sign > 0 else '≥'} {amount_text(price)} {word}下一格"
