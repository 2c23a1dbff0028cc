"""Play a small market to the whole of the spine: runner, engine, gate, journal, and the real sim exchange.

A `World` shows quotes batch by batch, speaks for people with their own devices, and owns the one place where things go
wrong: `Wire`, a gateway that loses, holds, repeats or rewrites what passes between the runner and the exchange. Nothing
here looks inside the engine; tests read facts, the state, and the exchange's own answers. Nothing ever waits.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from terminal.domain import commands as c
from terminal.domain.calendar import SECOND_NS, instant
from terminal.domain.confirmation import ConfirmationEvent, ConfirmationState
from terminal.domain.facts import (
    AccountOpened,
    CommandDone,
    DeviceEnrolled,
    Fact,
    LimitsSet,
    PersonEnrolled,
    Role,
)
from terminal.domain.ids import (
    AccountId,
    CommandId,
    ConfirmationId,
    DeviceId,
    InstrumentId,
    OrderId,
    PersonId,
    TenantId,
)
from terminal.domain.instrument import Instrument, Reference
from terminal.domain.market import WIDTH, Batch, Column, DayFacts, Valid
from terminal.domain.order import HedgeFlag, Offset, OrderTerms, Side, TimeCondition
from terminal.domain.product import Fee, Fees
from terminal.domain.reports import LinkDown, QueryAnswer, Report
from terminal.domain.settings import Limits
from terminal.engine.alarms import BasisAlarm
from terminal.engine.approval import approval_bytes
from terminal.engine.check import check_all
from terminal.engine.journal import Journal, Record
from terminal.engine.memory_journal import MemoryJournal
from terminal.engine.ports import Gateway, WireCancel, WireOrder
from terminal.engine.receive import Engine
from terminal.engine.state import AccountState, ConfirmationRow, OrderRow, State
from terminal.engine.turn import Turn
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.local import LocalGateway
from terminal.gateways.sim.store import ExchangeStore
from terminal.shell.opening import NamedSpread, Opening
from terminal.shell.runner import Runner, fold_journal
from terminal.store.journal import SqliteJournal
from terminal.store.reference import load_reference

T = TypeVar("T")
F = TypeVar("F")

RB = InstrumentId("SHFE.rb2101")  # today's and older lots apart; one yuan a tick
FAR = InstrumentId("SHFE.rb2105")
I = InstrumentId("DCE.i2101")  # noqa: E741  # its own letter; half a yuan a tick, 100 t a lot: 60 lots are ¥5 m
AP = InstrumentId("CZCE.AP101")  # no night
UNIVERSE = (RB, FAR, I, AP)

ONE, OTHER = AccountId("A1"), AccountId("A2")
TENANT = TenantId("house")
DAY, NEXT_DAY = 20200821, 20200824  # a Friday and the Monday after
MORNING = instant(DAY, 9)
NEXT_NIGHT = instant(DAY, 21)  # belongs to Monday

TRADER, COLLEAGUE = PersonId("zhao"), PersonId("qian")  # the colleague may trade and check
CHECKER, SECOND_CHECKER = PersonId("sun"), PersonId("wu")
RISK, SECOND_RISK = PersonId("li"), PersonId("zheng")
ADMIN, VIEWER, STRANGER = PersonId("zhou"), PersonId("wang"), PersonId("feng")
ROLES: dict[PersonId, tuple[Role, ...]] = {
    TRADER: (Role.TRADER,),
    COLLEAGUE: (Role.TRADER, Role.CHECKER),
    CHECKER: (Role.CHECKER,),
    SECOND_CHECKER: (Role.CHECKER,),
    RISK: (Role.RISK,),
    SECOND_RISK: (Role.RISK,),
    ADMIN: (Role.ADMIN,),
    VIEWER: (Role.VIEWER,),
    STRANGER: (),
}

LIMITS = Limits(position_lots=1000, day_loss_yuan=Decimal(1_000_000), messages_in_one_second=50)
OPENING_QUOTES = {RB: (3700, 3701), FAR: (3600, 3602), I: ("830", "830.5"), AP: (7400, 7401)}

Price = int | str | Decimal
Shown = tuple[Price | None, Price | None]  # bid and ask in yuan


@cache
def reference() -> Reference:
    return load_reference()


@cache
def instruments() -> dict[InstrumentId, Instrument]:
    """Return real contracts with round fees: three yuan a lot, whatever the trade."""
    fee = Fee(by_lot=Decimal(3))
    fees = Fees(open=fee, close=fee, close_today=fee)
    return {name: msgspec.structs.replace(reference().instrument(name, DAY), fees=fees) for name in UNIVERSE}


def device(person: PersonId) -> DeviceId:
    return DeviceId(f"{person}-desk")


@cache
def key(of: DeviceId) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(of.encode()).digest())


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run what never waits, without a loop."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # what the coroutine returns
    coroutine.close()
    raise AssertionError("something waited")


def terms(
    side: Side,
    lots: int,
    price: Price,
    *,
    instrument: InstrumentId = RB,
    offset: Offset = Offset.OPEN,
    condition: TimeCondition = TimeCondition.GFD,
    account: AccountId = ONE,
    flag: HedgeFlag = HedgeFlag.SPECULATION,
) -> OrderTerms:
    return OrderTerms(
        account=account,
        instrument=instrument,
        side=side,
        offset=offset,
        lots=lots,
        price=Decimal(price),
        hedge_flag=flag,
        time_condition=condition,
    )


def make_batch(
    index: int,
    at: int,
    shown: dict[InstrumentId, Shown],
    *,
    lots: int = 500,
    last: dict[InstrumentId, Price] | None = None,
    facts: Sequence[DayFacts] = (),
    universe: tuple[InstrumentId, ...] = UNIVERSE,
) -> Batch:
    """Return a batch of two-sided quotes; a side is `None` where there is none, `last` is absent unless given."""
    rows = np.zeros((len(shown), WIDTH), dtype=np.int64)
    for row, (name, (bid, ask)) in zip(rows, shown.items(), strict=True):
        mask = Valid(0)
        for column, bit, price in (
            (Column.BID, Valid.BID, bid),
            (Column.ASK, Valid.ASK, ask),
            (Column.LAST, Valid.LAST, (last or {}).get(name)),
        ):
            if price is not None:
                row[column] = instruments()[name].ticks(Decimal(price))
                mask |= bit
        row[Column.BID_LOTS], row[Column.ASK_LOTS] = lots, lots
        row[Column.MASK], row[Column.EXCHANGE_AT] = mask, at
    slots = np.array([universe.index(name) for name in shown], dtype=np.int64)
    return Batch(index=index, at=at, slots=slots, rows=rows, day_facts=tuple(facts))


class Market:
    """Be a `MarketSource` that grows: an iterator at its end goes on when more has come."""

    name = "made"
    universe = UNIVERSE

    def __init__(self) -> None:
        self.grown: list[Batch] = []

    def batches(self, start: int = 0, /) -> Iterator[Batch]:
        return _Feed(self.grown, start)


class _Feed(Iterator[Batch]):
    def __init__(self, grown: list[Batch], start: int) -> None:
        self._grown = grown
        self._next = start

    def __next__(self) -> Batch:
        if self._next >= len(self._grown):
            raise StopIteration
        self._next += 1
        return self._grown[self._next - 1]


class DiedError(Exception):
    """Stand for the end of the process."""


class Wire:
    """Be a `Gateway` around another one that does what the test says; `sent` is all that ever left the house.

    - `lose_orders`, `lose_cancels`: written to a dead front, nobody learns of it
    - `hold_orders`: on their way; `arrive` brings them in
    - `lose`, `hold`: kinds of reports that are dropped, or kept until `tell_held`
    - `repeat`: every report comes twice
    - `die`: the process ends when the next order is sent, "before" it reaches the exchange or "after"
    - `rewrite`: what the exchange answers instead
    """

    def __init__(self, inner: Gateway) -> None:
        self._inner = inner
        self._ready: deque[Batch | Report] = deque()
        self._on_their_way: list[WireOrder] = []
        self._held: list[Report] = []
        self.sent: list[WireOrder] = []
        self.cancelled: list[WireCancel] = []
        self.lose_orders = self.lose_cancels = self.hold_orders = self.repeat = False
        self.lose: tuple[type, ...] = ()
        self.hold: tuple[type, ...] = ()
        self.rewrite: Callable[[QueryAnswer], QueryAnswer] | None = None
        self.die = ""
        self.answers: list[QueryAnswer] = []

    @property
    def market(self) -> str:
        return self._inner.market

    @property
    def universe(self) -> tuple[InstrumentId, ...]:
        return self._inner.universe

    @property
    def history_until(self) -> int:
        return self._inner.history_until

    async def connect(self, *, from_batch: int) -> None:
        self._ready.clear()
        await self._inner.connect(from_batch=from_batch)

    async def next(self) -> Batch | Report | None:
        while not self._ready:
            item = await self._inner.next()
            if item is None:
                return None
            self._pass(item)
        return self._ready.popleft()

    def _pass(self, item: Batch | Report) -> None:
        if isinstance(item, QueryAnswer):
            item = self.rewrite(item) if self.rewrite is not None else item
            self.answers.append(item)
        if isinstance(item, self.lose):
            return
        if isinstance(item, self.hold) and not isinstance(item, Batch):
            self._held.append(item)
            return
        self._ready.extend([item] * (2 if self.repeat and not isinstance(item, Batch) else 1))

    async def submit(self, order: WireOrder) -> None:
        if self.die == "before":
            raise DiedError
        self.sent.append(order)
        if self.hold_orders:
            self._on_their_way.append(order)
        elif not self.lose_orders:
            await self._inner.submit(order)
        if self.die == "after":
            raise DiedError

    async def cancel(self, cancel: WireCancel) -> None:
        self.cancelled.append(cancel)
        if not self.lose_cancels:
            await self._inner.cancel(cancel)

    async def query(self, account: AccountId, query: int) -> None:
        await self._inner.query(account, query)

    async def close(self) -> None:
        await self._inner.close()

    def cut(self) -> None:
        """Lose the link; the runner hears of it and logs in again. What it had not been told is told again then."""
        self._ready.clear()
        self._ready.append(LinkDown(why="链路中断"))

    def tell(self, *reports: Report) -> None:
        """Say something the exchange did not say by itself."""
        self._ready.extend(reports)

    def tell_held(self) -> None:
        """Tell what was held back, and hold nothing any more."""
        self.hold = ()
        self._ready.extend(self.take_held())

    def take_held(self) -> list[Report]:
        """Return what was held back and forget it."""
        held, self._held = self._held, []
        return held

    async def arrive(self) -> None:
        """Bring the held orders in."""
        self.hold_orders = False
        orders, self._on_their_way = self._on_their_way, []
        for order in orders:
            await self._inner.submit(order)


class _List:
    """Be the `Listing` of this market; `facts` are what the plan says about days."""

    def __init__(self, facts: Sequence[DayFacts]) -> None:
        self._facts = {(one.instrument, one.trading_day): one for one in facts}

    def instrument(self, instrument: InstrumentId, on: int) -> Instrument:
        return instruments()[instrument]

    def day_facts(self, instrument: InstrumentId, on: int) -> DayFacts | None:
        return self._facts.get((instrument, on))


class _Nobody:
    """Be the `Script` of a plan in which nobody does anything."""

    def start(self, at: int) -> None:
        pass

    def due(self, at: int, state: State) -> list[c.Command]:
        return []


def make_opening(
    *, limits: Limits | None, cash: Decimal, spreads: tuple[NamedSpread, ...], alarms: tuple[BasisAlarm, ...]
) -> Opening:
    names = (ONE, OTHER)
    return Opening(
        tenant=TENANT,
        seed=1,
        plan_sha256="0" * 64,
        persons=tuple(
            # Everybody's roles hold for the first account; the stranger trades and controls the other one.
            PersonEnrolled(
                person=person,
                name=person,
                roles={OTHER: (Role.TRADER, Role.CHECKER, Role.RISK)} if person == STRANGER else {ONE: roles},
            )
            for person, roles in ROLES.items()
        ),
        devices=tuple(
            DeviceEnrolled(
                device=device(person),
                person=person,
                public_key=key(device(person)).public_key().public_bytes_raw().hex(),
            )
            for person in ROLES
        ),
        accounts=tuple(
            AccountOpened(account=name, name=name, cash=cash, trading_day=0, investor=f"inv-{name}") for name in names
        ),
        limits=() if limits is None else tuple(LimitsSet(account=name, limits=limits) for name in names),
        spreads=spreads,
        alarms=alarms,
    )


class World:
    """Hold a market, an exchange, a journal and a runner over them; every act is played to its end."""

    def __init__(
        self,
        journal: Journal | None = None,
        *,
        at: int = MORNING,
        limits: Limits | None = LIMITS,
        cash: int = 20_000_000,
        spreads: tuple[NamedSpread, ...] = (),
        alarms: tuple[BasisAlarm, ...] = (),
        facts: Sequence[DayFacts] = (),
        told: Callable[[Turn, Engine], None] | None = None,
        sound: bool = True,
        exchange: Path | None = None,
    ) -> None:
        self.journal: Journal = MemoryJournal(TENANT) if journal is None else journal
        self.opening = make_opening(limits=limits, cash=Decimal(cash), spreads=spreads, alarms=alarms)
        self.facts_of_days = tuple(facts)
        self.market = Market()
        self.quotes: dict[InstrumentId, Shown] = dict(OPENING_QUOTES)
        self.at = at
        self.sound = sound  # whether `check` is expected to hold at the end
        self.told = told
        self._exchange_file = exchange
        self._commands = 0
        self.grow(self.quotes)
        self.host = self._open_exchange()
        self.wire = Wire(LocalGateway(self.host))
        self.runner = self._begin()
        self.drain()

    def _open_exchange(self) -> Host:
        return Host(
            store=ExchangeStore() if self._exchange_file is None else ExchangeStore(self._exchange_file),
            market=self.market,
            instruments=instruments(),
            calendar=reference().calendar,
            day_facts=self.facts_of_days,
        )

    def _begin(self) -> Runner:
        runner = Runner(
            journal=self.journal,
            gateway=self.wire,
            calendar=reference().calendar,
            opening=self.opening,
            listing=_List(self.facts_of_days),
            script=_Nobody(),
            version="test",
            told=self.told,
        )
        run(runner.begin())
        return runner

    # --- time and market ----------------------------------------------------------------------------------------

    def show(
        self,
        shown: dict[InstrumentId, Shown] | None = None,
        *,
        after: float = 1,
        lots: int = 500,
        last: dict[InstrumentId, Price] | None = None,
        facts: Sequence[DayFacts] = (),
    ) -> None:
        """Show quotes `after` seconds and play everything that follows; without quotes the first one again."""
        self.show_at(self.at + round(after * SECOND_NS), shown, lots=lots, last=last, facts=facts)

    def show_at(
        self,
        at: int,
        shown: dict[InstrumentId, Shown] | None = None,
        *,
        lots: int = 500,
        last: dict[InstrumentId, Price] | None = None,
        facts: Sequence[DayFacts] = (),
    ) -> None:
        self.at = at
        self.grow(shown, lots=lots, last=last, facts=facts)
        self.drain()

    def wait(self, seconds: int) -> None:
        """Let market time go by, one quiet batch a second."""
        for _ in range(seconds):
            self.show()

    def wait_until(self, at: int) -> None:
        """Let market time go by, one quiet batch a second, up to an instant."""
        while self.at < at:
            self.show_at(min(at, self.at + SECOND_NS))

    def grow(
        self,
        shown: dict[InstrumentId, Shown] | None = None,
        *,
        lots: int = 500,
        last: dict[InstrumentId, Price] | None = None,
        facts: Sequence[DayFacts] = (),
    ) -> None:
        """Add a batch to the market and play nothing yet."""
        shown = {RB: self.quotes[RB]} if shown is None else shown
        self.quotes.update(shown)
        index = len(self.market.grown)
        self.market.grown.append(make_batch(index, self.at, shown, lots=lots, last=last, facts=facts))

    def steps(self, count: int) -> None:
        """Let the runner take so many inputs."""
        for _ in range(count):
            run(self.runner.step())

    def drain(self) -> None:
        """Play until nothing is left to report."""
        while run(self.runner.step()):
            pass

    def cut(self) -> None:
        """Lose the link to the exchange and log in again."""
        self.wire.cut()
        self.drain()

    def tell(self, *reports: Report) -> None:
        """Say something the exchange did not say by itself."""
        self.wire.tell(*reports)
        self.drain()

    def tell_held(self) -> None:
        """Tell what the wire held back."""
        self.wire.tell_held()
        self.drain()

    def arrive(self) -> None:
        """Bring the orders the wire held back to the exchange."""
        run(self.wire.arrive())
        self.drain()

    def restart(self, *, exchange_too: bool = False) -> None:
        """Kill the runner and begin anew over its journal; the exchange lives on, unless it has a file and dies too."""
        if exchange_too:
            assert self._exchange_file is not None
            self.host.close()  # what it has not written down is lost with it
            self.host = self._open_exchange()
        if isinstance(self.journal, MemoryJournal):
            self.journal = self.journal.reopen()
        elif isinstance(self.journal, SqliteJournal):
            path = Path(self.journal._path).parent
            self.journal.close()
            self.journal = SqliteJournal(path, TENANT)
        wire = Wire(LocalGateway(self.host))
        wire.sent, wire.cancelled = self.wire.sent, self.wire.cancelled
        self.wire = wire
        self.runner = self._begin()
        self.drain()

    # --- people -------------------------------------------------------------------------------------------------

    def do(
        self,
        person: PersonId,
        body: c.CommandBody,
        *,
        command: str | None = None,
        using: DeviceId | None = None,
        late: float = 0,
    ) -> CommandDone:
        """Carry out a command pressed `late` seconds ago and play everything that follows; return its result."""
        self._commands += 1
        wanted = c.Command(
            command=CommandId(command or f"c{self._commands}"),
            person=person,
            device=using or device(person),
            at=self.at - round(late * SECOND_NS),
            body=body,
        )
        run(self.runner.command(wanted))
        done = self.engine.result
        assert done is not None
        self.drain()
        return done

    def order(
        self,
        side: Side,
        lots: int,
        price: Price,
        *,
        by: PersonId = TRADER,
        instrument: InstrumentId = RB,
        offset: Offset = Offset.OPEN,
        condition: TimeCondition = TimeCondition.GFD,
        late: float = 0,
    ) -> CommandDone:
        """Send an order by hand."""
        wanted = terms(side, lots, price, instrument=instrument, offset=offset, condition=condition)
        return self.do(by, c.SubmitOrder(terms=wanted), late=late)

    def buy(self, lots: int, price: Price, *, instrument: InstrumentId = RB, by: PersonId = TRADER) -> OrderRow:
        """Open long by hand and return the order's row."""
        return self._placed(self.order(Side.BUY, lots, price, instrument=instrument, by=by))

    def sell(self, lots: int, price: Price, *, instrument: InstrumentId = RB, by: PersonId = TRADER) -> OrderRow:
        """Open short by hand and return the order's row."""
        return self._placed(self.order(Side.SELL, lots, price, instrument=instrument, by=by))

    def close_long(
        self, lots: int, price: Price, *, instrument: InstrumentId = RB, offset: Offset | None = None
    ) -> CommandDone:
        """Close long lots by hand; where the exchange tells them apart, today's unless said otherwise."""
        explicit = instruments()[instrument].explicit_close_today
        usual = Offset.CLOSE_TODAY if explicit else Offset.CLOSE
        return self.order(Side.SELL, lots, price, instrument=instrument, offset=offset or usual)

    def _placed(self, done: CommandDone) -> OrderRow:
        assert done.ok, done.sentence
        return self.account.orders[OrderId(done.sentence.rpartition(" ")[2])]

    def decide(
        self,
        person: PersonId,
        parked: ConfirmationRow,
        *,
        decision: ConfirmationEvent = ConfirmationEvent.APPROVE,
        order_hash: str | None = None,
        signed: str | None = None,
        using: DeviceId | None = None,
        command: str | None = None,
        late: float = 0,
    ) -> CommandDone:
        """Approve or reject with a signature of the person's own device, unless the test forges something."""
        what = parked.confirmation.order_hash if order_hash is None else order_hash
        hand = using or device(person)
        mark = sign(hand, what, decision, person) if signed is None else signed
        name, account = parked.confirmation.confirmation, parked.confirmation.account
        body: c.CommandBody
        if decision is ConfirmationEvent.APPROVE:
            body = c.ApproveOrder(account=account, confirmation=name, order_hash=what, signature=mark)
        else:
            body = c.RejectOrder(account=account, confirmation=name, order_hash=what, signature=mark, reason="不同意")
        return self.do(person, body, using=hand, command=command, late=late)

    # --- what came of it ----------------------------------------------------------------------------------------

    @property
    def engine(self) -> Engine:
        assert self.runner.engine is not None
        return self.runner.engine

    @property
    def state(self) -> State:
        return self.runner.state

    @property
    def account(self) -> AccountState:
        return self.state.accounts[ONE]

    @property
    def parked(self) -> ConfirmationRow:
        """Return the latest confirmation."""
        return list(self.account.confirmations.values())[-1]

    def pending(self) -> list[ConfirmationId]:
        rows = self.account.confirmations
        return [name for name, row in rows.items() if row.state is ConfirmationState.PENDING]

    def net(self, instrument: InstrumentId = RB) -> int:
        return self.account.book.net_lots().get(instrument, 0)

    def records(self) -> list[Record]:
        found = []
        for entry in self.journal.replay():
            assert isinstance(entry.record, Record)
            found.append(entry.record)
        return found

    def facts(self, kind: Callable[..., F]) -> list[F]:
        """Return the journaled facts of a kind, in order."""
        assert isinstance(kind, type)
        return [record.fact for record in self.records() if isinstance(record.fact, kind)]

    def refolded(self) -> State:
        return fold_journal(self.journal)[0]

    def lots_there(self, instrument: InstrumentId = RB) -> int:
        """Return the net lots the exchange's own books hold for the account."""
        _, _, positions = self.host._exchange.answer(ONE)
        return sum(
            one.long_today + one.long_yesterday - one.short_today - one.short_yesterday
            for one in positions
            if one.instrument == instrument
        )

    def check(self) -> None:
        """Assert the invariants, the fold law, and that the exchange's own books say the same."""
        assert check_all(self.state) == []
        again = self.refolded()
        assert again.state_hash() == self.state.state_hash()
        assert {name: self.lots_there(name) for name in UNIVERSE} == {name: self.net(name) for name in UNIVERSE}


def sign(hand: DeviceId, order_hash: str, decision: ConfirmationEvent, person: PersonId) -> str:
    return key(hand).sign(approval_bytes(order_hash, decision, person)).hex()


def said(facts: Sequence[Fact]) -> list[str]:
    """Return the names of facts, for an assertion that reads as a story."""
    return [type(fact).__name__ for fact in facts]
