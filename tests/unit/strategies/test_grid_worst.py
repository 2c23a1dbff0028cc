"""The worst of a grid, and what a round earns, by the figures of DOMAIN 5.7."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.margin import margin_of
from terminal.domain.products.product import Fee, Fees
from terminal.domain.view import Quote
from terminal.strategies.grid.ladder import levels
from terminal.strategies.grid.worst import gap_price, loss_at, round_profit
from tests.unit.strategies.test_grid import RB, grid
from tests.unit.strategies.traded import future

RATE = Fee(by_value=Decimal("0.0001"))
REBAR = replace(
    future(RB), fees=Fees(open=RATE, close=RATE, close_today=RATE), margin_rate=Decimal("0.09"), larger_side=False
)


def quote(lower: int | None, upper: int | None = None) -> Quote:
    return Quote(3189, 3190, 3190, 5, 5, None, None, upper, lower, 3210, 0, 0)


def test_all_lines_filled_and_stopped_costs_the_loss_and_both_fees() -> None:
    found = loss_at(grid(), REBAR, Decimal(3080))
    assert (found.price_loss, found.open_fees, found.close_fee) == (12000, Decimal("62.80"), Decimal("61.60"))
    assert found.whole == Decimal("12124.40")


def test_a_gap_through_the_stop_costs_more_and_is_told_apart() -> None:
    price = gap_price(grid(), REBAR, quote(2986))
    assert price == 2986
    found = loss_at(grid(), REBAR, price)
    assert (found.price_loss, found.close_fee) == (30800, Decimal("59.72"))
    assert found.whole == Decimal("30922.52")


def test_the_margin_at_open_prices_is_that_of_the_lines() -> None:
    lines = levels(grid(), REBAR.tick)[1:]
    assert sum(margin_of(REBAR, 4, REBAR.price(line)) or 0 for line in lines) == Decimal("56520.00")


def test_a_full_round_earns_its_spacing_less_both_fees() -> None:
    assert round_profit(grid(), REBAR, 2) == Decimal("774.64")


@pytest.mark.parametrize(
    ("settings", "shown", "known", "price"),
    [
        (grid(), quote(3090), replace(REBAR, price_limit=Decimal("0.07")), Decimal(2865)),  # 3080 x 0.93 = 2864.4
        (grid(), None, replace(REBAR, price_limit=Decimal("0.07")), Decimal(2865)),
        (grid(), quote(3090), REBAR, None),
        (
            grid(side=Side.SELL, anchor=Decimal(3200), stop=Decimal(3320), lower=Decimal(3100), upper=Decimal(3310)),
            quote(None, 3434),
            REBAR,
            Decimal(3434),
        ),
    ],
)
def test_the_gap_is_to_the_days_limit_beyond_the_stop_else_one_band_further(
    settings: GridSettings, shown: Quote | None, known: Instrument, price: Decimal | None
) -> None:
    assert gap_price(settings, known, shown) == price


def test_fees_that_are_not_known_are_left_out_and_said_so() -> None:
    found = loss_at(grid(), future(RB), Decimal(3080))
    assert (found.whole, found.open_fees, found.close_fee) == (12000, None, None)
    assert round_profit(grid(), future(RB), 1) is None


def test_the_dearer_of_both_closing_fees_is_reckoned() -> None:
    dear = replace(REBAR, fees=Fees(open=RATE, close=RATE, close_today=Fee(by_value=Decimal("0.0002"))))
    assert loss_at(grid(), dear, Decimal(3080)).close_fee == Decimal("123.20")
