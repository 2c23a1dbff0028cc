"""The rule of two averages that the house ships: what it holds, when it says nothing, and what it refuses."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.strategies.own.averages import TwoAverages
from terminal.strategies.own.code import Seen

NUMBERS: Final = {"fast": 2, "slow": 4, "lots": 3}


def seen(*prices: float, left: int | None = None) -> Seen:
    """Return what a rule sees of these middle prices, so many trading days before the contract's last one."""
    return Seen(prices=prices, held=0, trading_day=20260105, days_to_expiry=left)


def lots(rule: TwoAverages, now: Seen) -> int | None:
    """Return what a rule wants to hold."""
    found = rule(NUMBERS, now)
    return None if found is None else found.lots


def test_it_is_long_above_and_short_below_and_says_both_averages() -> None:
    found = TwoAverages()(NUMBERS, seen(4000, 4000, 4001, 4003.5))
    assert found is not None
    assert (found.lots, found.reason) == (3, "快线 4002.2，慢线 4001.1")
    assert lots(TwoAverages(), seen(4003, 4001, 4000, 4000)) == -3
    assert lots(TwoAverages(flat_below=True), seen(4003, 4001, 4000, 4000)) == 0


def test_it_says_nothing_before_there_are_prices_enough_or_while_the_averages_are_equal() -> None:
    assert lots(TwoAverages(), seen(4000, 4001, 4002)) is None
    assert lots(TwoAverages(), seen(4000, 4001, 4000, 4001)) is None


@given(st.integers(min_value=1, max_value=99_999_999), st.integers(min_value=1, max_value=60))
def test_prices_that_do_not_move_are_equal_whatever_binary_makes_of_them(ticks: int, slow: int) -> None:
    price = ticks / 100
    assert TwoAverages()({"fast": 1, "slow": slow, "lots": 1}, seen(*[price] * slow)) is None


@pytest.mark.parametrize(("left", "wanted"), [(3, 3), (2, 0), (None, 3)])
def test_near_the_last_trading_day_it_holds_nothing(left: int | None, wanted: int) -> None:
    assert lots(TwoAverages(days=3), seen(4000, 4000, 4001, 4003, left=left)) == wanted


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"fast": 4}, "快线应短于慢线"), ({"fast": 0}, "快线应短于慢线"), ({"lots": 0}, "手数应为正整数"), ({}, "")],
)
def test_numbers_that_do_not_go_together_are_named(changes: dict[str, int], said: str) -> None:
    assert said in TwoAverages().check(NUMBERS | changes)
    assert bool(said) is bool(TwoAverages().check(NUMBERS | changes))
