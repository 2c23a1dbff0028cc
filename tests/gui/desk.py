"""Build what may be posted to a window's mailbox, and drain it by hand: no timer, no thread, no clock."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel

from terminal.domain.days.calendar import DAY_NS, MINUTE_NS, instant
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.instrument import Instrument, Reference
from terminal.domain.view import AccountView, Quote, TradeByTrade
from terminal.engine.book.lines import Book, PositionLine
from terminal.engine.mailbox import LatestMailbox, Market
from terminal.engine.prices.basis import Basis
from terminal.widgets.window.main import MainWindow
from tests.gui.hand import RecordingHand

if TYPE_CHECKING:
    # The module looks for Qt when it is imported, before pytest-qt has chosen one.
    from pytestqt.modeltest import ModelTester

DAY = 20_250_106
NOW = instant(DAY, 10)
REBAR, COPPER, ORE = (InstrumentId(name) for name in ("SHFE.rb2505", "SHFE.cu2502", "DCE.i2505"))
REBAR_SPOT, ORE_SPOT = InstrumentId("SPOT.rb.上海"), InstrumentId("SPOT.i.日照港")
ACCOUNT = AccountId("主账户")


class Desk:
    """Hold a window, the mailbox it drains, and builders of what may be posted."""

    def __init__(self, window: MainWindow, mailbox: LatestMailbox, reference: Reference, hand: RecordingHand) -> None:
        self.window = window
        self.mailbox = mailbox
        self.reference = reference
        self.hand = hand

    def instrument(self, name: InstrumentId) -> Instrument:
        return self.reference.instrument(name, DAY)

    def open_market(self, *names: InstrumentId) -> None:
        listed = tuple(self.instrument(name) for name in names or (REBAR, COPPER, ORE, REBAR_SPOT, ORE_SPOT))
        self.mailbox.post_market(Market(name="样例行情", instruments=listed, calendar=self.reference.calendar))
        self.window.drain()

    def quote(self, name: InstrumentId, last: int | None, *, before: int | None = None) -> None:
        self.mailbox.post_quote(name, quoted(last, before))
        self.window.drain()

    def frames(self, count: int) -> None:
        for _ in range(count):
            self.window.drain()


def quoted(last: int | None, before: int | None = None) -> Quote:
    return Quote(last, last, last, 5, 7, 1234, 56_789, None, None, before, NOW, NOW)


def line(
    instrument: InstrumentId,
    side: Side,
    lots: int,
    profit: int,
    *,
    trade_profit: int = 0,
    closable: int | None = None,
    last: int | None = None,
    before: int | None = None,
) -> PositionLine:
    return PositionLine(
        instrument=instrument,
        side=side,
        flag=HedgeFlag.HEDGE,
        today=lots,
        yesterday=0,
        closable=lots if closable is None else closable,
        closable_today=lots if closable is None else closable,
        closable_yesterday=0,
        lockable=lots if closable is None else closable,
        unguarded=lots,
        open_price=Decimal("3215.5"),
        position_price=Decimal("3200.5"),
        day_profit=Decimal(profit),
        trade_profit=Decimal(trade_profit),
        margin=Decimal(300_000),
        days_to_expiry=66,
        quote=None if last is None else quoted(last, before),
    )


def book(*lines: PositionLine, account: AccountId = ACCOUNT) -> Book:
    profit = sum((one.day_profit or Decimal(0) for one in lines), Decimal(0))
    floating = sum((one.trade_profit or Decimal(0) for one in lines), Decimal(0))
    margin = Decimal(300_000 * len(lines))
    equity = Decimal(10_000_000) + profit
    money = AccountView(
        Decimal(10_000_000),
        equity,
        Decimal(-86_340),
        profit,
        Decimal(0),
        margin,
        Decimal(0),
        Decimal(0),
        equity - margin,
    )
    by_trade = TradeByTrade(Decimal(-60_340), floating, equity - floating)
    return Book(account=account, at=NOW, money=money, by_trade=by_trade, positions=lines)


def basis(spot: InstrumentId, future: InstrumentId, values: tuple[int, int], *, at: int = NOW, day: int = DAY) -> Basis:
    exchange, code = future.split(".")[0], future.split(".")[1][:-4]
    return Basis(
        product=f"{exchange}.{code}",  # type: ignore[arg-type]  # a new identity from its two parts
        trading_day=day,
        at=at,
        spot=spot,
        spot_price=Decimal(values[0]),
        spot_at=at,
        spot_until=at + DAY_NS,
        future=future,
        future_price=Decimal(values[1]),
        future_at=at,
        future_until=at + MINUTE_NS,
    )


def check_model(tester: ModelTester, model: QAbstractItemModel) -> None:
    tester.check(model, force_py=True)
