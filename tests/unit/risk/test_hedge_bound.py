from __future__ import annotations

from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from terminal.domain.ids import ProductId
from terminal.domain.parameters.limits import HedgeBound, Limits
from terminal.risk.hedge_bound import hedge_bound
from tests.unit.risk.checks import PASS, found, limits, opening, reducing

D = Decimal
OVER, NEAR, WRONG = (
    ("DENY", "HEDGE_ABOVE_EXPOSURE"),
    ("CONFIRM2", "HEDGE_NEAR_BOUND"),
    ("DENY", "HEDGE_WRONG_DIRECTION"),
)


def bound(physical: int | str, planned: int = 0, *, group: str = "钢材") -> HedgeBound:
    weights = {ProductId("SHFE.rb"): D(10)}
    return HedgeBound(group=group, physical_tonnes=D(physical), planned_tonnes=D(planned), weights=weights)


def hedger(*bounds: HedgeBound) -> Limits:
    return limits(is_hedge_account=True, hedge_bounds=bounds)


def moved(before: int, after: int | str, group: str = "钢材") -> dict[str, tuple[Decimal, Decimal]]:
    return {group: (D(before), D(after))}


@given(sold=st.integers(1, 3000))
@example(1800)
@example(1801)
@example(2000)
@example(2001)
def test_a_stock_is_hedged_by_sales_up_to_its_tonnes(sold: int) -> None:
    check = opening(limits=hedger(bound(1500, 500)), group_tonnes=moved(0, -sold))
    assert found(hedge_bound, check) == (OVER if sold > 2000 else NEAR if sold > 1800 else PASS)


@given(bought=st.integers(1, 3000))
@example(1800)
@example(2000)
def test_a_need_is_hedged_by_purchases_up_to_its_tonnes(bought: int) -> None:
    check = opening(limits=hedger(bound(500, -2500)), group_tonnes=moved(0, bought))
    assert found(hedge_bound, check) == (OVER if bought > 2000 else NEAR if bought > 1800 else PASS)


def test_a_hedge_account_does_not_add_to_its_exposure() -> None:
    assert found(hedge_bound, opening(limits=hedger(bound(2000)), group_tonnes=moved(0, 10))) == WRONG
    assert found(hedge_bound, opening(limits=hedger(bound(-2000)), group_tonnes=moved(0, -10))) == WRONG
    assert found(hedge_bound, opening(limits=hedger(bound(2000)), group_tonnes=moved(-10, 10))) == WRONG


def test_without_exposure_there_is_nothing_to_hedge() -> None:
    assert found(hedge_bound, opening(limits=hedger(bound(0)), group_tonnes=moved(0, -10))) == OVER
    assert found(hedge_bound, opening(limits=hedger(bound(0)), group_tonnes=moved(0, 10))) == OVER
    assert found(hedge_bound, opening(limits=hedger(bound(0)), group_tonnes=moved(20, 10))) == PASS


def test_what_leads_back_to_the_bound_passes() -> None:
    assert found(hedge_bound, opening(limits=hedger(bound(2000)), group_tonnes=moved(-3000, -2900))) == PASS
    assert found(hedge_bound, opening(limits=hedger(bound(2000)), group_tonnes=moved(500, 400))) == PASS
    assert found(hedge_bound, opening(limits=hedger(bound(2000)), group_tonnes=moved(500, 500))) == PASS
    assert found(hedge_bound, opening(limits=hedger(bound(2000)), group_tonnes=moved(-10, 0))) == PASS
    assert found(hedge_bound, opening(limits=hedger(bound(2000)), group_tonnes=moved(-1950, -1900))) == PASS
    assert found(hedge_bound, opening(limits=hedger(bound(2000)), group_tonnes=moved(-1900, -1900))) == PASS


def test_elsewhere_the_amount_is_bounded_and_not_the_direction() -> None:
    free = limits(hedge_bounds=(bound(2000),))
    assert found(hedge_bound, opening(limits=free, group_tonnes=moved(0, 1800))) == PASS
    assert found(hedge_bound, opening(limits=free, group_tonnes=moved(0, 1801))) == NEAR
    assert found(hedge_bound, opening(limits=free, group_tonnes=moved(0, 2001))) == OVER
    assert found(hedge_bound, opening(limits=free, group_tonnes=moved(2500, 2400))) == PASS


def test_the_worst_of_several_groups_speaks() -> None:
    groups = hedger(bound(2000, group="甲"), bound(2000, group="乙"), bound(2000, group="丙"), bound(2000, group="丁"))
    tonnes = {**moved(0, -1900, "甲"), **moved(0, -2500, "乙"), **moved(0, -3000, "丁")}
    finding = hedge_bound(opening(limits=groups, group_tonnes=tonnes))
    assert finding is not None
    assert (finding.code, finding.value, finding.limit) == ("HEDGE_ABOVE_EXPOSURE", "2500", "2000")
    assert finding.sentence == (
        "螺纹钢2010（SHFE.rb2010）成交后 乙 套保 2500 吨，超过现货敞口与已批预期交易之和 2000 吨；"
        "请减少手数或先补登敞口。"
    )


def test_a_hedge_account_trades_only_what_a_group_speaks_of() -> None:
    assert found(hedge_bound, opening(limits=hedger())) == ("DENY", "HEDGE_GROUP_UNSET")
    assert found(hedge_bound, opening(limits=limits())) == PASS


def test_a_checker_sees_the_near_bound_and_the_direction_is_named() -> None:
    near = opening(limits=hedger(bound("1000.5")), group_tonnes=moved(0, "-950.25"), approved=True)
    finding = hedge_bound(near)
    assert finding is not None
    assert (finding.verdict.name, finding.value, finding.limit) == ("WARN", "950.25", "900.45")
    finding = hedge_bound(opening(limits=hedger(bound(-2000)), group_tonnes=moved(0, -10)))
    assert finding is not None
    assert "套保账户只能买入套保" in finding.sentence
    finding = hedge_bound(opening(limits=hedger(bound(2000)), group_tonnes=moved(0, 10)))
    assert finding is not None
    assert "套保账户只能卖出套保" in finding.sentence


def test_a_reducing_close_passes_and_limits_nobody_set_refuse() -> None:
    assert found(hedge_bound, reducing(limits=hedger(bound(0)), group_tonnes=moved(0, -5000))) == PASS
    assert found(hedge_bound, opening(limits=None)) == ("DENY", "LIMITS_UNSET")
