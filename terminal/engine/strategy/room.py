"""State which of a strategy's orders wait for room in the message rate (control C8), since when, and that none does.

People read of it once on a trading day, of a hedge that waits every ten seconds; the card shows it while it is so. A
house that is short of messages has none to spare, and neither has its journal: but for its end, a wait is stated no
more often than every ten seconds, so one that came and went in between is on no card.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.days.calendar import show
from terminal.domain.fact.control import DECIDING
from terminal.domain.fact.way_marks import HELD_AGAIN, RateHeld
from terminal.engine.alert.stating import state_mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.ids import InstrumentId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn


class Held(NamedTuple):
    """Name an order that found no room: of what, and whether it `hedges` what a leg lacks."""

    instrument: InstrumentId
    hedges: bool


def tell_room(turn: Turn, look: Look, account: AccountState, row: StrategyRow, held: Sequence[Held]) -> None:
    """State what waits, of all a strategy has just wanted; nothing where what was stated last still says so."""
    known, day = row.rate_hold, account.trading_day
    on = known if known is not None and known.orders else None
    if not held:
        if on is not None:
            over = RateHeld(instrument=on.instrument, trading_day=day, since=on.since, again=True)
            state_mark(turn, look, row, over)
        return
    since = turn.at if on is None else on.since
    hedges = [name for name in dict.fromkeys(one.instrument for one in held if one.hedges) if _due(turn, row, name)]
    for name in hedges:
        mark = RateHeld(instrument=name, trading_day=day, hedges=True, orders=len(held), since=since)
        state_mark(turn, look, row, mark)
    told, recent = row.rate_held_day == day, known is not None and turn.at - known.said_at < HELD_AGAIN
    if not told or not (recent or (on is not None and on.orders == len(held))):
        mark = RateHeld(instrument=held[0].instrument, trading_day=day, orders=len(held), since=since, again=told)
        state_mark(turn, look, row, mark)


def room_words(row: StrategyRow) -> str:
    """Return for a strategy's card since when how many of its orders wait for room, "" where none does."""
    known = row.rate_hold
    if known is None or not known.orders or row.status not in DECIDING:
        return ""
    return f"自 {show(known.since)[5:19]} 起报撤频率已用满，{known.orders} 笔委托等有余地了依次报"


def _due(turn: Turn, row: StrategyRow, instrument: InstrumentId) -> bool:
    said = row.hedge_held_at.get(instrument)
    return said is None or turn.at - said >= HELD_AGAIN
