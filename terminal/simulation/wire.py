"""Stand between the runner and its gateway: end lives there, and judge every order and cancel that passes.

What must hold at this point (SAFETY 1): nothing passes that is not durable (I1, I2), nothing passes twice (I4), no
opening order passes before the barrier, without limits, at red or under a kill switch (I7, I20, I21), none that could
meet an own working order (C14), none beyond the position limit with every working order filled (I6), and none beyond
the message rate (C8). All of it is worked out here anew from the state and the journal, never asked of the code that
decided.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from terminal.domain.fact.facts import CancelRecorded, ExerciseRequested, OrderRecorded, OrderVoided
from terminal.domain.ids import AccountId, OrderId, WireKey
from terminal.domain.market import Batch
from terminal.domain.orders.exercise import Choice, ExerciseWish
from terminal.domain.orders.order import OrderState, OrderTerms, Side
from terminal.domain.reports import Report
from terminal.domain.words.risk import Level, Scope
from terminal.engine.ports import Gateway, WireCancel, WireExercise, WireOrder, WireWithdrawal
from terminal.engine.records.journal import Record
from terminal.engine.state import AccountState, OrderRow, State
from terminal.gateways.passing import PassingGateway
from terminal.simulation.combined import on_wire, parts_of
from terminal.simulation.crash import CrashingJournal, Fuse, Point

SECOND = 1_000_000_000


class Kept:
    """Know what the journal has accepted over all lives, as the wire is judged by it."""

    def __init__(self) -> None:
        self.intents: dict[WireKey, OrderTerms] = {}
        self.requests: dict[WireKey, ExerciseWish] = {}
        self.cancels: dict[OrderId, int] = {}
        self.voided: set[WireKey] = set()
        self.seconds: set[WireKey] = set()  # of second legs of combinations: nothing goes out under these
        self._keys: dict[OrderId, WireKey] = {}

    def take(self, records: Sequence[Record]) -> None:
        """Note what became durable."""
        for record in records:
            fact = record.fact
            if isinstance(fact, OrderRecorded):
                key, self.intents[key] = on_wire(fact)
                self._keys[fact.order] = key
                if key != fact.wire_key:
                    self.seconds.add(fact.wire_key)
            elif isinstance(fact, ExerciseRequested):
                self.requests[fact.wire_key] = fact.wish
            elif isinstance(fact, OrderVoided):
                self.voided.add(self._keys[fact.order])
            elif isinstance(fact, CancelRecorded):
                self.cancels[fact.order] = self.cancels.get(fact.order, 0) + 1


class Wire:
    """Know what was written to the wire over all lives; `at` is the market clock."""

    def __init__(
        self,
        kept: Kept,
        blame: Callable[[str], None],
        *,
        sent: Callable[[WireOrder, int], None] = lambda *_: None,
        heard: Callable[[Report], None] = lambda _: None,
    ) -> None:
        # `sent` is told of every order that passes and when, `heard` of every report that passes the other way.
        self.kept = kept
        self.sent = sent
        self.heard = heard
        self.at = 0
        self.orders: set[WireKey] = set()
        self.cancels: dict[WireKey, int] = {}
        self.blame = blame
        self.closes_while_locked = 0
        self._messages: dict[str, deque[int]] = {}  # by exchange

    def judge_order(self, order: WireOrder, state: State) -> None:
        """Blame what may not pass."""
        key, terms = order.wire_key, order.terms
        if key in self.orders:
            self.blame(f"I4 {key} was written to the wire twice")
        self.orders.add(key)
        recorded = self.kept.intents.get(key)
        if recorded is None:
            self.blame(f"I1 {key} was sent before its intent was durable")
        elif recorded != terms:
            self.blame(f"I2 {key} was sent with other terms than were recorded")
        for fault in [*_opening_faults(order, state), *_crossings(order, state), *self._too_many(order, state)]:
            self.blame(fault)
        account = state.accounts[order.account]
        if not terms.is_opening and (account.kills or any(row.level is Level.RED for row in account.levels.values())):
            self.closes_while_locked += 1

    def judge_cancel(self, cancel: WireCancel, state: State) -> None:
        """Blame a cancel that is not durable, or that goes to another order than it names."""
        key = cancel.wire_key
        self._count(key)
        sent = self.cancels[key] = self.cancels.get(key, 0) + 1
        row = _row(state, cancel.account, key)
        if row is None or self.kept.cancels.get(row.order, 0) < sent:
            self.blame(f"I1 a cancel of {key} was sent before it was durable")
        elif (row.exchange, row.sys_id) != (cancel.exchange, cancel.sys_id):
            self.blame(f"I2 a cancel of {key} names {cancel.exchange}/{cancel.sys_id}, not {row.exchange}/{row.sys_id}")

    def judge_request(self, request: WireExercise, state: State) -> None:
        """Blame a request to exercise or abandon that may not pass."""
        key = request.wire_key
        if key in self.orders:
            self.blame(f"I4 {key} was written to the wire twice")
        self.orders.add(key)
        recorded = self.kept.requests.get(key)
        if recorded is None:
            self.blame(f"I1 {key} was sent before its intent was durable")
        elif recorded != request.wish:
            self.blame(f"I2 {key} was sent with another wish than was recorded")
        account = state.accounts[request.account]
        if request.wish.choice is Choice.EXERCISE and Scope() in (kill.scope for kill in account.kills.values()):
            self.blame(f"I21 request {key} was sent under a kill switch")

    def _count(self, key: WireKey) -> int:
        terms = self.kept.intents.get(key)
        stamps = self._messages.setdefault(terms.instrument.partition(".")[0] if terms else "", deque())
        while stamps and stamps[0] <= self.at - SECOND:
            stamps.popleft()
        stamps.append(self.at)
        return len(stamps)

    def _too_many(self, order: WireOrder, state: State) -> list[str]:
        limits, count = state.accounts[order.account].limits, self._count(order.wire_key)
        if not order.terms.is_opening or limits is None or count <= limits.messages_in_one_second:
            return []
        return [f"C8 opening order {order.wire_key} is message {count} within a second"]


class WatchedGateway(PassingGateway):
    """Be the `Gateway` of one life of the runner."""

    def __init__(self, inner: Gateway, fuse: Fuse, wire: Wire, journal: CrashingJournal) -> None:
        super().__init__(inner)
        self._fuse = fuse
        self._wire = wire
        self._journal = journal
        self.live = False  # the past has been read
        self.unreachable = False
        self.state = State()

    async def connect(self, *, from_batch: int) -> None:
        """Log in."""
        self.unreachable = True
        await self._inner.connect(from_batch=from_batch)
        self.unreachable = False

    async def next(self) -> Batch | Report | None:
        """Return the next input."""
        if self._journal.failed:
            self._wire.blame("the runner went on after its journal had failed")
        self._fuse.input(live=self.live)
        try:
            item = await self._inner.next()
        except ConnectionError:
            self.unreachable = True
            raise
        if isinstance(item, Batch):
            self._wire.at = item.at
            self.live = self.live or item.index >= self._inner.history_until
        elif item is not None:
            self._wire.heard(item)
        return item

    async def submit(self, order: WireOrder) -> None:
        """Judge an order and write it to the wire."""
        self._alive(f"order {order.wire_key}")
        self._wire.judge_order(order, self.state)
        self._fuse.at(Point.BEFORE_SEND)
        self._wire.sent(order, self._wire.at)
        await self._inner.submit(order)
        self._fuse.at(Point.AFTER_SEND)

    async def cancel(self, cancel: WireCancel) -> None:
        """Judge a cancel and write it to the wire."""
        self._alive(f"cancel of {cancel.wire_key}")
        self._wire.judge_cancel(cancel, self.state)
        self._fuse.at(Point.BEFORE_SEND)
        await self._inner.cancel(cancel)
        self._fuse.at(Point.AFTER_CANCEL)

    async def exercise(self, request: WireExercise | WireWithdrawal) -> None:
        """Write a request about an option, or its withdrawal, to the wire once."""
        self._alive(f"request {request.wire_key}")
        if isinstance(request, WireExercise):
            self._wire.judge_request(request, self.state)
        self._fuse.at(Point.BEFORE_SEND)
        await self._inner.exercise(request)
        self._fuse.at(Point.AFTER_SEND)

    async def query(self, account: AccountId, query: int) -> None:
        """Ask for everything about an account."""
        await self._inner.query(account, query)
        self._fuse.at(Point.AFTER_QUERY)

    def _alive(self, what: str) -> None:
        if self._journal.failed:
            self._wire.blame(f"I1 {what} was sent after the journal had failed")


def covers(scope: Scope, order: OrderRow | None, terms: OrderTerms) -> bool:
    """Return whether a level or kill of this scope binds an order."""
    strategy = order.cause.strategy if order is not None else None
    return (scope.strategy is None or scope.strategy == strategy) and (
        scope.instrument is None or scope.instrument == terms.instrument
    )


def _row(state: State, account: AccountId, key: WireKey) -> OrderRow | None:
    books = state.accounts.get(account)
    order = None if books is None else books.by_wire.get(key)
    return None if books is None or order is None else books.orders[order]


def _opening_faults(order: WireOrder, state: State) -> list[str]:
    key, terms = order.wire_key, order.terms
    if not terms.is_opening:
        return []
    account = state.accounts[order.account]
    row = _row(state, order.account, key)
    found = []
    if not account.barrier.passed:
        found.append(f"I7 opening order {key} was sent before the barrier was passed")
    if account.limits is None:
        found.append(f"I20 opening order {key} was sent without limits")
    reds = [level.scope for level in account.levels.values() if level.level is Level.RED]
    for part in parts_of(terms):
        if any(covers(scope, row, part) for scope in reds):
            found.append(f"I21 opening order {key} was sent at red")
        if any(covers(kill.scope, row, part) for kill in account.kills.values()):
            found.append(f"I21 opening order {key} was sent under a kill switch")
        found += _too_much(account, key, part)
    return found


def _too_much(account: AccountState, key: WireKey, terms: OrderTerms) -> list[str]:
    limits = account.limits
    if limits is None:
        return []
    most = limits.position_lots_by_instrument.get(terms.instrument, limits.position_lots)
    lots = sum(
        row.remaining
        for row in account.live.values()
        if row.terms.is_opening and row.terms.instrument == terms.instrument and row.terms.side is terms.side
    )
    for instrument, flag in account.book.positions():
        if instrument == terms.instrument:
            held = account.book.position(instrument, flag)
            lots += held.long if terms.side is Side.BUY else held.short
    return [f"I6 opening order {key} may lead to {lots} lots, the limit is {most}"] if not most or lots > most else []


def _crossings(order: WireOrder, state: State) -> list[str]:
    return [
        f"C14 order {order.wire_key} could trade with the own order {row.wire_key} ({row.state})"
        for terms in parts_of(order.terms)
        for account in state.accounts.values()
        for row in account.live.values()
        if row.terms.instrument == terms.instrument
        and row.terms.side is not terms.side
        and not (row.leg is not None and account.orders[row.leg.other].ended)  # ended with it, its word is on its way
        and _meets(order.terms, terms, row)
    ]


def _meets(whole: OrderTerms, part: OrderTerms, row: OrderRow) -> bool:
    # Two orders on one combination meet by their differences alone (docs/exchange.md), any others contract by contract.
    if row.leg is not None and row.leg.combination == whole.instrument:
        return row.leg.side is not whole.side and (whole.price - row.leg.price) * whole.side.sign >= 0
    if not whole.is_opening and (row.leg is not None or part is not whole):
        return False  # what reduces is held back only by what its leg reaches, which no price on the wire tells
    if row.leg is not None and not row.terms.is_opening and row.state is OrderState.RECORDED:
        return False  # the same, of one that was recorded after this one and goes out next
    return (part.price - row.terms.price) * part.side.sign >= 0
