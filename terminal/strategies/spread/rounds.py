"""Trade a spread from balance: begin a round where a price is reached, slice by slice to its goal, and end it.

The theory stands beside it in `strategy`, that of a grid's lines in `lines`. A grid has looked at its bounds before: at
the stop it closes whatever the round was for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.marks import (
    CombinationBarred,
    Finished,
    GridTrailed,
    ResidualOver,
    RoundBegan,
    RoundEnded,
)
from terminal.domain.orders.order import Side
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.words.amount_text import amount_text
from terminal.strategies.grid.stage import CALM, Stage
from terminal.strategies.grid.stop import is_reached
from terminal.strategies.opened import opens
from terminal.strategies.sight import EDGE, latest_price, look
from terminal.strategies.spread.balance import closing_lots, largest_slice, residuals
from terminal.strategies.spread.bounds import judged
from terminal.strategies.spread.closable import closable_lots
from terminal.strategies.spread.converting import done_words, missing
from terminal.strategies.spread.delta import apart as delta_apart
from terminal.strategies.spread.exits import ExitWatch, exit_words, leaving, stopped_already, way_held
from terminal.strategies.spread.hedgeable import why_unhedged
from terminal.strategies.spread.lines import anchor, reach, room
from terminal.strategies.spread.memory import closes, may_lead, pauses_until, scope_of
from terminal.strategies.spread.naked_meter import residual_worth
from terminal.strategies.spread.own_way import barred_hedge
from terminal.strategies.spread.priced import priced
from terminal.strategies.spread.quotes import Quotes
from terminal.strategies.spread.route import apart, barred, choose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import SpreadGrid
    from terminal.domain.view import SpreadQuote
    from terminal.strategies.sight import Sight
    from terminal.strategies.spread.moment import Moment
    from terminal.strategies.spread.route import Way


def tell_barred(moment: Moment, why: str) -> None:
    """State once a trading day why a spread that trades by its combination alone does not; nothing where it does."""
    settings, today = moment.settings, moment.view.trading_day
    if why and settings.route is SpreadRoute.COMBINATION and moment.memory.barred_day != today:
        lead = settings.legs[moment.lead].instrument
        moment.draft.mark(CombinationBarred(instrument=lead, trading_day=today, why=why))


def _closes_at_stop(grid: SpreadGrid, quote: SpreadQuote) -> bool:
    # What is opened there would be at its stop at once.
    return is_reached(grid, quote.sell if grid.side is Side.BUY else quote.buy)


class Rounds:
    """Decide from balance, with nothing under way."""

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self.settings, self.memory = moment.settings, moment.memory
        self.view, self.draft, self.lead = moment.view, moment.draft, moment.lead

    def trade(self) -> None:
        """Begin, continue or end a round, or what the grid does about its bounds."""
        memory, settings = self.memory, self.settings
        if settings.conversion is not None and self._converted():
            return
        held_back = not may_lead(memory, self.view.trading_day)
        closed = leaving(settings, memory) and not self.moment.net
        if memory.running and (self.moment.net == memory.goal or memory.cut or held_back or closed):
            self._end()
            return
        if ExitWatch(self.moment).finished():
            return
        quote = priced(settings, self.view)
        if settings.grid is not None and self._bounded(settings.grid, quote):
            return
        now = self.draft.now
        begins_at = memory.ledger.ready_at(scope_of(self.lead), closing=closes(memory))
        waits = now < max(pauses_until(settings, memory), begins_at)
        if held_back or (not memory.running and waits):
            return
        if quote is None:
            if settings.quoting is not None and memory.running and not Quotes(self.moment).go_on():
                self._end()
            return
        if not memory.running:
            if not self._begin(quote):
                Quotes(self.moment).begin()
            return
        goal = self._goal(quote)
        if goal is not None:
            self._slice(goal, self._reason(f"价差第 {memory.round} 轮"))
        elif not Quotes(self.moment).go_on():
            self._end()

    def _converted(self) -> bool:
        # Whether there is nothing to trade: all of it is done, or what would have to follow cannot be opened now.
        memory, settings = self.memory, self.settings
        if self.moment.net == settings.max_sets * settings.legs[self.lead].lots:
            if memory.running:
                self._end()
            self.draft.mark(Finished(summary=f"互转完成：{done_words(settings, memory.nets)}"))
            return True
        for mark in missing(self.view, settings, memory):
            self.draft.mark(mark)
        account, strategy = settings.account, self.draft.strategy
        return not all(self.view.opening_allowed(account, strategy, name) for name in opens(settings))

    # --- the bounds of a grid ---

    def _bounded(self, grid: SpreadGrid, quote: SpreadQuote | None) -> bool:
        # Whether nothing else is to be done now.
        memory, net = self.memory, self.moment.net
        if memory.stage is Stage.STOPPING or (memory.stage is Stage.FLATTENING and not net):
            if memory.running:
                self._end()
            held = f"主动腿留有 {abs(net)} 手" if net else "没有持仓"
            self.draft.mark(Finished(summary=f"离开网格区间后停止，{held}"))
            return True
        return memory.stage is Stage.RUNNING and grid.trail_to is not None and self._trails(grid, quote)

    def _trails(self, grid: SpreadGrid, quote: SpreadQuote | None) -> bool:
        memory = self.memory
        found = judged(self.settings, grid, quote)
        if found is None or self.moment.net or memory.running:
            return False
        more = room(self.settings, found.price)
        if not more or (memory.moved_at and self.draft.now - memory.moved_at < CALM):
            return False
        self.draft.mark(GridTrailed(moved=memory.moved + more, anchor=anchor(self.settings, grid) + more))
        return True

    # --- rounds ---

    def _goal(self, quote: SpreadQuote) -> int | None:
        # To which lots of the active leg the round may go on at this price; `None` where it has come to its end.
        memory, net, lead = self.memory, self.moment.net, self.settings.legs[self.lead].lots
        wanted = self.moment.goal
        if wanted == net:
            return None
        direction = 1 if (wanted > net) == (lead > 0) else -1
        held = way_held(self.settings, memory)
        if leaving(self.settings, memory):
            return min(wanted, 0, key=lambda one: abs(one - net)) if direction == -held else None
        if held != -direction and stopped_already(self.settings, direction, quote):
            return None
        if self.settings.grid is None:
            good = quote.buy <= self.settings.buy_at if direction > 0 else quote.sell >= self.settings.sell_at
            return wanted if good else None
        for way, lots in self._wanted(self.settings.grid, quote):
            if way == direction:
                goal = net + (1 if wanted > net else -1) * lots
                return min(goal, wanted, key=lambda one: abs(one - net))
        return None

    def _wanted(self, grid: SpreadGrid, quote: SpreadQuote) -> Iterator[tuple[int, int]]:
        # Which way the grid wants to go at this price (1 buys the spread), and by how many lots of the active leg.
        per_line = self.settings.sets * abs(self.settings.legs[self.lead].lots)
        held, sign = abs(self.moment.net), grid.side.sign
        if self.memory.stage is Stage.FLATTENING:
            if held:
                yield -sign, held
            return
        entered, kept = reach(self.settings, grid, quote)
        if held > kept * per_line:
            yield -sign, held - kept * per_line
        elif held < entered * per_line and self.memory.left_at is None and not _closes_at_stop(grid, quote):
            yield sign, entered * per_line - held

    def _ways(self, quote: SpreadQuote) -> Iterator[tuple[int, int]]:
        # Each way a round may begin now, and how many sets.
        settings, held = self.settings, way_held(self.settings, self.memory)
        if leaving(settings, self.memory):
            yield -held, -(-abs(self.moment.net) // abs(settings.legs[self.lead].lots))
            return
        shown = {1: quote.buy_sets, -1: quote.sell_sets}
        if settings.grid is not None:
            lead = abs(settings.legs[self.lead].lots)
            for way, lots in self._wanted(settings.grid, quote):
                yield way, min(-(-lots // lead), shown[way])
            return
        bought, sold = (held != -way and stopped_already(settings, way, quote) for way in (1, -1))
        if quote.buy <= settings.buy_at and not bought:
            # Of a conversion a set may be larger than what is displayed: slices are not.
            yield 1, settings.sets if settings.conversion is not None else min(settings.sets, shown[1])
        if settings.conversion is None and quote.sell >= settings.sell_at and not sold:
            yield -1, min(settings.sets, shown[-1])

    def _begin(self, quote: SpreadQuote) -> bool:
        # Whether its price is reached one way, sent or not.
        for direction, count in self._ways(quote):
            sets, price = direction * count, quote.buy if direction > 0 else quote.sell
            goal = self.moment.goal_of(sets)
            if goal == self.moment.net:
                continue
            round_number = self.memory.round + 1
            reason = self._reason(f"价差 {amount_text(price)} 到价", f"，第 {round_number} 轮")
            if self._slice(goal, reason, round_number):
                self.draft.mark(RoundBegan(round=round_number, sets=sets, price=price))
            return True
        return False

    def _reason(self, why: str, which: str = "") -> str:
        return f"{exit_words(self.memory) if leaving(self.settings, self.memory) else why}{which}"

    def _end(self) -> None:
        residual, most = residuals(self.settings, self.memory.nets), self.settings.residual_yuan
        value = None if most is None else residual_worth(self.settings, residual, self.view.instrument, self._price_of)
        over = most is not None and value is not None and value > most
        if over and not self.memory.over and most is not None and value is not None:
            self.draft.mark(ResidualOver(residual=residual, value_yuan=value, tolerance_yuan=most))
        self.draft.mark(RoundEnded(round=self.memory.round, residual=residual, over=over))

    def _price_of(self, name: InstrumentId) -> Decimal | None:
        return latest_price(self.view.instrument(name), self.view.quote(name))

    def _slice(self, goal: int, reason: str, round_number: int | None = None) -> bool:
        settings, net = self.settings, self.moment.net
        if self._unequal():
            return False
        direction = 1 if goal > net else -1
        way = self._way(direction)
        if way is None:
            tell_barred(self.moment, barred(settings, self.view))
            return False
        edge = self.moment.edge if way.combination is None else EDGE  # there is nothing to hedge
        sights: list[Sight | None] = []
        for leg in settings.legs:
            sight = look(self.view, leg.instrument) if leg.lots else None
            if leg.lots and (sight is None or not sight.flows or sight.left < edge):
                return False
            sights.append(sight)
        first = sights[self.lead]
        if first is None:
            return False
        shown = [self._shown(place, sight, direction) for place, sight in enumerate(sights)]
        told = f"{reason}，{way.why}" if way.why else reason
        if way.combination is not None:
            both = direction * min(abs(goal - net), *shown)
            return not why_unhedged(self.moment, both, together=True) and self.moment.combined(
                way, both, told, round_number
            )
        most = min(abs(goal - net), shown[self.lead])
        lots = largest_slice(settings, self.memory.nets, direction=direction, most=most, shown=shown)
        if why_unhedged(self.moment, direction * lots) or not self.moment.hedges_ready(direction):
            return False
        if self.memory.stage is Stage.FLATTENING:
            self.moment.hedge_barred = barred_hedge(self.moment, sights, direction * lots)
            if self.moment.hedge_barred is not None:
                return False
        side = Side.BUY if direction > 0 else Side.SELL
        return self.moment.active(first, side, lots, told, round_number)

    def _unequal(self) -> bool:
        # Whether a conversion by delta would not be one at this moment.
        mark = delta_apart(self.view, self.settings)
        if mark is not None and self.memory.apart_day != mark.trading_day:
            self.draft.mark(mark)
        return mark is not None

    def _way(self, direction: int) -> Way | None:
        settings, memory = self.settings, self.memory
        way = choose(settings, memory, self.view, direction)
        if way is None or way.combination is None:
            return way
        closing = closing_lots(settings.legs[self.lead], self.moment.net, direction) > 0
        splits = settings.route is SpreadRoute.CHEAPER or memory.stage is Stage.FLATTENING
        meets = splits and self.draft.combination_meets_own(way.combination, way.side, way.price, closing=closing)
        return apart(way.combination) if meets else way

    def _shown(self, place: int, sight: Sight | None, direction: int) -> int:
        # A leg trades the way of the active one where their lots have the same sign.
        legs = self.settings.legs
        way = direction if (legs[place].lots > 0) == (legs[self.lead].lots > 0) else -direction
        side = Side.BUY if way > 0 else Side.SELL
        there = None if sight is None else sight.opposite(side)
        if sight is None or there is None:
            return 0
        # What another has closed meanwhile cannot follow, so the active leg does not go ahead of it.
        own = closing_lots(legs[place], self.memory.legs[place].net, way * there.lots)
        free = closable_lots(self.moment, place, side) if own else own
        return min(there.lots, free) if own > free else there.lots
