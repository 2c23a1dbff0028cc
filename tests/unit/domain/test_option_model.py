"""Prices of options on futures, against printed ones and against a tree of our own that shares nothing with them."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest

from terminal.domain.ids import InstrumentId
from terminal.domain.products.option import OptionTerms, Right, Style
from terminal.domain.products.option_model import delta, greeks, price


def option(right: Right, strike: str = "100", style: Style = Style.AMERICAN) -> OptionTerms:
    return OptionTerms(underlying=InstrumentId("DCE.m2509"), right=right, strike=Decimal(strike), style=style)


def tree(
    terms: OptionTerms, underlying: float, volatility: float, years: float, rate: float, steps: int = 800
) -> float:
    """Price by a binomial tree: at each node the dearer of going on and exercising."""
    step = years / steps
    up = math.exp(volatility * math.sqrt(step))
    chance, discount = (1 - 1 / up) / (up - 1 / up), math.exp(-rate * step)
    sign = 1 if terms.right is Right.CALL else -1

    def worth(level: int) -> np.ndarray:
        prices = underlying * up ** np.arange(level, -level - 1, -2.0)
        return np.asarray(np.maximum(sign * (prices - float(terms.strike)), 0.0))

    values = worth(steps)
    for level in range(steps - 1, -1, -1):
        values = discount * (chance * values[:-1] + (1 - chance) * values[1:])
        if terms.style is Style.AMERICAN:
            values = np.maximum(values, worth(level))
    return float(values[0])


def test_a_european_put_on_a_future_costs_what_the_textbook_says() -> None:
    # Hull, Options, Futures and Other Derivatives, options on futures: F 20, K 20, 9 %, four months, 25 %: 1.12.
    put = option(Right.PUT, "20", Style.EUROPEAN)
    assert price(put, 20, 0.25, years=4 / 12, rate=0.09) == pytest.approx(1.12, abs=0.005)


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("right", list(Right))
@pytest.mark.parametrize("underlying", [80.0, 100.0, 120.0])
@pytest.mark.parametrize(("years", "volatility", "rate"), [(0.1, 0.15, 0.1), (0.5, 0.35, 0.1), (1.5, 0.2, 0.02)])
def test_a_price_is_that_of_a_tree(
    right: Right, style: Style, underlying: float, years: float, volatility: float, rate: float
) -> None:
    terms = option(right, style=style)
    found = price(terms, underlying, volatility, years=years, rate=rate)
    assert found == pytest.approx(tree(terms, underlying, volatility, years, rate), abs=0.006)


@pytest.mark.parametrize("right", list(Right))
def test_an_american_option_is_worth_no_less_than_exercise_and_than_a_european_one(right: Right) -> None:
    for underlying in (20.0, 60.0, 99.9, 100.0, 140.0, 400.0):
        for volatility in (0.001, 0.2, 3.0):
            for years in (1 / 365, 0.5, 3.0):
                one, other = (
                    price(option(right, style=style), underlying, volatility, years=years, rate=0.05)
                    for style in (Style.AMERICAN, Style.EUROPEAN)
                )
                assert one >= max(other, float(option(right).worth(Decimal(str(underlying)))) - 1e-9)


def test_the_volatility_of_a_price_gives_the_price_back() -> None:
    for right in Right:
        for style in Style:
            terms = option(right, style=style)
            premium = price(terms, 103, 0.27, years=0.4, rate=0.03)
            found = greeks(terms, 103, premium, years=0.4, rate=0.03)
            assert found is not None
            assert found.volatility == pytest.approx(0.27, abs=1e-5)
            assert found.delta == delta(terms, 103, found.volatility, years=0.4, rate=0.03)


def test_calls_follow_the_future_and_puts_go_against_it() -> None:
    call, put = (
        delta(option(right, style=Style.EUROPEAN), 100, 0.2, years=0.5, rate=0.02) for right in (Right.CALL, Right.PUT)
    )
    assert 0.5 < call < 0.55
    assert call - put == pytest.approx(math.exp(-0.01), abs=1e-4)  # parity: the two together are a future, discounted


def test_no_volatility_explains_a_price_below_what_exercise_earns_nor_an_option_that_has_ended() -> None:
    call = option(Right.CALL)
    assert greeks(call, 120, 19.9, years=0.1, rate=0.02) is None
    assert greeks(call, 120, 21, years=0, rate=0.02) is None
    assert greeks(call, 120, 121, years=0.1, rate=0.02) is None
    assert price(call, 120, 0.2, years=0, rate=0.02) == 20


def test_inputs_the_library_has_no_answer_for_imply_nothing() -> None:
    assert greeks(option(Right.CALL), 120, 30, years=0.5, rate=3000) is None
    assert greeks(option(Right.PUT), 120, 1, years=0.5, rate=3000) is None
