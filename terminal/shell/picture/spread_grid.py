"""Say on its card how a grid over a spread or a basis stands: lines held, the next prices, why it waits."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.words.amount_text import amount_text
from terminal.engine.sentences.strategy import grid_kind
from terminal.shell.picture.grid_card import stops_soon
from terminal.shell.picture.spot_side import waits_for_spot
from terminal.strategies.grid.stage import Stage
from terminal.strategies.grid.stop import is_reached
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.lines import level, trailed
from terminal.strategies.spread.unseen import SIDES

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


def grid_parts(
    present: Present, written: SpreadSettings, memory: SpreadMemory, prices: tuple[Decimal, Decimal] | None
) -> list[str]:
    """Return what a running grid does next: its two prices, or why it waits; `prices` to buy and to sell now."""
    settings = trailed(written, memory.moved)
    grid = settings.grid
    if grid is None:
        return []
    if memory.stage is not Stage.RUNNING:
        return [_BEGUN[memory.stage]]
    what, lead = grid_kind(settings)[:2], active_leg(settings)
    parts = waits_for_spot(present, settings)
    unsaid = memory.blind and not memory.beyond_at and not parts
    closes, enters = SIDES if grid.side.sign > 0 else reversed(SIDES)
    shut = prices is not None and is_reached(grid, prices[1] if grid.side.sign > 0 else prices[0])
    stop = f"止损价 {amount_text(grid.stop)}"
    if memory.left_at is not None:
        bounds = f"{amount_text(grid.lower)} 至 {amount_text(grid.upper)}"
        parts.append(f"{what}在区间外，等待{enters}的回到 {bounds}{f'、{closes}的离开{stop}' if shut else ''}")
    if unsaid:
        parts.append(f"有一腿封板、缺一边报价或报价过旧，看不到{what}，止损和区间暂时不判")
    if memory.beyond_at:
        parts.append(f"{closes}的 {stops_soon(memory, stop)}")
    held = abs(memory.legs[lead].net)
    per_line = settings.sets * abs(settings.legs[lead].lots)
    entry, holding = held // per_line + 1, -(-held // per_line)
    words = ("买", "卖") if grid.side.sign > 0 else ("卖", "买")
    if entry <= grid.lines and memory.left_at is None and shut:
        parts.append(f"{closes}的已到{stop}，离开它之前不入场")
    elif entry <= grid.lines and memory.left_at is None:
        parts.append(_next(words[0], level(settings, grid, entry), grid.side))
    if holding:
        parts.append(_next(words[1], level(settings, grid, holding - 1), grid.side.opposite))
    return parts


def _next(word: str, price: Decimal, side: Side) -> str:
    return f"{'≤' if side.sign > 0 else '≥'} {amount_text(price)} {word}下一格"
