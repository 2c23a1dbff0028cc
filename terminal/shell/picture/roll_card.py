"""Say in a sentence what a roll (移仓) does: what it waits for, what both legs have done, and what it has cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.days.calendar import show
from terminal.domain.fact.control import DECIDING, StrategyStatus
from terminal.domain.parameters.strategy import Half, RollSettings
from terminal.domain.words.settings import HALVES
from terminal.domain.words.timings import timing_name
from terminal.engine.sentences.marks import timing_sentence
from terminal.engine.sentences.strategy import settings_title
from terminal.engine.strategy.rebinding import why_waits
from terminal.strategies.roll.cost import cost_sentence
from terminal.strategies.roll.report import cost_of

if TYPE_CHECKING:
    from terminal.engine.state import StrategyRow
    from terminal.shell.picture.present import Present
    from terminal.strategies.roll.memory import RollMemory


def roll_task(present: Present, row: StrategyRow, settings: RollSettings, memory: RollMemory) -> str:
    """Return what a roll does in a sentence: what it waits for, what both legs have done, what is over."""
    title = settings_title(settings)
    if settings.half is Half.FAR:
        return "，".join((title, *_legs(settings, memory), *_lack(row, memory), *_over(row, memory)))
    if not memory.began and row.status is not StrategyStatus.RUNNING:
        return f"{title}，尚未开始"
    waits = why_waits(present.state.accounts[row.account], row)
    if not memory.began and waits:
        return f"{title}，{waits}"
    if not memory.began:
        held = memory.waits_why and memory.waits_day == present.trading_day
        why = f"；今日 {show(memory.waits_at)[11:16]} 已满足而没有开始：{memory.waits_why}" if held else ""
        late = "；".join(("", *_late(settings, memory)))
        return f"{title}，等待时机：{'；'.join(_timings(present, row, settings, memory))}{why}{late}"
    lack = memory.closed - memory.opened
    parts = [title, f"第 {memory.batch} 批", *_legs(settings, memory), *_lack(row, memory)]
    parts += _over(row, memory)
    if settings.half is not None and memory.fellow is not None and memory.fellow.why:
        parts.append(f"{HALVES[Half.FAR]}{memory.fellow.why}，停下等它")
    if waits:
        parts.append(waits)
    if memory.sliced and memory.closed < settings.lots:
        parts.append("按日程分份")
    parts += _late(settings, memory)
    if memory.stuck and row.status in DECIDING:
        parts.append("涨跌停或单边报价，只补远月")
    if memory.closed and not lack:
        near = present.state.tenant.instruments[settings.near]
        parts.append(cost_sentence(cost_of(settings, memory, near)))
    return "，".join(parts)


def _legs(settings: RollSettings, memory: RollMemory) -> tuple[str, ...]:
    if settings.half is not None:
        here, there = ("本账户", "另一账户") if settings.half is Half.NEAR else ("另一账户", "本账户")
        return (f"{here}近月已平 {memory.closed} 手", f"{there}远月已开 {memory.opened} 手")
    if memory.closed == memory.opened:
        return (f"已移 {memory.closed} 手",)
    return (f"近月已平 {memory.closed} 手", f"远月已开 {memory.opened} 手")


def _lack(row: StrategyRow, memory: RollMemory) -> tuple[str, ...]:
    lack = memory.closed - memory.opened
    mending = memory.far.broken is not None and row.status in DECIDING
    return (f"远月缺 {lack} 手{'，断腿修复中' if mending else ''}",) if lack > 0 else ()


def _late(settings: RollSettings, memory: RollMemory) -> tuple[str, ...]:
    # As it was told of; it says so until all is moved, or what held it to its pace is gone.
    free = memory.began and not memory.sliced
    told = [day for day, one in sorted(memory.late.items()) if one.on or (one.stands and not free)]
    return (f"已提醒 {'、'.join(told)} 之前移不完",) if told and memory.closed < settings.lots else ()


def _over(row: StrategyRow, memory: RollMemory) -> tuple[str, ...]:
    # As it was told of: the card knows no calendar.
    over = row.status is StrategyStatus.PAUSED and 0 < memory.unmatched == memory.closed - memory.opened
    return ("近月已过最后交易日，没有可移的了，缺的等人决定",) if over else ()


def _timings(present: Present, row: StrategyRow, settings: RollSettings, memory: RollMemory) -> list[str]:
    heard = present.heard.timings.get((row.account, row.strategy), {})
    found = []
    for place, (timing, known) in enumerate(zip(settings.timings, memory.timings, strict=True)):
        mark = heard.get(place)
        since = f"，自 {show(known.since)[5:16]} 起" if known.since else ""
        if mark is not None:
            found.append(f"{timing_sentence(settings, mark)}{since}")
        else:
            stands = "尚未看到" if not known.trading_day else "已满足" if known.met else "未满足"
            found.append(f"{stands}：{timing_name(timing)}{since}")
    if memory.lead is not None:
        found.append(f"现由第 {memory.lead + 1} 个时机决定")
    return found
