"""Hedges net of VAT: the worked examples of DOMAIN 5.8, and what holds at every rate."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.ids import InstrumentId
from terminal.domain.vat import covered_by, hedge_lots
from terminal.store.reference import load_reference
from tests.books import D

STEEL, MEAL = D("0.13"), D("0.09")


@pytest.mark.parametrize(
    ("tonnes", "ratio", "rate", "lots"),
    [
        (5_000, "1", STEEL, 442),
        (5_000, "0.98", STEEL, 433),
        (3_000, "1", MEAL, 275),
        (5_000, "1", D(0), 500),
        (1_130, "1", STEEL, 100),  # exactly whole: no share of 1.13 takes a lot away
    ],
)
def test_the_lots_that_hedge_what_is_priced_with_vat(tonnes: int, ratio: str, rate: Decimal, lots: int) -> None:
    assert hedge_lots(D(tonnes), ratio=D(ratio), rate=rate, per_lot=D(10)) == lots


def test_a_hundred_yuan_a_tonne_cost_what_the_lots_gain_but_for_less_than_a_lot() -> None:
    cost = (D(100) * 5_000 / (1 + STEEL)).quantize(D("0.01"))
    gain = D(100) * 10 * hedge_lots(D(5_000), ratio=D(1), rate=STEEL, per_lot=D(10))
    assert (cost, gain, gain - cost) == (D("442477.88"), D("442000.00"), D("-477.88"))


def test_a_contract_that_is_quoted_net_hedges_a_whole_tonne() -> None:
    reference = load_reference()
    with_tax, net = (reference.instrument(InstrumentId(name), 20250701) for name in ("SHFE.cu2512", "INE.bc2512"))
    assert (covered_by(with_tax, STEEL), covered_by(net, STEEL), covered_by(with_tax, D(0))) == (D("1.13"), 1, 1)


@given(tonnes=st.integers(0, 10**7), percent=st.integers(0, 1000), ratio=st.integers(0, 100), lot=st.integers(1, 1000))
def test_one_lot_more_would_hedge_more_than_there_is(tonnes: int, percent: int, ratio: int, lot: int) -> None:
    lots = hedge_lots(D(tonnes), ratio=D(ratio) / 100, rate=D(percent) / 1000, per_lot=D(lot))
    wanted = Fraction(tonnes * ratio, 100) / (1 + Fraction(percent, 1000))
    assert lots * lot <= wanted < (lots + 1) * lot
