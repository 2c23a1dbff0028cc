"""Control C1 and C3 of an order on a combination: its grid, its size, and how far its difference reaches."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain.ids import AccountId, ConfirmationId, InstrumentId, OrderId, WireKey
from terminal.domain.orders.combined_order import LegOf
from terminal.domain.orders.order import PriceKind, Side
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check, Waiting, Whole
from terminal.risk.combined_price import combined_price
from terminal.risk.duplicate import duplicate
from terminal.risk.order_kind import order_kind
from terminal.risk.price_collar import price_collar
from terminal.risk.quote_age import quote_age
from terminal.risk.self_match import self_match
from terminal.risk.working_orders import working_orders
from tests.unit.risk.checks import ACCOUNT, LIMITS, MANUAL, NOW, QUOTE, SECOND, opening, recent, terms, working

D = Decimal


def leg(price: str, *, number: int = 1, side: Side = Side.BUY, shown: str | None = "30", lots: int = 5) -> Check:
    """Return the check of a leg whose combination shows 30 and whose first leg costs 3000; half a yuan a tick."""
    asked = replace(terms(side=side, lots=lots), instrument=InstrumentId("DCE.SP i2101&i2105"), price=D(price))
    whole = Whole(
        name=InstrumentId("DCE.SP i2101&i2105"),
        number=number,
        side=side,
        price=D(price),
        tick=D("0.5"),
        max_lots=10,
        shown=None if shown is None else D(shown),
        base=D(3000),
        beside=None,
        terms=asked,
    )
    check = opening(terms=replace(terms(lots=lots), price_kind=PriceKind.LEG))
    check.whole = whole
    return check


def test_a_difference_may_be_zero_or_negative_but_not_off_its_grid() -> None:
    assert combined_price(leg("0")) is None
    assert combined_price(leg("-12.5")) is None
    found = combined_price(leg("30.2"))
    assert found is not None
    assert (found.code, found.limit) == ("PRICE_OFF_TICK", "0.5")


def test_more_lots_than_the_exchange_takes_of_the_combination_are_refused() -> None:
    assert combined_price(leg("30", lots=10)) is None
    found = combined_price(leg("30", lots=11))
    assert found is not None
    assert (found.code, found.value, found.limit) == ("ORDER_LOTS_ABOVE_MAXIMUM", "11", "10")


@pytest.mark.parametrize(
    ("price", "side", "verdict"),
    [
        ("30", Side.BUY, None),  # what is shown
        ("0", Side.BUY, None),  # passive
        ("45", Side.BUY, None),  # 30 ticks: half a percent of 3000
        ("45.5", Side.BUY, Verdict.CONFIRM2),
        ("90", Side.BUY, Verdict.CONFIRM2),  # 120 ticks: two percent
        ("90.5", Side.BUY, Verdict.DENY),
        ("15", Side.SELL, None),
        ("14.5", Side.SELL, Verdict.CONFIRM2),
        ("-30.5", Side.SELL, Verdict.DENY),
        ("900", Side.SELL, None),
    ],
)
def test_how_far_through_the_legs_it_reaches_is_measured_by_the_first_legs_price(
    price: str, side: Side, verdict: Verdict | None
) -> None:
    found = price_collar(leg(price, side=side))
    assert (found.verdict if found is not None else None) is verdict


def closing(price: str, *, side: Side = Side.SELL, shown: str | None = "30") -> Check:
    check = leg(price, side=side, shown=shown)
    check.reducing = True
    check.limits = None  # a close needs none
    return check


@pytest.mark.parametrize(
    ("price", "side", "verdict"),
    [
        ("15", Side.SELL, None),
        ("14.5", Side.SELL, Verdict.WARN),  # 31 ticks below what shows
        ("-30", Side.SELL, Verdict.WARN),  # the sign slipped
        ("900", Side.SELL, None),
        ("45", Side.BUY, None),
        ("45.5", Side.BUY, Verdict.WARN),
    ],
)
def test_a_close_far_through_what_shows_is_warned_of_and_goes_out(
    price: str, side: Side, verdict: Verdict | None
) -> None:
    found = price_collar(closing(price, side=side))
    assert (found.verdict if found is not None else None) is verdict
    assert price_collar(closing(price, side=side, shown=None)) is None


@pytest.mark.parametrize(
    ("price", "code"),
    [
        ("-100", ""),
        ("-100.5", "PRICE_BELOW_LOWER_LIMIT"),
        ("160", ""),
        ("160.5", "PRICE_ABOVE_UPPER_LIMIT"),
    ],
)
def test_no_difference_goes_beyond_both_legs_limit_prices_whatever_it_is_for(price: str, code: str) -> None:
    for check in (leg(price, side=Side.BUY), closing(price), closing(price, side=Side.BUY)):
        assert check.whole is not None
        check.whole = check.whole._replace(band=(D(-100), D(160)), shown=D(price))
        found = price_collar(check)
        assert ("" if found is None else found.code) == code
        check.whole = check.whole._replace(number=2)
        assert price_collar(check) is None  # said once


@pytest.mark.parametrize(
    ("price", "side", "expected"),
    [
        ("29.5", Side.BUY, "QUOTE_OLD"),
        ("30", Side.BUY, "QUOTE_OLD_AGGRESSIVE"),
        ("30.5", Side.SELL, "QUOTE_OLD"),
        ("30", Side.SELL, "QUOTE_OLD_AGGRESSIVE"),
    ],
)
def test_on_an_old_quote_only_a_difference_that_trades_at_once_is_held_back(
    price: str, side: Side, expected: str
) -> None:
    for number in (1, 2):
        check = leg(price, number=number, side=side)
        check.quote = QUOTE._replace(received_at=NOW - 61 * SECOND)
        found = quote_age(check)
        assert found is not None
        assert found.code == expected
    check = leg(price, side=side, shown=None)
    check.quote = QUOTE._replace(received_at=NOW - 61 * SECOND)
    found = quote_age(check)
    assert found is not None
    assert found.code == "QUOTE_OLD"


def test_a_leg_that_shows_nothing_gives_no_reference() -> None:
    found = price_collar(leg("30", shown=None))
    assert found is not None
    assert (found.code, found.verdict) == ("NO_REFERENCE_PRICE", Verdict.DENY)


def test_the_second_leg_says_nothing_of_the_difference_again() -> None:
    assert combined_price(leg("30.2", number=2)) is None
    assert price_collar(leg("900", number=2)) is None


def test_a_leg_alone_is_no_order_that_an_exchange_takes() -> None:
    found = order_kind(opening(terms=replace(terms(), price_kind=PriceKind.LEG)))
    assert found is not None
    assert (found.code, found.verdict) == ("ORDER_KIND_NOT_TAKEN", Verdict.DENY)


def test_both_legs_count_as_working_orders() -> None:
    check = leg("30")
    check.working = [working(number, terms()) for number in range(LIMITS.working_orders_max - 1)]
    found = working_orders(check)
    assert found is not None
    assert found.code == "WORKING_ORDERS"


def test_a_combination_takes_no_order_without_a_limit() -> None:
    check = leg("30")
    assert check.whole is not None
    check.whole = check.whole._replace(terms=replace(check.whole.terms, price_kind=PriceKind.MARKET))
    found = combined_price(check)
    assert found is not None
    assert (found.code, found.verdict) == ("ORDER_KIND_NOT_TAKEN", Verdict.DENY)


# --- against other orders on the same combination ---------------------------------------------------------------------


def beside(price: str, side: Side, other: str, *, number: int = 1, account: AccountId = ACCOUNT) -> Finding | None:
    """Ask about a leg while an order on the same combination works, the other way round, at a difference of `other`."""
    check = leg(price, number=number, side=side)
    one = working(7, replace(terms(), account=account, side=side.opposite, price_kind=PriceKind.LEG))
    told = LegOf(
        combination=InstrumentId("DCE.SP i2101&i2105"),
        number=1,
        side=side.opposite,
        price=D(other),
        other=OrderId("A1-00000008"),
        wire_key=WireKey("k"),
    )
    check.jointly = [[one]]
    assert check.whole is not None
    check.whole = check.whole._replace(same={one.order: told})
    return self_match(check)


@pytest.mark.parametrize(
    ("price", "side", "other", "meets"),
    [
        ("30", Side.BUY, "30", True),
        ("31", Side.BUY, "30", True),
        ("29.5", Side.BUY, "30", False),
        ("-5", Side.SELL, "-5", True),
        ("-4.5", Side.SELL, "-5", False),
    ],
)
def test_two_orders_on_one_combination_meet_by_their_differences(
    price: str, side: Side, other: str, *, meets: bool
) -> None:
    found = beside(price, side, other)
    assert (found is not None) is meets
    if found is not None:
        assert (found.code, found.value, found.limit) == ("SELF_MATCH", price, other)


def test_it_is_said_at_the_first_leg_alone_and_tells_nothing_of_another_account() -> None:
    assert beside("31", Side.BUY, "30", number=2) is None
    found = beside("31", Side.BUY, "30", account=AccountId("A2"))
    assert found is not None
    assert found.limit == ""
    assert "A2" not in found.sentence


def test_the_same_difference_again_repeats_an_order_and_another_difference_does_not() -> None:
    check = leg("30")
    check.recent = deque([recent(check.terms, SECOND)])
    found = duplicate(check)
    assert found is not None
    assert found.code == "DUPLICATE_ORDER_MANUAL"
    assert check.whole is not None
    check.whole = check.whole._replace(others=[check.recent[0].order])
    assert duplicate(check) is None


def test_what_waits_on_a_combination_is_repeated_by_the_whole_and_said_once() -> None:
    for number, said in ((1, True), (2, False)):
        check = leg("30", number=number)
        assert check.whole is not None
        check.waiting = [Waiting(ConfirmationId("A1-C000001"), check.whole.terms, MANUAL.person, "甲")]
        assert (duplicate(check) is not None) is said
