from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.domain.days.sessions import Phase
from terminal.domain.orders.order import Side
from terminal.risk.quote_age import quote_age
from tests.unit.risk.checks import (
    BUY,
    CLOSE,
    NOW,
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

OLD = QUOTE._replace(received_at=NOW - 61 * SECOND)
WARN, CONFIRM = ("WARN", "QUOTE_OLD"), ("CONFIRM2", "QUOTE_OLD_AGGRESSIVE")


@given(age=st.integers(0, 120 * SECOND))
@example(60 * SECOND)
@example(60 * SECOND + 1)
def test_a_minute_is_recent_and_a_nanosecond_more_is_not(age: int) -> None:
    check = opening(quote=QUOTE._replace(received_at=NOW - age))
    assert found(quote_age, check) == (PASS if age <= 60 * SECOND else CONFIRM)


@pytest.mark.parametrize(
    ("side", "price", "expected"),
    [(BUY, 3720, CONFIRM), (BUY, 3719, WARN), (SELL, 3719, CONFIRM), (SELL, 3720, WARN)],
)
def test_only_an_order_that_would_trade_at_once_needs_a_checker(
    side: Side, price: int, expected: tuple[str, str]
) -> None:
    assert found(quote_age, opening(quote=OLD, terms=terms(side, price=price))) == expected


@pytest.mark.parametrize(
    ("side", "price", "last", "expected"),
    [
        (BUY, 3720, 3720, WARN),
        (BUY, 3721, 3720, CONFIRM),
        (SELL, 3720, 3720, WARN),
        (SELL, 3719, 3720, CONFIRM),
        (BUY, 3400, None, CONFIRM),
        (SELL, 4000, None, CONFIRM),
    ],
)
def test_without_an_opposite_price_the_last_one_tells(
    side: Side, price: int, last: int | None, expected: tuple[str, str]
) -> None:
    lonely = OLD._replace(bid=None, ask=None, last=last)
    assert found(quote_age, opening(quote=lonely, terms=terms(side, price=price))) == expected


def test_a_reducing_order_is_only_reminded() -> None:
    assert found(quote_age, reducing(quote=OLD)) == WARN
    assert found(quote_age, reducing(quote=OLD, limits=None, terms=terms(SELL, CLOSE, price=3400))) == WARN


def test_a_quiet_contract_may_have_a_longer_line_of_its_own() -> None:
    own = limits(quote_max_age_by_instrument={REBAR.id: 61})
    assert found(quote_age, opening(quote=OLD, limits=own)) == PASS
    assert found(quote_age, opening(quote=OLD, limits=limits(quote_max_age_by_instrument={}))) == CONFIRM


def test_where_there_is_no_market_the_collar_speaks() -> None:
    for check in (
        opening(quote=None),
        opening(quote=OLD, session=None),
        opening(quote=OLD, session=session(Phase.AUCTION)),
        opening(quote=OLD, instrument=None),
        opening(quote=OLD, terms=terms(price="NaN")),
    ):
        assert found(quote_age, check) == PASS


def test_limits_nobody_set_refuse() -> None:
    assert found(quote_age, opening(limits=None)) == ("DENY", "LIMITS_UNSET")


def test_an_approved_manual_order_is_noted_and_an_automatic_one_is_not_sent() -> None:
    assert found(quote_age, opening(quote=OLD, approved=True)) == ("WARN", "QUOTE_OLD_AGGRESSIVE")
    finding = quote_age(automatic(quote=OLD, approved=True))
    assert finding is not None
    assert (finding.verdict.name, finding.value, finding.limit) == ("CONFIRM2", "61", "60")
    assert finding.sentence == (
        "螺纹钢2010（SHFE.rb2010）的报价已 61 秒没有变化（提醒线 60 秒），而委托会立即按旧报价成交；"
        "自动委托不等待复核，本次未报出，改为挂单或等新报价后可再报。"
    )
