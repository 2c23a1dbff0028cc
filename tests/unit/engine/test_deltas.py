"""Where a delta cannot be told, it lies between two ends whatever the premium is."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain.days.calendar import to_date
from terminal.domain.days.spans import TradingSpan
from terminal.domain.ids import InstrumentId
from terminal.domain.products import option_model, parity
from terminal.domain.view import Quote, Reach
from terminal.engine.prices.deltas import (
    FRESH_MINUTES,
    FUTURE_NOT_SINCE_BREAK,
    LAST_DAY,
    NO_BID,
    NO_FUTURE,
    NO_QUOTES,
    NOT_SINCE_BREAK,
    Deltas,
    Moment,
)
from tests.engine_market import CALL_830, DAY, PUT_830, I, instruments

AT = 10**18
MINUTE = 60 * 10**9
WHOLE_CALL, WHOLE_PUT = (Decimal(0), Decimal(1)), (Decimal(-1), Decimal(0))
Book = tuple[str | None, str | None]


def read(
    option: InstrumentId,
    books: Mapping[InstrumentId, Book],
    *,
    age: int = 0,
    beneath: int | None = None,
    day: int = DAY,
    reopened: int | None = None,
) -> Reach:
    """Return the delta of an option whose quote is so many minutes old, its future's `beneath` ones, one or none.

    The market opened again `reopened` minutes ago after a break of two hours; `None`: both quotes are of another day.
    """
    listed = instruments()

    def quote(name: InstrumentId) -> Quote | None:
        if name not in books:
            return None
        bid, ask = (None if side is None else listed[name].ticks(Decimal(side)) for side in books[name])
        minutes = age if name == option else min(age, 1) if beneath is None else beneath
        return Quote(bid, ask, None, 1, 1, None, None, None, None, None, 0, AT - minutes * MINUTE)

    def traded(_: InstrumentId, since: int) -> int | None:
        if reopened is None:
            return None
        gone, after = AT - since, reopened * MINUTE
        return min(gone, after) + max(gone - after - 2 * 60 * MINUTE, 0)

    def trading(_: InstrumentId, since: int, until: int) -> tuple[TradingSpan, ...]:
        opens = AT - (reopened or 0) * MINUTE
        closes = opens - 2 * 60 * MINUTE
        spans = ((closes - 600 * MINUTE, closes), (opens, opens + 600 * MINUTE))
        return tuple(
            TradingSpan(max(begins, since), min(ends, until))
            for begins, ends in spans
            if begins < until and ends > since
        )

    moment = Moment(listed, quote, lambda _: None, lambda _: None, AT, day, traded, trading)
    return Deltas(moment, {}).of(listed[option])


@pytest.mark.parametrize(("option", "whole"), [(CALL_830, WHOLE_CALL), (PUT_830, WHOLE_PUT)])
def test_what_says_nothing_of_a_delta_leaves_all_of_it_open(
    option: InstrumentId, whole: tuple[Decimal, Decimal]
) -> None:
    future, shown = {I: ("830", "830.5")}, {option: ("40", "40.5")}
    known = read(option, {**future, **shown})
    assert known.low == known.high != 0
    assert known.why == ""
    assert read(option, {**future, **shown}, age=FRESH_MINUTES) == known
    assert read(option, {**future, **shown}, age=FRESH_MINUTES + 1) == (*whole, NO_QUOTES)
    assert read(option, future) == (*whole, NO_QUOTES)
    assert read(option, {**future, option: ("40", None)}) == (*whole, NO_QUOTES)
    assert read(option, shown) == (*whole, NO_FUTURE)
    assert read(option, {**shown, I: (None, "830.5")}) == (*whole, NO_FUTURE)
    expiry = instruments()[option].expiry
    assert expiry is not None
    assert read(option, {**future, **shown}, day=expiry) == (*whole, LAST_DAY)


def test_a_quote_does_not_grow_old_in_a_break() -> None:
    books: dict[InstrumentId, Book] = {I: ("830", "830.5"), CALL_830: ("40", "40.5")}
    known = read(CALL_830, books)
    # 29 or 30 minutes were traded before the break of two hours, and one after it: the future is not quoted yet.
    assert read(CALL_830, books, age=150, beneath=121, reopened=1) == known
    assert read(CALL_830, books, age=151, beneath=121, reopened=1) == (*WHOLE_CALL, NO_QUOTES)


def test_what_was_quoted_before_a_break_is_not_read_beside_what_was_quoted_after_it() -> None:
    books: dict[InstrumentId, Book] = {I: ("867", "867.5"), CALL_830: ("40", "40.5")}
    assert read(CALL_830, books, age=122, beneath=0, reopened=1) == (*WHOLE_CALL, NOT_SINCE_BREAK)
    assert read(CALL_830, books, age=0, beneath=121, reopened=1) == (*WHOLE_CALL, FUTURE_NOT_SINCE_BREAK)
    # On one side of it they are, however far apart.
    assert read(CALL_830, books, age=20, beneath=0, reopened=21) == read(CALL_830, books)
    assert read(CALL_830, books, age=150, beneath=122, reopened=1).why == NO_FUTURE


@settings(max_examples=60, deadline=None)
@given(
    option=st.sampled_from((CALL_830, PUT_830)),
    future=st.integers(500, 1200),
    ask=st.integers(1, 400),
    share=st.floats(0.01, 0.99),
)
def test_without_a_bid_no_premium_below_the_ask_has_a_delta_beyond_the_ends(
    option: InstrumentId, future: int, ask: int, share: float
) -> None:
    listed = instruments()[option]
    assert listed.option is not None
    assert listed.expiry is not None
    price = Decimal(ask) / 2
    found = read(option, {I: (str(future), str(future)), option: (None, str(price))})
    assert found.why == NO_BID
    life = parity.years((to_date(listed.expiry) - to_date(DAY)).days)
    one = option_model.greeks(listed.option, float(future), float(price) * share, years=life, rate=0.0)
    if one is not None:
        assert float(found.low) - 1e-4 <= one.delta <= float(found.high) + 1e-4


def test_a_far_option_without_a_bid_moves_by_less_than_its_ask_says() -> None:
    call = read(CALL_830, {I: ("600", "600.5"), CALL_830: (None, "0.5")})
    put = read(PUT_830, {I: ("1060", "1060.5"), PUT_830: (None, "0.5")})
    assert (call.low, put.high) == (0, 0)
    assert 0 < call.high < Decimal("0.1")
    assert Decimal("-0.1") < put.low < 0
