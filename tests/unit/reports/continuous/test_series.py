"""A continuous series: who is the main contract on which day, and what is left of a roll once it is joined."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId, ProductId
from terminal.reports.continuous.days import Contract, DayTold, Traded
from terminal.reports.continuous.mains import By, mains
from terminal.reports.continuous.series import Series, Step, continuous, half_up
from tests.engine_world import FAR, RB, instruments

DAYS = (20200817, 20200818, 20200819, 20200820, 20200821)
RB_OCTOBER = replace(instruments()[FAR], id=InstrumentId("SHFE.rb2110"), delivery_month=202110)
MONTHS = (instruments()[RB], instruments()[FAR], RB_OCTOBER)
PRODUCT = ProductId("SHFE.rb")

Told = tuple[int, int]  # close and open interest at the end of the day


def contract(place: int, told: dict[int, DayTold]) -> Contract:
    traded = {
        day: Traded(np.array([instant(day, 14, 59)]), np.array([one.close]))
        for day, one in told.items()
        if one.close is not None
    }
    return Contract(MONTHS[place], told, traded)


def market(*months: list[Told | None]) -> list[Contract]:
    """Return months with what each closed at and held on the days, one after another; volume is ten times that."""
    found = []
    for place, days in enumerate(months):
        told = {
            day: DayTold(close=one[0], opened=one[1], interest=one[1], volume=10 * one[1])
            for day, one in zip(DAYS, days, strict=False)
            if one is not None
        }
        found.append(contract(place, told))
    return found


def series(contracts: list[Contract], by: By = By.OPEN_INTEREST, ratio: str = "1", step: Step = Step.DAY) -> Series:
    return continuous(PRODUCT, contracts, by=by, ratio=Decimal(ratio), step=step)


def places(contracts: list[Contract], by: By = By.OPEN_INTEREST, ratio: str = "1") -> list[tuple[int, int]]:
    return [(one.day, one.place) for one in mains(contracts, by, Decimal(ratio))]


# --- which contract ---------------------------------------------------------------------------------------------------


def test_the_contract_of_a_day_is_judged_by_the_day_before_and_never_by_the_day_itself() -> None:
    # Far holds more from the end of the second day on: the third day is the first that is far's.
    told = market([(3700, 900)] * 4, [(3600, 100), (3600, 901), (3600, 902), (3600, 903)])
    assert places(told) == list(zip(DAYS, (0, 0, 1, 1), strict=False))
    # What the third day brings changes nothing of it, and nothing before it.
    assert places([told[0], contract(1, told[1].days | {DAYS[2]: DayTold(close=3600, interest=1)})])[:3] == [
        (DAYS[0], 0),
        (DAYS[1], 0),
        (DAYS[2], 1),
    ]


def test_as_much_is_not_more_and_a_ratio_asks_for_so_many_times_as_much() -> None:
    told = market([(3700, 900)] * 4, [(3600, 100), (3600, 900), (3600, 990), (3600, 991)])
    assert [place for _, place in places(told)] == [0, 0, 0, 1]
    assert [place for _, place in places(told, ratio="1.1")] == [0, 0, 0, 0]
    more = market([(3700, 900)] * 5, [(3600, 100), (3600, 900), (3600, 990), (3600, 991), (3600, 991)])
    assert [place for _, place in places(more, ratio="1.1")] == [0, 0, 0, 0, 1]


def test_who_has_left_a_contract_does_not_come_back_to_it() -> None:
    told = market([(3700, 900), (3700, 900), (3700, 5000), (3700, 5000)], [(3600, 901)] * 4)
    assert [place for _, place in places(told)] == [1, 1, 1, 1]


def test_by_volume_the_first_day_only_serves_to_judge() -> None:
    told = market([(3700, 900)] * 3, [(3600, 901)] * 3)
    assert places(told, By.VOLUME) == [(DAYS[1], 1), (DAYS[2], 1)]


def test_a_month_that_did_not_trade_the_day_before_cannot_take_over_yet() -> None:
    told = market([(3700, 900)] * 3, [None, (3600, 5000), (3600, 5000)])
    assert [place for _, place in places(told)] == [0, 0, 1]


def test_a_main_contract_that_has_ended_hands_over_at_once() -> None:
    told = market([(3700, 900), (3700, 900)], [(3600, 100)] * 3, [(3500, 200)] * 3)
    assert [place for _, place in places(told)] == [0, 0, 2]


def test_a_chain_nobody_can_go_on_with_is_refused_with_the_day_and_what_is_missing() -> None:
    told = market([(3700, 900), (3700, 900)], [None, None, (3600, 100)])
    with pytest.raises(UserError, match=r"20200819 起没有可接的主力：SHFE\.rb2101 当日没有成交.*20200818 也没有成交"):
        series(told)


def test_without_open_interest_there_is_no_main_contract() -> None:
    with pytest.raises(UserError, match="没有持仓量，分不出主力"):
        series([contract(0, {DAYS[0]: DayTold(close=3700)})])


def test_months_of_other_ticks_are_no_one_series() -> None:
    told = market([(3700, 900), (3700, 900)], [(3600, 901)] * 3)
    coarse = told[1]._replace(instrument=replace(told[1].instrument, tick=Decimal(5)))
    assert len(series([told[0]]).points) == 2
    with pytest.raises(UserError, match="最小变动价位不同（1、5）"):
        series([market([(3700, 902), (3700, 900)])[0], coarse])


# --- how it is joined -------------------------------------------------------------------------------------------------


def test_the_step_of_a_roll_is_measured_where_both_traded_and_taken_out_of_all_before_it() -> None:
    # The example of the manual: 3700 and 3600 on the day before, 3650 on the first day of far.
    told = market([(3690, 900), (3700, 900), (3710, 1)], [(3580, 100), (3600, 901), (3650, 902)])
    found = series(told)
    (roll,) = found.rolls
    assert (roll.trading_day, roll.measured_on, roll.old, roll.new) == (DAYS[2], DAYS[1], RB, FAR)
    assert (roll.old_close, roll.new_close, roll.gap) == (3700, 3600, -100)
    assert (roll.ratio, roll.values) == (Decimal("0.97297297"), (900, 901))
    assert [one.price for one in found.points] == [3690, 3700, 3650]
    assert [one.difference for one in found.points] == [3590, 3600, 3650]
    assert [one.ratio for one in found.points] == [3590, 3600, 3650]  # 3690 x 36 / 37 = 3590.27
    assert [one.instrument for one in found.points] == [RB, RB, FAR]


prices = st.integers(1, 9000)


@given(
    near=st.lists(prices, min_size=2, max_size=2),
    middle=st.lists(prices, min_size=4, max_size=4),
    far=st.lists(prices, min_size=5, max_size=5),
)
def test_a_day_in_one_contract_moves_the_joined_series_as_that_contract_moved(
    near: list[int], middle: list[int], far: list[int]
) -> None:
    # Near on two days, the middle month on two more, far on the last.
    told = market(
        [(near[0], 900), (near[1], 900)],
        [(middle[0], 1), (middle[1], 901), (middle[2], 901), (middle[3], 901)],
        [(far[0], 1), (far[1], 1), (far[2], 1), (far[3], 902), (far[4], 902)],
    )
    found = series(told)
    assert [one.trading_day for one in found.rolls] == [DAYS[2], DAYS[4]]
    by_difference = [one.difference for one in found.points]
    # What a lot earned that was always in the main contract, and was rolled at the closes.
    earned = [near[1] - near[0], middle[2] - middle[1], middle[3] - middle[2], far[4] - far[3]]
    assert [int(after - before) for before, after in pairwise(by_difference)] == earned
    assert found.points[-1].difference == found.points[-1].ratio == found.points[-1].price == far[4]
    # By ratio each point is the exact product, rounded once.
    times = [Fraction(middle[1], near[1]) * Fraction(far[3], middle[3]), Fraction(far[3], middle[3]), Fraction(1)]
    exact = [near[0] * times[0], near[1] * times[0], middle[2] * times[1], middle[3] * times[1], far[4] * times[2]]
    assert [one.ratio for one in found.points] == [half_up(one) for one in exact]


@given(st.integers(-10_000, 10_000), st.integers(1, 999))
def test_half_up_is_the_nearest_whole_number(top: int, under: int) -> None:
    value = Fraction(top, under)
    assert abs(value - half_up(value)) <= Fraction(1, 2)
    assert half_up(-value) == -half_up(value)


def test_a_minute_is_its_last_price_and_a_bar_belongs_to_the_minute_it_ends() -> None:
    begun = instant(DAYS[0], 9)
    at = np.array([begun + MINUTE_NS // 2, begun + MINUTE_NS, begun + MINUTE_NS + 1, begun + 5 * MINUTE_NS])
    told = market([(3700, 900)])[0]
    one = told._replace(traded={DAYS[0]: Traded(at, np.array([3701, 3702, 3703, 3704]))})
    found = series([one], step=Step.MINUTE)
    assert [(point.at, point.price) for point in found.points] == [
        (int(at[1]), 3702),
        (int(at[2]), 3703),
        (int(at[3]), 3704),
    ]
