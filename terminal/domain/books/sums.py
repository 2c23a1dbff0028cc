"""Add up anew what the books of an account keep as running sums, so that the two can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from terminal.domain.books.position import Position
from terminal.domain.books.positions import Positions
from terminal.domain.books.reservations import Reservations
from terminal.domain.products.fees import ZERO
from terminal.domain.products.margin import Margins

Sum = tuple[str, Decimal, Decimal]  # its name, as it is kept, added up anew


def faults(
    held: Positions, reserved: Reservations, by_day: Decimal, by_trade: Decimal, *, by_lot: bool = True
) -> Iterator[str]:
    """Yield a sentence for every sum that does not agree; the equity less its profit comes from both views.

    Without `by_lot` the sums of each side are believed, and the work does not grow with the lots held.
    """
    positions = list(held)
    for position in positions:
        yield from position.faults(by_lot=by_lot)
    sums = (
        ("持仓基准", held.basis, sum((position.basis for position in positions), ZERO)),
        ("开仓成本", held.cost, sum((position.cost for position in positions), ZERO)),
        ("两种口径的客户权益", by_day, by_trade),
        *margin_sums(positions, held.margins, held.combined.saved(held.find)),
        *reserved_sums(positions, reserved),
    )
    for name, kept, again in sums:
        if kept != again:
            yield f"{name}不符：账上 {kept}，重算 {again}。"


def margin_sums(positions: Sequence[Position], margins: Margins, saved: Decimal = ZERO) -> tuple[Sum, Sum]:
    """Return the margin held and at worst case, less what combinations save."""
    again = Margins()
    again.save(saved)
    for position in positions:
        pool = again.pool(position.instrument, position.flag)
        for side in position.sides:
            opening = position.margin(side.side, side.opening_value, side.opening_lots)
            again.add(pool, side.side, position.margin(side.side, side.value, side.lots), opening)
    return ("保证金", margins.held, again.held), ("最坏情形保证金", margins.worst, again.worst)


def reserved_sums(positions: Sequence[Position], reserved: Reservations) -> tuple[Sum, Sum, Sum]:
    """Return the frozen fees, the lots under opening orders and the lots under closes."""
    opening, closing, fees = reserved.sums()
    sides = [side for position in positions for side in position.sides]
    return (
        ("冻结手续费", reserved.fees, fees),
        ("在途开仓手数", Decimal(sum(side.opening_lots for side in sides)), Decimal(opening)),
        ("平仓冻结手数", Decimal(sum(side.frozen for side in sides)), Decimal(closing)),
    )
