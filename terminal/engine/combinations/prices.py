"""Say at what a contract, or a combination of two, is priced: a combination by what its legs differ by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.products.combination import is_combination, known_combination

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument


class Priced(NamedTuple):
    """Hold a price in yuan, its tick, and the price of which shares are taken: a difference may be near zero."""

    price: Decimal | None
    tick: Decimal
    base: Decimal | None


def priced(
    instruments: Mapping[InstrumentId, Instrument],
    name: InstrumentId,
    price_of: Callable[[InstrumentId], Decimal | None],
) -> Priced | None:
    """Return at what a name is priced; `None` where neither a contract nor a combination of that name is known."""
    if not is_combination(name):
        known, price = instruments.get(name), price_of(name)
        return None if known is None else Priced(price, known.tick, price)
    combination = known_combination(instruments, name)
    if combination is None:
        return None
    first, second = (price_of(leg.id) for leg in combination.legs)
    return Priced(None if first is None or second is None else first - second, combination.tick, first)
