"""Be the exchange of one strategy's small world: it does with an order what the test says, and tells it as a fact."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.fact.facts import (
    AccountFact,
    CancelRefused,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
    OrderVoided,
)
from terminal.domain.ids import ExchangeId, InstrumentId, OrderId, SysId, TradeId
from terminal.domain.orders.order import OrderEvent, Side, TimeCondition, advance
from terminal.domain.products.instrument import Instrument
from terminal.domain.view import Quote
from tests.unit.strategies.traded import Order


class Exchange:
    """Keep orders and lots; whose world it is shows quotes, says what time it is, and takes the facts in `tell`."""

    at: int
    day: int
    instruments: dict[InstrumentId, Instrument]
    quotes: dict[InstrumentId, Quote]

    def __init__(self) -> None:
        self.book: dict[OrderId, Order] = {}
        self.long: dict[InstrumentId, int] = {}
        self.short: dict[InstrumentId, int] = {}
        self.trades = 0

    def tell(self, fact: AccountFact, tag: str) -> None:
        raise NotImplementedError

    def live(self, what: str = "") -> list[Order]:
        """The orders that have not ended and whose tag contains `what`."""
        return [row for row in self.book.values() if row.live and what in row.tag]

    def one(self, what: str = "") -> Order:
        found = self.live(what)
        assert len(found) == 1, [row.tag for row in found]
        return found[0]

    def accept(self, row: Order) -> None:
        row.state = advance(row.state, OrderEvent.ACCEPT)
        fact = OrderAccepted(
            account=row.terms.account,
            order=row.order,
            exchange=ExchangeId("X"),
            sys_id=SysId(row.order),
            exchange_at=self.at,
        )
        self.tell(fact, row.tag)

    def refuse_cancel(self, row: Order) -> None:
        """Say no to a cancel."""
        self.tell(CancelRefused(account=row.terms.account, order=row.order, code="NOT_IN_SESSION", text=""), row.tag)

    def fill(self, row: Order, lots: int | None = None, price: int | None = None, fee: str = "0") -> None:
        """Fill lots (all that remain) at a price in ticks (its own limit)."""
        lots = row.terms.lots - row.filled if lots is None else lots
        instrument = self.instruments[row.terms.instrument]
        row.filled += lots
        assert row.filled <= row.terms.lots
        done = row.filled == row.terms.lots
        row.state = advance(row.state, OrderEvent.COMPLETE if done else OrderEvent.FILL)
        name, signed = row.terms.instrument, lots if row.terms.is_opening else -lots
        held = self.long if row.terms.position_side is Side.BUY else self.short
        held[name] = held.get(name, 0) + signed
        assert held[name] >= 0
        self.trades += 1
        fact = OrderFilled(
            account=row.terms.account,
            order=row.order,
            exchange=ExchangeId("X"),
            sys_id=SysId(row.order),
            trade=TradeId(str(self.trades)),
            trading_day=self.day,
            side=row.terms.side,
            instrument=name,
            lots=lots,
            price=row.terms.price if price is None else instrument.price(price),
            fee=Decimal(fee),
            exchange_at=self.at,
            is_last=done,
        )
        self.tell(fact, row.tag)

    def cancelled(self, row: Order, *, owed: int = 0) -> None:
        """Take an order out; `owed` lots of it have traded and will be told later."""
        row.state = advance(row.state, OrderEvent.CANCEL)
        row.end = row.filled + owed
        unfilled = row.terms.lots - row.filled - owed
        self.tell(OrderCancelled(account=row.terms.account, order=row.order, unfilled=unfilled, why=""), row.tag)

    def expired(self, row: Order) -> None:
        row.state = advance(row.state, OrderEvent.EXPIRE)
        unfilled = row.terms.lots - row.filled
        self.tell(OrderExpired(account=row.terms.account, order=row.order, unfilled=unfilled), row.tag)

    def rejected(self, row: Order) -> None:
        row.state = advance(row.state, OrderEvent.REJECT)
        self.tell(OrderRejected(account=row.terms.account, order=row.order, code="X", text=""), row.tag)

    def lost(self, row: Order) -> None:
        row.state = advance(row.state, OrderEvent.LOSE)
        self.tell(OrderUnknown(account=row.terms.account, order=row.order, why=""), row.tag)

    def voided(self, row: Order) -> None:
        row.state = advance(row.state, OrderEvent.VOID)
        self.tell(OrderVoided(account=row.terms.account, order=row.order, why=""), row.tag)

    def take(self, row: Order) -> None:
        """Let an immediate order take what is displayed and end."""
        assert row.terms.time_condition is TimeCondition.FAK
        quote, buys = self.quotes[row.terms.instrument], row.terms.side is Side.BUY
        price, lots = (quote.ask, quote.ask_lots) if buys else (quote.bid, quote.bid_lots)
        if (
            price is not None
            and lots
            and (self.instruments[row.terms.instrument].price(price) - row.terms.price) * (1 if buys else -1) <= 0
        ):
            self.fill(row, min(row.terms.lots - row.filled, lots), price)
        if row.live:
            self.cancelled(row)

    def net(self, what: str) -> int:
        """Signed lots filled by orders whose tag contains `what`."""
        return sum(row.terms.side.sign * row.filled for row in self.book.values() if what in row.tag)

    def under_way(self, what: str) -> int:
        """Signed lots that may still trade by orders whose tag contains `what`."""
        return sum(row.terms.side.sign * row.reserved for row in self.book.values() if what in row.tag)
