from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.domain.products.instrument import PRICE_CEILING
from terminal.engine.prices.columns import Columns
from terminal.engine.prices.spot import ticks_of, wrong_price
from tests.engine_market import RB, SPOT, UNIVERSE, instruments

ORE = instruments()[SPOT]


@pytest.mark.parametrize(
    ("price", "sentence"),
    [
        ("0", "现货价应为正数，现为 0"),
        ("-7", "现货价应为正数，现为 -7"),
        ("NaN", "现货价应为正数，现为 NaN"),
        ("sNaN", "现货价应为正数，现为 sNaN"),
        ("-Infinity", "现货价应为正数，现为 -Infinity"),
        ("Infinity", "现货价应为正数，现为 Infinity"),
        ("1E+999999", "现货价应小于 1000000000 元/吨，现为 1E+999999"),
        ("1000000000", "现货价应小于 1000000000 元/吨，现为 1000000000"),
        ("999999999.999", "现货价应为最小变动价位 0.01 元/吨的整数倍，现为 999999999.999"),
        ("0.001", "现货价应为最小变动价位 0.01 元/吨的整数倍，现为 0.001"),
        ("1E-999999", "现货价应为最小变动价位 0.01 元/吨的整数倍，现为 1E-999999"),
        ("0.01", ""),
        ("905.50", ""),
        ("999999999.99", ""),
    ],
)
def test_a_spot_price_is_a_positive_number_of_ticks_below_the_ceiling(price: str, sentence: str) -> None:
    assert wrong_price(ORE, Decimal(price)) == sentence


@given(st.decimals(allow_nan=True, allow_infinity=True))
@example(Decimal("1E+999999"))
@example(Decimal("1E-999999"))
@example(Decimal("9" * 60))
@example(Decimal("999999999.9949999999999999999999999999"))
@example(Decimal("999999999.995"))
def test_what_may_be_stated_is_priced_as_stated_and_what_may_not_never_raises(price: Decimal) -> None:
    ticks = ticks_of(ORE, price)
    if not wrong_price(ORE, price):
        assert ticks is not None
        assert ORE.price(ticks) == price
    assert ticks is None or 0 < ORE.price(ticks) < PRICE_CEILING


@pytest.mark.parametrize(
    ("price", "ticks"),
    [("905.505", 90551), ("0.005", 1), ("0.0049", None), ("999999999.994", 99_999_999_999), ("999999999.995", None)],
)
def test_a_price_an_earlier_version_took_between_two_ticks_is_read_as_the_nearest_one(
    price: str, ticks: int | None
) -> None:
    assert ticks_of(ORE, Decimal(price)) == ticks


def test_no_contract_has_a_stated_price() -> None:
    assert ticks_of(instruments()[RB], Decimal(3700)) is None


@pytest.mark.parametrize("price", ["9999999999", "0.001", "NaN"])
def test_what_no_price_can_be_read_from_leaves_the_prices_as_they_are(price: str) -> None:
    columns = Columns(UNIVERSE, instruments())
    columns.state_spot(SPOT, Decimal(price), 1)
    assert columns.quote(SPOT) is None
    columns.state_spot(SPOT, Decimal("905.5"), 2)
    columns.state_spot(SPOT, Decimal(price), 3)
    assert columns.last_price(SPOT) == Decimal("905.5")
    assert columns.received[columns.slot_of[SPOT]] == 2
