"""Wind a grid up: take its orders out, and where it flattens (平仓停止、止损) close what it holds.

A close is immediate-or-cancel at the opposite price, of at most the lots that are shown there. One that filled nothing
met a market that ran away while it travelled: the next goes further through, and it is no failed attempt that makes the
scope wait longer, or a stop would wait while the price falls.

What is held is closed at once, less what other closes may still trade; the lots an entry may still add are closed when
it has added them. So no close can sell what is not held (I11), whatever has become of an order. Only an entry that
could trade with the close itself is waited for (C14).

No price helps where the fate of such an entry is unknown: whatever sells now lies at or below it, and the gate reserves
its room until the exchange has proven what became of it (I6). Above it a close would rest where nobody buys, and take
the lots from the close that is sent at once when it is proven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.facts import (
    AccountFact,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRecorded,
    OrderRefused,
    OrderRejected,
)
from terminal.domain.fact.marks import Finished, FlattenHeld
from terminal.domain.orders.order import Side, TimeCondition
from terminal.strategies.grid.hindered import PATIENCE, hindrance
from terminal.strategies.grid.stage import Stage

if TYPE_CHECKING:
    from terminal.strategies.grid.moment import GridMemory, Moment

FLAT: Final = "flat"


def wind_up(moment: Moment) -> None:
    """Decide while the grid stops."""
    memory = moment.memory
    for order, child in memory.ledger.children.items():
        # What is immediate-or-cancel ends by itself: to cancel it would only count as a cancel.
        if child.rests or moment.draft.now - child.recorded_at >= PATIENCE:
            moment.draft.cancel_child(order, child, "网格停止，撤销挂单")
    held = sum(memory.held)
    if memory.stage is Stage.FLATTENING and held > 0 and _there(moment) > 0:
        _tell(moment, held)
        _close(moment, held - moment.closing)
    elif not memory.ledger.busy:
        kept = f"，保留 {held} 手" if held else ""
        moment.draft.mark(Finished(summary=f"网格已停止：价格离开区间{kept}。"))


def take_close(memory: GridMemory, fact: AccountFact, at: int) -> None:
    """Take what became of a close of the flattening, before the ledger does."""
    match fact:
        case OrderCancelled() | OrderExpired():
            child = memory.ledger.children.get(fact.order)
            if child is not None and not child.rests and fact.unfilled >= child.lots:
                memory.misses += 1
                child.chased = True  # followed by a better price: no failed attempt
        case OrderFilled():
            memory.closed_at = at
        case OrderRecorded():
            memory.refusal = None
        case OrderRefused(findings=(first, *_)):
            memory.misses = 0  # further through it may meet what the opposite price does not (C14)
            memory.refusal = first.code, f"平仓被风控拒绝：{first.sentence.rstrip('。')}"
        case OrderRejected():
            memory.refusal = fact.code, f"平仓被交易所拒绝：{fact.text.rstrip('。')}"
        case _:
            pass


def _there(moment: Moment) -> int:
    # Somebody may have closed the position by hand: then there is nothing left to flatten.
    settings = moment.settings
    position = moment.draft.view.position(settings.account, settings.instrument, settings.hedge_flag)
    return position.long if settings.side is Side.BUY else position.short


def _tell(moment: Moment, held: int) -> None:
    memory, instrument = moment.memory, moment.settings.instrument
    session = moment.draft.view.session(instrument)
    since = max(memory.left_at or 0, memory.closed_at, session.begins_at)
    if moment.draft.now - since < PATIENCE:
        return
    found = hindrance(moment)
    if found is not None and found.cause not in memory.told:
        moment.draft.mark(
            FlattenHeld(instrument=instrument, lots=held, cause=found.cause, why=found.why, plan=found.plan)
        )


def _close(moment: Moment, lots: int) -> None:
    side, sight = moment.settings.side.opposite, moment.sight
    shown, through = sight.opposite(side), sight.through(side, moment.memory.misses)
    if shown is None or through is None or lots <= 0:
        return
    ticks = moment.draft.short_of_own(sight, side, through, closing=True)
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
