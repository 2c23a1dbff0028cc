"""Take what becomes of a spread's orders on a way out: closing at a stop or take-profit, or taking a broken round back.

The theory. Such an order of the active leg is immediate-or-cancel at the opposite price. One that filled nothing met a
market that ran away while it travelled: the next goes further through, and it is no failed attempt that makes the leg
wait longer, or a stop would wait while the price runs. Nor does anything wait for what failed while it was opening.

Where the gate refuses such a price, the next one begins at the opposite price again: further through it may meet an
own order that the opposite price does not (C14).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.facts import (
    AccountFact,
    CancelRecorded,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRecorded,
    OrderRefused,
    OrderRejected,
)
from terminal.domain.fact.marks import Repair
from terminal.strategies.grid.stage import Stage
from terminal.strategies.spread.refusals import Refusals

if TYPE_CHECKING:
    from terminal.strategies.spread.memory import SpreadMemory


def begin_way_out(memory: SpreadMemory, at: int) -> None:
    """Take that a spread closes from now on: what stopped or slowed its openings holds no closing back."""
    memory.refusals, memory.breaks = Refusals(), 0
    memory.misses, memory.refusal, memory.closed_at = 0, None, at
    memory.ledger.begin_anew(at)


def fold_way_out(memory: SpreadMemory, fact: AccountFact, at: int, *, leads: bool) -> None:
    """Take what became of an order on a way out, before the ledger does; `leads` says that it is the active leg's."""
    if memory.stage is not Stage.FLATTENING and all(leg.broken is not Repair.UNWIND for leg in memory.legs):
        return
    match fact:
        case CancelRecorded() if not leads and any(leg.broken is Repair.UNWIND for leg in memory.legs):
            child = memory.ledger.children.get(fact.order)
            if child is not None:
                child.chased = True  # withdrawn for the way back: the next one waits for nothing where that is barred
        case OrderCancelled() | OrderExpired():
            child = memory.ledger.children.get(fact.order)
            if child is not None and not child.rests and fact.unfilled >= child.lots:
                child.chased = True  # followed by a better price, or by the legs alone: no failed attempt
                memory.misses += leads and child.other is None
        case OrderFilled():
            memory.closed_at = at
            memory.told.clear()  # what holds the rest up is to be said of the rest
            for leg in memory.legs:
                if leads and leg.broken is Repair.UNWIND:
                    leg.chases = 0  # what it has over is no hedge that was chased
        case OrderRecorded() if leads:
            memory.refusal = None
        case OrderRefused(findings=(first, *_)) if leads:
            memory.misses, memory.refusal = 0, (first.code, f"平仓被风控拒绝：{first.sentence.rstrip('。')}")
        case OrderRejected() if leads:
            memory.refusal = fact.code, f"平仓被交易所拒绝：{fact.text.rstrip('。')}"
        case _:
            pass
