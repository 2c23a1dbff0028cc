"""Say by which price a grid's stop and bounds are judged, and when it crosses them, whatever its price is of.

It is the price somebody traded at. Where there is none it lies between two sides: of a contract that was not traded yet
those that are displayed, of a spread always what selling it comes to and what buying it costs, for its legs' last
prices are of different moments (`terminal.strategies.spread.bounds`). A stop or bound is crossed once all of that lies
beyond it, so a low bid under a fair offer crosses nothing. At a contract's daily limit the only side is the price: the
other can go no further.

A book may stay wider than what lies between a grid's lines and its stop. So one side, at which the held lots would be
closed, stops it too, but only once that has lasted for minutes of the session and people were told of it
(`terminal.strategies.grid.unseen`). A grid that waits outside its bounds is back once the side at which it enters is
inside, and the other one short of the stop: what else the book shows it would not trade at.

Until then one side alone ends nothing, wherever it stands: it is one order, and whom a close would trade with is not
there. When the other side comes, both are judged at once; meanwhile people are told, of a paused grid too
(`terminal.strategies.grid.unseen`).

After the first trade a side that lies beyond the last price corrects it (`Sight.reference`). Where it stands alone,
the price lies between the two until that has lasted for a minute of the session; at the daily limit it does at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.fact.marks import RangeEntered, RangeLeft
from terminal.domain.orders.order import Side
from terminal.strategies.grid.stage import CALM
from terminal.strategies.grid.stop import is_reached
from terminal.strategies.grid.trailing import wins_beyond

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from terminal.domain.parameters.strategy import GridSettings, SpreadGrid
    from terminal.strategies.sight import Sight


class Judged(NamedTuple):
    """Hold between what the price lies, in yuan, `None` for open; `price` of all that is the nearest to the anchor.

    `sides` says that the ends are what can be sold and bought at.
    """

    price: Decimal
    low: Decimal | None
    high: Decimal | None
    sides: bool = False

    @property
    def whole(self) -> bool:
        """Return whether both ends are known: only then may it end anything."""
        return self.low is not None and self.high is not None

    def inside(self, bounds: GridSettings | SpreadGrid) -> bool:
        """Return whether all of it lies in a grid's bounds and short of its stop."""
        low, high = self.low, self.high
        if low is None or high is None or low < bounds.lower or high > bounds.upper:
            return False
        return not is_reached(bounds, low if bounds.side is Side.BUY else high)

    def lets_in(self, bounds: GridSettings | SpreadGrid) -> bool:
        """Return whether a grid that waits outside its bounds is back: by what it would trade at, where that shows."""
        low, high = self.low, self.high
        if not self.sides or low is None or high is None:
            return self.inside(bounds)
        enters, closes = (high, low) if bounds.side is Side.BUY else (low, high)
        return bounds.lower <= enters <= bounds.upper and not is_reached(bounds, closes)

    def tells_stop(self, bounds: GridSettings | SpreadGrid) -> bool:
        """Return whether a grid's stop can be judged: all of it lies on one side of the stop."""
        worst = self.worst(bounds)
        return self.whole and (is_reached(bounds, self.price) or (worst is not None and not is_reached(bounds, worst)))

    def worst(self, bounds: GridSettings | SpreadGrid) -> Decimal | None:
        """Return the end that is the worst for a grid: of two sides the one at which its lots would be closed."""
        return self.low if bounds.side is Side.BUY else self.high

    def half(self, bounds: GridSettings | SpreadGrid) -> Decimal | None:
        """Return what a grid's lots would be closed at where that alone has reached its stop, `None` elsewhere."""
        return self.worst(bounds) if self.sides and self.whole and not self.tells_stop(bounds) else None


def between(anchor: Decimal, low: Decimal | None, high: Decimal | None, *, sides: bool = True) -> Judged:
    """Return a price that lies between two ends, in yuan, of which one may not be known; two sides, unless it says."""
    price = anchor if low is None else max(low, anchor)
    return Judged(price if high is None else min(high, price), low, high, sides)


def judged(settings: GridSettings, sight: Sight, *, lasts: bool) -> Judged | None:
    """Return by what a grid's stop and bounds are judged, `None` where nothing is known; settings as they are now.

    `lasts` says whether a lone side beyond the last price has stood for so long that it is the price.
    """
    known, quote = sight.instrument, sight.quote
    last = sight.reference() if quote.last is not None else None
    if last is not None:
        price = known.price(last)
        if lasts or quote.last is None or last == quote.last or not sight.lone:
            return Judged(price, price, price)
        traded = known.price(quote.last)
        return between(settings.anchor, min(price, traded), max(price, traded), sides=False)
    bid, ask = sight.displayed(Side.BUY), sight.displayed(Side.SELL)
    low, high = None if bid is None else bid.price, None if ask is None else ask.price
    if high is None and low is not None and quote.upper_limit is not None and low >= quote.upper_limit:
        high = low
    elif low is None and high is not None and quote.lower_limit is not None and high <= quote.lower_limit:
        low = high
    if low is None and high is None:
        return None
    least, most = None if low is None else known.price(low), None if high is None else known.price(high)
    return between(settings.anchor, least, most)


class Since(NamedTuple):
    """Hold when the price left the bounds, while outside (UTC ns), and whether its closing side alone `lasts`."""

    left_at: int | None
    lasts: bool


def crossing(
    bounds: GridSettings | SpreadGrid, found: Judged | None, since: Since, now: int, follows: Callable[[], bool]
) -> RangeLeft | RangeEntered | None:
    """Return that a price leaves a grid's bounds, reaches its stop or is back, `None` where it does none of these.

    `since` says what of it has lasted until `now` (UTC ns). `follows` is asked beyond the winning bound: whether the
    grid may still follow the price there, which then is no way out.
    """
    if found is None or found.low is None or found.high is None:
        return None
    closes = found.half(bounds) if since.lasts else None
    if closes is not None:
        return RangeLeft(price=closes, stopped=True, lasted=True)
    price, left_at = found.price, since.left_at
    stopped = is_reached(bounds, price)
    if not stopped and wins_beyond(bounds, price) and follows():
        return None
    if stopped or (left_at is None and not bounds.lower <= price <= bounds.upper):
        return RangeLeft(price=price, stopped=stopped)
    if left_at is not None and now - left_at >= CALM and found.lets_in(bounds):
        return RangeEntered(price=price)
    return None
