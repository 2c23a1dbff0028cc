"""Say which leg keeps a spread that holds lots from being seen, and why.

A book counts while each leg trades continuously, has been quoted in this very session, both sides show, and none is
stuck at its limit: without one of them there is no price to close at. Of a grid the stop must not lie between what
selling and what buying it come to. When it is said, and what follows, stands in `terminal.strategies.grid.unseen`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.days.sessions import Phase
from terminal.strategies.grid.unseen import JUDGED, Beyond, Unjudged, half_words, tell_seen
from terminal.strategies.sight import EDGE, FRESH, look

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import SpreadGrid, SpreadLeg, SpreadSettings
    from terminal.domain.view import View
    from terminal.strategies.grid.judged import Judged
    from terminal.strategies.spread.moment import Moment

NO_SPOT = "没有有效的现货价"
SIDES: Final = ("卖出得", "买入付")
UNSEEN = "现在看不到平仓的价，止损止盈等双边报价恢复后再判；要先走请人工平仓"


class Seen(NamedTuple):
    """Hold of which leg it is said, and why it cannot be closed at a price now, no words where every leg can."""

    instrument: InstrumentId
    found: Unjudged

    @property
    def why(self) -> str:
        """Return why in words."""
        return self.found.why


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
            missing = sight is not None and not sight.locked
            return Seen(name, Unjudged(why, Beyond.UNKNOWN if missing else Beyond.ENDED))
    return None if waits else Seen(names[0], JUDGED)


def grid_seen(view: View, settings: SpreadSettings, grid: SpreadGrid, found: Judged | None) -> Seen | None:
    """Return whether the stop of a grid can be judged by what was found of its price; `None` as above."""
    seen = legs_seen(view, settings)
    if seen is None or seen.why:
        return seen
    if found is None:
        spots = (leg.instrument for leg in settings.legs if not leg.lots)
        return next((Seen(name, Unjudged(NO_SPOT)) for name in spots), seen)
    if found.half(grid) is None:
        return seen
    return Seen(_widest(view, settings), Unjudged(f"盘口宽，{half_words(grid, found, SIDES)}", Beyond.REACHED))


def tell(moment: Moment, seen: Seen) -> None:
    """State that a spread cannot be seen, or can again, once that has lasted."""
    tell_seen(moment.draft, moment.memory, seen.instrument, seen.found, begins_at(moment))


def begins_at(moment: Moment) -> int:
    """Return since when all legs of a spread trade in their sessions, UTC ns."""
    return max(moment.view.session(leg.instrument).begins_at for leg in moment.settings.legs if leg.lots)


def _widest(view: View, settings: SpreadSettings) -> InstrumentId:
    # The leg whose two sides lie the farthest apart, by what they make of the spread.
    def width(leg: SpreadLeg) -> Decimal:
        quote, tick = view.quote(leg.instrument), view.instrument(leg.instrument).tick
        if quote is None or quote.bid is None or quote.ask is None:
            return Decimal(0)
        return abs(leg.coefficient) * (quote.ask - quote.bid) * tick

    return max((leg for leg in settings.legs if leg.lots), key=width).instrument


def _trades(view: View, instrument: InstrumentId) -> bool:
    # Continuously, and for longer than an order needs.
    session = view.session(instrument)
    return session.phase is Phase.CONTINUOUS and session.remaining(view.now) > EDGE
