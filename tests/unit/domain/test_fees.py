from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.errors import InvariantError
from terminal.domain.ids import OrderId
from terminal.domain.orders.close_plan import Take, close_orders
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.products.ending import How
from terminal.domain.products.fees import ending_fee, fee, fees_known, round_half_up
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.product import Fee, Fees
from tests.books import D, Desk, by_lot, instrument, terms


def charging(
    *, opening: Fee | None = None, close: Fee | None = None, today: Fee | None = None, m: int = 10
) -> Instrument:
    return instrument(m=m, fees=Fees(open=opening, close=close, close_today=today))


def open_fee(rate: Fee, lots: int, price: str, m: int = 10) -> Decimal:
    return fee(charging(opening=rate, m=m), offset=Offset.OPEN, lots=lots, price=D(price))


def test_a_fee_by_value_is_rounded_once_per_fill_so_splitting_changes_it() -> None:
    rate = Fee(by_value=D("0.000101"))
    assert open_fee(rate, 7, "3217") == D("22.74")
    assert open_fee(rate, 3, "3217") == D("9.75")
    assert open_fee(rate, 4, "3217") == D("13.00")


def test_a_fee_by_lot_counts_lots() -> None:
    assert open_fee(Fee(by_lot=D("1.51")), 13, "3217") == D("19.63")


def test_half_a_fen_is_rounded_up_and_not_to_even() -> None:
    assert open_fee(Fee(by_value=D("0.0003")), 1, "3215") == D("9.65")
    assert round_half_up(D("9.645")) == D("9.65")
    assert round_half_up(D("-9.645")) == D("-9.65")


def test_a_fee_by_value_and_by_lot_is_summed_before_rounding() -> None:
    assert open_fee(Fee(by_value=D("0.00005"), by_lot=D("0.01")), 2, "79130", m=5) == D("39.59")


def test_a_close_pays_the_close_today_fee_for_the_lots_that_count_as_such() -> None:
    terms = charging(close=Fee(by_lot=D("1.5")), today=Fee(by_lot=D("0.75")))
    assert fee(terms, offset=Offset.CLOSE, lots=8, price=D(3000), close_today_lots=6) == D("7.50")
    assert fee(terms, offset=Offset.CLOSE, lots=8, price=D(3000)) == D("12.00")
    assert fee(terms, offset=Offset.CLOSE_TODAY, lots=8, price=D(3000), close_today_lots=8) == D("6.00")


def test_the_parts_of_one_fill_are_summed_before_rounding() -> None:
    terms = charging(close=Fee(by_lot=D("0.004")), today=Fee(by_lot=D("0.004")))
    assert fee(terms, offset=Offset.CLOSE, lots=2, price=D(3000), close_today_lots=1) == D("0.01")


def test_only_the_fee_that_is_needed_must_be_known() -> None:
    terms = charging(opening=Fee(by_lot=D(1)), close=Fee(by_lot=D(2)))
    assert fee(terms, offset=Offset.CLOSE, lots=1, price=D(3000)) == D("2.00")
    with pytest.raises(InvariantError, match="rb2510"):
        fee(terms, offset=Offset.CLOSE_TODAY, lots=1, price=D(3000), close_today_lots=1)


@pytest.mark.parametrize("missing", ["open", "close", "close_today"])
def test_fees_are_known_when_all_three_are(missing: str) -> None:
    known: dict[str, Fee | None] = {"open": Fee(), "close": Fee(), "close_today": Fee()}
    assert fees_known(charging(opening=Fee(), close=Fee(), today=Fee()))
    known[missing] = None
    assert not fees_known(charging(opening=known["open"], close=known["close"], today=known["close_today"]))


@pytest.mark.parametrize("close_today_lots", [-1, 3])
def test_more_close_today_lots_than_lots_is_a_broken_invariant(close_today_lots: int) -> None:
    terms = charging(close=Fee(), today=Fee())
    with pytest.raises(InvariantError):
        fee(terms, offset=Offset.CLOSE, lots=2, price=D(3000), close_today_lots=close_today_lots)


@given(
    st.integers(1, 500),
    st.integers(1, 100_000),
    st.decimals("0", "0.01", places=6),
    st.decimals("0", "100", places=2),
)
def test_a_fee_is_within_half_a_fen_of_the_exact_sum(lots: int, price: int, rate: Decimal, by_lot: Decimal) -> None:
    exact = D(lots) * price * 10 * rate + lots * by_lot
    charged = open_fee(Fee(by_value=rate, by_lot=by_lot), lots, str(price))
    assert abs(charged - exact) <= D("0.005")
    assert charged.as_tuple().exponent == -2


def test_lots_under_a_flag_pay_the_flags_own_fee_where_it_has_one() -> None:
    own = Fees(open=Fee(by_lot=D("0.5")), exercise=Fee(by_lot=D(1)))
    every = msgspec.structs.replace(by_lot("2", "2", "3"), exercise=Fee(by_lot=D(4)), delivery=Fee(by_lot=D(5)))
    of = msgspec.structs.replace(instrument(fees=every), hedge_fees=own)
    charged = {
        (offset, flag): fee(of, offset=offset, lots=2, price=D(3000), flag=flag)
        for offset in (Offset.OPEN, Offset.CLOSE)
        for flag in HedgeFlag
    }
    assert charged[Offset.OPEN, HedgeFlag.HEDGE] == 1
    assert charged[Offset.OPEN, HedgeFlag.SPECULATION] == charged[Offset.OPEN, HedgeFlag.ARBITRAGE] == 4
    assert {charged[Offset.CLOSE, flag] for flag in HedgeFlag} == {4}, "what is not stated is as for all"
    ends = {flag: ending_fee(of, How.EXERCISED, lots=3, price=D(3000), flag=flag) for flag in HedgeFlag}
    assert (ends[HedgeFlag.HEDGE], ends[HedgeFlag.SPECULATION]) == (3, 12)
    assert ending_fee(of, How.DELIVERED, lots=3, price=D(3000), flag=HedgeFlag.HEDGE) == 15


def test_books_and_plans_charge_by_the_flag_of_the_order() -> None:
    of = msgspec.structs.replace(instrument(fees=by_lot("2", "2", "2")), hedge_fees=by_lot("1", "1", "1"))
    desk = Desk()
    assert desk.trade(of, Side.BUY, Offset.OPEN, 3, 3200, flag=HedgeFlag.HEDGE) == 3
    assert desk.trade(of, Side.BUY, Offset.OPEN, 3, 3200, flag=HedgeFlag.SPECULATION) == 6
    desk.book.reserve(OrderId("o"), of, terms(of, Side.BUY, Offset.OPEN, 4, 3200, flag=HedgeFlag.HEDGE), 4)
    assert desk.view(rb2510=3200).frozen_commission == 4
    closing = terms(of, Side.SELL, Offset.CLOSE, 3, 3200, flag=HedgeFlag.HEDGE)
    assert [one.fee for one in close_orders(desk.book, of, closing, take=Take.YESTERDAY_FIRST).orders] == [3]


def test_what_ends_without_a_known_fee_has_none_and_what_lapses_is_free() -> None:
    of = instrument(fees=by_lot("2", "2", "2"))
    flag = HedgeFlag.SPECULATION
    assert ending_fee(of, How.EXERCISED, lots=1, price=D(3000), flag=flag) is None
    assert ending_fee(of, How.DELIVERED, lots=1, price=D(3000), flag=flag) is None
    assert ending_fee(of, How.LAPSED, lots=1, price=D(0), flag=flag) == 0
    assert ending_fee(of, How.NETTED, lots=1, price=D(3000), flag=flag) == 0
