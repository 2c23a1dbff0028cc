"""A small world for one strategy: a market set by hand, a gate, an exchange that does what the test says.

It is a fake (STYLE 9): it implements `View` over given quotes, keeps its own books of orders and positions, and turns
each thing that happens into the fact the engine would journal. What the tests assert is read from these books, not
from the strategy's memory. Every decision is asked for twice and must be the same; `refolded` folds the journal anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from terminal.domain.days.sessions import Phase, SessionAt
from terminal.domain.days.spans import TradingSpan
from terminal.domain.fact.facts import (
    AccountFact,
    CancelRecorded,
    OrderRecorded,
    OrderRefused,
    StrategyMarked,
)
from terminal.domain.fact.marks import Finished, StrategyMark
from terminal.domain.ids import (
    AccountId,
    DeviceId,
    InstrumentId,
    OrderId,
    PersonId,
    StockId,
    StrategyId,
    WireKey,
)
from terminal.domain.orders.intents import NOTHING, Decision, Intent, Waiting
from terminal.domain.orders.order import (
    Cause,
    HedgeFlag,
    Offset,
    OrderState,
    OrderTerms,
    Origin,
    Side,
)
from terminal.domain.parameters.strategy import StrategySettings
from terminal.domain.products.combination import Combination
from terminal.domain.products.instrument import Instrument
from terminal.domain.stock import StockNote
from terminal.domain.view import (
    Cover,
    HedgeStanding,
    OrderView,
    PositionView,
    Quote,
    SpreadQuote,
    SpreadRank,
    SpreadWatch,
)
from terminal.domain.words.risk import Finding
from terminal.strategies.table import StrategyMemory, strategy_of
from tests.unit.strategies.exchange import Exchange
from tests.unit.strategies.traded import Order

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
ACCOUNT = AccountId("A1")
STRATEGY = StrategyId("S1")
PERSON, DEVICE = PersonId("runner"), DeviceId("runner")
FOREVER = 10**19

Mark = TypeVar("Mark", bound=StrategyMark)


class World(Exchange):
    """Implements `View`; `step` lets the strategy decide once and carries the decision out."""

    def __init__(self, settings: StrategySettings, instruments: Iterable[Instrument], at: int = 10**18) -> None:
        super().__init__()
        self.settings = settings
        self.kind = strategy_of(settings)
        problem = self.kind.check(settings)
        assert problem is None, problem
        self.memory: StrategyMemory = self.kind.begin(settings)
        self.instruments = {instrument.id: instrument for instrument in instruments}
        self.at = at
        self.day = 20200821
        self.quotes: dict[InstrumentId, Quote] = {}
        self.sessions = {
            name: SessionAt(
                trading_day=self.day, phase=Phase.CONTINUOUS, begins_at=at, ends_at=FOREVER, orders=True, cancels=True
            )
            for name in self.instruments
        }
        self.spans: list[tuple[int, int]] = []  # of continuous trading; none: the session that is
        self.expiry: dict[InstrumentId, int] = {}
        self.days: dict[int, int] = {}  # trading days left, by natural day
        self.ranks: dict[SpreadWatch, SpreadRank] = {}
        self.open_allowed = True
        self.closed_to_opening: set[InstrumentId] = set()
        self.barred: set[tuple[InstrumentId, Side, Decimal]] = set()  # what an own order stands in the way of
        self.cancelled_elsewhere = 0  # cancels of the day, as the exchange counts them
        self.counted: dict[StockId, tuple[StockNote, ...]] = {}  # of the days before today
        self.exposure: Decimal | None = None  # of the one hedge group all instruments are in; `None` without a group
        self.gate: Callable[[Intent], bool] = lambda _: True
        self.foreseen: dict[InstrumentId, Finding] = {}  # what the gate says where it is asked beforehand
        self.journal: list[tuple[AccountFact, str, int]] = []
        self.marks: list[StrategyMark] = []
        self.messages: list[int] = []
        self.refused = 0
        self.finished = False
        self.winding = False  # somebody wants it to rest, and it is not balanced yet
        self.resting = False
        self.on_fact: Callable[[], None] = lambda: None

    # --- the view ---

    @property
    def now(self) -> int:
        return self.at

    @property
    def trading_day(self) -> int:
        return self.day

    def instrument(self, instrument: InstrumentId) -> Instrument:
        return self.instruments[instrument]

    def quote(self, instrument: InstrumentId) -> Quote | None:
        return self.quotes.get(instrument)

    def session(self, instrument: InstrumentId) -> SessionAt:
        return self.sessions[instrument]

    def trading(self, instrument: InstrumentId, since: int, until: int) -> tuple[TradingSpan, ...]:
        spans = self.spans or [(self.sessions[instrument].begins_at, self.sessions[instrument].ends_at)]
        return tuple(
            TradingSpan(max(begin, since), min(end, until)) for begin, end in spans if begin < until and end > since
        )

    def days_to_expiry(self, instrument: InstrumentId) -> int | None:
        return self.expiry.get(instrument)

    def days_until(self, day: int) -> int | None:
        return self.days.get(day)

    def spot_since(self) -> int:
        return 0

    def listed(self, instrument: InstrumentId) -> bool:
        return instrument in self.instruments

    def orders(self, strategy: StrategyId) -> list[OrderView]:
        assert strategy == STRATEGY
        return [
            OrderView(row.order, row.terms, row.state, row.filled, row.tag, STRATEGY, row.recorded_at, row.cancel_asked)
            for row in self.book.values()
            if row.live
        ]

    def position(self, account: AccountId, instrument: InstrumentId, flag: HedgeFlag) -> PositionView:
        assert account == ACCOUNT
        frozen = {Side.BUY: 0, Side.SELL: 0}
        for row in self.book.values():
            if row.live and row.terms.instrument == instrument and not row.terms.is_opening:
                frozen[row.terms.position_side] += row.reserved
        return PositionView(
            self.long.get(instrument, 0), 0, self.short.get(instrument, 0), 0, frozen[Side.BUY], 0, frozen[Side.SELL], 0
        )

    def spread(self, legs: Iterable[tuple[InstrumentId, Decimal, int]]) -> SpreadQuote | None:
        buy = sell = Decimal(0)
        buy_sets: list[int] = []
        sell_sets: list[int] = []
        for name, coefficient, lots in legs:
            quote = self.quotes.get(name)
            if quote is None or quote.bid is None or quote.ask is None or self.at - quote.received_at > MINUTE:
                return None
            tick, way = self.instruments[name].tick, coefficient > 0
            buy += coefficient * tick * (quote.ask if way else quote.bid)
            sell += coefficient * tick * (quote.bid if way else quote.ask)
            buy_sets.append((quote.ask_lots if way else quote.bid_lots) // abs(lots))
            sell_sets.append((quote.bid_lots if way else quote.ask_lots) // abs(lots))
        return SpreadQuote(buy, sell, min(buy_sets), min(sell_sets))

    def samples(self, watch: SpreadWatch) -> tuple[float, ...]:
        return ()

    def samples_since(self, watch: SpreadWatch) -> int:
        return 0

    def sample_due(self, watch: SpreadWatch) -> int:
        return self.at

    def rank(self, watch: SpreadWatch) -> SpreadRank | None:
        return self.ranks.get(watch)

    def rank_now(self, watch: SpreadWatch) -> SpreadRank | None:
        return self.ranks.get(watch)

    def hedge(
        self,
        account: AccountId,
        group: str,
        instrument: InstrumentId,
        strategy: StrategyId,
        vat: Decimal | None = None,
    ) -> HedgeStanding | None:
        assert account == ACCOUNT
        if self.exposure is None:
            return None
        weights = {name: known.tonnes_per_lot or Decimal(0) for name, known in self.instruments.items()}
        lots = {name: self.long.get(name, 0) - self.short.get(name, 0) for name in weights}
        futures, per_lot, none = (
            sum((weights[name] * lots[name] for name in lots), Decimal(0)),
            weights[instrument],
            Decimal(0),
        )
        weighs = 1 + (vat or none)
        return HedgeStanding(
            exposure=self.exposure,
            futures=futures,
            bought=none,
            sold=none,
            per_lot=per_lot,
            confirm_fraction=Decimal(1),
            vat=vat,
            cover=None if vat is None else Cover(futures * weighs, none, none, per_lot * weighs),
        )

    def stocks(self, series: StockId) -> Sequence[StockNote]:
        return self.counted.get(series, ())

    def free_lots(self, account: AccountId, instrument: InstrumentId, flag: HedgeFlag, side: Side) -> int:
        held = self.short if side is Side.BUY else self.long
        return held.get(instrument, 0)

    def cancels(self, instrument: InstrumentId) -> int:
        return self.cancelled_elsewhere

    def opening_allowed(
        self, account: AccountId, strategy: StrategyId | None, instrument: InstrumentId | None = None
    ) -> bool:
        return self.open_allowed and instrument not in self.closed_to_opening

    def would_refuse(
        self, account: AccountId, strategy: StrategyId, intent: Intent, *, without: Collection[OrderId] = ()
    ) -> Finding | None:
        return self.foreseen.get(intent.instrument)

    def slice_refused(
        self, account: AccountId, strategy: StrategyId, lead: Intent | Collection[OrderId], hedges: Sequence[Intent]
    ) -> tuple[InstrumentId, Finding] | None:
        return None

    def whose_in_way(
        self,
        account: AccountId,
        instrument: InstrumentId,
        side: Side,
        price: Decimal,
        *,
        closing: bool,
        without: Collection[OrderId] = (),
    ) -> str:
        return "交易员的委托 1" if (instrument, side, price) in self.barred else ""

    def way_barred(
        self,
        account: AccountId,
        strategy: StrategyId,
        instrument: InstrumentId,
        side: Side,
        price: Decimal,
        *,
        closing: bool,
    ) -> bool:
        return (instrument, side, price) in self.barred

    def combination_in_way(
        self, account: AccountId, waits: StrategyId | None, combination: Combination, side: Side, price: Decimal
    ) -> Sequence[Waiting]:
        return ()

    def barred_by(
        self, account: AccountId, strategy: StrategyId, instrument: InstrumentId, side: Side, price: Decimal
    ) -> str:
        return "自己的委托" if self.way_barred(account, strategy, instrument, side, price, closing=True) else ""

    # --- the market ---

    def show(
        self,
        name: InstrumentId,
        bid: int | None,
        ask: int | None,
        *,
        lots: int = 50,
        last: int | None = None,
        limits: tuple[int | None, int | None] = (None, None),
        interest: int | None = None,
        volume: int | None = None,
    ) -> None:
        """Show a quote in ticks, now; `limits` are (lower, upper)."""
        if last is None and bid is not None and ask is not None:
            last = (bid + ask) // 2
        self.quotes[name] = Quote(
            bid, ask, last, lots if bid is not None else 0, lots if ask is not None else 0, volume, interest,
            limits[1], limits[0], None, self.at, self.at,
        )  # fmt: skip

    def refresh(self) -> None:
        """Show every quote again, now."""
        for name, quote in self.quotes.items():
            self.quotes[name] = quote._replace(exchange_at=self.at, received_at=self.at)

    def wait(self, seconds: float, *, refresh: bool = True) -> None:
        self.at += int(seconds * SECOND)
        if refresh:
            self.refresh()

    def phase(
        self, phase: Phase, *, ends_in: float | None = None, only: InstrumentId | None = None, cancels: bool = True
    ) -> None:
        """Begin a session phase now."""
        ends_at = FOREVER if ends_in is None else self.at + int(ends_in * SECOND)
        for name in [only] if only else list(self.instruments):
            self.sessions[name] = SessionAt(
                trading_day=self.day, phase=phase, begins_at=self.at, ends_at=ends_at, orders=True, cancels=cancels
            )

    # --- one decision ---

    def step(self) -> Decision:
        """Let the strategy decide and carry it out: marks, cancels, orders."""
        if self.finished or self.resting:
            return Decision()
        decision = self.kind.decide(STRATEGY, self.settings, self.memory, self, winding=self.winding)
        before = msgspec.json.encode(self.memory)
        assert decision == self.kind.decide(STRATEGY, self.settings, self.memory, self, winding=self.winding)
        if self.winding and decision == NOTHING and self.settled:
            self.winding, self.resting = False, True
        assert before == msgspec.json.encode(self.memory), "deciding changed the memory"
        for mark in decision.marks:
            self.marks.append(mark)
            self.finished = self.finished or isinstance(mark, Finished)
            self.tell(StrategyMarked(account=ACCOUNT, strategy=STRATEGY, at=self.at, mark=mark), "")
        for wish in decision.cancels:
            self._ask_cancel(wish.order)
        for intent in decision.intents:
            self._submit(intent)
        return decision

    @property
    def settled(self) -> bool:
        return self.kind.settled(self.settings, self.memory)

    def rest(self) -> None:
        """Let a person pause it, as the engine does: at once where nothing is unbalanced, else after winding down."""
        self.winding, self.resting = not self.settled, self.settled
        self.step()
        self.sweep()

    def resume(self) -> None:
        """Let a person resume it."""
        self.winding = self.resting = False

    def sweep(self) -> None:
        """Cancel what a strategy at rest still has at the exchange, as the engine does."""
        for row in self.live():
            if self.resting and row.state in {OrderState.LIVE, OrderState.PARTIAL} and not row.cancel_asked:
                self._ask_cancel(row.order)

    def steps(self, times: int = 20) -> None:
        """Let it decide until it wants nothing more."""
        for _ in range(times):
            decision = self.step()
            if not (decision.marks or decision.cancels or decision.intents):
                return
        raise AssertionError("the strategy does not come to rest")

    def _ask_cancel(self, order: OrderId) -> None:
        row = self.book[order]
        assert row.live, f"{order} has ended"
        assert row.state is not OrderState.UNKNOWN, "a cancel for an UNKNOWN order"
        row.cancel_asked = True
        self.messages.append(self.at)
        fact = CancelRecorded(account=ACCOUNT, order=order, person=PERSON, device=DEVICE, reason="")
        self.tell(fact, row.tag)

    def _submit(self, intent: Intent) -> None:
        assert intent.lots > 0
        signed = intent.lots * intent.side.sign
        balances = self.kind.balances(self.settings, self.memory, intent.instrument, signed)
        assert balances or not self.winding, "an order that serves no balance while winding down"
        instrument = self.instruments[intent.instrument]
        assert instrument.on_grid(intent.price)
        quote = self.quotes[intent.instrument]
        ticks = instrument.ticks(intent.price)
        assert quote.lower_limit is None or ticks >= quote.lower_limit
        assert quote.upper_limit is None or ticks <= quote.upper_limit
        session = self.sessions[intent.instrument]
        assert session.phase is Phase.CONTINUOUS
        assert session.ends_at - self.at > 2 * SECOND, "an order within the last two seconds before a break"
        terms = OrderTerms(
            account=ACCOUNT,
            instrument=intent.instrument,
            side=intent.side,
            offset=Offset.CLOSE_TODAY if intent.closing else Offset.OPEN,
            lots=intent.lots,
            price=intent.price,
            time_condition=intent.time_condition,
        )
        if intent.closing:
            position = self.position(ACCOUNT, intent.instrument, HedgeFlag.SPECULATION)
            there = position.long_closable if intent.side is Side.SELL else position.short_closable
            assert intent.lots <= there, "closes more than the account can close"
        cause = Cause(origin=Origin.STRATEGY, person=PERSON, device=DEVICE, strategy=STRATEGY, tag=intent.tag)
        self.messages.append(self.at)
        if not self.gate(intent):
            self.refused += 1
            self.tell(OrderRefused(terms=terms, cause=cause, findings=()), intent.tag)
            return
        order = OrderId(f"{len(self.book) + 1:06d}")
        self.book[order] = Order(order, intent, terms, self.at)
        fact = OrderRecorded(
            order=order,
            wire_key=WireKey(order),
            reference=len(self.book),
            terms=terms,
            cause=cause,
            trading_day=self.day,
        )
        self.tell(fact, intent.tag)

    def tell(self, fact: AccountFact, tag: str) -> None:
        self.journal.append((fact, tag, self.at))
        self.kind.fold(self.settings, self.memory, fact, tag, self.at)
        self.on_fact()

    def end_day(self) -> None:
        """End the trading day: day orders expire, the next day begins in a new session."""
        for row in self.live():
            self.expired(row)
        self.day += 1
        self.at += 18 * HOUR
        self.phase(Phase.CONTINUOUS)

    # --- the books ---

    def of(self, kind: type[Mark]) -> list[Mark]:
        """The marks of one kind."""
        return [mark for mark in self.marks if isinstance(mark, kind)]

    def refolded(self) -> StrategyMemory:
        """Fold the journal anew, through its bytes, as a restart does."""
        memory: StrategyMemory = self.kind.begin(self.settings)
        for fact, tag, at in self.journal:
            again = msgspec.json.decode(msgspec.json.encode(fact), type=type(fact))
            self.kind.fold(self.settings, memory, again, tag, at)
        return memory

    def restart(self) -> None:
        """Forget everything but the journal and the market."""
        memory = self.refolded()
        assert memory == self.memory
        assert msgspec.json.encode(memory, order="deterministic") == msgspec.json.encode(
            self.memory, order="deterministic"
        )
        self.memory = memory

    def busiest_minute(self) -> int:
        """The most messages in any 60 seconds of market time."""
        most = start = 0
        for end, at in enumerate(self.messages):
            while self.messages[start] <= at - MINUTE:
                start += 1
            most = max(most, end - start + 1)
        return most
