"""Say before the active leg of a spread trades whether the gate would let its hedges pass, as far as that is known.

What is known is what lets no opening pass, of the account, the strategy or one contract (barrier, level, kill switch),
and the lots that can be closed. An own order in the way of a hedge, or a limit it would pass, shows in the refusal
alone. While a refused hedge is missing the active leg stands back; where the leg breaks of it, for the whole trading
day, unless a person resumes the spread: what refused it mostly stands there still, and would cost another broken leg.

The way back is not asked about: of an opening it closes, and a closing must not wait at a level that wants it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.orders.order import Side
from terminal.strategies.spread.balance import closing_lots, lacks
from terminal.strategies.spread.memory import scope_of

if TYPE_CHECKING:
    from terminal.strategies.spread.moment import Moment


def why_unhedged(moment: Moment, signed: int) -> str:
    """Return in words why so many active lots (signed), or their hedges, could not be sent; "" where they could."""
    wanted = list(lacks(moment.settings, moment.memory.nets, moment.net + signed))
    wanted[moment.lead] = signed
    for place, lots in enumerate(wanted):
        leg = moment.settings.legs[place]
        name = leg.instrument.partition(".")[2]
        closes = closing_lots(leg, moment.memory.legs[place].net, lots)
        if place == moment.lead:
            closes = abs(lots) if closes else 0  # what it opens beyond its own lots is another order
        elif closes > closable_lots(moment, place, Side.BUY if lots > 0 else Side.SELL):
            return f"{name} 可平手数不够对冲"
        if abs(lots) > closes and not moment.view.opening_allowed(
            moment.settings.account, moment.draft.strategy, leg.instrument
        ):
            return f"{name} 现在不能开仓" if place == moment.lead else f"{name} 现在不能开仓对冲"
    return ""


def closable_lots(moment: Moment, place: int, side: Side) -> int:
    """Return the lots a leg's hedges may close: what nothing has frozen, and what its own under way have."""
    settings = moment.settings
    position = moment.view.position(settings.account, settings.legs[place].instrument, settings.hedge_flag)
    under_way = [child for _, child in moment.memory.ledger.in_scope(scope_of(place)) if child.closing]
    free = position.long_closable if side is Side.SELL else position.short_closable
    return free + sum(child.reserved for child in under_way if child.side is side)
