"""Say which leg keeps a spread that holds lots from being seen, and why.

A book counts while each leg trades continuously, has been quoted in this very session, both sides show, and none is
stuck at its limit: without one of them there is no price to close at. Of a grid the stop must not lie between what
selling and what buying it come to; where everything was traded, and the middle is short of it, that is how any price
comes near a stop, and nobody is told. When it is said stands in `terminal.strategies.grid.unseen`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.days.sessions import Phase
from terminal.domain.words.amount_text import amount_text
from terminal.strategies.grid.stop import is_reached
from terminal.strategies.grid.unseen import tell_seen
from terminal.strategies.sight import EDGE, FRESH, look

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import SpreadGrid, SpreadSettings
    from terminal.domain.view import View
    from terminal.strategies.grid.judged import Judged
    from terminal.strategies.spread.moment import Moment

NO_SPOT = "没有有效的现货价"
UNSEEN = "现在看不到平仓的价，止损止盈等双边报价恢复后再判；要先走请人工平仓"


class Seen(NamedTuple):
    """Hold of which leg it is said, and why it cannot be closed at a price now, "" where every leg can."""

    instrument: InstrumentId
    why: str


def legs_seen(view: View, settings: SpreadSettings) -> Seen | None:
    """Return whether a spread's legs can be closed at prices; `None` while one does not trade, or is to be quoted."""
    names = [leg.instrument for leg in settings.legs if leg.lots]
    if not all(_trades(view, name) for name in names):
        return None
    waits = False
    for name in names:
        sight = look(view, name)
        if sight is not None:
            why = sight.stuck if sight.fresh else "报价过旧"
        else:
            why = "没有报价" if view.now - view.session(name).begins_at > FRESH else ""
            waits = waits or not why
        if why:
            return Seen(name, why)
    return None if waits else Seen(names[0], "")


def grid_seen(view: View, settings: SpreadSettings, grid: SpreadGrid, found: Judged | None) -> Seen | None:
    """Return whether the stop of a grid can be judged by what was found of its price; `None` as above."""
    seen = legs_seen(view, settings)
    if seen is None or seen.why:
        return seen
    if found is None:
        spots = (leg.instrument for leg in settings.legs if not leg.lots)
        return next((Seen(name, NO_SPOT) for name in spots), seen)
    if found.tells_stop(grid) or found.low is None or found.high is None:
        return seen
    name = next((leg.instrument for leg in settings.legs if not _is_traded(view, leg.instrument)), None)
    if name is None and not is_reached(grid, (found.low + found.high) / 2):
        return seen
    sold, bought = amount_text(found.low), amount_text(found.high)
    why = "盘口太宽" if name is None else "没有最新价"
    return Seen(name or seen.instrument, f"{why}，卖出得 {sold}、买入付 {bought} 在止损价的两边")


def tell(moment: Moment, seen: Seen) -> None:
    """State that a spread cannot be seen, or can again, once that has lasted."""
    begins = (moment.view.session(leg.instrument).begins_at for leg in moment.settings.legs if leg.lots)
    tell_seen(moment.draft, moment.memory, seen.instrument, seen.why, max(begins))


def _is_traded(view: View, instrument: InstrumentId) -> bool:
    # Whether it has a last price: it was traded in the session, or stated.
    quote = view.quote(instrument)
    return quote is not None and quote.last is not None


def _trades(view: View, instrument: InstrumentId) -> bool:
    # Continuously, and for longer than an order needs.
    session = view.session(instrument)
    return session.phase is Phase.CONTINUOUS and session.remaining(view.now) > EDGE
