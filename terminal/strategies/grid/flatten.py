"""Wind a grid up: take its orders out, and where it flattens (平仓停止、止损) close what it holds.

A close is immediate-or-cancel at the opposite price, of at most the lots that are shown there. One that filled nothing
met a market that ran away while it travelled: the next goes further through, and it is no failed attempt that makes the
scope wait longer, or a stop would wait while the price falls.

What is held is closed at once, less what other closes may still trade; the lots an entry may still add are closed when
it has added them. So no close can sell what is not held (I11), whatever has become of an order. Only an entry that
could trade with the close itself is waited for (C14).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.facts import AccountFact, OrderCancelled, OrderExpired
from terminal.domain.fact.marks import Finished
from terminal.domain.orders.order import Side, TimeCondition
from terminal.strategies.grid.stage import Stage
from terminal.strategies.sight import FARTHEST_TICKS

if TYPE_CHECKING:
    from terminal.strategies.grid.moment import GridMemory, Moment

FLAT: Final = "flat"
PAY_UP: Final = 2  # ticks more through the market for each close that filled nothing


def wind_up(moment: Moment) -> None:
    """Decide while the grid stops."""
    memory = moment.memory
    for order, child in memory.ledger.children.items():
        if child.rests:
            moment.draft.cancel_child(order, child, "网格停止，撤销挂单")
    held = sum(memory.held)
    if memory.stage is Stage.FLATTENING and held > 0 and _there(moment) > 0:
        _close(moment, held - _closing(memory))
    elif not memory.ledger.busy:
        kept = f"，保留 {held} 手" if held else ""
        moment.draft.mark(Finished(summary=f"网格已停止：价格离开区间{kept}。"))


def take_miss(memory: GridMemory, fact: AccountFact) -> None:
    """Count a close of the flattening that ends without a fill; before the ledger takes its end."""
    if not isinstance(fact, OrderCancelled | OrderExpired):
        return
    child = memory.ledger.children.get(fact.order)
    if child is not None and not child.rests and fact.unfilled >= child.lots:
        memory.misses += 1
        child.chased = True  # followed by a better price: no failed attempt


def _there(moment: Moment) -> int:
    # Somebody may have closed the position by hand: then there is nothing left to flatten.
    settings = moment.settings
    position = moment.draft.view.position(settings.account, settings.instrument, settings.hedge_flag)
    return position.long if settings.side is Side.BUY else position.short


def _closing(memory: GridMemory) -> int:
    return sum(child.reserved for child in memory.ledger.children.values() if child.closing)


def _close(moment: Moment, lots: int) -> None:
    side, sight = moment.settings.side.opposite, moment.sight
    shown = sight.opposite(side)
    if shown is None or lots <= 0:
        return
    ticks = sight.clipped(shown.price + side.sign * min(moment.memory.misses * PAY_UP, FARTHEST_TICKS))
    if moment.entry_at_or_beyond(ticks):
        return
    moment.draft.order(
        sight,
        scope=FLAT,
        tag=FLAT,
        side=side,
        closing=True,
        lots=min(lots, shown.lots),
        ticks=ticks,
        reason="网格离开区间，平仓",
        time_condition=TimeCondition.FAK,
    )
