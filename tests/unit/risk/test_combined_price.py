"""Control C1 and C3 of an order on a combination: its grid, its size, and how far its difference reaches."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import PriceKind, Side
from terminal.domain.words.risk import Verdict
from terminal.risk.check import Check, Whole
from terminal.risk.combined_price import combined_price
from terminal.risk.order_kind import order_kind
from terminal.risk.price_collar import price_collar
from terminal.risk.working_orders import working_orders
from tests.unit.risk.checks import LIMITS, opening, terms, working

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
