"""Tell why a roll whose timings are met has not begun, once for each kind of reason and trading day.

It begins by itself as soon as nothing holds it back, so what is over within a minute is not told: books flicker, and
the first quotes of a session come one by one. Near lots that are missing have a statement of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.roll_marks import BeginHeld, Hindrance
from terminal.strategies.children import SECOND
from terminal.strategies.legs import NOT_OPENED
from terminal.strategies.roll.halves import fellow_ready
from terminal.strategies.roll.moment import STEADY
from terminal.strategies.roll.timings import satisfied
from terminal.strategies.sight import EDGE, FRESH

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import RollSettings
    from terminal.domain.view import View
    from terminal.strategies.roll.moment import Moment
    from terminal.strategies.roll.timing_sight import Judged
    from terminal.strategies.sight import Sight


def tell_held_back(now: Moment, judged: tuple[Judged, ...], lead: int | None) -> None:
    """State what holds back a roll that timings have called for a minute ago; both contracts are in sight."""
    if trade(now) and _is_due(now, judged, lead):
        _tell(now)


def tell_unseen(now: Moment, judged: tuple[Judged, ...], lead: int | None) -> None:
    """State which contract nobody quotes though both `trade`, where timings have called for the roll a minute ago."""
    if now.there() and _is_due(now, judged, lead):
        _tell(now)


def _is_due(now: Moment, judged: tuple[Judged, ...], lead: int | None) -> bool:
    # Whether what has been met for a minute calls for the roll.
    both = zip(judged, now.memory.timings, strict=True)
    steady = tuple(
        one._replace(met=one.met and known.met and now.view.now - known.since >= STEADY) for one, known in both
    )
    return satisfied(now.settings, steady, lead)


def trade(now: Moment) -> bool:
    """Return whether both contracts have traded continuously for a minute, and go on to."""
    return trade_both(now.settings, now.view)


def trade_both(settings: RollSettings, view: View) -> bool:
    """Return whether both contracts of a roll have traded continuously for a minute, and go on to."""
    at = view.now
    sessions = [view.session(name) for name in (settings.near, settings.far)]
    return all(
        one.phase is Phase.CONTINUOUS and at - one.begins_at >= STEADY and one.remaining(at) > EDGE for one in sessions
    )


def _tell(now: Moment) -> None:
    memory, view = now.memory, now.view
    found = _found(now)
    told = memory.waits if memory.waits_day == view.trading_day else []
    if found is not None and found.kind not in told:
        now.draft.mark(found)


def _found(now: Moment) -> BeginHeld | None:
    near, far = now.settings.near, now.settings.far
    for name, sight in ((near, now.near), (far, now.far)):
        why = _market(sight)
        if why:
            return _held(now, name, Hindrance.MARKET, f"{now.view.instrument(name).name}{why}")
    if not now.flows:
        time = f"{now.settings.chase_seconds} 秒另加 {EDGE // SECOND} 秒"
        return _held(now, near, Hindrance.BREAK, f"离休市不够一次追价（{time}）")
    if not fellow_ready(now.settings, now.memory):
        why = "" if now.memory.fellow is None else now.memory.fellow.why
        return _held(now, far, Hindrance.OPENING, f"开远月的一半{why or '还没有消息'}")
    if not now.may_open:
        return _held(now, far, Hindrance.OPENING, f"{now.view.instrument(far).name}{NOT_OPENED}")
    return None


def _market(sight: Sight | None) -> str:
    if sight is None:
        return "本段交易还没有行情"
    return sight.stuck if sight.fresh else f"的行情超过 {FRESH // SECOND} 秒没有更新"


def _held(now: Moment, instrument: InstrumentId, kind: Hindrance, why: str) -> BeginHeld:
    return BeginHeld(instrument=instrument, kind=kind, why=why, trading_day=now.view.trading_day)
