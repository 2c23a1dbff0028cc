"""Say what one order on a combination (组合合约) is in each of its two legs.

The theory. The exchange knows one order; its limit is the first leg's price less the second's, which may be zero or
negative. Here it is two orders, one of each leg, bound to each other: each reserves, is judged, fills and is booked as
any order of its contract, so whatever holds of orders holds of both legs. A leg has no limit of its own: like an order
without a price it carries the day's limit price on its side, beyond which it can never trade. Both are recorded in one
transaction, go out as one message under the first one's wire key, and end together.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

import msgspec

from terminal.domain.ids import ConfirmationId, InstrumentId, OrderId, WireKey
from terminal.domain.orders.order import Cause, OrderTerms, PriceKind, Side
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


class Half(Protocol):
    """See of an order, as it is recorded or kept, what makes it half of one on a combination."""

    @property
    def order(self) -> OrderId:
        """Return its id."""

    @property
    def wire_key(self) -> WireKey:
        """Return the key it has for itself."""

    @property
    def terms(self) -> OrderTerms:
        """Return what it asks of its contract."""

    @property
    def cause(self) -> Cause:
        """Return who wanted it and why."""

    @property
    def confirmation(self) -> ConfirmationId | None:
        """Return the approval it uses."""

    @property
    def leg(self) -> LegOf | None:
        """Return of which combination it is a leg."""


def belong(first: Half, second: Half) -> bool:
    """Return whether two orders name each other as first and second leg."""
    one, other = first.leg, second.leg
    if one is None or other is None or (one.number, other.number) != (1, 2):
        return False
    return (one.other, other.other) == (second.order, first.order)


def unlike(first: Half, second: Half) -> list[str]:
    """Return the names of what two legs of one order should have in common and have not: fields of an order.

    Only the tag of their cause is each one's own: by it a strategy knows for which of its lots an order stands.
    """
    one, other = first.leg, second.leg
    if one is None or other is None:
        return ["leg"]
    common = ("account", "lots", "offset", "hedge_flag", "time_condition", "price_kind")
    names = [name for name in common if getattr(first.terms, name) != getattr(second.terms, name)]
    names += [name for name in ("combination", "side", "price") if getattr(one, name) != getattr(other, name)]
    if not first.wire_key == one.wire_key == other.wire_key:
        names.append("wire_key")
    if msgspec.structs.replace(first.cause, tag="") != msgspec.structs.replace(second.cause, tag=""):
        names.append("cause")
    if first.confirmation != second.confirmation:
        names.append("confirmation")
    return names


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
