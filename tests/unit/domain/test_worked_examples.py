"""The parts of the worked examples of DOMAIN 5 that no sum shows, to the cent and through the books of an account.

The sums stand in `test_account` (5.1, 5.2, the exchange's own formula of 4.4) and `test_options` (5.4), the cost of a
roll as a strategy says it in `strategies/test_roll` (5.5).
"""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.orders.order import Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.product import Fee, Fees
from terminal.strategies.roll.cost import roll_cost
from tests.books import (
    BUY,
    CLOSE,
    FAR_REBAR,
    HEDGE,
    MEAL,
    OPEN,
    REBAR,
    SELL,
    TODAY,
    YESTERDAY,
    D,
    Desk,
    by_lot,
    by_value,
    instrument,
    mark,
    yuan,
)
from tests.unit.domain.test_options import CALL_3000, PUT_2500, PUT_2900

# --- 4.4 and 5.1 -----------------------------------------------------------------------------------------------------


def test_the_exchanges_vector_is_two_hundred_and_five_points() -> None:
    index = instrument("CFFEX.IF2512", margin="0.1", m=300)
    desk = Desk("9000000")
    desk.trade(index, BUY, OPEN, 10, 1480)
    desk.book.settle({index.id: D(1500)}, 20250702)
    desk.trade(index, BUY, OPEN, 8, 1505)
    desk.trade(index, SELL, CLOSE, 5, 1510)
    money = desk.view(IF2512=1515)
    # By lot: five old ones closed at +10; five old ones held at +15, eight new ones at +10.
    assert (money.close_profit, money.position_profit) == yuan(5 * 10 * 300, (5 * 15 + 8 * 10) * 300)
    assert money.close_profit + money.position_profit == 205 * 300 == 61_500


def test_a_close_of_older_lots_earns_from_the_settlement_by_the_day_and_from_the_opening_by_the_trade() -> None:
    desk = Desk()
    desk.trade(REBAR, BUY, OPEN, 20, 3210)
    desk.trade(REBAR, BUY, OPEN, 10, 3220)
    desk.trade(REBAR, SELL, TODAY, 5, 3230)
    desk.book.settle({REBAR.id: D(3225)}, 20250702)
    desk.trade(REBAR, SELL, YESTERDAY, 10, 3240)
    assert desk.view().close_profit == 1500
    assert desk.book.trade_by_trade(mark()).close_profit == 3000


def side_margin(desk: Desk, of: Instrument, side: Side, lots: int, price: int) -> Decimal | None:
    return desk.book.margin_of(of, HEDGE, side, lots, D(price))


def test_the_smaller_side_of_the_third_day_is_known_and_not_added() -> None:
    desk = Desk()
    desk.trade(REBAR, BUY, OPEN, 8, 3218)
    desk.book.settle({REBAR.id: D(3218)}, 20250703)
    assert desk.view().margin == D("23169.60")
    desk.trade(REBAR, SELL, OPEN, 6, 3200)
    assert side_margin(desk, REBAR, SELL, 6, 3200) == D("17280.00")
    assert desk.view().margin == D("23169.60")


# --- 5.2 -------------------------------------------------------------------------------------------------------------


def settled(*trades: tuple[Instrument, Side, int], prices: dict[Instrument, int] | None = None) -> Decimal:
    """Return the margin after the settlement of a day on which these lots were opened."""
    desk = Desk("10000000")
    for of, side, lots in trades:
        desk.trade(of, side, OPEN, lots, 3200)
    of_all = prices or {REBAR: 3200, FAR_REBAR: 3250}
    desk.book.settle({of.id: D(price) for of, price in of_all.items()}, 20250702)
    return desk.view().margin


def test_each_side_of_the_larger_side_example_is_what_the_example_says() -> None:
    near = instrument(margin="0.07")
    assert settled((near, BUY, 30)) == D("67200.00")
    assert settled((FAR_REBAR, SELL, 20)) == D("45500.00")
    assert settled((near, BUY, 30), (FAR_REBAR, SELL, 20)) == D("67200.00")
    apart = [msgspec.structs.replace(of, larger_side=False) for of in (near, FAR_REBAR)]
    assert settled((apart[0], BUY, 30), (apart[1], SELL, 20)) == D("112700.00"), "what the sum would be"
    assert settled((instrument(margin="0.15"), BUY, 30)) == D("144000.00")
    outside = msgspec.structs.replace(instrument(margin="0.20"), larger_side=False)
    assert settled((outside, BUY, 30), (outside, SELL, 8)) == D("243200.00")
    assert settled((FAR_REBAR, BUY, 5)) == D("11375.00")
    assert settled((FAR_REBAR, BUY, 5), (FAR_REBAR, SELL, 20)) == D("45500.00")


def test_each_leg_of_the_dalian_example_is_what_the_example_says() -> None:
    far = instrument("DCE.m2601", margin="0.08")
    assert settled((MEAL, BUY, 10), prices={MEAL: 2985}) == D("23880.00")
    assert settled((far, SELL, 10), prices={far: 3020}) == D("24160.00")


# --- 5.3 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "fills", "commission"),
    [
        (instrument(fees=by_value("0.000101", "0", "0")), [(7, 3217)], "22.74"),
        (instrument(fees=by_value("0.000101", "0", "0")), [(3, 3217), (4, 3217)], "22.75"),
        (instrument(fees=by_lot("1.51", "0", "0")), [(13, 3217)], "19.63"),
        (instrument(fees=by_value("0.0003", "0", "0")), [(1, 3215)], "9.65"),
        (
            instrument("SHFE.cu2510", m=5, fees=Fees(open=Fee(by_value=D("0.00005"), by_lot=D("0.01")), close=Fee())),
            [(2, 79130)],
            "39.59",
        ),
    ],
)
def test_what_a_fill_costs_is_rounded_once_in_the_books(
    of: Instrument, fills: list[tuple[int, int]], commission: str
) -> None:
    desk = Desk("10000000")
    for lots, price in fills:
        desk.trade(of, BUY, OPEN, lots, price)
    assert desk.view().commission == D(commission)
    last = {"rb2510": fills[0][1], "cu2510": fills[0][1]}
    assert desk.view(**last).equity == D("10000000") - D(commission)


# --- 5.4 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("of", "price", "per_lot"), [(PUT_2900, 45, 2413), (PUT_2500, 3, 1224), (CALL_3000, 80, 3113)])
def test_the_books_bind_for_each_short_option_what_the_example_says(of: Instrument, price: int, per_lot: int) -> None:
    desk = Desk("300000")
    desk.trade(of, SELL, OPEN, 20, price)
    desk.book.settle({of.id: D(price), MEAL.id: D(2985)}, 20250702)
    assert desk.view().margin == 20 * per_lot
    assert per_lot != 3182, "what the formula for options on funds gives for the first"


def test_each_premium_fee_and_value_of_the_two_days() -> None:
    desk = Desk("300000")
    first = {CALL_3000.id: D(80), PUT_2900.id: D(45), MEAL.id: D(2985)}
    desk.trade(CALL_3000, BUY, OPEN, 10, "85.5")
    assert (desk.view().premium, desk.view().commission) == yuan(-8550, 5)
    desk.trade(PUT_2900, SELL, OPEN, 20, 42)
    assert (desk.view().premium, desk.view().commission) == yuan(-8550 + 8400, 15)
    desk.book.settle(first, 20250702)
    desk.trade(CALL_3000, SELL, CLOSE, 4, 92)
    assert desk.view().premium == 3680
    assert desk.book.trade_by_trade(mark()).option_profit == 260
    desk.trade(PUT_2900, BUY, CLOSE, 5, 38)
    assert (desk.view().premium, desk.view().commission) == (D(3680 - 1900), D("4.50"))
    assert desk.book.trade_by_trade(mark()).option_profit == 260 + 200
    second = {CALL_3000.id: D(96), PUT_2900.id: D(36), MEAL.id: D(3010)}
    desk.book.settle(second, 20250703)
    money = desk.book.view(second.get)
    assert (money.long_option_value, money.short_option_value) == yuan(5760, 5400)
    assert money.margin == 15 * 2218 == 33_270
    assert (money.close_profit, money.position_profit) == yuan(0, 0)


# --- 5.5 -------------------------------------------------------------------------------------------------------------


def test_a_roll_costs_in_the_books_what_the_example_says() -> None:
    # The near lots are settled at the price they are sold at: the roll moves its fees, and what it paid is in the lots.
    near, far = (
        instrument(f"SHFE.rb{month}", fees=by_value("0.0001", "0.0001", "0.0001")) for month in ("2510", "2601")
    )
    desk = Desk("10000000")
    desk.trade(near, BUY, OPEN, 100, 3210)
    desk.book.settle({near.id: D(3210)}, 20250702)
    before = desk.view().equity
    near_fee = desk.trade(near, SELL, YESTERDAY, 100, 3210)
    far_fee = desk.trade(far, BUY, OPEN, 100, 3252)
    assert (near_fee, far_fee) == (D("321.00"), D("325.20"))
    assert desk.view().commission == before - desk.view().equity == D("646.20")
    opened = desk.book.runs(far.id, HEDGE, BUY)[0]
    dearer = (opened.open_price - 3210) * opened.lots * 10
    assert dearer + desk.view().commission == D("42646.20")
    cost = roll_cost(
        msgspec.structs.replace(near, tonnes_per_lot=D(10)),
        BUY,
        lots=100,
        near_value=D(3210 * 100),
        far_value=D(3252 * 100),
        fees=desk.view().commission,
        near_mid=D("3210.5"),
        far_mid=D(3251),
    )
    assert (cost.per_tonne, cost.mid, cost.slippage) == (D(42), D("40.5"), D("1.5"))
    assert cost.all_in_yuan == D("42646.20")
