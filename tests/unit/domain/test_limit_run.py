"""Read the table of days at the limit in a row, and walk the limits."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain.days.dated import TableText
from terminal.domain.errors import InvariantError, UserError
from terminal.domain.ids import ProductId
from terminal.domain.products.limit_run import LIMIT_RUN_COLUMNS, LimitRun, LimitRuns, after_limits, limit_price
from terminal.store.reference import load_limit_runs, load_reference
from tests.books import REBAR

D = Decimal
RUN = LimitRun(D("0.03"), D("0.05"), D("0.02"))
BANDED = replace(REBAR, price_limit=D("0.05"))
PRODUCTS = ("SHFE.rb", "DCE.m")


def parse(*rows: str, own: str = "") -> LimitRuns:
    head = ",".join(LIMIT_RUN_COLUMNS)
    mine = TableText(file="own.csv", text=f"{head}\n{own}\n") if own else None
    return LimitRuns.parse(TableText(file="limit_runs.csv", text="\n".join((head, *rows)), own=mine), PRODUCTS)


def test_a_product_has_its_own_row_before_its_exchange_and_a_persons_before_the_committed() -> None:
    rows = ("SHFE,2023-01-01,0.03,0.05,0.02,x", "SHFE.rb,2024-01-01,0.02,0.04,0.01,x")
    table = parse(*rows)
    assert table.on(REBAR, 20230601) == RUN
    assert table.on(REBAR, 20240601) == LimitRun(D("0.02"), D("0.04"), D("0.01"))
    assert table.on(replace(REBAR, product=ProductId("SHFE.cu")), 20240601) == RUN
    mine = parse(*rows, own="SHFE.rb,2024-03-01,0.01,0.01,,me").on(REBAR, 20240601)
    assert mine == LimitRun(D("0.01"), D("0.01"), None)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("XYZ,2023-01-01,0.03,0.05,0.02,x", "scope = “XYZ”"),
        ("SHFE,2023-01-01,,0.05,0.02,x", "second_add"),
        ("SHFE,2023-01-01,0.05,0.03,0.02,x", "third_add"),
        ("SHFE,2023-01-01,0.03,0.05,1.5,x", "margin_over"),
        ("SHFE,2023-01-01,0.03,0.05,0.02,", "source"),
    ],
)
def test_a_wrong_row_is_named(row: str, said: str) -> None:
    with pytest.raises(UserError) as refused:
        parse(row)
    assert "limit_runs.csv" in refused.value.message
    assert said in refused.value.message


def test_every_exchange_of_the_products_has_a_row() -> None:
    reference = load_reference()
    table = load_limit_runs(reference)
    for product in reference.products():
        assert table.on(reference.product(product, 20260105), 20260105) is not None


@given(
    settlement=st.integers(100, 200_000),
    band=st.integers(1, 20).map(lambda percent: D(percent) / 100),
    up=st.booleans(),
)
def test_a_limit_lies_inside_its_band_and_less_than_a_tick_from_its_edge(
    settlement: int, band: Decimal, *, up: bool
) -> None:
    edge = settlement * (1 + band if up else 1 - band)
    price = limit_price(BANDED, D(settlement), band, up=up)
    assert price % BANDED.tick == 0
    inside = edge - price if up else price - edge
    assert 0 <= inside < BANDED.tick


def test_nothing_is_claimed_beyond_three_days_or_without_a_band() -> None:
    assert after_limits(REBAR, D(3000), -1, RUN) is None
    assert after_limits(BANDED, D(3000), 0, RUN) == 3000
    with pytest.raises(InvariantError):
        after_limits(BANDED, D(3000), 4, RUN)
    with pytest.raises(InvariantError):
        limit_price(BANDED, D(0), D("0.05"), up=True)
