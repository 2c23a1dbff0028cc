"""Say by which price a grid's stop and bounds are judged, and tell people while there is none.

It is the price of the moment. Where nothing was traded yet in the session, the price lies somewhere between the two
sides that are displayed: a stop or bound is crossed once all of that lies beyond it, so a low bid under a fair offer
crosses nothing. At its daily limit the only side is the price: the other can go no further.

Until then one side alone ends nothing, wherever it stands: it is one order, and whom a close would trade with is not
there. When the other side comes, both are judged at once; meanwhile people are told, of a paused grid too. After the
first trade a side that lies beyond the last price corrects it, also alone (`Sight.reference`).

A grid that holds lots and cannot judge its stop says so once that has lasted for a minute of the session, and people
are alarmed once on each trading day, however often it comes and goes: nobody else would look. By a quote that nothing
has followed for long the stop is still judged, but whether that is the market nobody knows: that is said too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import ExitDoubted, ExitSeen
from terminal.domain.orders.order import Side
from terminal.domain.words.amount_text import amount_text
from terminal.strategies.children import SECOND
from terminal.strategies.grid.stop import is_reached
from terminal.strategies.sight import EDGE

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.parameters.strategy import GridSettings
    from terminal.domain.view import View
    from terminal.strategies.draft import Draft
    from terminal.strategies.grid.moment import GridMemory
    from terminal.strategies.sight import Sight

STEADY: Final = 60 * SECOND  # a price that is missing is so for this long before it is said
SILENT: Final = 4 * STEADY  # a thin contract may show nothing new for so long, and its stop can be judged
UNJUDGED: Final = "止损和区间现在不能判，看得到价格之后再判；要先走请人工平仓"


class Judged(NamedTuple):
    """Hold between what the price lies, in yuan, `None` for open; `price` of all that is the nearest to the anchor."""

    price: Decimal
    low: Decimal | None
    high: Decimal | None

    @property
    def whole(self) -> bool:
        """Return whether both ends are known: only then may it end anything."""
        return self.low is not None and self.high is not None

    def inside(self, settings: GridSettings) -> bool:
        """Return whether all of it lies in a grid's bounds and short of its stop."""
        low, high = self.low, self.high
        if low is None or high is None or low < settings.lower or high > settings.upper:
            return False
        return not is_reached(settings, low if settings.side is Side.BUY else high)

    def tells_stop(self, settings: GridSettings) -> bool:
        """Return whether a grid's stop can be judged: all of it lies on one side of the stop."""
        worst = self.low if settings.side is Side.BUY else self.high
        return self.whole and (
            is_reached(settings, self.price) or (worst is not None and not is_reached(settings, worst))
        )


def judged(settings: GridSettings, sight: Sight) -> Judged | None:
    """Return by what a grid's stop and bounds are judged, `None` where nothing is known; settings as they are now."""
    known, quote = sight.instrument, sight.quote
    last = sight.reference() if quote.last is not None else None
    if last is not None:
        price = known.price(last)
        return Judged(price, price, price)
    bid, ask = sight.displayed(Side.BUY), sight.displayed(Side.SELL)
    low, high = None if bid is None else bid.price, None if ask is None else ask.price
    if high is None and low is not None and quote.upper_limit is not None and low >= quote.upper_limit:
        high = low
    elif low is None and high is not None and quote.lower_limit is not None and high <= quote.lower_limit:
        low = high
    if low is None and high is None:
        return None
    least, most = None if low is None else known.price(low), None if high is None else known.price(high)
    price = settings.anchor if least is None else max(least, settings.anchor)
    return Judged(price if most is None else min(most, price), least, most)


def tell_unseen(draft: Draft, settings: GridSettings, memory: GridMemory, view: View, sight: Sight | None) -> None:
    """State that a grid which holds lots cannot judge its stop, or can again; settings as they are now."""
    if not any(memory.held):
        return
    calm = not memory.blind and not memory.doubted_at
    if calm and sight is not None and sight.quote.last is not None and view.now < old_from(sight):
        return  # nearly always, and no more has to be asked for it
    session, now = view.session(settings.instrument), view.now
    if session.phase is not Phase.CONTINUOUS or session.remaining(now) <= EDGE:
        return
    why = _why_unseen(settings, view, sight)
    if why is None:
        return
    if not why:
        if memory.blind:
            draft.mark(ExitSeen(instrument=settings.instrument, trading_day=view.trading_day))
        elif memory.doubted_at:
            draft.mark(ExitDoubted(doubted=False))
        return
    if calm:
        if not memory.calmed_at or now - memory.calmed_at >= STEADY:
            draft.mark(ExitDoubted(doubted=True))
        return
    begun = session.begins_at if memory.blind else max(session.begins_at, memory.doubted_at)
    told = memory.blind_day == view.trading_day
    if not (memory.blind and told) and now - begun >= STEADY:
        draft.mark(ExitSeen(instrument=settings.instrument, why=why, trading_day=view.trading_day, again=told))


def old_from(sight: Sight) -> int:
    """Return from when on (UTC ns) a quote that is not followed by another is none to judge a stop by."""
    return sight.quote.received_at + SILENT + 1


def _why_unseen(settings: GridSettings, view: View, sight: Sight | None) -> str | None:
    # "" where the stop can be judged; `None` while the session's first quote may still be on its way.
    if sight is None:
        return "没有报价" if view.now - view.session(settings.instrument).begins_at >= STEADY else None
    if view.now >= old_from(sight):
        return f"{(view.now - sight.quote.received_at) // STEADY} 分钟没有新的报价"
    found = judged(settings, sight)
    if found is None:
        return "没有最新价，也没有买卖价"
    if found.tells_stop(settings):
        return ""
    if found.low is None or found.high is None:
        side, price = ("卖价", found.high) if found.low is None else ("买价", found.low)
        return f"没有最新价，只有{side}{'' if price is None else f' {amount_text(price)}'}"
    return f"没有最新价，买价 {amount_text(found.low)}、卖价 {amount_text(found.high)} 在止损价的两边"
