"""Play a small market to the whole of the spine: runner, engine, gate, journal, and the real sim exchange.

A `World` shows quotes batch by batch, speaks for people with their own devices, and owns the one place where things go
wrong: `Wire`, a gateway that loses, holds, repeats or rewrites what passes between the runner and the exchange. Nothing
here looks inside the engine; tests read facts, the state, and the exchange's own answers. Nothing ever waits.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, cast

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.fact.facts import (
    CommandDone,
)
from terminal.domain.ids import (
    AccountId,
    CommandId,
    ConfirmationId,
    DeviceId,
    InstrumentId,
    OrderId,
    PersonId,
)
from terminal.domain.market import DayFacts
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState
from terminal.domain.orders.order import Offset, Side, TimeCondition
from terminal.domain.parameters.limits import Limits
from terminal.domain.products.combination import find_combination
from terminal.domain.products.instrument import Instrument
from terminal.domain.reports import Report
from terminal.engine.alert.alarms import BasisAlarm
from terminal.engine.book.freeze import frozen_lots
from terminal.engine.check import check_all
from terminal.engine.receive import Engine
from terminal.engine.records.journal import Journal, Record
from terminal.engine.records.memory import MemoryJournal
from terminal.engine.standing import ConfirmationRow
from terminal.engine.state import AccountState, OrderRow, State
from terminal.engine.turn import Turn
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store.file import ExchangeStore
from terminal.gateways.sim.wire.local import LocalGateway
from terminal.shell.opening import NamedSpread, Opening
from terminal.shell.runner import Runner, fold_journal
from terminal.store.journal import SqliteJournal
from tests.engine_market import (
    AP,
    DAY,
    FAR,
    MORNING,
    NEXT_DAY,
    NEXT_NIGHT,
    ONE,
    OPENING_QUOTES,
    OTHER,
    RB,
    SPOT,
    UNIVERSE,
    I,
    Market,
    Price,
    Shown,
    instruments,
    make_batch,
    reference,
    terms,
)
from tests.engine_people import (
    ADMIN,
    CHECKER,
    COLLEAGUE,
    RISK,
    SECOND_CHECKER,
    SECOND_RISK,
    STRANGER,
    TENANT,
    TRADER,
    VIEWER,
    Listed,
    Nobody,
    device,
    make_opening,
    sign,
)
from tests.engine_wire import DiedError, Wire

__all__ = [
    "ADMIN",
    "AP",
    "CHECKER",
    "COLLEAGUE",
    "DAY",
    "FAR",
    "LIMITS",
    "MORNING",
    "NEXT_DAY",
    "NEXT_NIGHT",
    "ONE",
    "OPENING_QUOTES",
    "OTHER",
    "RB",
    "RISK",
    "SECOND_CHECKER",
    "SECOND_RISK",
    "SPOT",
    "STRANGER",
    "TENANT",
    "TRADER",
    "UNIVERSE",
    "VIEWER",
    "DiedError",
    "I",
    "Price",
    "Shown",
    "Wire",
    "World",
    "device",
    "instruments",
    "make_batch",
    "reference",
    "run",
    "sign",
    "terms",
]

T = TypeVar("T")
F = TypeVar("F")

LIMITS = Limits(position_lots=1000, day_loss_yuan=Decimal(1_000_000), messages_in_one_second=50)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run what never waits, without a loop."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    coroutine.close()
    raise AssertionError("something waited")


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
        opening: Opening | None = None,
        changed: dict[tuple[InstrumentId, int], Instrument] | None = None,
        funds: dict[AccountId, Decimal] | None = None,
        universe: tuple[InstrumentId, ...] = UNIVERSE,
    ) -> None:
        self.journal: Journal = MemoryJournal(TENANT) if journal is None else journal
        self.opening = opening or make_opening(limits=limits, cash=Decimal(cash), spreads=spreads, alarms=alarms)
        self.facts_of_days = tuple(facts)
        self.listed = Listed(self.facts_of_days)
        self.listed.changed.update(changed or {})
        self.market = Market(universe)
        self.quotes: dict[InstrumentId, Shown] = dict(OPENING_QUOTES)
        self.interest: dict[InstrumentId, int] = {}  # open interest, of the contracts that tell it
        self.volume: dict[InstrumentId, int] = {}  # of the day so far, of the contracts that tell it
        self.traded: set[InstrumentId] = set()  # what has a last price: where it is bid, or else offered
        self.at = at
        self.sound = sound  # whether `check` is expected to hold at the end
        self.told = told
        self._exchange_file = exchange
        self.funds = funds  # what the exchange is told to have come in
        self._commands = 0
        self.grow()
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
            funds=self.funds,
            combinations=lambda name, on: find_combination(reference(), name, on),
        )

    def _begin(self) -> Runner:
        runner = Runner(
            journal=self.journal,
            gateway=self.wire,
            calendar=reference().calendar,
            opening=self.opening,
            listing=self.listed,
            script=Nobody(),
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
        """Show the market after so many seconds, with these quotes new, and play everything that follows."""
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

    def _last(self) -> dict[InstrumentId, Price]:
        sides = {name: self.quotes[name] for name in self.traded if name in self.quotes}
        found = {name: ask if bid is None else bid for name, (bid, ask) in sides.items()}
        return {name: price for name, price in found.items() if price is not None}

    def grow(
        self,
        shown: dict[InstrumentId, Shown] | None = None,
        *,
        lots: int = 500,
        last: dict[InstrumentId, Price] | None = None,
        facts: Sequence[DayFacts] = (),
    ) -> None:
        """Add a batch with every contract's latest quote to the market, and play nothing yet."""
        self.quotes.update(shown or {})
        index = len(self.market.grown)
        self.market.grown.append(
            make_batch(
                index,
                self.at,
                self.quotes,
                lots=lots,
                last=self._last() | (last or {}),
                facts=facts,
                universe=self.market.universe,
                interest=self.interest,
                volume=self.volume,
            )
        )

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
        wire.sent, wire.cancelled, wire.requested = self.wire.sent, self.wire.cancelled, self.wire.requested
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

    def facts(self, kind: type[F]) -> list[F]:
        """Return the journaled facts of a kind, in order."""
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
        assert self.refolded().state_hash() == self.state.state_hash()
        for account in self.state.accounts.values():
            working = {order: row.remaining for order, row in account.live.items()}
            working |= frozen_lots(self.state.tenant.instruments, account)
            assert account.book.canonical()["reserved"] == [[name, working[name]] for name in sorted(working)]
            waits = [name for name, row in account.confirmations.items() if row.state is ConfirmationState.PENDING]
            assert list(account.pending) == waits
        assert {name: self.lots_there(name) for name in self.market.universe} == {
            name: self.net(name) for name in self.market.universe
        }
