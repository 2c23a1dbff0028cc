"""Say how long a spread waits for a hedge, how far it pays up, and how long its own hedges took.

The ladder: 追价, one chase after another, each a pay-up further through the opposite price; 加价, the same once more
at a broken leg's pace; 反平, the active leg goes back. Its times and prices follow from the settings alone, so that
they can be told before the first order.

Before a break the active leg stands back while a hedge may still need the time (E6): the 95th percentile of the
spread's own hedges, nearest rank, of the latest hundred. Before there are twenty the whole of 追价 stands for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.strategies.children import SECOND
from terminal.strategies.sight import FARTHEST_TICKS, Sight

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from terminal.domain.orders.order import Side
    from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote

UNHURRIED_SECONDS = 30  # a broken leg is chased no oftener than this
KEPT = 100  # hedges remembered
ENOUGH = 20  # hedges that tell a percentile
MILLISECOND = 1_000_000
# What a quote needs beyond a hedge: it fills until its cancel has arrived. A look by the clock comes each second, a
# slow line takes two seconds for a cancel there and back, and the fill reported last is two more on its way.
WITHDRAWN_SECONDS = 5


class Patience(NamedTuple):
    """Hold how long a leg's hedge rests before it is chased, and how often it is before the leg is broken."""

    seconds: int
    chases: int


def patience(settings: SpreadSettings, leg: int) -> Patience:
    """Return a leg's own patience, or the spread's where it has none."""
    one = settings.legs[leg]
    return Patience(
        settings.hedge_seconds if one.hedge_seconds is None else one.hedge_seconds,
        settings.max_chases if one.max_chases is None else one.max_chases,
    )


def chase_seconds(settings: SpreadSettings, leg: int | None = None) -> int:
    """Return how long the chases (追价) of a leg go on before it counts as broken; without one, of the slowest leg."""
    if leg is None:
        return max(chase_seconds(settings, place) for place, one in enumerate(settings.legs) if not one.active)
    seconds, chases = patience(settings, leg)
    return seconds * (chases + 1)


def longest_seconds(settings: SpreadSettings, leg: int | None = None) -> int:
    """Return how long a leg may lack lots before the active one is unwound: 追价, then 加价 as long again."""
    return 2 * chase_seconds(settings, leg)


def most_chases(settings: SpreadSettings, leg: int) -> int:
    """Return how often a leg's hedge is chased at most before its round is unwound."""
    seconds, chases = patience(settings, leg)
    return chases + 1 + chase_seconds(settings, leg) // max(seconds, UNHURRIED_SECONDS)


def pay_up(leg: SpreadLeg, chases: int) -> int:
    """Return how many ticks beyond the opposite price a leg goes after so many chases, ten at most."""
    return min(chases * leg.pay_up_ticks, FARTHEST_TICKS)


def worst_price(known: Instrument, quote: Quote, leg: SpreadLeg, side: Side, chases: int) -> Decimal | None:
    """Return what a leg pays after so many chases, from the quote on display; `None` where there is no price."""
    sight = Sight(known, quote, 0, fresh=True)
    shown = sight.opposite(side)
    ticks = sight.reference() if shown is None else shown.price
    return None if ticks is None else known.price(sight.clipped(ticks + side.sign * pay_up(leg, chases)))


def dearest_quote(known: Instrument, quote: Quote, settings: SpreadSettings, price: Decimal) -> Decimal:
    """Return the highest price at which the active leg may have a sale resting, by the opposite price now.

    That is the opposite price itself where it only takes. It rests no further than its reach, but may be left resting
    a tolerance beyond it.
    """
    if settings.quoting is None:
        return price
    far = known.ticks(price) + settings.quoting.reach_ticks + settings.quoting.tolerance_ticks
    return known.price(Sight(known, quote, 0, fresh=True).clipped(far))


def p95(samples: Sequence[int]) -> int | None:
    """Return the 95th percentile by nearest rank, `None` before there are twenty samples.

    >>> p95(range(1, 21)), p95(range(1, 101)), p95([5] * 19)
    (19, 95, None)
    """
    return sorted(samples)[(95 * len(samples) + 99) // 100 - 1] if len(samples) >= ENOUGH else None


def edge_time(settings: SpreadSettings, hedged_ms: Sequence[int]) -> int:
    """Return how long before a break of any leg the active one stands back, in ns."""
    measured = p95(hedged_ms)
    return chase_seconds(settings) * SECOND if measured is None else measured * MILLISECOND


def resting_edge_time(settings: SpreadSettings, hedged_ms: Sequence[int]) -> int:
    """Return how long before a break the active leg rests no more, its cancel's way included, in ns."""
    return edge_time(settings, hedged_ms) + WITHDRAWN_SECONDS * SECOND
