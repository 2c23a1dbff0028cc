"""Keep the exchange's own books: orders, trades, positions, and the numbers it gives out.

Everything that changes here is also noted in `Changes`, which the store writes down before a single report of it is
told. Order numbers are counted per exchange, so the same number exists on two exchanges; trade numbers are counted
per exchange and trading day. Orders and trades of the trading day stay in memory, older ones only in the store, with
their wire keys; requests about options, which are few, stay whole: a key used once is never taken for anything new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

import msgspec

from terminal.domain.books.combined import Pair
from terminal.domain.errors import InvariantError
from terminal.domain.ids import AccountId, ExchangeId, InstrumentId, SysId, TradeId, WireKey
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import HedgeFlag, OrderState, OrderTerms
from terminal.domain.orders.stop import Trigger
from terminal.domain.products.ending import Ending
from terminal.domain.products.instrument import Instrument
from terminal.domain.reports import (
    Accepted,
    Ended,
    ExerciseTold,
    OrderThere,
    PositionThere,
    Rejected,
    Removed,
    Report,
    Traded,
)
from terminal.gateways.sim.accounts.funds import Funds, FundsForm
from terminal.gateways.sim.accounts.whole_orders import WholeOrders
from terminal.gateways.sim.matching.book import Match, Order
from terminal.gateways.sim.positions import Holding, bucket_of
from terminal.gateways.sim.refusal import Refusal

BY_HAND = "用户撤单"

HoldingKey = tuple[AccountId, InstrumentId, HedgeFlag]
CombinedKey = tuple[AccountId, Pair]


class Clock(msgspec.Struct, kw_only=True):
    """Hold how far the exchange is: the next batch, market clock (UTC ns), trading day, and its counters."""

    next_batch: int = 0
    at: int = 0
    trading_day: int = 0
    day_batch: int = 0  # the first batch of the trading day
    sequence: int = 0
    duplicates: int = 0  # orders that came under a wire key already used
    sys_ids: dict[ExchangeId, int] = {}
    trades: dict[ExchangeId, int] = {}
    # By trading day and contract: what waits for the settlement price of that day, and what will stand in for it.
    owed: dict[int, dict[InstrumentId, Decimal | None]] = {}


class Told(NamedTuple):
    """Hold a private report with its place: the batch it follows and the trading day it was told on."""

    after: int
    trading_day: int
    report: Report


class TakenLevel(NamedTuple):
    """Hold what was taken of one instrument's displayed best: (price, lots, taken) of bid and of ask."""

    bid: tuple[int | None, int, int]
    ask: tuple[int | None, int, int]


class Saved(NamedTuple):
    """Hold the books as they were last written: the trading day's orders and trades, all positions and keys."""

    clock: Clock
    orders: tuple[Order, ...]
    trades: tuple[Traded, ...]
    holdings: dict[HoldingKey, Holding]
    levels: dict[InstrumentId, TakenLevel]
    places: dict[WireKey, int]
    facts: tuple[DayFacts, ...]
    keys: frozenset[WireKey]
    funds: dict[AccountId, FundsForm]
    accounts: frozenset[AccountId]  # that ever sent an order
    requests: tuple[ExerciseTold, ...]  # about options, of every day
    moved: frozenset[WireKey]  # the requests of which something was said on the trading day
    combined: dict[CombinedKey, int]
    stops: dict[WireKey, Trigger]
    since: dict[WireKey, int]  # when the trading day's orders were taken


class Changes:
    """Collect what the store has not written yet.

    Places in the queue are no reason to write: the same market moves them forward again.
    """

    __slots__ = (
        "broken",
        "combined",
        "duplicates",
        "facts",
        "funds",
        "holdings",
        "levels",
        "orders",
        "places",
        "requests",
        "stops",
        "told",
        "trades",
    )

    def __init__(self) -> None:
        self.orders: dict[WireKey, Order] = {}
        self.trades: list[Traded] = []
        self.holdings: dict[HoldingKey, Holding] = {}
        self.levels: dict[InstrumentId, TakenLevel] = {}
        self.places: dict[WireKey, int] = {}
        self.facts: list[DayFacts] = []
        self.requests: dict[WireKey, ExerciseTold] = {}
        self.combined: dict[CombinedKey, int] = {}  # lots of those that stand
        self.broken: set[CombinedKey] = set()  # of these some may stand again
        self.stops: dict[WireKey, Trigger | None] = {}
        self.told: list[Told] = []
        self.funds: list[tuple[AccountId, FundsForm]] = []
        self.duplicates = False

    def __bool__(self) -> bool:
        return bool(
            self.orders or self.trades or self.holdings or self.levels or self.facts or self.told or self.duplicates
        )


class Ledger:
    """Hold orders, trades and positions of all accounts; says reports in the order in which things happened."""

    def __init__(self, clock: Clock, funds: Funds) -> None:
        self.clock = clock
        self.funds = funds
        self.keys: set[WireKey] = set()
        self.orders: dict[WireKey, Order] = {}
        self.by_number: dict[tuple[ExchangeId, SysId], Order] = {}
        self.trades: dict[AccountId, list[Traded]] = {}
        self.holdings: dict[HoldingKey, Holding] = {}
        self.combined: dict[CombinedKey, int] = {}  # lots held as combinations, in the order they were made
        self.cancels: dict[tuple[AccountId, InstrumentId], int] = {}  # of the trading day
        self.requests: dict[WireKey, ExerciseTold] = {}  # of options, of every day, in the order they came
        self.moved: set[WireKey] = set()  # the requests of which something was said on the trading day
        self.changes = Changes()
        self.told = WholeOrders(self.orders)

    def note(self, order: Order) -> None:
        """Note that an order changed."""
        self.changes.orders[order.wire_key] = order
        self.told.note(order)

    def holding(self, terms: OrderTerms) -> Holding | None:
        """Return the position an order would open or close, if there is one."""
        return self.holdings.get((terms.account, terms.instrument, terms.hedge_flag))

    def reject_duplicate(self, wire_key: WireKey, account: AccountId, refusal: Refusal) -> Report:
        """Refuse an order under a used wire key; the order that has the key stays what it is."""
        self.clock.duplicates += 1
        self.changes.duplicates = True
        return self.tell(Rejected(account=account, wire_key=wire_key, code=refusal.code, text=refusal.text))

    def reject(self, wire_key: WireKey, terms: OrderTerms, refusal: Refusal) -> Report:
        """Keep an order as rejected."""
        order = self._new(wire_key, terms, _exchange_of(terms.instrument), OrderState.REJECTED)
        order.code, order.text = refusal
        return self.tell(Rejected(account=order.account, wire_key=wire_key, code=refusal.code, text=refusal.text))

    def accept(self, wire_key: WireKey, terms: OrderTerms, instrument: Instrument) -> tuple[Order, Report]:
        """Take an order under a new number and freeze what it closes."""
        order = self.take(wire_key, terms, instrument.exchange)
        self.admit(order, instrument)
        self.funds.reserve(order, instrument)
        return order, self.accepted(order)

    def take(self, wire_key: WireKey, terms: OrderTerms, exchange: ExchangeId) -> Order:
        """Take an order under a new number and freeze nothing."""
        order = self._new(wire_key, terms, exchange, OrderState.LIVE)
        number = self.clock.sys_ids.get(exchange, 0) + 1
        self.clock.sys_ids[exchange] = number
        order.sys_id = SysId(str(number))
        self.by_number[exchange, order.sys_id] = order
        return order

    def accepted(self, order: Order) -> Report:
        """Say that an order was taken."""
        number, at = order.sys_id, self.clock.at
        who, key = order.account, order.wire_key
        return self.tell(Accepted(account=who, wire_key=key, exchange=order.exchange, sys_id=number, exchange_at=at))

    def requeue(self, order: Order) -> None:
        """Let an order take its place in time as if it came now."""
        self.clock.sequence += 1
        order.sequence = self.clock.sequence
        self.note(order)

    def admit(self, order: Order, instrument: Instrument) -> None:
        """Give a taken order its place on the tick grid and freeze the lots it closes."""
        order.instrument = instrument
        order.limit = instrument.ticks(order.terms.price)
        if not order.terms.is_opening:
            order.bucket = bucket_of(instrument, order.terms.offset)
            self.freeze(order, order.remaining)

    def trade(self, match: Match) -> list[Report]:
        """Book a trade for each own order in it."""
        exchange = match.order.exchange
        number = self.clock.trades.get(exchange, 0) + 1
        self.clock.trades[exchange] = number
        orders = (match.order,) if match.other is None else (match.order, match.other)
        return [self._book(order, match, TradeId(str(number))) for order in orders]

    def remove(self, order: Order, *, expired: bool, why: str) -> Report:
        """Take an order out with its lots unfilled and free what it froze."""
        order.state = OrderState.EXPIRED if expired else OrderState.CANCELLED
        order.text = why
        self.freeze(order, -order.remaining)
        self.funds.release(order)
        self.note(order)
        return self.tell(
            Removed(
                account=order.account,
                wire_key=order.wire_key,
                exchange=order.exchange,
                sys_id=order.sys_id,
                unfilled=order.remaining,
                expired=expired,
                why=why,
            )
        )

    def cancel(self, order: Order) -> Report:
        """Take an order out because its owner asked, and count it."""
        report = self.remove(order, expired=False, why=BY_HAND)
        self.count_cancel(order)
        return report

    def count_cancel(self, order: Order) -> None:
        """Count an order that its owner took out, where its exchange counts such orders."""
        line = None if order.instrument is None else order.instrument.cancel_line
        if line is None or line.counts(order.terms):
            key = (order.account, order.terms.instrument)
            self.cancels[key] = self.cancels.get(key, 0) + 1

    def end(
        self,
        account: AccountId,
        ending: Ending,
        instrument: Instrument,
        listed: Callable[[InstrumentId], Instrument | None],
        *,
        remark: str = "",
    ) -> Report:
        """Take lots out that ended without a trade, and open the future that comes instead."""
        option = instrument.option
        into = option.underlying if option is not None and ending.opens(option) else None
        self.funds.end(account, ending, instrument, None if into is None else listed(into))
        self._move((account, ending.instrument, ending.flag)).of(ending.side).end(ending.lots)
        if option is not None and into is not None:
            self._move((account, into, ending.flag)).of(option.future_side(ending.side)).today += ending.lots
        return self.tell(
            Ended(
                account=account,
                exchange=instrument.exchange,
                trading_day=self.clock.trading_day,
                ending=ending,
                into=into,
                remark=remark,
            )
        )

    def request(self, told: ExerciseTold) -> Report:
        """Keep a request about an option as it stands now."""
        self.requests[told.wire_key] = self.changes.requests[told.wire_key] = told
        self.moved.add(told.wire_key)
        return self.tell(told)

    def begin_day(self) -> None:
        """Begin a trading day: today's lots become yesterday's, the day's orders and trades leave memory."""
        self.orders.clear()
        self.told.clear()
        self.by_number.clear()
        self.trades.clear()
        self.moved.clear()
        self.clock.trades.clear()
        self.cancels.clear()
        for key, holding in self.holdings.items():
            holding.roll()
            self.changes.holdings[key] = holding

    def answer(
        self, account: AccountId
    ) -> tuple[tuple[OrderThere, ...], tuple[Traded, ...], tuple[PositionThere, ...]]:
        """Return every order and trade of the trading day and every position of an account."""
        orders = self.told.orders(account)
        trades = tuple(self.trades.get(account, ()))
        positions = tuple(
            holding.there(instrument, flag)
            for (holder, instrument, flag), holding in sorted(self.holdings.items())
            if holder == account and not holding.empty
        )
        return orders, trades, positions

    def restore(self, orders: Iterable[Order], trades: Iterable[Traded], keys: Iterable[WireKey]) -> None:
        """Take over the orders and trades of the trading day, and every wire key ever used."""
        self.keys.update(keys)
        for trade in trades:
            self.trades.setdefault(trade.account, []).append(trade)
        for order in orders:
            self.orders[order.wire_key] = order
            self.told.note(order)
            if order.sys_id:
                self.by_number[order.exchange, order.sys_id] = order

    def take_changes(self) -> Changes:
        """Hand over what changed since the last time."""
        changes, self.changes = self.changes, Changes()
        changes.funds.extend(self.funds.forms())
        return changes

    def _new(self, wire_key: WireKey, terms: OrderTerms, exchange: ExchangeId, state: OrderState) -> Order:
        self.clock.sequence += 1
        order = Order(
            wire_key=wire_key,
            terms=terms,
            exchange=exchange,
            trading_day=self.clock.trading_day,
            sequence=self.clock.sequence,
            state=state,
        )
        self.keys.add(wire_key)
        self.orders[wire_key] = order
        self.note(order)
        return order

    def _move(self, key: HoldingKey) -> Holding:
        holding = self.holdings.get(key)
        if holding is None:
            holding = self.holdings[key] = Holding()
        self.changes.holdings[key] = holding
        return holding

    def _book(self, order: Order, match: Match, number: TradeId) -> Report:
        terms = order.terms
        if order.instrument is None:
            raise InvariantError(f"order {order.wire_key} traded before it was taken")
        trade = Traded(
            account=order.account,
            wire_key=order.wire_key,
            exchange=order.exchange,
            sys_id=order.sys_id,
            trade=number,
            trading_day=self.clock.trading_day,
            side=terms.side,
            instrument=terms.instrument,
            lots=match.lots,
            price=order.instrument.price(match.price),
            exchange_at=self.clock.at,
        )
        lots = self._move((order.account, terms.instrument, terms.hedge_flag)).of(terms.position_side)
        if order.bucket is None:
            lots.today += match.lots
        else:
            lots.close(order.bucket, match.lots)
        self.funds.fill(order, trade)
        self.trades.setdefault(trade.account, []).append(trade)
        self.changes.trades.append(trade)
        self.note(order)
        return self.tell(trade)

    def freeze(self, order: Order, lots: int) -> None:
        """Freeze lots that an order closes; negative ones are let go of."""
        if order.bucket is None:
            return
        holding = self.holding(order.terms)
        if holding is None:
            raise InvariantError(f"order {order.wire_key} closes a position that is not there")
        holding.of(order.terms.position_side).frozen[order.bucket] += lots

    def tell(self, report: Report) -> Report:
        """Note a private report for the store."""
        self.changes.told.append(Told(self.clock.next_batch - 1, self.clock.trading_day, report))
        return report


def _exchange_of(instrument: InstrumentId) -> ExchangeId:
    return ExchangeId(instrument.partition(".")[0])
