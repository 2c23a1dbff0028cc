"""Tell why a roll whose timings are met has not begun, once for each reason and trading day.

It begins by itself as soon as nothing holds it back, so what is over within a minute is not told: books flicker, and
the first quotes of a session come one by one. Near lots that are missing have a statement of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.roll_marks import BeginHeld
from terminal.strategies.children import SECOND
from terminal.strategies.legs import NOT_OPENED
from terminal.strategies.roll.halves import fellow_ready
from terminal.strategies.roll.moment import STEADY
from terminal.strategies.roll.timings import satisfied
from terminal.strategies.sight import EDGE, FRESH

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.strategies.roll.moment import Moment
    from terminal.strategies.roll.timing_sight import Judged


def tell_held_back(now: Moment, judged: tuple[Judged, ...], lead: int | None) -> None:
    """State what holds back a roll that timings have called for a minute ago; both contracts are in sight."""
    if not trade(now):
        return
    both = zip(judged, now.memory.timings, strict=True)
    steady = tuple(
        one._replace(met=one.met and known.met and now.view.now - known.since >= STEADY) for one, known in both
    )
    if satisfied(now.settings, steady, lead):
        _tell(now)


def tell_unseen(now: Moment, judged: tuple[Judged, ...], lead: int | None) -> None:
    """State which contract nobody quotes though both `trade`, where the timings that are known call for the roll."""
    if satisfied(now.settings, judged, lead):
        _tell(now)


def trade(now: Moment) -> bool:
    """Return whether both contracts have traded continuously for a minute, and go on to."""
    at = now.view.now
    sessions = [now.view.session(name) for name in (now.settings.near, now.settings.far)]
    return all(
        one.phase is Phase.CONTINUOUS and at - one.begins_at >= STEADY and one.remaining(at) > EDGE for one in sessions
    )


def _tell(now: Moment) -> None:
    memory, view = now.memory, now.view
    instrument, why = _why(now)
    told = memory.waits if memory.waits_day == view.trading_day else []
    if why and why not in told:
        now.draft.mark(BeginHeld(instrument=instrument, why=why, trading_day=view.trading_day))


def _why(now: Moment) -> tuple[InstrumentId, str]:
    settings, memory = now.settings, now.memory
    for name, sight in ((settings.near, now.near), (settings.far, now.far)):
        called = now.view.instrument(name).name
        if sight is None:
            return name, f"{called}本段交易还没有行情"
        if sight.stuck:
            return name, f"{called}{sight.stuck}"
        if not sight.fresh:
            return name, f"{called}的行情超过 {FRESH // SECOND} 秒没有更新"
    if not now.flows:
        return settings.near, f"离休市不够一次追价（{settings.chase_seconds} 秒另加 {EDGE // SECOND} 秒）"
    if not fellow_ready(settings, memory):
        why = "" if memory.fellow is None else memory.fellow.why
        return settings.far, f"开远月的一半{why or '还没有消息'}"
    return settings.far, "" if now.may_open else f"{now.view.instrument(settings.far).name}{NOT_OPENED}"
