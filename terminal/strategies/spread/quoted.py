"""Keep when the active leg was last quoted, and how many of its quotes were cancelled on the trading day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.facts import CancelRecorded, OrderRecorded
from terminal.domain.orders.order import TimeCondition

if TYPE_CHECKING:
    from terminal.domain.fact.facts import AccountFact
    from terminal.strategies.spread.memory import SpreadMemory


def fold_quote(memory: SpreadMemory, fact: AccountFact, at: int) -> None:
    """Take what becomes of what the active leg has resting; a cancel counts once, however often it is asked for."""
    if isinstance(fact, OrderRecorded) and fact.terms.time_condition is TimeCondition.GFD:
        memory.quoted_at = at
        if memory.quoted_day != fact.trading_day:
            memory.quoted_day, memory.cancels = fact.trading_day, 0
    if isinstance(fact, CancelRecorded):
        child = memory.ledger.children.get(fact.order)
        if child is not None and child.rests and not child.chased:
            child.chased = True  # on its way out because it is to be: no failed attempt
            memory.cancels += child.trading_day == memory.quoted_day


def cancels_today(memory: SpreadMemory, trading_day: int) -> int:
    """Return how many quotes of the active leg were cancelled in a trading day."""
    return memory.cancels if memory.quoted_day == trading_day else 0
