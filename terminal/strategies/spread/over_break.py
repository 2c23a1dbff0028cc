"""Say whether the active leg goes back for a leg whose market is closed, or about to close, before it trades again.

The theory. Legs close at different times (rebar at 23:00, gold at 02:30; apples have no night). A leg that lacks lots
in its own break is broken once its chases have had their time from the beginning of that break, and while the active
leg trades it is taken back: nobody waits for the other market. A leg that was told to be taken back before is so at
once, be it when both open again. People who hedged by hand meanwhile would have traded twice: they are told before.

Which price the active leg finds then nobody knows: asked is what is known, the hours of all legs. Where it trades on
all the while what bars its order now does so then; a new day may free its lots and lower its level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import DAY_NS
from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import Repair
from terminal.strategies.children import SECOND
from terminal.strategies.draft import Draft
from terminal.strategies.sight import EDGE
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.hedge_ladder import chase_seconds
from terminal.strategies.spread.moment import Moment
from terminal.strategies.spread.sendable import Held
from terminal.strategies.spread.way_back import WayBack

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.domain.ids import InstrumentId, StrategyId
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.view import View
    from terminal.strategies.spread.memory import SpreadMemory

AHEAD: Final = 14 * DAY_NS  # a night belongs to the next trading day: a weekend lies between, or a long holiday


def goes_back_first(
    settings: SpreadSettings, memory: SpreadMemory, view: View, strategy: StrategyId, instrument: InstrumentId
) -> InstrumentId | None:
    """Return the active leg's contract, where it goes back for a leg in that leg's break; `None` where it does not."""
    lead, place = active_leg(settings), _place(settings, instrument)
    window = _lead_window(settings, memory, view, place)
    if window is None:
        return None

    def held(moment: Moment, one: int, signed: int) -> Held:
        trades = _trades(view, moment.settings.legs[one].instrument, window)
        return Held(0 if trades else abs(signed), "")

    back = _way_back(settings, memory, view, strategy, held)
    goal, name = back.goal(place), settings.legs[lead].instrument
    session = view.session(name)
    trades_on = session.phase is Phase.CONTINUOUS and session.ends_at > window[0]
    barred = trades_on and goal is not None and back.why_lead_stays(goal)
    return None if barred or back.why_unmoved(place) else name


def goes_back_after(
    settings: SpreadSettings, memory: SpreadMemory, view: View, strategy: StrategyId, instrument: InstrumentId
) -> InstrumentId | None:
    """Return the active leg's contract, where it goes back as soon as a leg opens again; `None` where it does not.

    So it does for a leg that was told to be taken back and still could not, if both open at once.
    """
    lead, place = active_leg(settings), _place(settings, instrument)
    window = _window(settings, memory, view, place)
    if place == lead or memory.legs[place].broken is not Repair.UNWIND or window is None:
        return None
    name, opens = settings.legs[lead].instrument, window[1]
    spans = view.trading(name, opens, opens + AHEAD)
    if not spans or spans[0].begins_at > opens:
        return None
    back = _way_back(settings, memory, view, strategy, lambda *_: Held(0, ""))
    return None if back.why_unmoved(place) else name


def lead_trades_first(settings: SpreadSettings, memory: SpreadMemory, view: View, instrument: InstrumentId) -> bool:
    """Return whether the active leg trades yet, for long enough to be ordered, before a leg in its break does again."""
    return _lead_window(settings, memory, view, _place(settings, instrument)) is not None


def _way_back(
    settings: SpreadSettings,
    memory: SpreadMemory,
    view: View,
    strategy: StrategyId,
    held: Callable[[Moment, int, int], Held],
) -> WayBack:
    draft = Draft(strategy, settings.account, settings.hedge_flag, memory.ledger, view)
    return WayBack(Moment(settings, memory, view, draft), held)


def _place(settings: SpreadSettings, instrument: InstrumentId) -> int:
    # That of the active leg for another's contract.
    named = (one for one, leg in enumerate(settings.legs) if leg.instrument == instrument)
    return next(named, active_leg(settings))


def _lead_window(settings: SpreadSettings, memory: SpreadMemory, view: View, place: int) -> tuple[int, int] | None:
    # The window in which the active leg would be taken back for another one; `None` where it does not trade in it.
    lead = active_leg(settings)
    window = None if place == lead else _window(settings, memory, view, place)
    return None if window is None or not _trades(view, settings.legs[lead].instrument, window) else window


def _window(settings: SpreadSettings, memory: SpreadMemory, view: View, place: int) -> tuple[int, int] | None:
    # From when on the active leg would be taken back, and when the leg trades again; `None` where that is not known.
    name, broken = settings.legs[place].instrument, memory.legs[place].broken
    session = view.session(name)
    closes_at = session.ends_at if session.phase is Phase.CONTINUOUS else session.begins_at
    opens = view.trading(name, session.ends_at, session.ends_at + AHEAD)
    if not opens:
        return None
    chases = 0 if broken is Repair.UNWIND else chase_seconds(settings, place) * SECOND
    return max(closes_at + chases, view.now), opens[0].begins_at


def _trades(view: View, instrument: InstrumentId, window: tuple[int, int]) -> bool:
    # Whether a contract trades in it for long enough to be ordered.
    since, until = window
    spans = view.trading(instrument, since, until) if since < until else ()
    return any(span.ends_at - span.begins_at > EDGE for span in spans)
