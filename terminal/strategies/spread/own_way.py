"""Say whether an own order stands where the orders of a spread would trade with it (control C14).

Asked is about the opposite price: what pays up beyond it goes no further than own orders let it (`Draft`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.orders.order import Side
from terminal.strategies.spread.balance import closing_lots

if TYPE_CHECKING:
    from terminal.strategies.sight import Sight
    from terminal.strategies.spread.moment import Moment


def meets_own(moment: Moment, place: int, sight: Sight, signed: int) -> bool:
    """Return whether an order of a leg, signed lots at the opposite price, would be refused for an own one.

    It would not where no opposite price is displayed.
    """
    side, known = Side.BUY if signed > 0 else Side.SELL, sight.instrument
    shown = sight.opposite(side)
    if shown is None:
        return False
    closing = closing_lots(moment.settings.legs[place], moment.memory.legs[place].net, signed) > 0
    return moment.view.own_in_way(moment.settings.account, known.id, side, known.price(shown.price), closing=closing)
