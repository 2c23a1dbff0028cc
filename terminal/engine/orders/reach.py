"""Look up how far the leg of a working order on a combination may trade by what is shown now (`risk/reach`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.products.combination import known_combination
from terminal.risk.price_collar import market
from terminal.risk.reach import implied

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.orders.order import Side
    from terminal.domain.products.combination import Combination
    from terminal.engine.look import Look
    from terminal.risk.check import Working
    from terminal.risk.reach import Implied


def implied_of(look: Look, working: Working) -> Implied | None:
    """Return what the leg of an order on a combination is derived at; `None` of any other, and where nobody knows."""
    row = look.state.accounts[working.terms.account].orders.get(working.order)
    leg = None if row is None else row.leg
    if leg is None:
        return None
    combination = known_combination(look.state.tenant.instruments, leg.combination)
    return None if combination is None else implied_leg(look, combination, leg.side, leg.number, leg.price)


def implied_leg(look: Look, combination: Combination, side: Side, number: int, price: Decimal) -> Implied | None:
    """Return what leg 1 or 2 of an order of this side and limit is derived at; `None` where the other shows nothing."""
    other, way = (combination.second, side.opposite) if number == 1 else (combination.first, side)
    quote = look.columns.quote(other.id)
    ticks = None if quote is None else market(quote, way)
    return None if ticks is None else implied(number, price, other.price(ticks), combination.tick)
