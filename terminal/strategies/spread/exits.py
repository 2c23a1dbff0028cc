"""Leave a spread at its own stop or take-profit (价差止损止盈).

The theory. Both are judged on what the held lots could be closed at: a bought spread at the bid of what it bought less
the ask of what it sold, a sold one the other way round; never on last prices, whose legs are of different moments. A
book counts while each leg trades continuously, has been quoted in this very session, both sides show, and none is stuck
at its limit: so nothing is judged over lunch or a night, and a jump over it is judged by the first books after it.
Where one side is missing, stuck or too old for a minute of the session, people are told, and nothing is done: there is
no price, and no way out either (`terminal.strategies.spread.unseen`).

Once reached, it stays so: what the spread opened is closed by rounds of its own, slice by slice, hedged and repaired
as any round, until its active leg holds nothing; then the spread has finished and does not begin again. A jump back
changes nothing. Nothing is opened where the way out is at its stop already: it would be closed at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.marks import ExitReached, Finished, PositionMissing
from terminal.domain.orders.order import Side
from terminal.domain.parameters.exits import exits_of, guarded
from terminal.domain.words.amount_text import amount_text
from terminal.strategies.grid.stage import Stage
from terminal.strategies.spread.closable import closable_lots
from terminal.strategies.spread.priced import priced
from terminal.strategies.spread.unseen import legs_seen, tell

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.view import SpreadQuote
    from terminal.strategies.spread.memory import SpreadMemory
    from terminal.strategies.spread.moment import Moment


def way_held(settings: SpreadSettings, memory: SpreadMemory) -> int:
    """Return 1 while a spread is held bought, -1 sold, 0 with nothing of its active leg."""
    for leg, own in zip(settings.legs, memory.legs, strict=True):
        if leg.active and own.net:
            return 1 if (own.net > 0) == (leg.lots > 0) else -1
    return 0


def leaving(settings: SpreadSettings, memory: SpreadMemory) -> bool:
    """Return whether a spread closes at its own stop or take-profit."""
    return settings.grid is None and memory.stage is Stage.FLATTENING


def reached(settings: SpreadSettings, direction: int, quote: SpreadQuote) -> tuple[Decimal, bool] | None:
    """Return which exit of a held spread the price to close it has reached and whether that is the stop, or `None`."""
    exits = exits_of(settings, direction)
    price = quote.sell if direction > 0 else quote.buy
    if exits.stop is not None and (price - exits.stop) * direction <= 0:
        return exits.stop, True
    if exits.take_profit is not None and (price - exits.take_profit) * direction >= 0:
        return exits.take_profit, False
    return None


def stopped_already(settings: SpreadSettings, direction: int, quote: SpreadQuote | None) -> bool:
    """Return whether what is opened in a direction would be at its stop at once."""
    stop = exits_of(settings, direction).stop
    if quote is None or stop is None:
        return False
    return ((quote.sell if direction > 0 else quote.buy) - stop) * direction <= 0


def exit_words(memory: SpreadMemory) -> str:
    """Return in words that the spread is leaving, and why, as its orders say it."""
    what = "止损" if memory.exit_stopped else "止盈"
    return f"{what}平仓：价差 {amount_text(memory.exit_price)} 到{what}价 {amount_text(memory.exit_level)}"


class ExitWatch:
    """Look at the exits in one call of `decide`."""

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self.settings, self.memory = moment.settings, moment.memory
        self.view, self.draft = moment.view, moment.draft

    def look(self) -> bool:
        """State that an exit is reached, or cannot be seen; return whether one is reached just now."""
        held = way_held(self.settings, self.memory)
        seen = legs_seen(self.view, self.settings) if held and guarded(self.settings) else None
        if seen is None:
            return False
        if leaving(self.settings, self.memory):
            if not (seen.why and self.memory.blind):  # on another day it is said what holds the closing up
                tell(self.moment, seen)
            self._tell_missing()
            return False
        tell(self.moment, seen)
        if seen.why:
            return False
        quote = priced(self.settings, self.view)
        found = None if quote is None else reached(self.settings, held, quote)
        if quote is None or found is None:
            return False
        price = quote.sell if held > 0 else quote.buy
        self.draft.mark(ExitReached(price=price, level=found[0], stopped=found[1]))
        return True

    def _tell_missing(self) -> None:
        # Once a trading day, that the account cannot close what the spread opened: somebody else has closed it.
        memory, today = self.memory, self.view.trading_day
        if memory.missing_day == today:
            return
        for place, (leg, own) in enumerate(zip(self.settings.legs, memory.legs, strict=True)):
            there = closable_lots(self.moment, place, Side.SELL if own.net > 0 else Side.BUY)
            if there < abs(own.net):
                self.draft.mark(
                    PositionMissing(instrument=leg.instrument, wanted=abs(own.net), closable=there, trading_day=today)
                )
                return

    def finished(self) -> bool:
        """State from balance that everything is closed; return whether it is."""
        if not leaving(self.settings, self.memory) or self.moment.net:
            return False
        self.draft.mark(Finished(summary=f"{exit_words(self.memory)}，已平完，不再开仓"))
        return True
