"""Tell people while what a strategy holds cannot be judged: the stop of a grid, the exits of a spread.

It is said once it has lasted for a minute of the session, and people are alarmed once on each trading day, however
often it comes and goes: nobody else would look. That it can be judged again is said at once.

A lone side beyond the last price (`Sight.lone`) is doubted in the same way. Once that has lasted, and a quote that came
later says it again, it is taken for the market: then the grid is stopped by it, or goes on, and nobody need be told. An
empty grid doubts nothing: it waits.

Where a grid's lots could be closed at its stop or worse, and not all of the price is there (`Judged.half`), people are
told after a minute that this will stop it, and once it has gone on for four minutes of the same session more, it does:
so everybody is warned, and no lone quote lasts. They are told each time it begins to count, for what they read hours
ago they do not expect now. A look at which a side is missing or old says nothing of that; a leg at its limit ends it.

One look short of the stop ends it too, and is not doubted: that order would have taken the lots there, and whoever
passed over such looks would stop a grid by a price that is short of its stop most of the time. So a price that comes
back every few minutes stops nothing by one side, for as long as it does: the warning says so, and is given each time.
Where it comes back before anybody is warned, the stop would be put off for hours without a word: once that has gone on
for ten minutes people are told that nothing will be done, once on each trading day.

By a quote that nothing has followed for long the stop of a grid is still judged, but whether that is the market nobody
knows: that is said too. What keeps a spread from being seen stands in `terminal.strategies.spread.unseen`.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.exit_marks import ExitDoubted, ExitSeen
from terminal.domain.orders.order import Side
from terminal.domain.words.amount_text import amount_text
from terminal.strategies.children import SECOND
from terminal.strategies.grid.judged import judged
from terminal.strategies.grid.stop import is_reached
from terminal.strategies.sight import EDGE

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import GridSettings, SpreadGrid
    from terminal.domain.view import View
    from terminal.strategies.draft import Draft
    from terminal.strategies.grid.judged import Judged
    from terminal.strategies.grid.moment import GridMemory
    from terminal.strategies.sight import Sight

STEADY: Final = 60 * SECOND  # a price that is missing is so for this long before it is said
SILENT: Final = 4 * STEADY  # a thin contract may show nothing new for so long, and its stop can be judged
WARNED_MINUTES: Final = 4  # of the session, between the warning and the stop by one side
LAST_MINUTES: Final = 1 + WARNED_MINUTES
PUT_OFF_MINUTES: Final = 10  # longer than between two warnings, which say that it may be put off
AGAIN: Final = 2 * STEADY  # what is at the stop again within this of a look short of it is so on and off: a new doubt
UNJUDGED: Final = "止损和区间现在不能判，看得到价格之后再判；要先走请人工平仓"


class Seeing(Protocol):
    """Name what a memory holds of it; instants are UTC ns."""

    blind: bool  # people are told that it cannot be judged
    blind_day: int  # the trading day on which they last were, while something has been held ever since
    doubted_at: int  # since when it cannot, while they are not told yet
    calmed_at: int  # when it last could again
    beyond_at: int  # since when what is held could be closed at its stop, and not all of the price is there
    warned_at: int  # when it was last stated that this will stop it
    off_on_at: int  # since when that comes and goes, or is there
    put_off_day: int  # the trading day on which people were last told that this puts the stop off


class Beyond(Enum):
    """Name what a look at a stop that cannot be judged says of the side at which the held lots would be closed."""

    REACHED = auto()  # it is at the stop
    UNKNOWN = auto()  # a side is missing or old: it may be there again with the next quote
    ENDED = auto()  # whatever it was before, it does not last


class Unjudged(NamedTuple):
    """Hold in words why a stop cannot be judged, "" where it can."""

    why: str
    beyond: Beyond = Beyond.ENDED


JUDGED: Final = Unjudged("")


def fold_seen(memory: Seeing, mark: ExitSeen | ExitDoubted, at: int) -> None:
    """Take into a memory what was stated at an instant, UTC ns."""
    if isinstance(mark, ExitDoubted):
        if mark.beyond and not (memory.off_on_at and at - memory.calmed_at <= AGAIN):
            memory.off_on_at = at
        memory.doubted_at = at if mark.doubted else 0
        memory.beyond_at = at if mark.beyond else 0
        memory.calmed_at = memory.calmed_at if mark.doubted else at
        return
    if mark.put_off:
        memory.put_off_day = mark.trading_day
        return
    memory.blind, memory.doubted_at = bool(mark.why), 0
    if not mark.why:
        memory.calmed_at, memory.beyond_at = at, 0
    elif mark.beyond:
        memory.warned_at = at
    else:
        memory.blind_day = mark.trading_day


def sees_anew(memory: Seeing) -> None:
    """Take that nothing is held, or it stops: of what is held next nobody was told yet that it cannot be judged."""
    memory.blind, memory.blind_day, memory.doubted_at = False, 0, 0
    counts_anew(memory)


def counts_anew(memory: Seeing) -> None:
    """Take that the stop is another one, or that nobody looked: what its lots could be closed at has not lasted."""
    memory.beyond_at = memory.off_on_at = memory.put_off_day = 0


def beyond_lasts(memory: Seeing, now: int, begins_at: int) -> bool:
    """Return whether what is held could be closed at its stop for so long that this stops it; it trades since then."""
    counts = memory.warned_at >= memory.beyond_at >= begins_at
    return counts and now - memory.warned_at >= WARNED_MINUTES * STEADY


def tell_seen(draft: Draft, memory: Seeing, instrument: InstrumentId, found: Unjudged, begins_at: int) -> None:
    """State that what is held cannot be judged, or that it can; it trades since `begins_at`.

    Nothing is stated of what was stated already, nor before it has lasted.
    """
    now, today, why = draft.now, draft.view.trading_day, found.why
    if not why:
        if memory.blind:
            draft.mark(ExitSeen(instrument=instrument, trading_day=today))
        elif memory.doubted_at:
            draft.mark(ExitDoubted(doubted=False))
        return
    reached = found.beyond is Beyond.REACHED
    if reached and _is_put_off(memory, now, today, begins_at):
        draft.mark(ExitSeen(instrument=instrument, why=why, trading_day=today, put_off=True))
    elif not memory.blind and not memory.doubted_at:
        _doubt(draft, memory, beyond=reached)
    elif reached:
        _warn(draft, memory, instrument, why, begins_at)
    elif found.beyond is Beyond.ENDED and memory.beyond_at:
        draft.mark(ExitDoubted(doubted=True))
    else:
        told, since = memory.blind_day == today, 0 if memory.blind else memory.doubted_at
        if not (memory.blind and told) and now - max(begins_at, since) >= STEADY:
            draft.mark(ExitSeen(instrument=instrument, why=why, trading_day=today, again=told))


def _is_put_off(memory: Seeing, now: int, today: int, begins_at: int) -> bool:
    # Whether looks short of the stop have kept people from being warned of what is at it for so long.
    goes_on = memory.blind or memory.doubted_at or now - memory.calmed_at <= AGAIN
    if not goes_on or memory.put_off_day == today or memory.off_on_at < begins_at:
        return False
    unwarned = memory.calmed_at > memory.off_on_at and memory.warned_at <= memory.calmed_at
    return unwarned and now - max(memory.off_on_at, memory.warned_at) >= PUT_OFF_MINUTES * STEADY


def _warn(draft: Draft, memory: Seeing, instrument: InstrumentId, why: str, begins_at: int) -> None:
    # Of what its lots could be closed at, which is at the stop: when that begins, and once that has lasted.
    now, today = draft.now, draft.view.trading_day
    if memory.beyond_at < begins_at:
        if now - memory.doubted_at >= STEADY:
            draft.mark(ExitDoubted(doubted=True, beyond=True))
    elif memory.warned_at < memory.beyond_at and now - memory.beyond_at > STEADY:  # a leg so old is none
        draft.mark(ExitSeen(instrument=instrument, why=why, trading_day=today, beyond=True))


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
    found = _unjudged(settings, view, sight)
    if found is not None:
        tell_seen(draft, memory, settings.instrument, found, session.begins_at)


def lone_lasts(memory: GridMemory, view: View, instrument: InstrumentId) -> bool:
    """Return whether a lone side beyond the last price was doubted for a minute of the session: it is the market.

    One quote that no other has followed does not say that it still is.
    """
    begun, quote = max(view.session(instrument).begins_at, memory.doubted_at), view.quote(instrument)
    again = quote is not None and quote.received_at > memory.doubted_at
    return memory.lone and memory.doubted_at > 0 and again and view.now - begun >= STEADY


def old_from(sight: Sight) -> int:
    """Return from when on (UTC ns) a quote that is not followed by another is none to judge a stop by."""
    return sight.quote.received_at + SILENT + 1


def half_words(bounds: GridSettings | SpreadGrid, found: Judged, called: tuple[str, str]) -> str:
    """Return in words that what lots would be closed at has reached the stop, and the other side, as called, has not.

    `called` names what can be sold at, and what can be bought at.
    """
    low, high = ("" if end is None else amount_text(end) for end in (found.low, found.high))
    ends = (f"{called[0]} {low}", f"{called[1]} {high}")
    closes, other = ends if bounds.side is Side.BUY else reversed(ends)
    return f"{closes} 已到止损价 {amount_text(bounds.stop)}、{other} 还没有到"


def _doubt(draft: Draft, memory: Seeing, *, lone: bool = False, beyond: bool = False) -> None:
    if not memory.calmed_at or draft.now - memory.calmed_at >= STEADY:
        draft.mark(ExitDoubted(doubted=True, lone=lone, beyond=beyond))


def _is_undecided(settings: GridSettings, sight: Sight) -> bool:
    # Whether bounds or stop lie between the last price and a lone side beyond it, or in what lies beyond the bounds.
    found = judged(settings, sight, lasts=False) if sight.lone else None
    return found is not None and not found.inside(settings) and not is_reached(settings, found.price)


def _unjudged(settings: GridSettings, view: View, sight: Sight | None) -> Unjudged | None:
    # `None` while the session's first quote may still be on its way.
    if sight is None:
        late = view.now - view.session(settings.instrument).begins_at >= STEADY
        return Unjudged("没有报价") if late else None
    if view.now >= old_from(sight):
        return Unjudged(f"{(view.now - sight.quote.received_at) // STEADY} 分钟没有新的报价", Beyond.UNKNOWN)
    found = judged(settings, sight, lasts=False)
    if found is None:
        return Unjudged("没有最新价，也没有买卖价", Beyond.UNKNOWN)
    if found.tells_stop(settings):
        return JUDGED
    if found.low is None or found.high is None:
        side, price = ("卖价", found.high) if found.low is None else ("买价", found.low)
        shown = "" if price is None else f" {amount_text(price)}"
        return Unjudged(f"没有最新价，只有{side}{shown}", Beyond.UNKNOWN)
    return Unjudged(f"没有最新价，{half_words(settings, found, ('买价', '卖价'))}", Beyond.REACHED)
