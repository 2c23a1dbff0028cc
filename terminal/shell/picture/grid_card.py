"""Say in a sentence what a grid (网格) is doing: its lines, what it holds, where it buys and sells next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.days.calendar import show
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.orders.order import Side
from terminal.domain.words.amount_text import amount_text
from terminal.strategies.grid.ladder import levels
from terminal.strategies.grid.moment import ENTRY, scope_of
from terminal.strategies.grid.stage import Stage
from terminal.strategies.grid.trailing import standing
from terminal.strategies.grid.unseen import WARNED_MINUTES

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import GridSettings
    from terminal.engine.state import StrategyRow
    from terminal.shell.picture.present import Present
    from terminal.strategies.grid.moment import GridMemory
    from terminal.strategies.grid.unseen import Seeing

_BEGUN = {Stage.STOPPING: "正在撤单停止", Stage.FLATTENING: "正在撤单平仓"}


def grid_task(present: Present, row: StrategyRow, settings: GridSettings, memory: GridMemory, *, holds: str) -> str:
    """Return what a grid is doing; `holds` says whether it still knows what it holds."""
    settings = standing(settings, memory)
    held = sum(memory.held)
    name = "多网格" if settings.side is Side.BUY else "空网格"
    turned = sum(memory.turns)
    parts = [f"{name} {settings.lines} 条线", f"{holds} {held} 手" if held else "空仓"]
    if turned:
        parts.append(f"已完成 {turned} 手来回")
    if row.status is not StrategyStatus.RUNNING:
        return "，".join(parts)  # what it would do next is no word of one that does nothing
    if memory.stage in _BEGUN:
        return "，".join((*parts, _BEGUN[memory.stage]))
    if memory.beyond_at:
        closes = "买价" if settings.side is Side.BUY else "卖价"
        parts.append(f"{closes} {stops_soon(memory, f'止损价 {amount_text(settings.stop)}')}")
    blind = memory.blind and not memory.beyond_at
    if memory.left_at is not None:
        parts += ["看不到价格，止损暂时不判"] if blind else []
        bounds = f"{amount_text(settings.lower)} 至 {amount_text(settings.upper)}"
        return "，".join((*parts, f"价格在区间外，等待回到 {bounds}"))
    if blind:
        parts.append("看不到价格，止损和区间暂时不判")
    known = present.state.tenant.instruments[settings.instrument]
    ladder = levels(settings, known.tick)
    entry, leave = _next_entry(present, settings, memory, ladder), _next_exit(memory, ladder)
    buy, sell = (entry, leave) if settings.side is Side.BUY else (leave, entry)
    if buy is not None:
        parts.append(f"下一买点 {amount_text(known.price(buy))}")
    if sell is not None:
        parts.append(f"下一卖点 {amount_text(known.price(sell))}")
    return "，".join(parts)


def stops_soon(memory: Seeing, stop: str) -> str:
    """Return since when what the lots could be closed at is at the stop, and when that stops the grid."""
    warned = memory.warned_at >= memory.beyond_at
    then = f"{show(memory.warned_at)[11:19]} 起再这样满" if warned else "满一分钟提醒，此后再满"
    return f"{show(memory.beyond_at)[11:19]} 起已到{stop}，连续交易里 {then} {WARNED_MINUTES} 分钟就按止损处理"


def _next_entry(present: Present, settings: GridSettings, memory: GridMemory, ladder: tuple[int, ...]) -> int | None:
    # The nearest line that holds nothing and rests: beyond the market, and beyond what the outermost line exits at.
    sign, quote = settings.side.sign, present.quotes.get(settings.instrument)
    market = None if quote is None else (quote.ask if settings.side is Side.BUY else quote.bid)
    outermost = max((line for line, held in enumerate(memory.held, start=1) if held > 0), default=None)
    beyond = None if outermost is None or outermost >= len(ladder) else ladder[outermost - 1] * sign
    working = {child.scope for child in memory.ledger.children.values() if child.reserved}
    for line in range(1, min(len(ladder), len(memory.held) + 1)):
        waits = scope_of(line, ENTRY) in working
        if memory.held[line - 1] and not waits:
            continue
        price = ladder[line] * sign
        rests = waits or market is None or price < market * sign
        if rests and (beyond is None or price < beyond):
            return ladder[line]
    return None


def _next_exit(memory: GridMemory, ladder: tuple[int, ...]) -> int | None:
    outermost = max((line for line, held in enumerate(memory.held, start=1) if held > 0), default=None)
    return None if outermost is None or outermost >= len(ladder) else ladder[outermost - 1]
