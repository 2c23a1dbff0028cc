"""Count the lots of a leg that may be closed now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.orders.order import Side
from terminal.strategies.spread.memory import scope_of

if TYPE_CHECKING:
    from terminal.strategies.spread.moment import Moment


def closable_lots(moment: Moment, place: int, side: Side) -> int:
    """Return the lots a leg's hedges may close: what nothing has frozen, and what its own under way have."""
    settings = moment.settings
    position = moment.view.position(settings.account, settings.legs[place].instrument, settings.hedge_flag)
    under_way = [child for _, child in moment.memory.ledger.in_scope(scope_of(place)) if child.closing]
    free = position.long_closable if side is Side.SELL else position.short_closable
    return free + sum(child.reserved for child in under_way if child.side is side)
