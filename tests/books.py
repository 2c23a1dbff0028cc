"""Build instruments, order terms and books for the tests of the account."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from terminal.domain.books.account import AccountBook
from terminal.domain.errors import InvariantError
from terminal.domain.ids import AccountId, ExchangeId, InstrumentId, ProductId, TradeId
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, Side
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.product import Fee, FeeClass, Fees
from terminal.domain.view import AccountView

D = Decimal
BUY, SELL = Side.BUY, Side.SELL
OPEN, CLOSE = Offset.OPEN, Offset.CLOSE
TODAY, YESTERDAY = Offset.CLOSE_TODAY, Offset.CLOSE_YESTERDAY
HEDGE, SPECULATION = HedgeFlag.HEDGE, HedgeFlag.SPECULATION


def instrument(
    name: str = "SHFE.rb2510", *, margin: str | None = "0.09", m: int = 10, fees: Fees | None = None
) -> Instrument:
    exchange, _, symbol = name.partition(".")
    code = symbol.rstrip("0123456789")
    explicit = exchange in ("SHFE", "INE")
    return Instrument(
        product=ProductId(f"{exchange}.{code}"),
        exchange=ExchangeId(exchange),
        code=code,
        product_name=code,
        multiplier=D(m),
        tick=D(1),
        quote_unit="元/吨",
        lot_unit="手",
        fee_class=FeeClass.EXPLICIT if explicit else FeeClass.TODAY_FIRST,
        explicit_close_today=explicit,
        larger_side=explicit,
        margin_rate=None if margin is None else D(margin),
        fees=fees or by_lot("0", "0", "0"),
        id=InstrumentId(name),
        kind=Kind.FUTURE,
        name=symbol,
    )


def by_lot(opening: str, close: str, today: str) -> Fees:
    return Fees(open=Fee(by_lot=D(opening)), close=Fee(by_lot=D(close)), close_today=Fee(by_lot=D(today)))


def by_value(opening: str, close: str, today: str) -> Fees:
    return Fees(open=Fee(by_value=D(opening)), close=Fee(by_value=D(close)), close_today=Fee(by_value=D(today)))


def terms(
    of: Instrument, side: Side, offset: Offset, lots: int, price: str | int, *, flag: HedgeFlag = HEDGE
) -> OrderTerms:
    return OrderTerms(
        account=AccountId("A"),
        instrument=of.id,
        side=side,
        offset=offset,
        lots=lots,
        price=D(price),
        hedge_flag=flag,
    )


class Desk:
    """Trade on a book the way the engine does: fee asked first, then booked, one running trade number."""

    def __init__(self, cash: str = "1000000", day: int = 20250701) -> None:
        self.book = AccountBook(D(cash), day)
        self.trades = 0

    def trade(
        self, of: Instrument, side: Side, offset: Offset, lots: int, price: str | int, *, flag: HedgeFlag = HEDGE
    ) -> Decimal:
        order = terms(of, side, offset, lots, price, flag=flag)
        fee = self.book.fee(of, order, lots, D(price))
        self.trades += 1
        self.book.fill(of, order, lots, D(price), fee, at=self.trades, trade=TradeId(str(self.trades)))
        assert self.book.check() == []
        return fee

    def view(self, **marks: int) -> AccountView:
        return self.book.view(mark(**marks))


def yuan(*amounts: str | int) -> tuple[Decimal, ...]:
    return tuple(D(amount) for amount in amounts)


def mark(**marks: int) -> Callable[[InstrumentId], Decimal | None]:
    prices = {symbol: D(price) for symbol, price in marks.items()}
    return lambda name: prices.get(name.partition(".")[2])


def unchanged(desk: Desk, act: Callable[[], object]) -> None:
    before = desk.book.canonical()
    with pytest.raises(InvariantError):
        act()
    assert desk.book.canonical() == before
    assert desk.book.check() == []


REBAR = instrument(fees=by_value("0.0001", "0.0001", "0.0002"))
FAR_REBAR = instrument("SHFE.rb2601", margin="0.07")
MEAL = instrument("DCE.m2509", margin="0.08")
