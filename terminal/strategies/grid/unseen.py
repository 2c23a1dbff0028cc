"""Tell people while what a strategy holds cannot be judged: the stop of a grid, the exits of a spread.

It is said once it has lasted for a minute of the session, and people are alarmed once on each trading day, however
often it comes and goes: nobody else would look. That it can be judged again is said at once.

A lone side beyond the last price (`Sight.lone`) is doubted in the same way. Once that has lasted it is taken for the
market: then the grid is stopped by it, or goes on, and nobody need be told. An empty grid doubts nothing: it waits.

By a quote that nothing has followed for long the stop of a grid is still judged, but whether that is the market nobody
knows: that is said too. What keeps a spread from being seen stands in `terminal.strategies.spread.unseen`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import ExitDoubted, ExitSeen
from terminal.domain.words.amount_text import amount_text
from terminal.strategies.children import SECOND
from terminal.strategies.grid.judged import judged
from terminal.strategies.grid.stop import is_reached
from terminal.strategies.sight import EDGE

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import GridSettings
    from terminal.domain.view import View
    from terminal.strategies.draft import Draft
    from terminal.strategies.grid.moment import GridMemory
    from terminal.strategies.sight import Sight

STEADY: Final = 60 * SECOND  # a price that is missing is so for this long before it is said
SILENT: Final = 4 * STEADY  # a thin contract may show nothing new for so long, and its stop can be judged
UNJUDGED: Final = "止损和区间现在不能判，看得到价格之后再判；要先走请人工平仓"


class Seeing(Protocol):
    """Name what a memory holds of it; instants are UTC ns."""

    blind: bool  # people are told that it cannot be judged
    blind_day: int  # the trading day on which they last were, while something has been held ever since
    doubted_at: int  # since when it cannot, while they are not told yet
    calmed_at: int  # when it last could again


def fold_seen(memory: Seeing, mark: ExitSeen | ExitDoubted, at: int) -> None:
    """Take into a memory what was stated at an instant, UTC ns."""
    if isinstance(mark, ExitDoubted):
        memory.doubted_at = at if mark.doubted else 0
        memory.calmed_at = memory.calmed_at if mark.doubted else at
        return
    memory.blind, memory.doubted_at = bool(mark.why), 0
    memory.blind_day = mark.trading_day if mark.why else memory.blind_day
    memory.calmed_at = memory.calmed_at if mark.why else at


def sees_anew(memory: Seeing) -> None:
    """Take that nothing is held, or it stops: of what is held next nobody was told yet that it cannot be judged."""
    memory.blind, memory.blind_day, memory.doubted_at = False, 0, 0


def tell_seen(draft: Draft, memory: Seeing, instrument: InstrumentId, why: str, begins_at: int) -> None:
    """State that what is held cannot be judged, `why` in words, or, with "", that it can; it trades since `begins_at`.

    Nothing is stated of what was stated already, nor before it has lasted.
    """
    now, today = draft.now, draft.view.trading_day
    if not why:
        if memory.blind:
            draft.mark(ExitSeen(instrument=instrument, trading_day=today))
        elif memory.doubted_at:
            draft.mark(ExitDoubted(doubted=False))
        return
    if not memory.blind and not memory.doubted_at:
        _doubt(draft, memory, lone=False)
        return
    begun = begins_at if memory.blind else max(begins_at, memory.doubted_at)
    told = memory.blind_day == today
    if not (memory.blind and told) and now - begun >= STEADY:
        draft.mark(ExitSeen(instrument=instrument, why=why, trading_day=today, again=told))


def tell_unseen(draft: Draft, settings: GridSettings, memory: GridMemory, view: View, sight: Sight | None) -> None:
    """State that a grid which holds lots cannot judge its stop, or can again; settings as they are now."""
    if not any(memory.held):
        return
    calm = not memory.blind and not memory.doubted_at
    still = sight is not None and view.now < old_from(sight)
    if calm and still and sight is not None and sight.quote.last is not None and not sight.lone:
        return  # nearly always, and no more has to be asked for it
    session = view.session(settings.instrument)
    if session.phase is not Phase.CONTINUOUS or session.remaining(view.now) <= EDGE:
        return
    if still and sight is not None and _is_undecided(settings, sight):
        if not (memory.lone and memory.doubted_at):
            _doubt(draft, memory, lone=True)
        return
    why = _why_unseen(settings, view, sight)
    if why is not None:
        tell_seen(draft, memory, settings.instrument, why, session.begins_at)


def lone_lasts(memory: GridMemory, view: View, instrument: InstrumentId) -> bool:
    """Return whether a lone side beyond the last price was doubted for a minute of the session: it is the market."""
    begun = max(view.session(instrument).begins_at, memory.doubted_at)
    return memory.lone and memory.doubted_at > 0 and view.now - begun >= STEADY


def old_from(sight: Sight) -> int:
    """Return from when on (UTC ns) a quote that is not followed by another is none to judge a stop by."""
    return sight.quote.received_at + SILENT + 1


def _doubt(draft: Draft, memory: Seeing, *, lone: bool) -> None:
    if not memory.calmed_at or draft.now - memory.calmed_at >= STEADY:
        draft.mark(ExitDoubted(doubted=True, lone=lone))


def _is_undecided(settings: GridSettings, sight: Sight) -> bool:
    # Whether bounds or stop lie between the last price and a lone side beyond it, or in what lies beyond the bounds.
    found = judged(settings, sight, lasts=False) if sight.lone else None
    return found is not None and not found.inside(settings) and not is_reached(settings, found.price)


def _why_unseen(settings: GridSettings, view: View, sight: Sight | None) -> str | None:
    # "" where the stop can be judged; `None` while the session's first quote may still be on its way.
    if sight is None:
        return "没有报价" if view.now - view.session(settings.instrument).begins_at >= STEADY else None
    if view.now >= old_from(sight):
        return f"{(view.now - sight.quote.received_at) // STEADY} 分钟没有新的报价"
    found = judged(settings, sight, lasts=False)
    if found is None:
        return "没有最新价，也没有买卖价"
    if found.tells_stop(settings):
        return ""
    if found.low is None or found.high is None:
        side, price = ("卖价", found.high) if found.low is None else ("买价", found.low)
        return f"没有最新价，只有{side}{'' if price is None else f' {amount_text(price)}'}"
    return f"没有最新价，买价 {amount_text(found.low)}、卖价 {amount_text(found.high)} 在止损价的两边"
