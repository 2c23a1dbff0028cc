"""Leave a spread at its own stop or take-profit (价差止损止盈).

The theory. Both are judged on what the held lots could be closed at: a bought spread at the bid of what it bought less
the ask of what it sold, a sold one the other way round; never on last prices, whose legs are of different moments. A
book counts while each leg trades continuously, has been quoted in this very session, both sides show, and none is stuck
at its limit: so nothing is judged over lunch or a night, and a jump over it is judged by the first books after it.
Where one side is missing, stuck or too old for a minute of the session, people are told, and nothing is done: there is
no price, and no way out either. So they are told where a grid that holds lots cannot see its price.

Once reached, it stays so: what the spread opened is closed by rounds of its own, slice by slice, hedged and repaired
as any round, until its active leg holds nothing; then the spread has finished and does not begin again. A jump back
changes nothing. Nothing is opened where the way out is at its stop already: it would be closed at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import ExitDoubted, ExitReached, ExitSeen, Finished, PositionMissing
from terminal.domain.orders.order import Side
from terminal.domain.parameters.exits import exits_of, guarded
from terminal.domain.words.amount_text import amount_text
from terminal.strategies.children import SECOND
from terminal.strategies.grid.stage import Stage
from terminal.strategies.sight import EDGE, FRESH, look
from terminal.strategies.spread.bounds import price_of
from terminal.strategies.spread.hedgeable import closable_lots
from terminal.strategies.spread.priced import priced

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.view import SpreadQuote, View
    from terminal.strategies.spread.memory import SpreadMemory
    from terminal.strategies.spread.moment import Moment

STEADY = 60 * SECOND  # a book that is missing, or there again, is so for this long before it is said
NO_SPOT = "没有有效的现货价"
UNSEEN = "现在看不到平仓的价，止损止盈等双边报价恢复后再判；要先走请人工平仓"


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


def trades(view: View, instrument: InstrumentId) -> bool:
    """Return whether an instrument trades continuously, and goes on doing so for longer than an order needs."""
    session = view.session(instrument)
    return session.phase is Phase.CONTINUOUS and session.remaining(view.now) > EDGE


def unquoted(view: View, instrument: InstrumentId) -> str:
    """Return in words why what trades cannot be closed at a price now, "" where it can or is still to be quoted."""
    sight = look(view, instrument)
    if sight is not None:
        return sight.stuck if sight.fresh else "报价过旧"
    return "没有报价" if view.now - view.session(instrument).begins_at > FRESH else ""


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
        gridded = self.settings.grid is not None and self.memory.stage is Stage.RUNNING
        if not held or not (guarded(self.settings) or gridded):
            return False
        legs = self.settings.legs
        names = [leg.instrument for leg in legs if leg.lots]
        if any(not trades(self.view, name) for name in names):
            return False
        whys = [unquoted(self.view, leg.instrument) if leg.lots else "" for leg in legs]
        flows = all(sight is not None and sight.flows for sight in (look(self.view, name) for name in names))
        if flows and gridded and price_of(self.view, self.settings) is None:
            whys = ["" if leg.lots else NO_SPOT for leg in legs]
        if flows or any(whys):
            self._tell_blind(whys)
        if leaving(self.settings, self.memory):
            self._tell_missing()
            return False
        if not flows:
            return False
        quote = priced(self.settings, self.view)
        found = None if quote is None else reached(self.settings, held, quote)
        if quote is None or found is None:
            return False
        price = quote.sell if held > 0 else quote.buy
        self.draft.mark(ExitReached(price=price, level=found[0], stopped=found[1]))
        return True

    def _tell_blind(self, whys: list[str]) -> None:
        # What differs from what was said is said once it has lasted, in one session; a book that blinks says nothing.
        memory, now, today = self.memory, self.draft.now, self.view.trading_day
        place = next((place for place, why in enumerate(whys) if why), None)
        begun = max(self.view.session(leg.instrument).begins_at for leg in self.settings.legs if leg.lots)
        if (place is not None) is memory.blind:
            if memory.doubted_at:
                self.draft.mark(ExitDoubted(doubted=False))
            another_day = memory.blind_day != today and now - begun >= STEADY
            if place is not None and another_day and not leaving(self.settings, memory):  # which says what holds it up
                self._say_blind(place, whys)
        elif not memory.doubted_at:
            if not memory.calmed_at or now - memory.calmed_at >= STEADY:
                self.draft.mark(ExitDoubted(doubted=True))
        elif now - max(memory.doubted_at, begun) >= STEADY:
            self._say_blind(0 if place is None else place, whys)

    def _say_blind(self, place: int, whys: list[str]) -> None:
        name = self.settings.legs[place].instrument
        self.draft.mark(ExitSeen(instrument=name, why=whys[place], trading_day=self.view.trading_day))

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
