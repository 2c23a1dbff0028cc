"""Say on its card how far a spread stands from its own stop and take-profit, and what it does once one is reached."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.parameters.exits import exits_of
from terminal.domain.words.amount_text import amount_text
from terminal.strategies.spread.exits import exit_words, leaving, way_held

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.strategies.spread.memory import SpreadMemory

ZERO = Decimal(0)


def exit_parts(settings: SpreadSettings, memory: SpreadMemory, prices: tuple[Decimal, Decimal] | None) -> list[str]:
    """Return the exits of the side that is held, with what lies between; `prices` to buy and to sell now, if known."""
    held = way_held(settings, memory)
    if leaving(settings, memory):
        return [f"{exit_words(memory)}，平仓中"]
    exits = exits_of(settings, held)
    parts: list[str] = []
    for level, word in ((exits.stop, "止损"), (exits.take_profit, "止盈")) if held else ():
        if level is None:
            continue
        away = ""
        if prices is not None:
            distance = ((prices[1] if held > 0 else prices[0]) - level) * held * (1 if word == "止损" else -1)
            away = f"（差 {amount_text(max(distance, ZERO))}）"
        parts.append(f"{word} {amount_text(level)}{away}")
    if parts and memory.blind:
        parts.append("有一腿封板、缺一边报价或报价过旧，看不到平仓的价，止损止盈暂时不判")
    return parts


def paused_exits(settings: SpreadSettings, memory: SpreadMemory, prices: tuple[Decimal, Decimal] | None) -> list[str]:
    """Return the exits of a paused spread, and that nobody looks at them; nothing where it has none of this side."""
    parts = exit_parts(settings, memory, prices)
    halted = "暂停，不再平仓" if leaving(settings, memory) else "暂停，不判"
    return [*parts, f"止损止盈{halted}"] if parts else []
