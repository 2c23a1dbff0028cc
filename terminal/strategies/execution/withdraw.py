"""Withdraw what rests for a better price, one order after another, and only where the better order may go out now.

A place in the queue is worth something, and a cancel gives it away for good. So before it is given away all is asked
that would hold the order back that takes its place: the pace of orders, the level and the kill switches, an own order
in the way (C14), and of the very order, as if the one that rests were gone, the gate. What may not be replaced rests
on, and is asked about again with every look at the market until it may. While a cancel is under way no other goes out:
the orders that follow go out one after another, too. One that the exchange refused is asked for again after a while,
and the others do not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain.fact.marks import Chased
from terminal.domain.orders.intents import Intent
from terminal.domain.orders.order import Offset
from terminal.domain.parameters.strategy import ExecutionSettings, ExecutionStyle
from terminal.strategies.children import SECOND, Child, ChildState
from terminal.strategies.draft import CANCEL_AGAIN, Draft
from terminal.strategies.execution.due import wanted
from terminal.strategies.execution.memory import SCOPE, ExecutionMemory
from terminal.strategies.execution.price import betters, chased_ticks, limit_ticks, price_ticks

if TYPE_CHECKING:
    from terminal.domain.ids import OrderId
    from terminal.domain.products.instrument import Instrument
    from terminal.strategies.sight import Sight

    Resting = tuple[OrderId, Child]


def outpriced(settings: ExecutionSettings, memory: ExecutionMemory, known: Instrument) -> dict[OrderId, Child]:
    """Return the orders that rest at a limit which was loosened since."""
    return {
        order: child
        for order, child in memory.ledger.in_scope(SCOPE)
        if (former := memory.outpriced.get(order)) is not None
        and child.price == known.price(limit_ticks(replace(settings, limit=former), known.tick))
        and betters(settings, known.price(limit_ticks(settings, known.tick)), child)
    }


def withdraw_outpriced(draft: Draft, sight: Sight, settings: ExecutionSettings, memory: ExecutionMemory) -> bool:
    """Withdraw an order that rests at a limit which was loosened since; return whether one is on its way back.

    It is no chase: whoever loosened the limit wants it to go further.
    """
    ticks = price_ticks(settings, sight, memory, memory.chases) if memory.outpriced and sight.flows else None
    if ticks is None:
        return False
    held, found = outpriced(settings, memory, sight.instrument), []
    for order, child in _worse(draft, sight, settings, memory, ticks):
        if order not in held:
            continue
        if _on_its_way(draft, child):
            return True
        found.append((order, child))
    if not found or not _may_follow(draft, sight, settings, memory, found[0], ticks):
        return False
    draft.cancel_child(*found[0], "限价已改，撤单")
    return True


def withdraw_chased(draft: Draft, sight: Sight, settings: ExecutionSettings, memory: ExecutionMemory) -> bool:
    """Withdraw the next order that a chase was for: its turn has come, or its cancel did not come through.

    Return whether one is wanted back.
    """
    if not any(child.chased for _, child in memory.ledger.in_scope(SCOPE)):
        return False
    ticks = chased_ticks(settings, sight, memory)
    found = [] if ticks is None else [one for one in _worse(draft, sight, settings, memory, ticks) if one[1].chased]
    if ticks is None or not found or not _may_follow(draft, sight, settings, memory, found[0], ticks):
        return False
    draft.cancel_child(*found[0], "追价撤单")
    return True


def chase(draft: Draft, sight: Sight, settings: ExecutionSettings, memory: ExecutionMemory) -> None:
    """Count a chase and withdraw the first order of it, where one has rested long enough at a worse price."""
    ticks = price_ticks(settings, sight, memory, memory.chases + 1)
    if ticks is None or not sight.flows or memory.chases >= settings.max_chases:
        return
    long_ago = draft.now - settings.chase_seconds * SECOND
    worse = _worse(draft, sight, settings, memory, ticks)
    found = [one for one in worse if not one[1].chased and one[1].recorded_at <= long_ago]
    if not found or not _may_follow(draft, sight, settings, memory, found[0], ticks):
        return
    reach = sight.instrument.price(ticks) if settings.style is ExecutionStyle.BEST else None
    draft.mark(Chased(leg=0, chase=memory.chases + 1, price=reach))
    draft.cancel_child(*found[0], "追价撤单")


def _worse(
    draft: Draft, sight: Sight, settings: ExecutionSettings, memory: ExecutionMemory, ticks: int
) -> list[Resting]:
    # Without those that the exchange did not give back just now: the others do not wait for them.
    price = sight.instrument.price(ticks)
    return [
        (order, child)
        for order, child in memory.ledger.in_scope(SCOPE)
        if child.state is ChildState.WORKING and betters(settings, price, child) and not _was_refused(draft, child)
    ]


def _was_refused(draft: Draft, child: Child) -> bool:
    return child.cancel_at is not None and child.cancel_refused and draft.now - child.cancel_at < CANCEL_AGAIN


def _on_its_way(draft: Draft, child: Child) -> bool:
    # Back from the exchange, as far as is known.
    return child.cancel_at is not None and not child.cancel_refused and draft.now - child.cancel_at < CANCEL_AGAIN


def _may_follow(
    draft: Draft, sight: Sight, settings: ExecutionSettings, memory: ExecutionMemory, rests: Resting, ticks: int
) -> bool:
    # Whether the better order may go out once the one that rests is gone. What is cheap to ask is asked first.
    view, known, side, (order, child) = draft.view, sight.instrument, settings.side, rests
    closing = settings.offset is not Offset.OPEN
    if not draft.may_order(SCOPE, known.id, closing=closing):
        return False
    if any(_on_its_way(draft, one) for _, one in memory.ledger.in_scope(SCOPE)):
        return False
    left = abs(memory.ledger.reserved(SCOPE)) - child.reserved
    lots = wanted(settings, memory, view, sight.quote, out=left)
    if closing:
        free = view.free_lots(settings.account, known.id, settings.hedge_flag, side)
        lots = min(lots, free, draft.closable(known.id, side) + child.reserved)
    if known.max_lots is not None:
        lots = min(lots, known.max_lots)
    price = known.price(draft.short_of_own(sight, side, ticks, closing=closing))
    if lots <= 0 or not betters(settings, price, child):
        return False
    if view.whose_in_way(settings.account, known.id, side, price, closing=closing, without=(order,)):
        return False
    wish = Intent(instrument=known.id, side=side, closing=closing, lots=lots, price=price, tag=SCOPE, reason="")
    return view.would_refuse(settings.account, draft.strategy, wish, without=(order,)) is None
