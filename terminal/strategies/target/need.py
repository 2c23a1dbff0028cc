"""Reckon how many lots bring a hedge ratio back into its band.

The theory. The hedge is the tonnes of the sign opposite to the exposure, futures whole and options by their delta; the
ratio is hedge / exposure. Where one of these deltas is not known, the hedge lies between two ends, and what is traded
is what is right at both: the fewer lots of the two; where they disagree on the side, nothing (`undecided`). Below
the band the hedge is raised, above it lowered. Orders of others that move it the same way count as filled, those of
the other way as not (as control C5 reckons), so that two hands never fill the same gap. Lots are whole: what is
traded reaches the edge or the centre as near as whole lots come, and never passes the band's other edge.

Net of VAT the ratio is hedge x (1 + rate) / exposure: the same as hedge / (exposure / (1 + rate)), and exact. Futures
that are quoted net count as they are (`domain/vat`).
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.orders.order import Side
from terminal.domain.parameters.target import WHOLE, Aim

if TYPE_CHECKING:
    from terminal.domain.fact.target_marks import RatioFrozen
    from terminal.domain.ids import StrategyId
    from terminal.domain.parameters.target import TargetSettings
    from terminal.domain.view import HedgeStanding, View

TENTH = Decimal("0.1")


class Balance(NamedTuple):
    """Hold a hedge in tonnes, its exposure's sign taken out: 0 is no hedge, `whole` is all of it.

    Where the ratio is net of VAT they are the tonnes of exposure that it covers.
    """

    hedge: Decimal
    whole: Decimal
    raising: Decimal  # what others' orders may still add
    lowering: Decimal  # what others' orders may still take away
    per_lot: Decimal
    side: Side  # of the orders that raise it
    unsure: Decimal = Decimal(0)  # what options of unknown delta may add to the hedge, which is the least then

    @property
    def ratio(self) -> Decimal:
        """Return the ratio in per cent, the least it may be."""
        return percent(self.hedge, self.whole)

    @property
    def least(self) -> Balance:
        """Return the balance with as little hedged as may be."""
        return self._replace(unsure=Decimal(0))

    @property
    def most(self) -> Balance:
        """Return the balance with as much hedged as may be."""
        return self._replace(hedge=self.hedge + self.unsure, unsure=Decimal(0))

    def toward(self, side: Side) -> Balance:
        """Return the end that lacks the fewer lots of a side."""
        return self.most if side is self.side else self.least

    def after(self, side: Side, lots: int) -> Decimal:
        """Return the ratio in per cent once so many lots of a side are filled."""
        added = self.per_lot * lots * (1 if side is self.side else -1)
        return percent(self.hedge + added, self.whole)


def percent(part: Decimal, whole: Decimal) -> Decimal:
    """Return a share in per cent, to a tenth.

    >>> percent(Decimal(1), Decimal(3))
    Decimal('33.3')
    """
    return (part / whole * WHOLE).quantize(TENTH)


def standing_of(settings: TargetSettings, view: View, strategy: StrategyId) -> HedgeStanding | None:
    """Return how the group of a target stands, on the basis of its settings; `None` without the group."""
    return view.hedge(settings.account, settings.group, settings.instrument, strategy, settings.vat)


def balance_of(standing: HedgeStanding) -> Balance | None:
    """Return how a group is hedged.

    `None` where there is no exposure, or no lot of the contract counts in it.
    """
    if not standing.exposure or standing.per_lot <= 0:
        return None
    long = standing.exposure > 0
    tonnes = standing if standing.cover is None else standing.cover
    raising, lowering = (tonnes.sold, tonnes.bought) if long else (tonnes.bought, tonnes.sold)
    return Balance(
        hedge=-(tonnes.futures + tonnes.unsure) if long else tonnes.futures,
        whole=abs(standing.exposure),
        raising=raising,
        lowering=lowering,
        per_lot=tonnes.per_lot,
        side=Side.SELL if long else Side.BUY,
        unsure=tonnes.unsure,
    )


def outside(now: Balance, band: RatioFrozen) -> Side | None:
    """Return the side of the orders that bring the hedge back into its band, `None` inside it."""
    if now.hedge + now.unsure + now.raising < band.low * now.whole / WHOLE:
        return now.side
    return now.side.opposite if now.hedge - now.lowering > band.high * now.whole / WHOLE else None


def undecided(now: Balance, band: RatioFrozen, aim: Aim, stands: Side | None) -> bool:
    """Return whether it depends on deltas nobody knows which side is right, or that of a proposal that stands."""
    sides = outside(now.least, band), outside(now.most, band)
    if stands is None:
        return sides[0] is not sides[1]
    if sides == (None, None):
        return False  # what would still lead to the centre is no reason to wait
    return bool(lots_to(now.least, band, aim, stands)) is not bool(lots_to(now.most, band, aim, stands))


def lots_to(now: Balance, band: RatioFrozen, aim: Aim, side: Side) -> int:
    """Return the lots of a side that bring the hedge to its aim; zero where it is there, or beyond."""
    low, centre, high = (part * now.whole / WHOLE for part in (band.low, band.ratio, band.high))
    if side is now.side:
        here = now.hedge + now.unsure + now.raising
        edge, middle, most = low - here, centre - here, high - here
    else:
        here = now.hedge - now.lowering
        edge, middle, most = here - high, here - centre, here - low
    lots = _lots(edge / now.per_lot, ROUND_CEILING)
    if aim is Aim.CENTRE:
        lots = max(lots, _lots(middle / now.per_lot, ROUND_FLOOR))
    return max(min(lots, _lots(most / now.per_lot, ROUND_FLOOR)), 0)


def _lots(lots: Decimal, rounding: str) -> int:
    return int(lots.to_integral_value(rounding=rounding))
