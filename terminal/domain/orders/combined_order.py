"""Say what one order on a combination (组合合约) is in each of its two legs.

The theory. The exchange knows one order; its limit is the first leg's price less the second's, which may be zero or
negative. Here it is two orders, one of each leg, bound to each other: each reserves, is judged, fills and is booked as
any order of its contract, so whatever holds of orders holds of both legs. A leg has no limit of its own: like an order
without a price it carries the day's limit price on its side, beyond which it can never trade. Both are recorded in one
transaction, go out as one message under the first one's wire key, and end together.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import InstrumentId, OrderId, WireKey
from terminal.domain.orders.order import OrderTerms, PriceKind, Side
from terminal.domain.products.combination import Combination


class LegOf(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Say of which order on a combination an order is a leg; `side` and `price` (yuan) are those of the whole."""

    combination: InstrumentId
    number: int  # 1 or 2
    side: Side
    price: Decimal  # limit of the difference
    other: OrderId  # the other leg
    wire_key: WireKey  # of the whole: the exchange knows both legs by it

    @property
    def is_first(self) -> bool:
        """Return whether it is the leg that is counted where the whole counts once."""
        return self.number == 1


def whole_of(terms: OrderTerms, leg: LegOf) -> OrderTerms:
    """Return the order on the combination that a leg is part of, as it went on the wire."""
    return msgspec.structs.replace(
        terms, instrument=leg.combination, side=leg.side, price=leg.price, price_kind=PriceKind.LIMIT
    )


def legs_of(
    whole: OrderTerms, combination: Combination, worst: tuple[Decimal, Decimal]
) -> tuple[OrderTerms, OrderTerms]:
    """Return both legs of an order on a combination; `worst` is the day's limit price on each leg's side, in yuan."""
    sides = (whole.side, whole.side.opposite)
    first, second = (
        msgspec.structs.replace(whole, instrument=leg.id, side=side, price=price, price_kind=PriceKind.LEG)
        for leg, side, price in zip(combination.legs, sides, worst, strict=True)
    )
    return first, second
