from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.risk.day_loss import day_loss
from tests.unit.risk.checks import PASS, automatic, found, limits, opening, reducing

D = Decimal
NEAR, LOCK = ("CONFIRM2", "DAY_LOSS_NEAR"), ("LOCK", "DAY_LOSS")
OWN_NEAR, OWN_LOCK = ("CONFIRM2", "STRATEGY_DAY_LOSS_NEAR"), ("LOCK", "STRATEGY_DAY_LOSS")


@given(loss=st.integers(0, 150_000))
@example(50_000)
@example(50_001)
@example(100_000)
@example(100_001)
def test_half_of_the_limit_and_the_limit_itself_still_pass(loss: int) -> None:
    expected = LOCK if loss > 100_000 else NEAR if loss > 50_000 else PASS
    assert found(day_loss, opening(day_loss=D(loss))) == expected


@given(loss=st.integers(0, 80_000))
@example(25_000)
@example(50_000)
@example(50_001)
def test_a_strategy_has_a_limit_of_its_own(loss: int) -> None:
    expected = OWN_LOCK if loss > 50_000 else OWN_NEAR if loss > 25_000 else PASS
    assert found(day_loss, automatic(strategy_day_loss=D(loss))) == expected


@pytest.mark.parametrize("own", [None, D(500_000)])
def test_a_strategy_never_has_more_than_the_account(own: Decimal | None) -> None:
    setting = limits(strategy_day_loss_yuan=own)
    assert found(day_loss, automatic(strategy_day_loss=D(50_000), limits=setting)) == PASS
    assert found(day_loss, automatic(strategy_day_loss=D(100_001), limits=setting)) == OWN_LOCK


@pytest.mark.parametrize(
    ("account", "strategy", "expected"),
    [
        (60_000, 60_000, OWN_LOCK),
        (120_000, 60_000, LOCK),
        (120_000, 30_000, LOCK),
        (60_000, 30_000, NEAR),
        (60_000, 1, NEAR),
        (1, 30_000, OWN_NEAR),
    ],
)
def test_the_worse_of_account_and_strategy_speaks(account: int, strategy: int, expected: tuple[str, str]) -> None:
    assert found(day_loss, automatic(day_loss=D(account), strategy_day_loss=D(strategy))) == expected


@given(loss=st.integers(50_001, 10_000_000))
def test_a_hedge_account_is_never_locked_by_futures_alone(loss: int) -> None:
    hedger = limits(is_hedge_account=True)
    assert found(day_loss, opening(day_loss=D(loss), limits=hedger)) == NEAR
    assert found(day_loss, automatic(strategy_day_loss=D(loss), limits=hedger)) == OWN_NEAR


def test_a_limit_nobody_set_opens_nothing() -> None:
    assert found(day_loss, opening(limits=limits(day_loss_yuan=None))) == ("DENY", "DAY_LOSS_LIMIT_UNSET")
    assert found(day_loss, opening(limits=None)) == ("DENY", "LIMITS_UNSET")


def test_a_reducing_close_passes_whatever_was_lost() -> None:
    assert found(day_loss, reducing(day_loss=D(10**9), strategy_day_loss=D(10**9))) == PASS


def test_the_sentence_says_who_lost_how_much() -> None:
    finding = day_loss(automatic(strategy_day_loss=D("50000.5")))
    assert finding is not None
    assert (finding.value, finding.limit) == ("50000.5", "50000")
    assert finding.sentence == (
        "策略 grid-1 当日亏损 50,000.50 元，超过限额 50,000.00 元：限制开仓（只可平仓）；须两人解除。"
    )
