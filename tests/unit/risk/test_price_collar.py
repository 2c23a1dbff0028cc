from __future__ import annotations

from decimal import Decimal

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.domain.days.sessions import Phase
from terminal.domain.orders.order import Side
from terminal.risk.price_collar import price_collar
from tests.unit.risk.checks import (
    BUY,
    CLOSE,
    NOW,
    OPEN,
    PASS,
    QUOTE,
    REBAR,
    SECOND,
    SELL,
    automatic,
    found,
    limits,
    opening,
    reducing,
    session,
    terms,
)

# Wide apart, so that nothing but the collar speaks; 2 % of 5000 is 100 ticks, 0.5 % is 25.
FREE = QUOTE._replace(bid=5000, ask=5000, last=5000, pre_settlement=5000, upper_limit=9000, lower_limit=1000)
FAR, THROUGH = ("DENY", "PRICE_FAR_THROUGH_MARKET"), ("CONFIRM2", "PRICE_THROUGH_MARKET")
UNKNOWN = ("DENY", "NO_REFERENCE_PRICE")


def at(side: Side, through: int) -> str:
    return str(5000 + side.sign * through)


def test_an_order_at_the_best_opposite_price_passes() -> None:
    assert found(price_collar, opening()) == PASS
    assert found(price_collar, opening(terms=terms(SELL, price=3719))) == PASS


@given(side=st.sampled_from(Side), through=st.integers(-3000, 3000))
@example(BUY, 25)
@example(SELL, 26)
@example(SELL, 100)
@example(BUY, 101)
def test_the_collar_holds_the_aggressive_side_and_lets_its_edges_pass(side: Side, through: int) -> None:
    check = opening(quote=FREE, terms=terms(side, price=at(side, through)))
    expected = FAR if through > 100 else THROUGH if through > 25 else PASS
    assert found(price_collar, check) == expected


@given(side=st.sampled_from(Side), through=st.integers(0, 40))
@example(SELL, 10)
@example(BUY, 11)
@example(BUY, 30)
@example(SELL, 31)
def test_ten_ticks_are_free_where_half_a_percent_is_less(side: Side, through: int) -> None:
    cheap = FREE._replace(bid=1500, ask=1500, last=1500)
    check = opening(quote=cheap, terms=terms(side, price=1500 + side.sign * through))
    expected = FAR if through > 30 else THROUGH if through > 10 else PASS
    assert found(price_collar, check) == expected


def test_the_last_price_stands_in_for_a_missing_opposite_price() -> None:
    locked = FREE._replace(ask=None, last=4900)
    assert found(price_collar, opening(quote=locked, terms=terms(price=4900))) == PASS
    assert found(price_collar, opening(quote=locked, terms=terms(price=5000))) == FAR
    falling = FREE._replace(bid=None, last=5100)
    assert found(price_collar, opening(quote=falling, terms=terms(SELL, price=5000))) == THROUGH


def test_without_any_price_nothing_opens() -> None:
    empty = FREE._replace(bid=None, ask=None, last=None)
    assert found(price_collar, opening(quote=empty)) == UNKNOWN
    assert found(price_collar, opening(quote=None)) == UNKNOWN


@given(price=st.integers(3300, 4100), side=st.sampled_from(Side))
@example(4000, BUY)
@example(4001, BUY)
@example(3400, SELL)
@example(3399, SELL)
def test_the_daily_band_holds_everybody_and_its_edges_pass(price: int, side: Side) -> None:
    for check in (opening(terms=terms(side, price=price)), reducing(terms=terms(side, CLOSE, price=price))):
        _, code = found(price_collar, check)
        assert (code == "PRICE_ABOVE_UPPER_LIMIT") == (price > 4000)
        assert (code == "PRICE_BELOW_LOWER_LIMIT") == (price < 3400)


def test_a_reducing_order_is_refused_by_the_band_alone() -> None:
    for quote in (QUOTE, None, QUOTE._replace(upper_limit=None, lower_limit=None, bid=None, ask=None, last=None)):
        check = reducing(quote=quote, feed_at=NOW - 3600 * SECOND, limits=None, terms=terms(SELL, CLOSE, price=3400))
        assert found(price_collar, check) == PASS
    assert found(price_collar, reducing(feed_at=0, terms=terms(SELL, CLOSE, price=3399))) == (
        "DENY",
        "PRICE_BELOW_LOWER_LIMIT",
    )


def test_a_feed_older_than_three_seconds_stops_opening_whatever_the_price() -> None:
    assert found(price_collar, opening(feed_at=NOW - 3 * SECOND)) == PASS
    for price in (3720, 3600):
        check = opening(feed_at=NOW - 3 * SECOND - 1, terms=terms(price=price))
        assert found(price_collar, check) == ("DENY", "FEED_STALE")


def test_outside_continuous_trading_the_previous_settlement_is_the_reference() -> None:
    auction = session(Phase.AUCTION)
    moved = FREE._replace(bid=6000, ask=6000, last=6000)
    for price, expected in ((5025, PASS), (5026, THROUGH), (5100, THROUGH), (5101, FAR), (2000, PASS)):
        check = opening(session=auction, quote=moved, feed_at=0, terms=terms(price=price))
        assert found(price_collar, check) == expected
    assert found(price_collar, opening(session=None, quote=FREE, terms=terms(price=5025))) == PASS


def test_outside_continuous_trading_settlement_and_band_must_be_known() -> None:
    auction = session(Phase.AUCTION)
    assert found(price_collar, opening(session=auction, quote=None)) == UNKNOWN
    for lost in (
        FREE._replace(pre_settlement=None),
        FREE._replace(upper_limit=None),
        FREE._replace(lower_limit=None),
    ):
        assert found(price_collar, opening(session=auction, quote=lost)) == UNKNOWN
    assert found(price_collar, opening(quote=FREE._replace(upper_limit=None, lower_limit=None))) == PASS


def test_an_automatic_order_never_waits_for_a_checker_and_an_approved_manual_one_is_noted() -> None:
    wanted = terms(BUY, OPEN, 2, 5050)
    assert found(price_collar, automatic(quote=FREE, terms=wanted, approved=True)) == THROUGH
    assert found(price_collar, opening(quote=FREE, terms=wanted, approved=True)) == ("WARN", "PRICE_THROUGH_MARKET")


def test_what_is_no_order_at_all_is_left_to_the_first_control() -> None:
    assert found(price_collar, opening(instrument=None)) == PASS
    assert found(price_collar, opening(terms=terms(price="Infinity"))) == PASS
    assert found(price_collar, opening(limits=None)) == ("DENY", "LIMITS_UNSET")


def test_sentences_name_prices_in_yuan() -> None:
    fine = msgspec.structs.replace(REBAR, tick=Decimal("0.5"))
    finding = price_collar(opening(instrument=fine, quote=FREE, terms=terms(price="2530.5")))
    assert finding is not None
    assert (finding.value, finding.limit) == ("61", "25")
    assert "价格 2530.5 越过参考价 2500 61 跳；需由另一人复核，或改到 25 跳以内。" in finding.sentence
    finding = price_collar(opening(instrument=fine, quote=FREE, terms=terms(price=4600)))
    assert finding is not None
    assert finding.sentence.endswith("价格 4600 高于涨停价 4500，请改到涨跌停价以内。")


def test_the_collar_is_a_setting() -> None:
    tight = limits(collar_confirm_ticks=0, collar_confirm_fraction=Decimal(0))
    assert found(price_collar, opening(limits=tight, terms=terms(price=3721))) == THROUGH
