"""Say on the card of an execution what is done, what remains, and until when (算法执行)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.days.calendar import MINUTE_NS, natural_day
from terminal.domain.days.spans import trading_spans
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.settings import moment
from terminal.engine.sentences.strategy import settings_title
from terminal.strategies.execution.schedule import sliced
from terminal.strategies.execution.withdraw import outpriced

if TYPE_CHECKING:
    from terminal.domain.days.spans import TradingSpan
    from terminal.domain.parameters.strategy import ExecutionSettings
    from terminal.engine.state import StrategyRow
    from terminal.shell.picture.present import Present
    from terminal.strategies.execution.memory import ExecutionMemory

HUNDREDTH = Decimal("0.01")


def execution_task(present: Present, row: StrategyRow, settings: ExecutionSettings, memory: ExecutionMemory) -> str:
    """Return the sentence of a card: what it trades, how far it has come, what remains, when it should be done."""
    left = settings.total_lots - memory.filled
    parts = [settings_title(settings), f"已成 {memory.filled} 手，剩余 {left} 手"]
    if memory.average is not None:
        parts.append(f"均价 {amount_text(memory.average.quantize(HUNDREDTH))}")
    if memory.arrival is not None:
        parts.append(f"到达价 {amount_text(memory.arrival)}")
    if row.status is not StrategyStatus.RUNNING:
        return "，".join(parts)
    if memory.began_at is None:
        return "，".join(
            (*parts, f"{_clock(present, settings.begins_at)} 开始，{_clock(present, settings.ends_at)} 结束")
        )
    parts.append(f"限价 {amount_text(settings.limit)}{_at_former(present, settings, memory)}")
    if memory.chases:
        parts.append(f"已追价 {memory.chases} / {settings.max_chases} 次")
    return "，".join((*parts, _done_at(present, settings, memory, left)))


def _at_former(present: Present, settings: ExecutionSettings, memory: ExecutionMemory) -> str:
    # Whoever has loosened the limit sees why not all has followed: a place in the queue is given away only for an order
    # that may go out.
    held = outpriced(settings, memory, present.state.tenant.instruments[settings.instrument])
    if not held:
        return ""
    lots = sum(child.reserved for child in held.values())
    at = "、".join(sorted({amount_text(child.price) for child in held.values()}))
    return f"（{lots} 手还挂在改之前的 {at}，好的那一笔能发出时才撤它）"


def speaks_anew(present: Present, settings: ExecutionSettings, memory: ExecutionMemory) -> int | None:
    """Return when the card says something else by the clock alone, UTC ns; `None` where it does not."""
    if memory.began_at is None or memory.finished or present.at >= settings.ends_at:
        return None
    if sliced(settings.style):
        return settings.ends_at
    return min((present.at // MINUTE_NS + 1) * MINUTE_NS, settings.ends_at)


def _done_at(present: Present, settings: ExecutionSettings, memory: ExecutionMemory, left: int) -> str:
    # By its schedule, or at the pace of its fills so far; later than the window it ends with lots left.
    ends = _clock(present, settings.ends_at)
    if present.at >= settings.ends_at:
        return f"已到时，还有 {memory.had - memory.filled} 手没有撤回，能撤时即撤，此前仍可能成交"
    if sliced(settings.style):
        return f"照日程 {ends} 做完"
    known = present.state.tenant.instruments[settings.instrument]
    spans = trading_spans(present.calendar, known, memory.began_at or settings.begins_at, settings.ends_at)
    now = present.at // MINUTE_NS * MINUTE_NS  # a card speaks anew once a minute
    traded = sum(max(0, min(span.ends_at, now) - span.begins_at) for span in spans)
    if not memory.filled or not traded:
        return f"还没有成交，估不出何时做完，最晚 {ends} 结束"
    at = _after(spans, now, traded * left // memory.filled)
    if at is None:
        return f"照现在的快慢 {ends} 做不完"
    minute = -(-at // MINUTE_NS) * MINUTE_NS
    return f"照现在的快慢约 {_clock(present, minute)[:-3]} 做完"


def _after(spans: tuple[TradingSpan, ...], now: int, needed: int) -> int | None:
    # When so much more trading time has passed, `None` where the window ends before.
    for span in spans:
        begin = max(span.begins_at, now)
        if begin >= span.ends_at:
            continue
        if begin + needed <= span.ends_at:
            return begin + needed
        needed -= span.ends_at - begin
    return None


def _clock(present: Present, at: int) -> str:
    said = moment(at)
    return said[11:] if present.at and natural_day(at) == natural_day(present.at) else said[5:]
