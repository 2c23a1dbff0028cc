from __future__ import annotations

from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain.view import AccountView
from terminal.risk.margin_use import margin_use
from tests.unit.risk.checks import MONEY, PASS, automatic, found, opening, reducing, terms

D = Decimal
HIGH, OVER, SHORT = ("CONFIRM2", "RISK_DEGREE_HIGH"), ("DENY", "RISK_DEGREE"), ("DENY", "AVAILABLE_NEGATIVE")


def money(margin: int | str, equity: int = 1_000_000, available: int | str = 1) -> AccountView:
    return replace(MONEY, margin=D(margin), equity=D(equity), available=D(available))


@given(margin=st.integers(0, 1_200_000))
@example(700_000)
@example(700_001)
@example(800_000)
@example(800_001)
def test_a_risk_degree_of_seventy_and_of_eighty_percent_still_passes(margin: int) -> None:
    expected = OVER if margin > 800_000 else HIGH if margin > 700_000 else PASS
    assert found(margin_use, opening(money_after=money(margin))) == expected


@given(cents=st.integers(-100, 100))
def test_available_may_reach_zero_and_not_a_cent_less(cents: int) -> None:
    check = opening(money_after=money(100, available=str(D(cents) / 100)))
    assert found(margin_use, check) == (SHORT if cents < 0 else PASS)


def test_an_account_without_equity_opens_nothing() -> None:
    for equity in (0, -5):
        finding = margin_use(opening(money_after=money(1, equity, 0)))
        assert finding is not None
        assert (finding.code, finding.value) == ("RISK_DEGREE", "99900")


def test_a_breach_never_looks_like_its_limit() -> None:
    finding = margin_use(opening(money_after=money("800000.01")))
    assert finding is not None
    assert (finding.value, finding.limit) == ("80.01", "80")
    assert finding.sentence == (
        "螺纹钢2010（SHFE.rb2010）买入开仓 2 手后风险度 80.01%（未了委托全部成交），超过上限 80%；"
        "请减少手数、撤单、平仓或入金。"
    )


def test_margin_or_fees_nobody_knows_mean_no() -> None:
    assert found(margin_use, opening(money_after=None)) == ("DENY", "MARGIN_UNKNOWN")
    assert found(margin_use, reducing(money_after=None)) == PASS


def test_what_is_no_order_at_all_is_left_to_the_first_control() -> None:
    broken = money("NaN", available="NaN")
    assert found(margin_use, opening(money_after=broken, terms=terms(price="NaN"))) == PASS


def test_a_reducing_close_passes_and_limits_nobody_set_refuse() -> None:
    assert found(margin_use, reducing(money_after=money(2_000_000, available=-1_000_000))) == PASS
    assert found(margin_use, opening(limits=None)) == ("DENY", "LIMITS_UNSET")


def test_an_automatic_order_does_not_wait_for_a_checker() -> None:
    finding = margin_use(automatic(money_after=money(750_000), approved=True))
    assert finding is not None
    assert (finding.verdict.name, finding.value, finding.limit) == ("CONFIRM2", "75", "70")
