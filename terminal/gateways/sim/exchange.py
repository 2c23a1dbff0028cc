"""Be an exchange without any input or output: batches, orders and cancels in, reports out.

The theory. The market clock is the clock of the batches; orders and cancels happen at the time of the last batch
before them. Orders trade while their instrument trades continuously. In the call auction they are taken and rest until
it is matched: with the market's own auction when its result is displayed, and at the opening with each other. At other
times they are rejected. A day order lives from the night into the day of the same trading day. When the last continuous
trading of its instrument on that day is over it expires. The first batch past such a moment says so, before the batch
itself is handed out, because it happened before. When the calendar says that a new trading day has begun, today's lots
become yesterday's and nothing is displayed until the market says something new.

Rules of trade: `book`, in the auction `auction`, in the queue `places`, on bars `bars`. Reasons to reject: `refusal`.
Money is not checked; that is the risk gate's work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from terminal.domain.days.calendar import Calendar
from terminal.domain.days.sessions import Phase
from terminal.domain.errors import InvariantError, UserError
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.market import Batch, DayFacts
from terminal.domain.orders.order import OrderState, TimeCondition
from terminal.domain.orders.stop import StopTable
from terminal.domain.products.combination import is_combination
from terminal.domain.products.instrument import Instrument
from terminal.domain.reports import CancelRejected, ExerciseTold, OrderThere, PositionThere, Report, Traded
from terminal.engine.ports import WireCancel, WireExercise, WireOrder, WireWithdrawal
from terminal.gateways.sim import refusal
from terminal.gateways.sim.accounts.funds import Funds
from terminal.gateways.sim.accounts.ledger import BY_HAND, Changes, Clock, Ledger, Saved, TakenLevel
from terminal.gateways.sim.combinations.combined import CombinedLots
from terminal.gateways.sim.combinations.desk import CombinationDesk, Finder, Floor
from terminal.gateways.sim.combinations.orders import first_leg
from terminal.gateways.sim.day_end.exercise import ExerciseDesk
from terminal.gateways.sim.display import Display, Terms
from terminal.gateways.sim.matching import bars
from terminal.gateways.sim.matching.auction import clear
from terminal.gateways.sim.matching.book import Book, Dealt, Match, Order
from terminal.gateways.sim.matching.openings import Openings
from terminal.gateways.sim.matching.places import Places
from terminal.gateways.sim.matching.price_kinds import first_limit, nothing_offered, rest_limit, restored_limit
from terminal.gateways.sim.matching.queue_model import DEFAULT_QUEUE, QueueModel
from terminal.gateways.sim.matching.resting import Resting
from terminal.gateways.sim.passed import Passed
from terminal.gateways.sim.refusal import Refusal
from terminal.gateways.sim.sleep import Sleeper
from terminal.gateways.sim.stops import Door, Stops

DAY_OVER = "收盘后自动撤单"


class Exchange:
    """Match orders of our accounts against the market's displayed book and keep the books.

    After `begin` or `restore` (with the trading day's earlier batches given to `observe`) it takes `advance` for each
    next batch, and `place` and `cancel` at any time.
    """

    def __init__(
        self,
        *,
        universe: tuple[InstrumentId, ...],
        instruments: Mapping[InstrumentId, Instrument] | Terms,
        calendar: Calendar,
        queue: QueueModel = DEFAULT_QUEUE,
        funds: Mapping[AccountId, Decimal] | None = None,
        combinations: Finder | None = None,
        stops: StopTable | None = None,
    ) -> None:
        self.clock = Clock()
        self._places = Places(queue)
        self._display = Display(universe=universe, instruments=instruments, calendar=calendar)
        self._funds = Funds(funds or {}, self._display)
        self._ledger = Ledger(self.clock, self._funds)
        self._exercises = ExerciseDesk(self._display, lambda: self._ledger)
        self._calendar = calendar
        self._books: dict[InstrumentId, Book] = {}
        self._busy: dict[int, Book] = {}  # slots whose next snapshot may matter to an order
        self._resting = Resting()
        self.combined = CombinedLots(lambda: self._ledger)
        leave = self._resting.leave
        floor = Floor(
            self._display, lambda: self._ledger, self.combined, self._book, self._note_taken, self._rest, leave
        )
        self._spreads = CombinationDesk(floor, combinations)
        self._stops = Stops(Door(self._display, lambda: self._ledger, self._rest, leave, self._enter), stops)
        self._openings = Openings()
        known = (self._display, self._places, self._resting, self._openings)
        self.sleeper = Sleeper(*known, (self._spreads, self._stops), self._busy, self._note_level)
        self._day_ends = 0

    def begin(self, at: int) -> None:
        """Begin on the trading day of an instant (UTC ns), with empty books."""
        self.clock.at = self._display.at = at
        self._begin_day(self._calendar.trading_day(at))
        self._funds.begin(self.clock.trading_day)

    def say(self, facts: Iterable[DayFacts]) -> None:
        """Take daily facts that the market itself does not state."""
        for fact in facts:
            self._display.say(fact)

    @property
    def has_changes(self) -> bool:
        """Return whether anything must be written before the next report is told."""
        return bool(self._ledger.changes)

    def take_changes(self) -> Changes:
        """Hand over what the store has to write before anything is told."""
        return self._ledger.take_changes()

    # --- the market -------------------------------------------------------------------------------------------------

    def advance(self, batch: Batch) -> Passed:
        """Pass the next batch: open and expire what is due, show the new quotes, fill the orders they reach."""
        if batch.index != self.clock.next_batch:
            raise InvariantError(f"batch {batch.index} came where {self.clock.next_batch} was due")
        until = bars.told_until(batch)
        before = [*self._open(until), *self._close(batch, until)]
        self._display.update(batch)
        self._ledger.changes.facts.extend(batch.day_facts)
        self.clock.next_batch += 1
        self.clock.at = batch.at
        after = self._sweep(batch, until) if self._busy else []
        after += self._stops.sweep(batch)
        after += self._spreads.sweep(batch)
        return Passed(self.combined.fit(before), self.combined.fit(after))

    def observe(self, batch: Batch) -> None:
        """Show a batch that was already passed before a restart; nothing is matched."""
        self._display.update(batch)

    def standing(self) -> Batch:
        """Return what is known of every instrument after the last batch that was passed."""
        return self._display.standing(max(0, self.clock.next_batch - 1))

    def _open(self, at: int) -> list[Report]:
        reports: list[Report] = []
        for matched_at, slot in self._openings.due(at):
            self.clock.at = max(self.clock.at, matched_at)
            reports += self._call(slot, None)
        return reports

    def _call(self, slot: int, printed: Dealt | None) -> list[Report]:
        name = self._display.universe[slot]
        said = self._display.facts(name)
        matches = clear(self._book(name), pre_settlement=None if said is None else said.pre_settlement, printed=printed)
        return [report for match in matches for report in self._trade(match)]

    def _await_opening(self, slot: int, instrument: Instrument) -> None:
        matching = self._display.matching(instrument)
        if matching is not None:
            self._openings.expect(slot, matching.begins_at, matching.ends_at)

    def _close(self, batch: Batch, until: int) -> list[Report]:
        reports = [self._take_out(order) for order in self._resting.due(until)]
        if until >= self._day_ends:
            reports += self._exercises.end_day(batch.day_facts, self._calendar.trading_day(until))
            self._ledger.begin_day()
            for instrument, book in self._books.items():
                if book.begin_day():
                    self._note_level(instrument, book)
            self._busy.clear()
            self.clock.day_batch = batch.index
            self._begin_day(self._calendar.trading_day(until))
        return reports

    def _begin_day(self, trading_day: int) -> None:
        self.clock.trading_day = trading_day
        self._day_ends = self._calendar.ends_at(trading_day)
        self._funds.relist(self._display.begin_day(trading_day, remember=min((trading_day, *self.clock.owed))))

    def _sweep(self, batch: Batch, until: int) -> list[Report]:
        reports: list[Report] = []
        traded = bars.bars_of(batch)
        self._display.at = until
        for slot in dict.fromkeys(batch.slots.tolist()):
            book = self._busy.get(slot)
            if book is None:
                continue
            name = self._display.universe[slot]
            instrument = self._display.listed(name)
            session = self._display.session(instrument)
            forgot = self._display.show(book, slot)
            dealt = self._display.dealt(book, slot)
            matches, bar = [], traded.get(slot)
            if session.phase is Phase.CONTINUOUS and bar is not None:
                matches = bars.trade(book, bar)
            elif session.phase is Phase.CONTINUOUS:
                said = self._display.facts(name)
                matches += [] if dealt is None else self._places.trade(book, dealt, said)
                matches += book.sweep()
                self._places.look(book, said, self._ledger.changes.places)
            for match in matches:
                reports += self._trade(match)
            if bar is not None:
                reports += map(self._take_out, bars.done((*book.buys, *book.sells), bar))
            if dealt is not None and session.phase is Phase.AUCTION and session == self._display.matching(instrument):
                reports += self._call(slot, dealt)
            if forgot or matches:
                self._note_level(name, book)
            if book.idle:
                del self._busy[slot]
        self._display.at = batch.at
        return reports

    # --- orders -----------------------------------------------------------------------------------------------------

    def place(self, wire: WireOrder) -> list[Report]:
        """Take an order or reject it, and trade what it reaches at once."""
        terms = wire.terms
        if wire.wire_key in self._ledger.keys:
            return [self._ledger.reject_duplicate(wire.wire_key, wire.account, refusal.DUPLICATE)]
        if is_combination(terms.instrument):
            return self.combined.fit(self._spreads.place(wire))
        refused = self._refuse(wire)
        if refused is not None:
            return [self._ledger.reject(wire.wire_key, terms, refused)]
        instrument = self._display.listed(terms.instrument)
        order, accepted = self._ledger.accept(wire.wire_key, terms, instrument)
        if wire.trigger is not None:
            return [accepted, *self.combined.fit(self._stops.wait(order, instrument, wire.trigger))]
        return self.combined.fit([accepted, *self._enter(order, instrument)])

    def cancel(self, wire: WireCancel) -> list[Report]:
        """Cancel a resting order, or say why not."""
        order = self._find(wire)
        refused: Refusal | None = None
        if order is None or order.account != wire.account:
            refused = refusal.ORDER_NOT_FOUND
        elif order.wire_key not in self._resting:
            refused = refusal.ORDER_ENDED
        elif not self._display.takes_cancels(self._display.listed(first_leg(order.terms.instrument))):
            refused = refusal.NO_CANCEL_NOW
        if order is None or refused is not None:
            code, text = refused or refusal.ORDER_NOT_FOUND
            report = CancelRejected(account=wire.account, wire_key=wire.wire_key, code=code, text=text)
            return [self._ledger.tell(report)]
        self._withdraw(order)
        return [self._ledger.cancel(order)]

    def answer(
        self, account: AccountId
    ) -> tuple[tuple[OrderThere, ...], tuple[Traded, ...], tuple[PositionThere, ...]]:
        """Return every order and trade of the trading day and every position of an account."""
        return self._ledger.answer(account)

    def exercise(self, wire: WireExercise | WireWithdrawal) -> list[Report]:
        """Take a request about an option or reject it, or let go of one."""
        told = self._exercises.take(wire) if isinstance(wire, WireExercise) else self._exercises.withdraw(wire)
        return [] if told is None else [told]

    def exercises(self, account: AccountId) -> tuple[ExerciseTold, ...]:
        """Return the requests of an account about options."""
        return self._exercises.of(account)

    def _refuse(self, wire: WireOrder) -> Refusal | None:
        terms = wire.terms
        instrument = self._display.instrument(terms.instrument)
        refused = refusal.refuse_instrument(instrument, self.clock.trading_day)
        if instrument is None or refused is not None:
            return refused or refusal.NOT_FOUND
        return (
            refusal.refuse_kind(terms, instrument)
            or self._stops.refuse(wire, instrument)
            or refusal.refuse_terms(terms, instrument, self._display.facts(terms.instrument))
            or refusal.refuse_session(terms, self._display.session(instrument))
            or refusal.refuse_close(terms, instrument, self._ledger.holding(terms))
            or refusal.refuse_cancels(terms, instrument, self._ledger.cancels)
            or self._funds.refuse(terms, instrument, self._display.last)
        )

    def _enter(self, order: Order, instrument: Instrument) -> list[Report]:
        book = self._book(instrument.id)
        slot = self._display.slot(instrument.id)
        session = self._display.session(instrument)
        self._display.show(book, slot)
        self._display.dealt(book, slot)  # what was traded before the order came
        fresh = self._display.is_fresh(slot, session)
        condition, of_bars = order.terms.time_condition, self._display.of_bars(slot)
        limit = first_limit(book, order, displayed=fresh)
        if limit is None:
            return [self._ledger.remove(order, expired=False, why=nothing_offered(order))]
        order.limit = limit
        reports: list[Report] = []
        if condition is TimeCondition.FOK and not of_bars and book.reachable(order, displayed=fresh) < order.remaining:
            return [self._ledger.remove(order, expired=False, why=refusal.KILLED_ALL)]
        matches = book.take(order, displayed=fresh) if session.phase is Phase.CONTINUOUS else []
        for match in matches:
            reports += self._trade(match)
        if matches:
            self._note_level(instrument.id, book)
        if order.remaining and (condition is TimeCondition.GFD or of_bars):
            order.limit = rest_limit(order, matches)
            book.rest(order)
            if fresh:
                self._places.look(book, self._display.facts(instrument.id), self._ledger.changes.places, (order,))
            self._rest(order, instrument)
            self._await_opening(slot, instrument)
        elif order.remaining:
            reports.append(self._ledger.remove(order, expired=False, why=refusal.KILLED_REST))
        if not book.idle:
            self._busy[slot] = book
        return reports

    def _trade(self, match: Match) -> list[Report]:
        for order in (match.order, match.other):
            if order is not None and not order.remaining:
                self._resting.leave(order)
        return self._ledger.trade(match)

    def _rest(self, order: Order, instrument: Instrument, since: int | None = None) -> None:
        order.since = self.clock.at if since is None else since
        for_the_day = bars.is_for_the_day(order)
        closes_at = self._display.closes_at(instrument)
        self._resting.add(order, closes_at if for_the_day else self._display.session(instrument).ends_at)

    def _take_out(self, order: Order) -> Report:
        self._withdraw(order)
        for_the_day = bars.is_for_the_day(order)
        return self._ledger.remove(order, expired=for_the_day, why=DAY_OVER if for_the_day else bars.killed(order))

    def _withdraw(self, order: Order) -> None:
        self._resting.leave(order)
        for desk in (self._spreads, self._stops):
            if desk.rests(order):
                desk.remove(order)
                return
        self._book(order.terms.instrument).remove(order)

    def _find(self, wire: WireCancel) -> Order | None:
        if wire.exchange is not None and wire.sys_id is not None:
            return self._ledger.by_number.get((wire.exchange, wire.sys_id))
        return self._ledger.orders.get(wire.wire_key)

    def _book(self, instrument: InstrumentId) -> Book:
        book = self._books.get(instrument)
        if book is None:
            book = self._books[instrument] = Book()
        return book

    def _note_level(self, instrument: InstrumentId, book: Book) -> None:
        self._ledger.changes.levels[instrument] = TakenLevel(*book.taken)

    def _note_taken(self, name: InstrumentId) -> None:
        book = self._book(name)
        self._note_level(name, book)
        self._busy[self._display.slot(name)] = book

    # --- restart ----------------------------------------------------------------------------------------------------

    def restore(self, saved: Saved, passed: Iterable[Batch]) -> None:
        """Take over the books as written, and show the trading day's batches that were passed before."""
        self.clock = saved.clock
        self._ledger = Ledger(self.clock, self._funds)
        self._ledger.holdings, self._ledger.combined = saved.holdings, dict(saved.combined)
        self._ledger.restore(saved.orders, saved.trades, saved.keys)
        self._begin_day(self.clock.trading_day)
        self._funds.restore(saved.funds, self._display.instruments)
        self._funds.begin(self.clock.trading_day, [*(key[0] for key in saved.holdings), *saved.accounts])
        self._ledger.requests = {one.wire_key: one for one in saved.requests}
        self._ledger.moved.update(saved.moved)
        self.say(saved.facts)
        for batch in passed:
            self.observe(batch)
        if self.clock.next_batch > self.clock.day_batch and self._display.at != self.clock.at:
            raise UserError("行情与交易所文件里记下的不是同一份，请换回原来的行情或换一个 --data 目录。")
        self._display.at = self.clock.at
        for order in saved.orders:
            if order.state is OrderState.CANCELLED and order.text == BY_HAND:
                order.instrument = self._display.listed(first_leg(order.terms.instrument))
                self._ledger.count_cancel(order)
            if order.state in (OrderState.LIVE, OrderState.PARTIAL):
                if is_combination(order.terms.instrument):
                    self._spreads.restore(order)
                    continue
                instrument = self._display.listed(order.terms.instrument)
                self._ledger.admit(order, instrument)
                if order.wire_key in saved.stops:
                    self._stops.restore(order, instrument, saved.stops[order.wire_key])
                    continue
                order.limit = restored_limit(order, saved.trades)
                order.ahead = saved.places.get(order.wire_key)
                self._book(instrument.id).rest(order)
                self._rest(order, instrument, saved.since.get(order.wire_key))
        apart = (self._spreads, self._stops)
        single = {one.terms.instrument for one in self._resting if not any(desk.rests(one) for desk in apart)}
        for name in single | set(saved.levels):
            slot, book = self._display.slot(name), self._book(name)
            self._display.show(book, slot)
            self._display.dealt(book, slot)
            self._await_opening(slot, self._display.listed(name))
            if book.crossed and slot not in self._openings:  # books of before auctions were matched
                self._openings.expect(slot, self.clock.at, self.clock.at)
            book.give_back(saved.levels.get(name, ()))
            if not book.idle:
                self._busy[slot] = book
