"""Whatever the window and the curve, a schedule ends at the whole, grows only, and lies within trading time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain.days.calendar import instant
from terminal.domain.days.spans import TradingSpan
from terminal.domain.ids import StrategyId
from terminal.domain.parameters.strategy import CurvePart, ExecutionSettings, ExecutionStyle
from terminal.strategies.execution.check import check_execution, misfit
from terminal.strategies.execution.schedule import EMPTY, Schedule, Slice, largest_child, schedule_of, undone
from tests.unit.strategies.executing import START, execution, world
from tests.unit.strategies.world import MINUTE, SECOND, World

STRATEGY = StrategyId("S1")
DAY = 20200821
MORNING = [(instant(DAY, 9), instant(DAY, 10, 15)), (instant(DAY, 10, 30), instant(DAY, 11, 30))]


def at(spans: list[tuple[int, int]], **changes: Any) -> World:
    made = world(**changes)
    made.spans = spans
    return made


def settings_of(made: World) -> ExecutionSettings:
    assert isinstance(made.settings, ExecutionSettings)
    return made.settings


gaps = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=4)
weights = st.lists(st.integers(0, 5), min_size=3, max_size=3).filter(any)
parts = (("00:00", "09:50"), ("09:50", "09:58"), ("09:58", "00:00"))


@given(gaps, st.integers(1, 50), st.integers(10, 600), weights, st.booleans())
def test_a_schedule_ends_at_the_whole_grows_only_and_begins_slices_while_there_is_trading(
    lengths: list[tuple[int, int]], lots: int, seconds: int, weighed: list[int], by_curve: bool
) -> None:
    spans, begin = [], START
    for trades, rests in lengths:
        spans.append((begin, begin + trades * 30 * SECOND))
        begin = spans[-1][1] + rests * 30 * SECOND
    curve = tuple(
        CurvePart(begin=first, end=last, weight=Decimal(weight))
        for (first, last), weight in zip(parts, weighed, strict=True)
    )
    style = ExecutionStyle.VWAP if by_curve else ExecutionStyle.TWAP
    made = at(
        spans,
        style=style,
        curve=curve if by_curve else (),
        total_lots=lots,
        slice_seconds=seconds,
        ends_at=spans[-1][1],
    )
    plan = schedule_of(settings_of(made), made, START)
    if plan == EMPTY:
        assert by_curve  # no weight lies within
        return
    dues = [one.due for one in plan.slices]
    assert dues == sorted(set(dues))
    assert dues[-1] == lots
    assert max(later - earlier for earlier, later in zip([0, *dues], dues, strict=False)) == plan.largest
    assert all(any(first <= one.begins_at < last for first, last in spans) for one in plan.slices)
    assert plan.due(START - 1) == 0
    assert plan.due(spans[-1][1]) == lots


def test_a_part_the_window_holds_half_of_counts_half() -> None:
    curve = (
        CurvePart(begin="09:00", end="10:15", weight=Decimal(75)),
        CurvePart(begin="10:30", end="11:30", weight=Decimal(120)),
    )
    made = at(
        MORNING,
        style=ExecutionStyle.VWAP,
        curve=curve,
        total_lots=90,
        begins_at=instant(DAY, 9, 45),
        ends_at=instant(DAY, 11),
        slice_seconds=1800,
    )
    plan = schedule_of(settings_of(made), made, instant(DAY, 9, 45))
    # 30 of the first part's 75 minutes weigh 30, 30 of the second's 60 minutes 60.
    assert [(one.begins_at, one.due) for one in plan.slices] == [
        (instant(DAY, 9, 45), 30),
        (instant(DAY, 10, 30), 90),
    ]


def test_a_break_within_a_part_does_not_thin_it() -> None:
    whole = (CurvePart(begin="09:00", end="11:30", weight=Decimal(1)),)
    made = at(
        MORNING,
        style=ExecutionStyle.VWAP,
        curve=whole,
        total_lots=135,
        begins_at=instant(DAY, 9),
        ends_at=instant(DAY, 11, 30),
        slice_seconds=900,
    )
    plan = schedule_of(settings_of(made), made, instant(DAY, 9))
    assert {later.due - one.due for one, later in zip(plan.slices, plan.slices[1:], strict=False)} == {15}


def test_the_largest_child_is_the_whole_windows_and_no_change_makes_it_larger() -> None:
    made = at([(START, START + 10 * MINUTE)], total_lots=60, slice_seconds=60)
    planned = settings_of(made)
    assert largest_child(planned, planned, made) == 6
    made.at = START + 9 * MINUTE  # when it is asked does not matter
    assert largest_child(planned, None, made) == 6
    assert largest_child(replace(planned, ends_at=START + 2 * MINUTE), planned, made) == 6
    assert largest_child(replace(planned, slice_seconds=600, total_lots=90), planned, made) == 6
    assert largest_child(replace(planned, slice_seconds=30), planned, made) == 3


def test_what_there_is_no_time_for_is_what_children_that_small_cannot_carry() -> None:
    ends_at = START + 84 * SECOND
    plan = Schedule((Slice(START, 30), Slice(START + 42 * SECOND, 60)), 30)
    spans = (TradingSpan(START, ends_at),)
    # A child each 2.1 seconds: twenty in each half.
    assert undone(plan, spans, now=START, had=0, most=2) == 0
    assert undone(plan, spans, now=START, had=0, most=1) == 20
    assert undone(plan, spans, now=START + 42 * SECOND, had=0, most=1) == 40
    assert undone(plan, spans, now=START + 42 * SECOND, had=50, most=1) == 0
    assert undone(plan, spans, now=START + 63 * SECOND, had=0, most=3) == 30
    assert undone(plan, (TradingSpan(START, START + 42 * SECOND),), now=START, had=0, most=2) == 30
    assert undone(plan, spans, now=ends_at, had=59, most=2) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"total_lots": 0}, "总手数"),
        ({"slice_seconds": 0}, "分片间隔"),
        ({"chase_seconds": 0}, "追价等待"),
        ({"max_chases": -1}, "最多追价"),
        ({"max_pay_up_ticks": 11}, "最多加价"),
        ({"participation_percent": 0}, "参与率上限"),
        ({"participation_percent": 101}, "参与率上限"),
        ({"begins_at": 0}, "开始时间"),
        ({"ends_at": 10**30}, "结束时间"),
        ({"ends_at": START + 16 * 24 * 60 * MINUTE}, "结束时间"),
        (
            {"style": ExecutionStyle.VWAP, "curve": (CurvePart(begin="9:00", end="10:00", weight=Decimal(1)),)},
            "成交曲线",
        ),
        (
            {"style": ExecutionStyle.VWAP, "curve": (CurvePart(begin="09:00", end="10:00", weight=Decimal(-1)),)},
            "成交曲线",
        ),
        (
            {
                "style": ExecutionStyle.VWAP,
                "curve": (
                    CurvePart(begin="21:00", end="01:00", weight=Decimal(1)),
                    CurvePart(begin="00:30", end="02:30", weight=Decimal(1)),
                ),
            },
            "成交曲线",
        ),
    ],
)
def test_settings_that_cannot_be_name_their_field(changes: dict[str, object], field: str) -> None:
    said = check_execution(replace(execution(), **changes))
    assert said is not None
    assert said.startswith(field)
    assert said.endswith("。")


def test_a_running_task_is_measured_by_the_time_that_is_left() -> None:
    made = at([(START, START + 10 * MINUTE)], total_lots=10)
    assert misfit(settings_of(made), made) is None
    made.at = START + 9 * MINUTE
    assert misfit(settings_of(made), made) is None
    made.at = START + 10 * MINUTE
    said = misfit(settings_of(made), made)
    assert said is not None
    assert "没有连续交易时间" in said
