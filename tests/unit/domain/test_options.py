from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import msgspec
import pytest

from terminal.domain.books.account import AccountBook
from terminal.domain.ids import InstrumentId, OrderId, TradeId
from terminal.domain.orders.order import Side
from terminal.domain.products.ending import Ending, How, at_expiry
from terminal.domain.products.fees import ZERO
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.margin import margin_of
from terminal.domain.products.option import OptionTerms, Right, Style
from terminal.domain.view import AccountView
from tests.books import BUY, CLOSE, HEDGE, OPEN, SELL, D, Desk, by_lot, instrument, mark, terms, unchanged, yuan

MEAL = instrument("DCE.m2509", margin="0.08")
CALL, PUT = Right.CALL, Right.PUT


def option(right: Right, strike: int, name: str = "", **other: object) -> Instrument:
    on = OptionTerms(underlying=MEAL.id, right=right, strike=D(strike), style=Style.AMERICAN)
    of = instrument(name or f"DCE.m2509-{right[0]}-{strike}", margin="0.08", fees=by_lot("0.5", "0.5", "0.5"))
    return msgspec.structs.replace(of, kind=Kind.OPTION, option=on, tick=D("0.5"), **other)


CALL_3000, PUT_2900, PUT_2500 = option(CALL, 3000), option(PUT, 2900), option(PUT, 2500)
INDEX_CALL, INDEX_PUT = (
    msgspec.structs.replace(
        instrument(f"CFFEX.IO2512-{right[0]}-4000", margin="0.12", m=100),
        kind=Kind.OPTION,
        option=OptionTerms(
            underlying=InstrumentId("CFFEX.000300"),
            right=right,
            strike=D(4000),
            style=Style.EUROPEAN,
            guarantee=D("0.5"),
        ),
    )
    for right in Right
)


def per_cent(number: Decimal) -> Decimal:
    return (number * 100).quantize(D("0.0001"), ROUND_HALF_UP)


def bought_and_sold() -> Desk:
    desk = Desk("300000")
    assert desk.trade(CALL_3000, BUY, OPEN, 10, "85.5") == 5
    assert desk.trade(PUT_2900, SELL, OPEN, 20, 42) == 10
    return desk


def settle(desk: Desk, future: int, **options: int) -> AccountView:
    prices = {MEAL.id: D(future), CALL_3000.id: D(options["call"]), PUT_2900.id: D(options["put"])}
    desk.book.settle(prices, desk.book.trading_day + 1)
    assert desk.book.check() == []
    return desk.book.view(prices.get)


# --- DOMAIN 5.4 ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("of", "price", "margin"), [(PUT_2900, 45, 2413), (PUT_2500, 3, 1224), (CALL_3000, 80, 3113)])
def test_a_short_option_binds_its_price_and_the_futures_margin_less_half_of_what_it_is_out(
    of: Instrument, price: int, margin: int
) -> None:
    assert margin_of(of, 1, D(price), side=SELL, underlying=D(2985)) == margin
    assert margin_of(of, 1, D(price), side=BUY, underlying=D(2985)) == 0


def test_premiums_move_cash_and_the_two_days_agree_to_the_cent() -> None:
    desk = bought_and_sold()
    before = desk.book.view(mark())
    assert (before.premium, before.commission) == yuan("-150", "15")
    assert (before.close_profit, before.position_profit) == yuan(0, 0)
    money = settle(desk, 2985, call=80, put=45)
    assert (money.equity, money.margin, money.available) == yuan("299835", "48260", "251575")
    assert (money.long_option_value, money.short_option_value, money.market_equity) == yuan(8000, 9000, 298835)
    assert per_cent(money.risk_degree) == D("16.0955")
    assert per_cent(money.margin / money.market_equity) == D("16.1494")  # what a balance with option value gives
    desk.trade(CALL_3000, SELL, CLOSE, 4, 92)
    desk.trade(PUT_2900, BUY, CLOSE, 5, 38)
    assert desk.book.trade_by_trade(mark()).option_profit == 260 + 200
    money = settle(desk, 3010, call=96, put=36)
    assert (money.equity, money.margin, money.market_equity) == yuan("301610.50", "33270", "301970.50")
    assert (money.available, per_cent(money.risk_degree)) == (D("268340.50"), D("11.0308"))
    by_trade = desk.book.trade_by_trade(mark())
    assert (by_trade.balance, by_trade.floating_profit) == yuan("301610.50", 0)


def test_an_index_option_uses_its_rate_and_the_least_guarantee() -> None:
    # CFFEX: P·m + max(r·U·m − 虚值额, k·r·(call: U, put: K)·m), k = 0.5, r = 0.12
    assert margin_of(INDEX_CALL, 1, D(50), side=SELL, underlying=D(3900)) == 5000 + 46800 - 10000
    assert margin_of(INDEX_CALL, 1, D(1), side=SELL, underlying=D(3000)) == 100 + 18000
    assert margin_of(INDEX_PUT, 1, D(1), side=SELL, underlying=D(5000)) == 100 + 24000


def test_without_a_settlement_of_the_underlying_nothing_is_taken_off() -> None:
    desk = Desk()
    desk.trade(PUT_2500, SELL, OPEN, 2, 3)
    assert desk.view().margin == 2 * (30 + D("2000"))


def test_short_options_never_net_with_the_larger_side() -> None:
    desk = Desk()
    netted = option(CALL, 3000, larger_side=True)
    desk.trade(netted, SELL, OPEN, 1, 80)
    desk.trade(MEAL, BUY, OPEN, 1, 3000)
    assert desk.view().margin == 800 + 2400 + 2400


# --- orders and the gate ---------------------------------------------------------------------------------------------


def test_a_live_order_to_buy_freezes_its_premium_and_one_to_sell_its_margin() -> None:
    desk = Desk()
    desk.book.reserve(OrderId("1"), CALL_3000, terms(CALL_3000, BUY, OPEN, 3, 80), 3)
    money = desk.view()
    assert (money.frozen_premium, money.frozen_margin, money.frozen_commission) == yuan(2400, 0, "1.5")
    assert money.available == money.equity - 2400 - D("1.5")
    desk.book.release(OrderId("1"))
    desk.book.reserve(OrderId("2"), CALL_3000, terms(CALL_3000, SELL, OPEN, 3, 80), 3)
    money = desk.view()
    assert (money.frozen_premium, money.frozen_margin) == yuan(0, 3 * (800 + 2400))


def test_the_account_after_a_purchase_is_the_account_that_then_comes() -> None:
    desk = bought_and_sold()
    for of, side in ((CALL_3000, BUY), (MEAL, SELL)):
        after = desk.book.view_after(desk.view().position_profit, of, terms(of, side, OPEN, 4, 90))
        assert after is not None
        desk.trade(of, side, OPEN, 4, 90)
        money = desk.view()
        assert (after.equity, after.margin, after.available) == (money.equity, money.margin, money.available)


def test_the_account_after_a_sale_does_not_count_the_premium_it_would_bring() -> None:
    desk = bought_and_sold()
    after = desk.book.view_after(desk.view().position_profit, PUT_2900, terms(PUT_2900, SELL, OPEN, 4, 90))
    assert after is not None
    desk.trade(PUT_2900, SELL, OPEN, 4, 90)
    assert (after.margin, after.equity) == (desk.view().margin, desk.view().equity - 3600)


def test_the_days_gain_and_premium_received_cannot_be_withdrawn_before_they_are_settled() -> None:
    desk = Desk("100000")
    desk.trade(MEAL, BUY, OPEN, 10, 3000)
    assert (desk.view(m2509=2990).withdrawable, desk.view(m2509=2990).available) == yuan(75000, 75000)
    assert (desk.view(m2509=3010).withdrawable, desk.view(m2509=3010).available) == yuan(76000, 77000)
    desk.trade(PUT_2500, SELL, OPEN, 1, 3)
    assert desk.view(m2509=3010).available - desk.view(m2509=3010).withdrawable == 1000 + 30
    desk.book.settle({MEAL.id: D(3010), PUT_2500.id: D(3)}, 20250702)
    money = desk.view(m2509=3010)
    assert money.withdrawable == money.available > 0
    desk.trade(MEAL, BUY, OPEN, 40, 3010)
    assert desk.view(m2509=2900).withdrawable == 0 > desk.view(m2509=2900).available


# --- how they end ----------------------------------------------------------------------------------------------------


def end(desk: Desk, of: Instrument, side: Side, lots: int, how: How, price: int, *, fee: str = "0") -> None:
    ending = Ending(
        instrument=of.id,
        flag=HEDGE,
        side=side,
        lots=lots,
        how=how,
        price=D(price),
        fee=D(fee),
        at=9,
        number=TradeId("E1"),
    )
    desk.book.end(ending, of, MEAL if ending.opens(of.option) else None)
    assert desk.book.check() == []


def test_an_exercised_call_is_a_long_future_at_the_strike_and_an_assigned_put_too() -> None:
    desk = bought_and_sold()
    end(desk, CALL_3000, BUY, 10, How.EXERCISED, 3000, fee="10")
    end(desk, PUT_2900, SELL, 20, How.ASSIGNED, 2900)
    assert [(run.open_price, run.lots) for run in desk.book.runs(MEAL.id, HEDGE, BUY)] == [(3000, 10), (2900, 20)]
    money = desk.view(m2509=2985)
    assert money.position_profit == -15 * 100 + 85 * 200
    assert (money.long_option_value, money.short_option_value) == yuan(0, 0)
    assert money.equity == 300000 - 150 - 15 - 10 + money.position_profit
    assert desk.book.trade_by_trade(mark()).option_profit == -8550 + 8400


def test_an_assigned_call_and_an_exercised_put_are_short_futures() -> None:
    desk = Desk()
    desk.trade(CALL_3000, SELL, OPEN, 1, 80)
    desk.trade(PUT_2900, BUY, OPEN, 2, 40)
    end(desk, CALL_3000, SELL, 1, How.ASSIGNED, 3000)
    end(desk, PUT_2900, BUY, 2, How.EXERCISED, 2900)
    assert [(run.open_price, run.lots) for run in desk.book.runs(MEAL.id, HEDGE, SELL)] == [(3000, 1), (2900, 2)]


def test_a_lapsed_option_is_gone_with_its_premium() -> None:
    desk = bought_and_sold()
    end(desk, CALL_3000, BUY, 10, How.LAPSED, 0)
    end(desk, PUT_2900, SELL, 20, How.LAPSED, 0)
    assert desk.book.positions() == []
    assert (desk.view().equity, desk.view().margin) == yuan("299835", 0)


def test_an_index_option_pays_the_difference_and_opens_nothing() -> None:
    desk = Desk()
    desk.trade(INDEX_CALL, BUY, OPEN, 2, 50)
    desk.trade(INDEX_PUT, SELL, OPEN, 1, 50)
    end(desk, INDEX_CALL, BUY, 2, How.EXERCISED, 4100)
    end(desk, INDEX_PUT, SELL, 1, How.ASSIGNED, 3950)
    money = desk.view()
    assert money.close_profit == 20000 - 5000
    assert money.equity == 1000000 - 10000 + 5000 + 15000
    assert desk.book.positions() == []


def test_a_future_that_is_delivered_leaves_at_the_delivery_settlement() -> None:
    desk = Desk()
    desk.trade(MEAL, BUY, OPEN, 10, 3000)
    desk.book.settle({MEAL.id: D(3010)}, 20250702)
    desk.trade(MEAL, BUY, OPEN, 2, 3020)
    end(desk, MEAL, BUY, 12, How.DELIVERED, 3030, fee="6")
    money, by_trade = desk.view(), desk.book.trade_by_trade(mark())
    assert (money.close_profit, money.margin, money.commission) == yuan(2000 + 200, 0, 6)
    assert (by_trade.close_profit, by_trade.balance) == yuan(3000 + 200, 1000000 + 3200 - 6)
    assert desk.book.positions() == []


@pytest.mark.parametrize(
    ("right", "side", "underlying", "how"),
    [
        (CALL, BUY, 3001, How.EXERCISED),
        (CALL, SELL, 3001, How.ASSIGNED),
        (CALL, BUY, 3000, How.LAPSED),
        (PUT, BUY, 2999, How.EXERCISED),
        (PUT, SELL, 3000, How.LAPSED),
    ],
)
def test_only_strictly_in_the_money_is_exercised_at_expiry(right: Right, side: Side, underlying: int, how: How) -> None:
    of = option(right, 3000).option
    assert of is not None
    assert at_expiry(of, side, D(underlying)) == (how, 0 if how is How.LAPSED else 3000)


def test_what_cannot_end_so_changes_nothing() -> None:
    desk = bought_and_sold()
    desk.trade(MEAL, BUY, OPEN, 1, 3000)
    unchanged(desk, lambda: end(desk, CALL_3000, BUY, 11, How.EXERCISED, 3000))
    unchanged(desk, lambda: end(desk, CALL_3000, SELL, 1, How.ASSIGNED, 3000))
    unchanged(desk, lambda: end(desk, CALL_3000, BUY, 1, How.ASSIGNED, 3000))
    unchanged(desk, lambda: end(desk, CALL_3000, BUY, 1, How.DELIVERED, 3000))
    unchanged(desk, lambda: end(desk, MEAL, BUY, 1, How.LAPSED, 0))
    unchanged(desk, lambda: end(desk, INDEX_CALL, BUY, 1, How.LAPSED, 0))


def test_an_option_is_settled_without_the_price_of_its_underlying_at_its_strike() -> None:
    desk = bought_and_sold()
    unchanged(desk, lambda: desk.book.settle({CALL_3000.id: D(80)}, 20250702))
    settle(desk, 2985, call=80, put=45)
    known = desk.view().margin
    desk = bought_and_sold()
    desk.book.settle({CALL_3000.id: D(80), PUT_2900.id: D(45)}, 20250702)
    assert desk.view().margin > known  # 2985 is out of the money for the short put of 2900


def test_books_with_options_come_back_as_they_were() -> None:
    desk = bought_and_sold()
    settle(desk, 2985, call=80, put=45)
    desk.trade(PUT_2900, SELL, OPEN, 3, 44)
    desk.book.reserve(OrderId("1"), PUT_2500, terms(PUT_2500, SELL, OPEN, 2, 4), 2)
    listed = {one.id: one for one in (MEAL, CALL_3000, PUT_2900, PUT_2500)}
    again = AccountBook.of_form(desk.book.form(), listed)
    assert (again.form(), again.canonical()) == (desk.book.form(), desk.book.canonical())
    assert again.view(mark()) == desk.view()
    assert again.check() == []


def test_an_options_strike_never_changes_under_a_position() -> None:
    desk = bought_and_sold()
    other = msgspec.structs.replace(CALL_3000, option=option(CALL, 3050).option)
    unchanged(desk, lambda: desk.book.relist(other))
    assert desk.view().position_profit == ZERO
