"""Money at the exchange: what an order may cost is frozen, and what costs more than is available is refused."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.commands.exchange import parse_funds
from terminal.domain.books.account import AccountBook
from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.errors import UserError
from terminal.domain.ids import AccountId, InstrumentId, WireKey
from terminal.domain.orders.order import Offset, OrderState, PriceKind, Side, TimeCondition
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.product import Fee, Fees
from terminal.domain.reports import Rejected, Report
from terminal.engine.ports import WireCancel
from terminal.gateways.sim.exchange import Exchange
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store.file import ExchangeStore
from tests.unit.gateways.sim.made import ME, MORNING, OTHER, RB, UNIVERSE, I, MadeMarket, Shown, batch, calendar, order
from tests.unit.gateways.sim.made import instruments as plain_instruments

THREE = Fees(open=Fee(by_lot=Decimal(3)), close=Fee(by_lot=Decimal(3)), close_today=Fee(by_lot=Decimal(3)))


def instruments() -> dict[InstrumentId, Instrument]:
    """Return the made contracts at 10 % margin and three yuan a lot: a lot of rb at 3700 binds 3 700 yuan."""
    return {
        name: msgspec.structs.replace(one, margin_rate=Decimal("0.1"), broker_margin_add=None, fees=THREE)
        for name, one in plain_instruments().items()
    }


class Floor:
    """Drive an exchange that was told the money of one account."""

    def __init__(self, cash: int, listed: dict[InstrumentId, Instrument] | None = None) -> None:
        self.exchange = Exchange(
            universe=UNIVERSE, instruments=listed or instruments(), calendar=calendar(), funds={ME: Decimal(cash)}
        )
        self.exchange.begin(MORNING)
        self.index = 0
        self.show(3699, 3700)

    def show(self, bid: int, ask: int) -> list[Report]:
        self.index += 1
        shown: dict[InstrumentId, Shown] = {RB: (bid, 50, ask, 50), I: (1659, 50, 1660, 50)}
        passed = self.exchange.advance(batch(self.index - 1, MORNING + self.index * SECOND_NS, shown))
        return [*passed.before, *passed.after]

    @property
    def book(self) -> AccountBook:
        return self.exchange._funds.books[ME]

    @property
    def available(self) -> Decimal:
        return self.book.view(self.exchange._display.last).available


def refusals(reports: list[Report]) -> list[str]:
    return [report.text for report in reports if isinstance(report, Rejected)]


def test_what_costs_more_than_is_available_is_refused_and_what_costs_just_as_much_is_taken() -> None:
    floor = Floor(7406)
    assert refusals(floor.exchange.place(order("a", Side.BUY, 3, 3700))) == [
        "资金不足：冻结保证金与手续费需 11,109.00 元，可用 7,406.00 元"
    ]
    assert refusals(floor.exchange.place(order("b", Side.BUY, 2, 3700))) == []
    assert floor.available == 0
    assert refusals(floor.exchange.place(order("c", Side.BUY, 1, 3690))) != []


def test_a_resting_order_freezes_its_limit_and_a_cancel_gives_it_back() -> None:
    floor = Floor(3703)
    assert refusals(floor.exchange.place(order("a", Side.BUY, 1, 3600))) == []
    assert floor.available == Decimal(100)
    assert refusals(floor.exchange.place(order("b", Side.BUY, 1, 3600))) != []
    floor.exchange.cancel(WireCancel(account=ME, wire_key=WireKey("a")))
    assert floor.available == Decimal(3703)
    assert refusals(floor.exchange.place(order("c", Side.BUY, 1, 3600))) == []


def test_a_market_order_is_reckoned_at_the_price_it_carries() -> None:
    floor = Floor(9_000)
    market = order("a", Side.BUY, 1, 900, instrument=I, price_kind=PriceKind.MARKET)
    assert refusals(floor.exchange.place(market)) == ["资金不足：冻结保证金与手续费需 9,003.00 元，可用 9,000.00 元"]


def test_a_close_is_never_refused_for_money() -> None:
    floor = Floor(3703)
    floor.exchange.place(order("a", Side.BUY, 1, 3700))
    assert floor.available == 0
    assert refusals(floor.exchange.place(order("b", Side.SELL, 1, 3690, offset=Offset.CLOSE_TODAY))) == []
    assert floor.available == Decimal(3703) - 3 - 3 - 10


def test_an_account_nobody_told_of_has_no_limit_of_money() -> None:
    floor = Floor(0)
    assert refusals(floor.exchange.place(order("a", Side.BUY, 50, 3700, account=OTHER))) == []


def test_where_rates_are_not_known_nothing_is_opened() -> None:
    unknown = {name: msgspec.structs.replace(one, fees=Fees()) for name, one in instruments().items()}
    floor = Floor(1_000_000, unknown)
    assert refusals(floor.exchange.place(order("a", Side.BUY, 1, 3700))) == [
        "资金无法核算：交易所不知道该合约的保证金率或手续费"
    ]


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["order", "order", "order", "cancel", "show"]),
            st.sampled_from(Side),
            st.sampled_from([Offset.OPEN, Offset.OPEN, Offset.CLOSE_TODAY]),
            st.integers(1, 4),
            st.integers(3690, 3710),
            st.sampled_from(TimeCondition),
        ),
        max_size=40,
    )
)
def test_no_opening_order_is_taken_beyond_what_is_available_and_the_books_stay_whole(
    steps: list[tuple[str, Side, Offset, int, int, TimeCondition]],
) -> None:
    floor = Floor(30_000)
    for number, (what, side, offset, lots, price, condition) in enumerate(steps):
        match what:
            case "order":
                before = floor.available
                wanted = order(f"k{number}", side, lots, price, offset=offset, condition=condition)
                taken = not refusals(floor.exchange.place(wanted))
                if taken and offset is Offset.OPEN:
                    assert before >= 0
                    assert floor.available >= 0
            case "cancel":
                floor.exchange.cancel(WireCancel(account=ME, wire_key=WireKey(f"k{lots}")))
            case _:
                floor.show(price - 1, price)
        assert floor.book.check() == []


def opened(market: MadeMarket, path: Path, funds: dict[AccountId, Decimal] | None) -> Host:
    return Host(store=ExchangeStore(path), market=market, instruments=instruments(), calendar=calendar(), funds=funds)


def test_money_is_kept_over_a_restart_and_what_is_told_beyond_it_came_in(tmp_path: Path) -> None:
    market = MadeMarket([batch(0, MORNING + SECOND_NS, {RB: (3699, 50, 3700, 50)})])
    path = tmp_path / "exchange.db"
    for key, told in (("a", 5_000), ("b", None), ("c", 9_000)):
        with closing(opened(market, path, None if told is None else {ME: Decimal(told)})) as host:
            host.log_in(0)
            host.take(9), host.take(9)
            host.place(order(key, Side.BUY, 1, 3700))
            host.save()
    with closing(ExchangeStore(path)) as store:
        found = [(one.state, one.text) for one in store.books().orders]
    assert found == [
        (OrderState.FILLED, ""),
        (OrderState.REJECTED, "资金不足：冻结保证金与手续费需 3,703.00 元，可用 1,297.00 元"),
        (OrderState.FILLED, ""),
    ]


def test_money_cannot_be_reckoned_from_the_middle_on(tmp_path: Path) -> None:
    market = MadeMarket([batch(0, MORNING + SECOND_NS, {RB: (3699, 50, 3700, 50)})])
    path = tmp_path / "exchange.db"
    with closing(opened(market, path, None)) as host:
        host.log_in(0)
        host.take(9)
        host.place(order("a", Side.BUY, 1, 3700))
        host.save()
    with pytest.raises(UserError, match="已有持仓或委托，不能中途开始核算资金"):
        opened(market, path, {ME: Decimal(5_000)})


@pytest.mark.parametrize("word", ["HEDGE", "=5", "HEDGE=", "HEDGE=-1", "HEDGE=1e9", "HEDGE=1.234", "HEDGE=NaN"])
def test_a_sum_that_is_none_is_refused_in_a_sentence(word: str) -> None:
    with pytest.raises(UserError, match="应写成 账户=金额"):
        parse_funds([word])


def test_every_account_is_told_once() -> None:
    assert parse_funds(["A=1", "B=2.50"]) == {AccountId("A"): Decimal(1), AccountId("B"): Decimal("2.50")}
    with pytest.raises(UserError, match="每个账户一次"):
        parse_funds(["A=1", "A=2"])
