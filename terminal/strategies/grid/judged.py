"""Say by which price a grid's stop and bounds are judged, and tell people while there is none.

It is the price of the moment. Where nothing was traded yet in the session and only one side is displayed, there is no
such price, but that side says between what it lies: what is offered at 3400, and bid for by nobody, is worth 3400 at
most. So an offer at or below a long grid's stop proves that the stop is reached, and one above it proves nothing. At
its daily limit the side is the price: the other side can go no further.

A grid that holds lots and cannot judge its stop says so once that has lasted for a minute of the session, once on each
trading day: nobody else would look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import ExitDoubted, ExitSeen
from terminal.domain.orders.order import Side
from terminal.strategies.children import SECOND
from terminal.strategies.grid.stop import is_reached
from terminal.strategies.sight import EDGE, look

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import GridSettings
    from terminal.domain.view import View
    from terminal.strategies.draft import Draft
    from terminal.strategies.grid.moment import GridMemory
    from terminal.strategies.sight import Sight

STEADY: Final = 60 * SECOND  # a price that is missing is so for this long before it is said
UNJUDGED: Final = "止损和区间现在不能判，看得到价格之后再判；要先走请人工平仓"


class Judged(NamedTuple):
    """Hold a price in ticks, and whether it is the price, or one that every possible price lies at or beyond."""

    price: int
    exact: bool = True


def judged(settings: GridSettings, sight: Sight) -> Judged | None:
    """Return by which price a grid's stop and bounds are judged, `None` by none; settings as they are now."""
    price = sight.reference()
    if price is not None:
        return Judged(price)
    bid, ask = sight.displayed(Side.BUY), sight.displayed(Side.SELL)
    if ask is None and bid is not None:
        upper, now = sight.quote.upper_limit, sight.instrument.price(bid.price)
        if upper is not None and bid.price >= upper:
            return Judged(bid.price)
        out = now > settings.upper or (settings.side is Side.SELL and is_reached(settings, now))
        return Judged(bid.price, exact=False) if out else None
    if bid is None and ask is not None:
        lower, now = sight.quote.lower_limit, sight.instrument.price(ask.price)
        if lower is not None and ask.price <= lower:
            return Judged(ask.price)
        out = now < settings.lower or (settings.side is Side.BUY and is_reached(settings, now))
        return Judged(ask.price, exact=False) if out else None
    return None


def tell_unseen(draft: Draft, settings: GridSettings, memory: GridMemory, view: View) -> None:
    """State that a grid which holds lots cannot judge its stop, or can again; settings as they are now."""
    session, now = view.session(settings.instrument), view.now
    if not any(memory.held) or session.phase is not Phase.CONTINUOUS or session.remaining(now) <= EDGE:
        return
    why = _why_unseen(settings, view)
    if why is None:
        return
    if not why:
        if memory.blind:
            draft.mark(ExitSeen(instrument=settings.instrument, trading_day=view.trading_day))
        elif memory.doubted_at:
            draft.mark(ExitDoubted(doubted=False))
        return
    if not memory.blind and not memory.doubted_at:
        if not memory.calmed_at or now - memory.calmed_at >= STEADY:
            draft.mark(ExitDoubted(doubted=True))
        return
    begun = session.begins_at if memory.blind else max(session.begins_at, memory.doubted_at)
    said = memory.blind and memory.blind_day == view.trading_day
    if not said and now - begun >= STEADY:
        draft.mark(ExitSeen(instrument=settings.instrument, why=why, trading_day=view.trading_day))


def _why_unseen(settings: GridSettings, view: View) -> str | None:
    # "" where the stop can be judged; `None` while the session's first quote may still be on its way.
    sight = look(view, settings.instrument)
    if sight is None:
        return "没有报价" if view.now - view.session(settings.instrument).begins_at >= STEADY else None
    found = judged(settings, sight)
    if found is not None and (found.exact or is_reached(settings, sight.instrument.price(found.price))):
        return ""
    bid, ask = sight.displayed(Side.BUY), sight.displayed(Side.SELL)
    if bid is None:
        return "没有最新价，也没有买卖价" if ask is None else "没有最新价，只有卖价"
    return "没有最新价，只有买价"
