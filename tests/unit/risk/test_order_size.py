from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.risk.order_size import order_size
from tests.unit.risk.checks import (
    AUTOMATIC,
    BUY,
    CLOSE,
    OPEN,
    PASS,
    REBAR,
    SELL,
    automatic,
    found,
    limits,
    opening,
    reducing,
    terms,
)

D = Decimal
RB = REBAR.product
NO_MAXIMUM = msgspec.structs.replace(REBAR, max_lots=None)


def test_an_order_of_usual_size_passes() -> None:
    assert found(order_size, opening()) == PASS
    assert found(order_size, reducing()) == PASS


def test_what_is_no_order_at_all_is_left_to_the_first_control() -> None:
    assert found(order_size, opening(instrument=None)) == PASS
    assert found(order_size, opening(terms=terms(price="NaN"))) == PASS


@given(lots=st.integers(1, 2000), largest=st.integers(1, 1000))
@example(500, 500)
@example(501, 500)
def test_the_exchange_maximum_itself_passes_and_one_lot_more_does_not(lots: int, largest: int) -> None:
    instrument = msgspec.structs.replace(REBAR, max_lots=largest)
    free = limits(max_value_yuan=D(10**12), confirm_value_yuan=D(10**12))
    expected = PASS if lots <= largest else ("DENY", "ORDER_LOTS_ABOVE_MAXIMUM")
    for check in (
        opening(instrument=instrument, terms=terms(lots=lots), limits=free),
        reducing(instrument=instrument, terms=terms(SELL, CLOSE, lots), limits=free),
    ):
        assert found(order_size, check) == expected


def test_an_unknown_exchange_maximum_stops_automatic_opening_only() -> None:
    assert found(order_size, automatic(instrument=NO_MAXIMUM)) == ("DENY", "ORDER_MAXIMUM_UNKNOWN")
    assert found(order_size, automatic(instrument=NO_MAXIMUM, approved=True)) == ("DENY", "ORDER_MAXIMUM_UNKNOWN")
    assert found(order_size, opening(instrument=NO_MAXIMUM)) == PASS
    assert found(order_size, reducing(instrument=NO_MAXIMUM, cause=AUTOMATIC)) == PASS


@given(value=st.integers(1, 100_000_000))
@example(5_000_000)
@example(5_000_001)
@example(50_000_000)
@example(50_000_001)
def test_the_value_of_the_whole_task_decides_who_looks_at_an_opening_order(value: int) -> None:
    check = opening(parent_value=D(value))
    if value > 50_000_000:
        assert found(order_size, check) == ("DENY", "ORDER_VALUE_ABOVE_MAXIMUM")
    elif value > 5_000_000:
        assert found(order_size, check) == ("CONFIRM2", "ORDER_VALUE_LARGE")
    else:
        assert found(order_size, check) == PASS


@pytest.mark.parametrize(
    ("price", "expected"),
    [(3720, PASS), (3721, ("DENY", "ORDER_VALUE_ABOVE_MAXIMUM"))],
)
def test_the_child_itself_may_not_exceed_the_largest_value(price: int, expected: tuple[str, str]) -> None:
    most = limits(max_value_yuan=D(3720 * 10 * 100))
    check = opening(terms=terms(lots=100, price=price), parent_value=D(1000), limits=most)
    assert found(order_size, check) == expected


def test_the_approval_of_a_parent_covers_the_size_of_its_children() -> None:
    large = D(6_000_000)
    assert found(order_size, automatic(parent_value=large)) == ("CONFIRM2", "ORDER_VALUE_LARGE")
    assert found(order_size, automatic(parent_value=large, approved=True)) == ("WARN", "ORDER_VALUE_LARGE")
    assert found(order_size, opening(parent_value=large, approved=True)) == ("WARN", "ORDER_VALUE_LARGE")
    beyond = automatic(parent_value=D(60_000_000), approved=True)
    assert found(order_size, beyond) == ("DENY", "ORDER_VALUE_ABOVE_MAXIMUM")


def test_a_task_whose_value_nobody_can_tell_does_not_open() -> None:
    assert found(order_size, opening(parent_value=None)) == ("DENY", "PARENT_VALUE_UNKNOWN")


def test_a_product_outside_the_hedge_plan_needs_a_checker() -> None:
    plan = limits(hedge_plan_lots={})
    assert found(order_size, opening(limits=plan)) == ("CONFIRM2", "OUTSIDE_HEDGE_PLAN")
    assert found(order_size, automatic(limits=plan, approved=True)) == ("WARN", "OUTSIDE_HEDGE_PLAN")


@given(lots=st.integers(1, 300), left=st.integers(0, 300))
@example(20, 20)
@example(21, 20)
def test_a_task_may_use_up_the_plan_and_not_a_lot_more(lots: int, left: int) -> None:
    check = opening(parent_lots=lots, limits=limits(hedge_plan_lots={RB: left}))
    assert found(order_size, check) == (PASS if lots <= left else ("DENY", "HEDGE_PLAN_REMAINDER"))


def test_a_large_order_inside_the_plan_still_needs_a_checker() -> None:
    plan = limits(hedge_plan_lots={RB: 1000})
    check = opening(parent_value=D(5_000_001), limits=plan)
    assert found(order_size, check) == ("CONFIRM2", "ORDER_VALUE_LARGE")


def test_a_close_is_judged_by_its_own_value_and_uses_up_no_plan() -> None:
    plan = limits(hedge_plan_lots={}, confirm_value_yuan=D(74_400), max_value_yuan=D(111_600))
    usual = reducing(limits=plan, parent_value=D(60_000_000), terms=terms(BUY, CLOSE, 2))
    assert found(order_size, usual) == PASS
    assert found(order_size, reducing(limits=plan, terms=terms(BUY, CLOSE, 3))) == ("CONFIRM2", "ORDER_VALUE_LARGE")
    beyond = reducing(limits=plan, terms=terms(BUY, CLOSE, 4))
    assert found(order_size, beyond) == ("DENY", "ORDER_VALUE_ABOVE_MAXIMUM")


def test_without_limits_a_close_keeps_to_the_defaults() -> None:
    assert found(order_size, reducing(limits=None)) == PASS
    assert found(order_size, reducing(limits=None, terms=terms(SELL, CLOSE, 135))) == ("CONFIRM2", "ORDER_VALUE_LARGE")
    assert found(order_size, opening(limits=None)) == ("DENY", "LIMITS_UNSET")


def test_the_sentence_says_what_would_make_it_pass() -> None:
    finding = order_size(opening(terms=terms(BUY, OPEN, 200), parent_value=D(7_440_000)))
    assert finding is not None
    assert (finding.value, finding.limit) == ("7440000", "5000000")
    assert finding.sentence == (
        "螺纹钢2010（SHFE.rb2010）买入开仓 200 手：价值 7,440,000.00 元，超过复核线 5,000,000.00 元；"
        "需由另一人复核，或减少手数。"
    )
