from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import msgspec
import pytest

from terminal.domain.books.account import AccountBook
from terminal.domain.ids import InstrumentId, OrderId, TradeId
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.product import Fee, Fees
from terminal.domain.view import NO_POSITION, AccountView
from terminal.store.reference import load_reference
from tests.books import (
    BUY,
    CLOSE,
    FAR_REBAR,
    HEDGE,
    MEAL,
    OPEN,
    REBAR,
    SELL,
    SPECULATION,
    TODAY,
    YESTERDAY,
    D,
    Desk,
    by_lot,
    instrument,
    mark,
    terms,
    unchanged,
    yuan,
)

# --- DOMAIN 5.1: three days, both views -----------------------------------------------------------------------------


def percent(money: AccountView) -> Decimal:
    return (money.risk_degree * 100).quantize(D("0.01"), ROUND_HALF_UP)


def day_one(desk: Desk) -> None:
    assert desk.trade(REBAR, BUY, OPEN, 20, 3210) == D("64.20")
    assert desk.trade(REBAR, BUY, OPEN, 10, 3220) == D("32.20")
    assert desk.trade(REBAR, SELL, TODAY, 5, 3230) == D("32.30")


def day_two(desk: Desk) -> None:
    assert desk.trade(REBAR, SELL, YESTERDAY, 10, 3240) == D("32.40")
    assert desk.trade(REBAR, BUY, OPEN, 8, 3235) == D("25.88")
    assert desk.trade(REBAR, SELL, TODAY, 3, 3238) == D("19.43")


def day_three(desk: Desk) -> None:
    desk.book.move_cash(D(50000))
    assert desk.trade(REBAR, SELL, CLOSE, 12, 3205) == D("38.46")
    assert desk.trade(REBAR, SELL, OPEN, 6, 3200) == D("19.20")


def test_the_three_day_account_stands_right_before_each_close() -> None:
    desk = Desk()
    day_one(desk)
    money = desk.view(rb2510=3228)
    assert (money.close_profit, money.position_profit, money.commission) == yuan(1000, 3500, "128.70")
    assert (money.equity, money.margin) == (D("1004371.30"), D("72315.00"))
    desk.book.settle({REBAR.id: D(3225)}, 20250702)
    day_two(desk)
    money = desk.view(rb2510=3230)
    assert (money.margin, money.available) == (D("58095.00"), D("947538.59"))
    desk.book.settle({REBAR.id: D(3218)}, 20250703)
    day_three(desk)
    assert desk.view(rb2510=3200).margin == D("23169.60")


def test_the_three_day_account_agrees_to_the_cent_in_both_views() -> None:
    desk = Desk()
    # events, settlement, then by the day, by the trade, fee, equity, balance, margin, available, risk degree
    table = (
        (day_one, 3225, (1000, 2750), (1000, 2750), "128.70 1003621.30 1000871.30 72562.50 931058.80 7.23"),
        (day_two, 3218, (1590, -1900), (3090, -650), "77.71 1003233.59 1003883.59 57924.00 945309.59 5.77"),
        (day_three, 3195, (-1560, -1540), (-1300, -2450), "57.66 1050075.93 1052525.93 23004.00 1027071.93 2.19"),
    )
    for number, (events, price, day, trade, money_row) in enumerate(table):
        fee, equity, balance, margin, available, risk = money_row.split()
        events(desk)
        money, by_trade = desk.view(rb2510=price), desk.book.trade_by_trade(mark(rb2510=price))
        assert (money.close_profit, money.position_profit) == yuan(*day)
        assert (by_trade.close_profit, by_trade.floating_profit) == yuan(*trade)
        assert money.commission == D(fee)
        assert money.equity == D(equity) == by_trade.balance + by_trade.floating_profit
        assert by_trade.balance == D(balance)
        desk.book.settle({REBAR.id: D(price)}, 20250702 + number)
        assert desk.book.check() == []
        after = desk.view(rb2510=price)
        assert (after.equity, after.static_equity) == (D(equity), D(equity))
        assert (after.margin, after.available, percent(after)) == (D(margin), D(available), D(risk))
        assert desk.book.trade_by_trade(mark(rb2510=price)) == (D(0), by_trade.floating_profit, D(balance), D(0))


def test_the_three_day_account_keeps_the_lots_it_should() -> None:
    desk = Desk()
    left = []
    for events, price, day in ((day_one, 3225, 20250702), (day_two, 3218, 20250703), (day_three, 3195, 20250704)):
        events(desk)
        desk.book.settle({REBAR.id: D(price)}, day)
        left.append([(int(run.open_price), run.lots) for run in desk.book.runs(REBAR.id, HEDGE, BUY)])
    assert left == [[(3210, 15), (3220, 10)], [(3210, 5), (3220, 10), (3235, 5)], [(3220, 3), (3235, 5)]]
    short = desk.book.runs(REBAR.id, HEDGE, SELL)
    assert [tuple(run) for run in short] == [(D(3200), 20250703, 6, D(3195))]
    assert desk.book.position(REBAR.id, HEDGE) == (0, 8, 0, 6, 0, 0, 0, 0)


def test_the_exchanges_own_formula_gives_the_same_day() -> None:
    index = instrument("CFFEX.IF2512", margin="0.1", m=300)
    desk = Desk()
    desk.trade(index, BUY, OPEN, 10, 1480)
    desk.book.settle({index.id: D(1500)}, 20250702)
    desk.trade(index, BUY, OPEN, 8, 1505)
    desk.trade(index, SELL, CLOSE, 5, 1510)
    money = desk.view(IF2512=1515)
    assert money.close_profit + money.position_profit == 61500


# --- DOMAIN 5.2: larger side ----------------------------------------------------------------------------------------


def larger_side_book(near: Instrument) -> Desk:
    desk = Desk("10000000")
    desk.trade(near, BUY, OPEN, 30, 3100)
    desk.trade(FAR_REBAR, SELL, OPEN, 20, 3300)
    return desk


def settle_rebar(desk: Desk) -> None:
    desk.book.settle({REBAR.id: D(3200), FAR_REBAR.id: D(3250)}, 20250702)


def test_only_the_larger_side_of_a_product_is_charged() -> None:
    desk = larger_side_book(instrument(margin="0.07"))
    settle_rebar(desk)
    assert desk.view().margin == D("67200.00")


def test_a_raised_rate_counts_at_once_and_moves_the_larger_side() -> None:
    desk = larger_side_book(instrument(margin="0.07"))
    settle_rebar(desk)
    desk.book.relist(instrument(margin="0.15"))
    assert desk.view().margin == D("144000.00")
    assert desk.book.check() == []


def test_a_contract_outside_the_netting_is_charged_on_both_sides() -> None:
    outside = msgspec.structs.replace(instrument(margin="0.20"), larger_side=False)
    desk = larger_side_book(instrument(margin="0.07"))
    desk.trade(instrument(margin="0.07"), SELL, OPEN, 8, 3150)
    desk.trade(FAR_REBAR, BUY, OPEN, 5, 3300)
    settle_rebar(desk)
    desk.book.relist(outside)
    assert desk.view().margin == D("288700.00")
    assert desk.book.check() == []


def test_the_tables_charge_both_sides_of_a_rebar_contract_that_ends_tomorrow() -> None:
    reference = load_reference()
    near, far = (reference.instrument(InstrumentId(f"SHFE.{name}"), 20251014) for name in ("rb2510", "rb2601"))
    assert (near.margin_rate, far.margin_rate) == (D("0.2"), D("0.16"))
    desk = Desk("1000000")
    desk.trade(near, BUY, OPEN, 30, 3050)
    desk.trade(far, SELL, OPEN, 30, 3100)
    assert desk.view().margin == D("331800.00")
    assert desk.book.check() == []


def test_dalian_charges_both_sides() -> None:
    far = instrument("DCE.m2601", margin="0.08")
    desk = Desk()
    desk.trade(MEAL, BUY, OPEN, 10, 2985)
    desk.trade(far, SELL, OPEN, 10, 3020)
    assert desk.view().margin == D("48040.00")


def test_flags_net_their_margin_at_shanghai_but_not_at_the_financial_exchange() -> None:
    index = msgspec.structs.replace(instrument("CFFEX.IF2512", margin="0.1", m=300), larger_side=True)
    for of, margin in ((REBAR, 27000), (index, 1800000)):
        desk = Desk("9000000")
        desk.trade(of, BUY, OPEN, 10, 3000)
        desk.trade(of, SELL, OPEN, 10, 3000, flag=SPECULATION)
        assert desk.view().margin == margin


def test_an_unknown_margin_rate_binds_the_whole_value() -> None:
    desk = Desk()
    desk.trade(instrument(margin=None), BUY, OPEN, 2, 3000)
    assert desk.view().margin == 60000


def test_margin_per_lot_follows_the_lots_and_not_the_price_also_for_orders_and_after_settlement() -> None:
    per_lot = msgspec.structs.replace(MEAL, margin_rate=None, margin_by_lot=D("2000.5"))
    desk = Desk()
    desk.trade(per_lot, BUY, OPEN, 3, 3000)
    desk.trade(per_lot, SELL, OPEN, 2, 3100)
    desk.book.reserve(OrderId("1"), per_lot, terms(per_lot, BUY, OPEN, 4, 3200), 4)
    assert (desk.view().margin, desk.view().frozen_margin) == yuan("10002.5", "8002")
    desk.trade(per_lot, SELL, CLOSE, 1, 3000)
    desk.book.settle({per_lot.id: D(2500)}, 20250702)
    assert desk.view().margin == D("8002")
    assert desk.book.check() == []


# --- DOMAIN 5.3: close-today fees of a plain close ------------------------------------------------------------------


def test_a_plain_close_books_old_lots_first_and_pays_close_today_for_todays_openings() -> None:
    meal = instrument("DCE.m2509", fees=by_lot("0", "1.5", "0.75"))
    desk = Desk()
    desk.trade(meal, BUY, OPEN, 3, 3000)
    desk.book.settle({meal.id: D(3010)}, 20250702)
    desk.trade(meal, BUY, OPEN, 1, 3020)
    assert desk.trade(meal, SELL, CLOSE, 3, 3030) == D("3.75")  # 1 平今 + 2 平仓
    assert [run.open_price for run in desk.book.runs(meal.id, HEDGE, BUY)] == [3020]
    assert desk.view(m2509=3030).close_profit == 600
    assert desk.trade(meal, SELL, CLOSE, 1, 3030) == D("1.50")  # today's one opening was charged already


def test_close_today_fees_count_openings_and_not_lots_left() -> None:
    meal = instrument("DCE.m2509", fees=by_lot("0", "1.5", "0.75"))
    desk = Desk()
    desk.trade(meal, BUY, OPEN, 10, 3000)
    desk.book.settle({meal.id: D(3010)}, 20250702)
    desk.trade(meal, BUY, OPEN, 6, 3020)
    assert desk.trade(meal, SELL, CLOSE, 8, 3030) == D("7.50")
    desk.book.settle({meal.id: D(3010)}, 20250703)
    assert desk.trade(meal, SELL, CLOSE, 8, 3030) == D("12.00")


# --- what cannot happen ---------------------------------------------------------------------------------------------


def test_no_more_is_closed_than_is_held_in_the_bucket_side_and_flag() -> None:
    desk = Desk()
    day_one(desk)
    unchanged(desk, lambda: desk.trade(REBAR, SELL, TODAY, 26, 3200))
    unchanged(desk, lambda: desk.trade(REBAR, SELL, YESTERDAY, 1, 3200))
    unchanged(desk, lambda: desk.trade(REBAR, SELL, CLOSE, 1, 3200))
    unchanged(desk, lambda: desk.trade(REBAR, BUY, TODAY, 1, 3200))
    unchanged(desk, lambda: desk.trade(REBAR, SELL, TODAY, 1, 3200, flag=SPECULATION))


def test_a_fill_of_no_lots_or_of_another_instrument_is_a_broken_invariant() -> None:
    desk = Desk()
    unchanged(desk, lambda: desk.trade(REBAR, BUY, OPEN, 0, 3200))
    order = terms(FAR_REBAR, BUY, OPEN, 1, 3200)
    unchanged(desk, lambda: desk.book.fill(REBAR, order, 1, D(3200), D(0), at=1, trade=TradeId("1")))
    unchanged(desk, lambda: desk.book.reserve(OrderId("1"), REBAR, order, 1))


def test_a_day_is_settled_once() -> None:
    desk = Desk()
    day_one(desk)
    desk.book.settle({REBAR.id: D(3225)}, 20250702)
    unchanged(desk, lambda: desk.book.settle({REBAR.id: D(3225)}, 20250702))


def test_a_held_instrument_needs_a_settlement_price() -> None:
    desk = Desk()
    day_one(desk)
    unchanged(desk, lambda: desk.book.settle({}, 20250702))


def test_an_instrument_that_is_flat_needs_no_settlement_price_and_is_forgotten() -> None:
    desk = Desk()
    desk.trade(REBAR, BUY, OPEN, 1, 3200)
    desk.trade(REBAR, SELL, TODAY, 1, 3210)
    desk.book.settle({}, 20250702)
    assert desk.book.canonical()["positions"] == []
    assert desk.view().equity == D("1000090.38")


def test_a_multiplier_never_changes_under_a_position() -> None:
    desk = Desk()
    desk.trade(REBAR, BUY, OPEN, 1, 3200)
    unchanged(desk, lambda: desk.book.relist(msgspec.structs.replace(REBAR, multiplier=D(20))))


# --- the gate's question --------------------------------------------------------------------------------------------


def test_the_account_after_an_order_counts_every_live_order_as_filled_and_changes_nothing() -> None:
    desk = Desk()
    desk.trade(REBAR, BUY, OPEN, 10, 3200)
    desk.book.reserve(OrderId("1"), REBAR, terms(REBAR, BUY, OPEN, 5, 3210), 5)
    money, before = desk.view(rb2510=3190), desk.book.canonical()
    after = desk.book.view_after(money.position_profit, REBAR, terms(REBAR, BUY, OPEN, 20, 3195))
    assert after is not None
    assert after.margin == D("28800") + D("14445") + D("57510")
    assert after.equity == money.equity - D("16.05") - D("63.90")
    assert after.available == after.equity - after.margin
    assert (after.frozen_margin, after.frozen_commission) == yuan(0, 0)
    assert after.risk_degree > money.risk_degree
    assert desk.book.canonical() == before


def test_the_account_after_an_order_is_the_account_that_then_comes() -> None:
    desk = larger_side_book(instrument(margin="0.07"))
    for of, side, lots in ((FAR_REBAR, SELL, 3), (FAR_REBAR, SELL, 30), (MEAL, BUY, 4), (REBAR, BUY, 2)):
        order = terms(of, side, OPEN, lots, 3300)
        after = desk.book.view_after(desk.view().position_profit, of, order)
        assert after is not None
        desk.trade(of, side, OPEN, lots, 3300)
        money = desk.view()
        assert (after.margin, after.available, after.equity) == (money.margin, money.available, money.equity)


def test_a_close_does_not_fill_at_worst_case() -> None:
    desk = Desk()
    desk.trade(REBAR, BUY, OPEN, 10, 3200)
    money = desk.view()
    assert desk.book.view_after(money.position_profit, REBAR, terms(REBAR, SELL, TODAY, 5, 3200)) == money


@pytest.mark.parametrize(
    "unknown", [instrument(margin=None), msgspec.structs.replace(REBAR, fees=Fees(open=Fee(), close=Fee()))]
)
def test_without_margin_rate_or_fees_there_is_no_account_after_an_opening(unknown: Instrument) -> None:
    desk = Desk()
    assert desk.book.view_after(desk.view().position_profit, unknown, terms(unknown, BUY, OPEN, 1, 3200)) is None


def test_worst_lots_count_every_flag_and_every_live_opening() -> None:
    desk = Desk()
    desk.trade(REBAR, BUY, OPEN, 3, 3200)
    desk.trade(REBAR, BUY, OPEN, 2, 3200, flag=SPECULATION)
    desk.trade(REBAR, SELL, OPEN, 1, 3200)
    desk.book.reserve(OrderId("1"), REBAR, terms(REBAR, SELL, OPEN, 7, 3210), 7)
    assert desk.book.worst_lots(REBAR.id) == (5, 8)
    assert desk.book.worst_lots(MEAL.id) == (0, 0)
    assert desk.book.net_lots() == {REBAR.id: 4}
    assert desk.book.largest_side() == {REBAR.id: 5}
    assert desk.book.positions() == [(REBAR.id, HEDGE), (REBAR.id, SPECULATION)]


def test_an_unknown_position_is_all_zero() -> None:
    book = AccountBook(D(0), 20250701)
    assert book.position(REBAR.id, HEDGE) == NO_POSITION
    assert book.runs(REBAR.id, HEDGE, BUY) == ()


def test_lots_without_a_mark_show_no_profit() -> None:
    desk = Desk()
    desk.trade(REBAR, BUY, OPEN, 3, 3200)
    assert desk.view().position_profit == 0
    assert desk.book.trade_by_trade(mark()).floating_profit == 0


def test_a_locked_position_shows_its_fixed_profit_without_a_mark() -> None:
    desk = Desk()
    desk.trade(REBAR, BUY, OPEN, 3, 3200)
    desk.trade(REBAR, SELL, OPEN, 3, 3210)
    assert desk.view().position_profit == 300


def test_the_canonical_form_has_one_text_for_equal_books() -> None:
    one, two = Desk("1000000.00"), Desk("1E+6")
    for desk, price in ((one, "3200.0"), (two, "3200")):
        desk.trade(REBAR, BUY, OPEN, 1, price)
        desk.trade(MEAL, SELL, OPEN, 1, price)
    text = msgspec.json.encode(one.book.canonical(), order="deterministic")
    assert text == msgspec.json.encode(two.book.canonical(), order="deterministic")
    assert b"E+" not in text
