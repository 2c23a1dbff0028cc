"""Say how many lots the next child of an execution is to have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import ExecutionSettings, ExecutionStyle
from terminal.strategies.execution.schedule import EMPTY, Schedule, largest_child, schedule_of, sliced

if TYPE_CHECKING:
    from terminal.domain.view import Quote, View
    from terminal.strategies.execution.memory import ExecutionMemory


def wanted(settings: ExecutionSettings, memory: ExecutionMemory, view: View, quote: Quote, *, out: int) -> int:
    """Return the lots of the next child while so many lots may still fill; not above zero where none is due."""
    since = settings.begins_at if memory.began_at is None else memory.began_at
    plan = schedule_of(settings, view, since) if sliced(settings.style) else EMPTY
    want = min(_due(settings, memory, plan, view.now, out), settings.total_lots) - memory.filled - out
    if plan.slices:
        want = min(want, largest_child(settings, memory.planned, view))
    if settings.participation_percent is not None:
        seen = max((quote.volume or 0) - memory.day_volume, 0)
        want = min(want, seen * settings.participation_percent // 100 - memory.day_filled - out)
    return want


def _due(settings: ExecutionSettings, memory: ExecutionMemory, plan: Schedule, now: int, out: int) -> int:
    match settings.style:
        case ExecutionStyle.ICEBERG:
            return memory.filled + (out or settings.shown_lots)
        case ExecutionStyle.BEST:
            return settings.total_lots
        case _:
            return plan.due(now)
