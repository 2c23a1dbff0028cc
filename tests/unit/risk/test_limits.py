from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.parameters.limits import HedgeBound, Limits
from terminal.risk.limits import (
    ANY_CHANGE,
    LARGER_ALLOWS_MORE,
    NAMES,
    SMALLER_ALLOWS_MORE,
    Change,
    changes,
    conflict,
    loosens,
)
from tests.unit.risk.checks import LIMITS, REBAR, limits

D = Decimal
RB, I = ProductId("SHFE.rb"), ProductId("DCE.i")  # noqa: E741 - iron ore is called i
ORE = InstrumentId("DCE.i2101")
BOUND = HedgeBound(group="钢材", physical_tonnes=D(100), weights={RB: D(10)})


def test_every_limit_is_compared() -> None:
    compared = {*LARGER_ALLOWS_MORE, *SMALLER_ALLOWS_MORE, *ANY_CHANGE}
    others = {
        "version",
        "strategy_day_loss_yuan",
        "position_lots_by_instrument",
        "quote_max_age_by_instrument",
        "hedge_plan_lots",
    }
    assert compared | others == {field.name for field in msgspec.structs.fields(Limits)}


def test_the_first_limits_of_an_account_loosen_everything() -> None:
    assert loosens(None, LIMITS) == ("首次设置限额",)


def test_equal_limits_and_another_version_loosen_nothing() -> None:
    assert loosens(LIMITS, limits(version=9)) == ()


@pytest.mark.parametrize(("field", "name"), LARGER_ALLOWS_MORE.items())
@given(change=st.integers(-2, 2))
def test_a_larger_limit_loosens_and_a_smaller_one_does_not(field: str, name: str, change: int) -> None:
    new = limits(**{field: getattr(LIMITS, field) + change})
    assert loosens(LIMITS, new) == ((name,) if change > 0 else ())


def test_a_shorter_duplicate_window_loosens() -> None:
    assert loosens(LIMITS, limits(duplicate_window_seconds=1)) == ("重复委托时窗",)
    assert loosens(LIMITS, limits(duplicate_window_seconds=3)) == ()


@pytest.mark.parametrize("field", ["position_lots", "day_loss_yuan"])
def test_no_limit_at_all_allows_nothing(field: str) -> None:
    unset = limits(**{field: None})
    assert loosens(LIMITS, unset) == ()
    assert loosens(unset, LIMITS) == (LARGER_ALLOWS_MORE[field],)


def test_a_strategy_without_a_limit_has_the_accounts() -> None:
    unset = limits(strategy_day_loss_yuan=None)
    assert loosens(LIMITS, unset) == ("策略当日亏损限额",)
    assert loosens(unset, LIMITS) == ()


@pytest.mark.parametrize(
    ("old", "new", "looser"),
    [
        ({}, {REBAR.id: 100}, False),
        ({}, {REBAR.id: 101}, True),
        ({REBAR.id: 50}, {}, True),
        ({REBAR.id: 150}, {}, False),
        ({REBAR.id: 50}, {REBAR.id: 50, ORE: 60}, False),
        ({REBAR.id: 50}, {REBAR.id: 51}, True),
    ],
)
def test_what_counts_is_the_limit_an_instrument_ends_up_with(
    old: dict[InstrumentId, int], new: dict[InstrumentId, int], *, looser: bool
) -> None:
    found = loosens(limits(position_lots_by_instrument=old), limits(position_lots_by_instrument=new))
    assert found == (("合约持仓限额",) if looser else ())


def test_an_instrument_left_without_any_limit_is_not_traded() -> None:
    nothing = limits(position_lots=None)
    some = limits(position_lots=None, position_lots_by_instrument={REBAR.id: 1})
    assert loosens(nothing, some) == ("合约持仓限额",)
    assert loosens(some, nothing) == ()


def test_a_longer_quote_age_of_an_instrument_loosens() -> None:
    assert loosens(LIMITS, limits(quote_max_age_by_instrument={REBAR.id: 61})) == ("合约报价最长间隔",)
    assert loosens(LIMITS, limits(quote_max_age_by_instrument={REBAR.id: 60})) == ()


@pytest.mark.parametrize(
    ("old", "new", "looser"),
    [
        (None, None, False),
        (None, {RB: 5}, False),
        ({RB: 5}, None, True),
        ({RB: 5}, {RB: 5}, False),
        ({RB: 5}, {RB: 4}, False),
        ({RB: 5}, {RB: 6}, True),
        ({RB: 5}, {RB: 5, I: 1}, True),
        ({RB: 5, I: 1}, {RB: 5}, True),
    ],
)
def test_a_plan_loosens_when_it_authorises_more_or_names_other_products(
    old: dict[ProductId, int] | None, new: dict[ProductId, int] | None, *, looser: bool
) -> None:
    found = loosens(limits(hedge_plan_lots=old), limits(hedge_plan_lots=new))
    assert found == (("套保方案手数",) if looser else ())


def test_a_person_looks_at_every_change_that_cuts_both_ways() -> None:
    assert loosens(LIMITS, limits(hedge_bounds=(BOUND,))) == ("套保敞口",)
    assert loosens(LIMITS, limits(is_hedge_account=True)) == ("套保账户",)
    assert loosens(limits(is_hedge_account=True), LIMITS) == ("套保账户",)


def test_every_limit_has_a_name_people_know() -> None:
    assert set(NAMES) == set(Limits.__struct_fields__) - {"version"}
    assert len(set(NAMES.values())) == len(NAMES)


def test_only_what_differs_is_listed_with_its_direction() -> None:
    old = Limits(position_lots=100, margin_max=Decimal("0.80"), hedge_plan_lots=None)
    new = Limits(position_lots=120, margin_max=Decimal("0.750"), hedge_plan_lots={REBAR.product: 50}, version=2)
    assert changes(old, new) == (
        Change("持仓限额", "100", "120", looser=True),
        Change("风险度上限", "0.8", "0.75", looser=False),
        Change("套保方案手数", "未设", f"{REBAR.product} 50", looser=False),
    )


def test_bounds_and_yes_or_no_are_written_out() -> None:
    bound = HedgeBound(group="库存", physical_tonnes=Decimal(4000), planned_tonnes=Decimal(-500), weights={})
    old, new = Limits(), Limits(hedge_bounds=(bound,), is_hedge_account=True)
    assert [(one.name, one.before, one.after) for one in changes(old, new)] == [
        ("套保敞口", "无", "库存 3500 吨（含预期 -500 吨）"),
        ("套保账户", "否", "是"),
    ]


def test_against_no_limits_at_all_everything_that_is_set_is_new() -> None:
    found = changes(None, Limits(position_lots=5))
    assert all(one.looser and one.before == "未设" for one in found)
    assert {one.name for one in found} >= {"持仓限额", "风险度上限"}


def test_who_lost_a_change_of_limits_reads_both_values_of_three_and_how_many_more_there_are() -> None:
    now = limits(version=4, position_lots=500, margin_max=D("0.8"), day_loss_yuan=None, working_orders_max=150)
    mine = limits(version=3, position_lots=400, margin_max=D("0.75"), day_loss_yuan=D(9), working_orders_max=90)
    assert conflict(now, 3, mine) == (
        "限额已是第 4 版，您修改的是第 3 版；不同之处：持仓限额现为 500、您填 400，风险度上限现为 0.8、您填 0.75，"
        "当日亏损限额现为 未设、您填 9，另有 1 项。请重新打开后修改。"
    )


def test_who_wanted_what_holds_already_is_told_so_and_the_version_is_no_difference() -> None:
    assert conflict(limits(version=4), 3, limits(version=3)) == (
        "限额已是第 4 版，您修改的是第 3 版，内容与现行限额相同，无需再改。"
    )


def test_of_a_long_list_a_conflict_names_what_differs_and_each_value_has_an_end() -> None:
    many = {InstrumentId(f"SHFE.rb{number}"): 5 for number in range(2000, 2900)}
    other = {**many, ORE: 7}
    now, mine = limits(position_lots_by_instrument=many), limits(position_lots_by_instrument=other)
    assert f"合约持仓限额现为 无、您填 {ORE} 7。" in conflict(now, 1, mine)
    assert len(conflict(limits(position_lots_by_instrument={}), 1, mine)) < 150
    bounds, tighter = limits(hedge_bounds=(BOUND,)), msgspec.structs.replace(BOUND, physical_tonnes=D(90))
    assert "套保敞口现为 钢材 100 吨、您填 钢材 90 吨。" in conflict(bounds, 1, limits(hedge_bounds=(tighter,)))


def test_where_nobody_has_set_limits_yet_a_conflict_says_unset() -> None:
    assert conflict(None, 1, limits(position_lots=3)).startswith("限额已是第 0 版，您修改的是第 1 版；不同之处：")
    assert "现为 未设、您填" in conflict(None, 1, limits(position_lots=3))
