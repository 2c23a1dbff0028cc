"""Say whether an own order stands where the orders of a spread would trade with it (control C14).

Asked is about the opposite price: what pays up beyond it goes no further than own orders let it (`Draft`).

A closing asks before its active leg trades: a hedge that cannot follow would leave a leg alone at the stop, and the way
back from there would open again what has just been closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.marks import FlattenHeld
from terminal.domain.orders.order import Side
from terminal.strategies.grid.hindered import PATIENCE, is_said
from terminal.strategies.spread.balance import closing_lots, lacks
from terminal.strategies.spread.memory import scope_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.strategies.sight import Sight
    from terminal.strategies.spread.moment import Moment


def meets_own(moment: Moment, place: int, sight: Sight, signed: int) -> bool:
    """Return whether an order of a leg, signed lots at the opposite price, would be refused for an own one.

    It would not where no opposite price is displayed. The leg's own orders are left out: they are withdrawn before.
    """
    return bool(whose_way(moment, place, sight, signed))


def whose_way(moment: Moment, place: int, sight: Sight, signed: int) -> str:
    """Return in words whose order that is, "" where there is none."""
    side, known = Side.BUY if signed > 0 else Side.SELL, sight.instrument
    shown = sight.opposite(side)
    if shown is None:
        return ""
    closing = closing_lots(moment.settings.legs[place], moment.memory.legs[place].net, signed) > 0
    account, price = moment.settings.account, known.price(shown.price)
    own = frozenset(order for order, _ in moment.memory.ledger.in_scope(scope_of(place)))
    return moment.view.whose_in_way(account, known.id, side, price, closing=closing, without=own)


def barred_hedge(moment: Moment, sights: Sequence[Sight | None], signed: int) -> tuple[int, str] | None:
    """Return the first leg that could not follow so many signed lots of the active one for an own order, and whose.

    The words are of whose order it is. A leg that these lots leave in balance has nothing to follow with.
    """
    lacking = lacks(moment.settings, moment.memory.nets, moment.net + signed)
    for place, (sight, lack) in enumerate(zip(sights, lacking, strict=True)):
        whose = whose_way(moment, place, sight, lack) if sight is not None and lack else ""
        if whose:
            return place, whose
    return None


def tell_barred_hedge(moment: Moment, place: int, whose: str) -> None:
    """State once a trading day, after a while, that a closing waits to let the hedge of a leg follow."""
    memory, view, legs = moment.memory, moment.view, moment.settings.legs
    name = legs[place].instrument
    begun = (view.session(leg.instrument).begins_at for leg in legs if leg.lots)
    cause = f"{view.trading_day} OWN {name}"
    said = cause in memory.told or is_said(memory.told, memory.told_at, view.now)
    if said or view.now - max(memory.closed_at, *begun) < PATIENCE:
        return
    moment.draft.mark(
        FlattenHeld(
            instrument=name,
            lots=abs(memory.legs[place].net),
            cause=cause,
            why=f"对冲会与自己的未了委托自成交（{whose}），主动腿先不平",
            plan="让开后接着平；请撤去对面的那笔委托，或把它改到不交叉的价，不能等的请人工处理",
        )
    )
