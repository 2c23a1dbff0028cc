"""Keep of which legs the hedge could not be sent yet, as the message rate (C8) was used up: none was chased in vain.

The engine says it of each such hedge, and again while it waits. A leg that waits for nothing else is told as such, and
is not taken back: the way back needs a message as well. Its chases count from the order that goes out at last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.facts import OrderRecorded
from terminal.domain.fact.way_marks import HELD_AGAIN
from terminal.strategies.spread.balance import hedging

if TYPE_CHECKING:
    from terminal.domain.fact.facts import AccountFact
    from terminal.domain.fact.way_marks import RateHeld
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.strategies.spread.memory import SpreadMemory


def fold_held(settings: SpreadSettings, memory: SpreadMemory, mark: RateHeld, at: int) -> None:
    """Take that a hedge waits for room; of one that was sent before, its chases count as they do."""
    followers = [memory.legs[place] for place in hedging(settings, mark.instrument)]
    sent = any(child.reserved for child in memory.ledger.children.values() if child.instrument == mark.instrument)
    if mark.hedges and followers and not sent and not any(leg.chases for leg in followers):
        memory.rate_held[mark.instrument] = at


def fold_sent(memory: SpreadMemory, fact: AccountFact, place: int, at: int) -> None:
    """Take that an order of a leg goes out: what it waited does not count as a hedge that could not be filled."""
    if not isinstance(fact, OrderRecorded):
        return
    leg, held_at = memory.legs[place], memory.rate_held.pop(fact.terms.instrument, None)
    if held_at is not None and leg.since is not None and held_at >= leg.since:
        leg.since = at


def waits_for_room(memory: SpreadMemory, instrument: InstrumentId, now: int) -> bool:
    """Return whether a leg's hedge waits for room: what is said no more is over, or something else is in its way."""
    held_at = memory.rate_held.get(instrument)
    return held_at is not None and now - held_at < 2 * HELD_AGAIN
