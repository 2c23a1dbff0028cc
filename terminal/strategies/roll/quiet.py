"""Say until when a roll that waits for a day, or for a person's word, goes on waiting whatever is quoted.

Timings that follow quotes are looked at with every quote; so is a roll that has begun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import DaysToExpiry, Manual, RollSettings, StepDay
from terminal.domain.quiet import EVER, Quiet
from terminal.strategies.roll.last_days import is_over, lots_left
from terminal.strategies.roll.timings import chosen, judge, lead_of, satisfied
from terminal.strategies.sight import look, unseen

if TYPE_CHECKING:
    from terminal.domain.view import View
    from terminal.strategies.roll.memory import RollMemory


def quiet_of(settings: RollSettings, memory: RollMemory, view: View) -> Quiet | None:
    """Return until when a roll wants nothing; the engine looks anew when a trading day ends."""
    if memory.finished:
        return EVER
    if settings.half is not None or is_over(settings, view) or lots_left(settings, memory, view):
        return None  # a half hears of the other one, whatever is quoted; of near's last days people are told
    if memory.began or not all(isinstance(one, DaysToExpiry | StepDay | Manual) for one in settings.timings):
        return None
    for name in (settings.near, settings.far):
        if look(view, name) is None:
            return unseen(view, name)
    both = tuple(zip(settings.timings, memory.timings, strict=True))
    judged = tuple(judge(settings, timing, known, view) for timing, known in both)
    stated = all(
        (known.trading_day, known.met, known.sighted, known.value)
        == (view.trading_day, one.met, one.sighted, one.value)
        for one, known in zip(judged, memory.timings, strict=True)
    )
    lead = lead_of(settings, memory.lead, memory.lead_day, judged, view.trading_day)
    told = stated and chosen(memory.lead, memory.lead_day, lead, view) is None
    return EVER if told and not satisfied(settings, judged, lead) else None
