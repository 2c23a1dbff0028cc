"""Say before the active leg of a spread trades whether the gate would let its hedges pass, as far as that is known.

What is known is what lets no opening pass, of the account, the strategy or one contract (barrier, level, kill switch),
and the lots that can be closed. Under other limits than those it was started under (E4) the gate itself is asked about
every order, the hedges as if the active leg had filled: people are told once a trading day, and it goes on by itself.
An own order in the way of a hedge, or anything else that came up since, shows in the refusal alone. While a refused
hedge is missing the active leg stands back; where the leg breaks of it, for the whole trading day, unless a person
resumes the spread: what refused it mostly stands there still, and would cost another broken leg.

The way back is not asked about: of an opening it closes, and a closing must not wait at a level that wants it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.marks import HedgeRefused
from terminal.domain.orders.order import Side
from terminal.strategies.spread.balance import closing_lots, lacks
from terminal.strategies.spread.closable import closable_lots
from terminal.strategies.spread.memory import scope_of
from terminal.strategies.spread.sendable import gate_words, wish_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.strategies.spread.moment import Moment


def why_unhedged(moment: Moment, signed: int, *, together: bool = False) -> str:
    """Return in words why so many active lots (signed), or their hedges, could not be sent; "" where they could.

    What is ordered `together`, on a combination, the gate lets out or refuses as a whole: no leg is left alone by it.
    """
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
    return "" if together else _why_refused(moment, wanted)


def _why_refused(moment: Moment, wanted: Sequence[int]) -> str:
    # Which order of a slice, signed lots by leg, the gate would refuse. What the active leg has resting is out already:
    # its hedges are asked about as they were before it was sent, as if it had filled.
    view, settings = moment.view, moment.settings
    resting = tuple(order for order, _ in moment.memory.ledger.in_scope(scope_of(moment.lead)))
    lead = resting or wish_of(moment, moment.lead, wanted[moment.lead]) or ()
    hedges = [wish_of(moment, place, lots) for place, lots in enumerate(wanted) if lots and place != moment.lead]
    refused = view.slice_refused(settings.account, moment.draft.strategy, lead, [one for one in hedges if one])
    if refused is None:
        return ""
    instrument, found = refused
    moment.foreseen = HedgeRefused(
        instrument=instrument, trading_day=view.trading_day, why=found.sentence, beforehand=True
    )
    return f"{instrument.partition('.')[2]} {gate_words(found)}"


def tell_foreseen(moment: Moment) -> None:
    """State once a trading day which order of a slice the gate would refuse, where it was asked and would."""
    mark = moment.foreseen
    if mark is not None and moment.memory.foreseen_day != mark.trading_day:
        moment.draft.mark(mark)
