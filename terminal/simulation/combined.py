"""Say what an order does in each contract it trades, by what stands on the wire alone.

An order on a combination (组合合约) names its two legs: whoever buys it buys the first and sells the second, as many
lots of each. Neither leg has a limit of its own, so each may trade at any price.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.combined_order import whole_of

if TYPE_CHECKING:
    from terminal.domain.fact.facts import OrderRecorded
    from terminal.domain.ids import WireKey
    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.state import OrderRow

_ANY = Decimal("Infinity")


def legs_named(name: InstrumentId) -> tuple[InstrumentId, ...]:
    """Return the contracts that a name stands for: both legs of a combination, or the contract itself.

    >>> legs_named(InstrumentId("DCE.SP i2101&i2105")), legs_named(InstrumentId("DCE.i2101"))
    (('DCE.i2101', 'DCE.i2105'), ('DCE.i2101',))
    """
    exchange, _, symbol = name.partition(".")
    if "&" not in symbol:
        return (name,)
    first, second = symbol.rpartition(" ")[2].split("&")
    return InstrumentId(f"{exchange}.{first}"), InstrumentId(f"{exchange}.{second}")


def parts_of(terms: OrderTerms) -> tuple[OrderTerms, ...]:
    """Return an order as orders of single contracts; a leg's price is the worst there is."""
    names = legs_named(terms.instrument)
    if len(names) == 1:
        return (terms,)
    sides = terms.side, terms.side.opposite
    return tuple(
        replace(terms, instrument=name, side=side, price=_ANY * side.sign)
        for name, side in zip(names, sides, strict=True)
    )


def on_wire(order: OrderRecorded | OrderRow) -> tuple[WireKey, OrderTerms]:
    """Return under which key an order goes out, and as what: both legs of a combination as the one order they are."""
    if order.leg is None:
        return order.wire_key, order.terms
    return order.leg.wire_key, whole_of(order.terms, order.leg)
