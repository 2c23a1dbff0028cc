"""What people owe to a spread against spot: tonnes to the kilogram, since when, and what may be said of them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain.fact.spot_marks import SpotConfirmed, SpotWaived
from terminal.domain.ids import AccountId, InstrumentId, PersonId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.spot_side import SpotSide
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.strategies.spread.legged import legged_states
from terminal.strategies.spread.memory import goal_of
from terminal.strategies.spread.spot_side import (
    SpotMemory,
    fold_spot_mark,
    follow_spot,
    lots_without,
    needed_tonnes,
    undone_tonnes,
    why_not_done,
    why_not_waived,
)

SPOT = InstrumentId("SPOT.i.日照港")
SETTINGS = SpreadSettings(
    account=AccountId("A"),
    legs=(
        SpreadLeg(instrument=SPOT, coefficient=Decimal(1), lots=0),
        SpreadLeg(instrument=InstrumentId("DCE.i2101"), coefficient=Decimal(-1), lots=-3, active=True),
    ),
    buy_at=Decimal(45),
    sell_at=Decimal(70),
    max_sets=4,
    spot_side=SpotSide(tonnes=Decimal(100)),
)


def said(tonnes: int | str, price: int = 880) -> SpotConfirmed:
    return SpotConfirmed(
        spot=SPOT, tonnes=Decimal(tonnes), price=Decimal(price), contract="HT-1", person=PersonId("li")
    )


def test_part_of_a_set_is_asked_for_to_the_kilogram_and_a_whole_one_exactly() -> None:
    # 100 t for three sold lots: a lot is 33.333 t, two are 66.667, three 100.
    assert [needed_tonnes(SETTINGS, net) for net in (-1, -2, -3, 0)] == [
        Decimal("33.333"),
        Decimal("66.667"),
        Decimal(100),
        Decimal(0),
    ]
    sold = (replace(SETTINGS.legs[0], coefficient=Decimal(-1)), replace(SETTINGS.legs[1], lots=3))
    assert needed_tonnes(replace(SETTINGS, legs=sold), 3) == -100


@given(st.integers(min_value=-60, max_value=60), st.decimals("0.001", "1000", places=3))
def test_the_rounding_does_not_add_up_and_whole_sets_are_exact(net: int, tonnes: Decimal) -> None:
    settings = replace(SETTINGS, spot_side=SpotSide(tonnes=tonnes))
    found = needed_tonnes(settings, net)
    assert abs(found + tonnes * net / 3) <= Decimal("0.0005")
    if net % 3 == 0:
        assert found == -tonnes * net // 3 if not tonnes * net % 3 else found == -tonnes * (net // 3)


def test_the_lots_without_spot_are_those_of_the_active_leg() -> None:
    assert lots_without(SETTINGS, Decimal(-150)) == Decimal("4.5")


def test_the_time_runs_from_the_first_tonne_not_done_and_anew_when_the_side_turns() -> None:
    spot = SpotMemory()
    follow_spot(spot, Decimal(0), Decimal(100), 7)
    follow_spot(spot, Decimal(100), Decimal(200), 9)
    assert spot.since == 7
    spot.overdue_day = 20200821
    follow_spot(spot, Decimal(200), Decimal(-50), 11)
    assert (spot.since, spot.overdue_day) == (11, 0)
    follow_spot(spot, Decimal(-50), Decimal(0), 13)
    assert spot.since is None


@pytest.mark.parametrize(
    ("done", "net", "tonnes", "may"),
    [
        (0, -3, 100, True),
        (0, -3, "100.001", False),
        (0, -3, -1, False),
        (100, 0, -100, True),  # the future is closed: the spot is sold
        (100, 0, -101, False),
        (100, 0, 1, False),
        (100, -3, -100, True),  # taken back
        (50, -3, -51, False),
        (50, -3, 50, True),
        (50, -3, 51, False),
        (100, 3, -200, True),  # the other way round
        (100, 3, -201, False),
    ],
)
def test_what_is_done_lies_between_nothing_and_what_is_needed(
    done: int, net: int, tonnes: int | str, may: bool
) -> None:
    spot = SpotMemory(done=Decimal(done))
    assert (why_not_done(SETTINGS, net, spot, Decimal(tonnes)) == "") is may


@given(st.lists(st.integers(min_value=-100, max_value=100), max_size=8))
def test_what_is_undone_is_need_less_the_sum_of_what_was_said(tonnes: list[int]) -> None:
    spot = SpotMemory()
    for one in tonnes:
        fold_spot_mark(SETTINGS, -3, spot, said(one), 5)
    assert undone_tonnes(SETTINGS, -3, spot) == 100 - sum(tonnes)
    assert spot.paid == 880 * sum(tonnes)
    assert (spot.since is None) == (undone_tonnes(SETTINGS, -3, spot) == 0 or not tonnes)


@given(
    st.lists(st.tuples(st.integers(min_value=1, max_value=50), st.integers(min_value=700, max_value=900)), min_size=1),
    st.lists(st.tuples(st.integers(min_value=1, max_value=50), st.integers(min_value=1, max_value=2000)), max_size=8),
)
def test_what_is_given_back_leaves_an_average_among_the_prices_that_were_paid(
    bought: list[tuple[int, int]], sold: list[tuple[int, int]]
) -> None:
    spot, prices = SpotMemory(), [price for _, price in bought]
    for tonnes, price in bought:
        fold_spot_mark(SETTINGS, -3 * 50 * len(bought), spot, said(tonnes, price), 5)
    for tonnes, price in sold:  # the future is closed by now
        fold_spot_mark(SETTINGS, 0, spot, said(-min(tonnes, int(spot.done)), price), 6)
        if not spot.done:
            assert spot.paid == 0
            return
        assert min(prices) <= round(spot.paid / spot.done, 9) <= max(prices)


def test_spot_that_turns_over_begins_at_the_price_of_what_is_left() -> None:
    spot = SpotMemory()
    for tonnes, price in ((100, 880), (-150, 900)):
        fold_spot_mark(SETTINGS, 3, spot, said(tonnes, price), 5)
    assert (spot.done, spot.paid) == (-50, -50 * 900)


def test_a_word_taken_back_at_a_price_that_cannot_have_been_paid_leaves_the_average() -> None:
    spot = SpotMemory()
    for tonnes, price in ((100, 880), (-99, 950)):
        fold_spot_mark(SETTINGS, -3, spot, said(tonnes, price), 5)
    assert (spot.done, spot.paid) == (1, 880)


def test_what_is_waived_is_asked_for_no_more_and_no_purchase() -> None:
    spot = SpotMemory()
    follow_spot(spot, Decimal(0), Decimal(100), 3)
    waived = SpotWaived(spot=SPOT, tonnes=Decimal(60), reason="期货已平", person=PersonId("li"))
    fold_spot_mark(SETTINGS, -3, spot, waived, 5)
    assert (undone_tonnes(SETTINGS, -3, spot), spot.done, spot.paid, spot.since) == (40, 0, 0, 3)
    assert why_not_waived(SETTINGS, -3, spot, Decimal(41)) == "现在最多还有买入 40 吨可以不做了"
    assert why_not_done(SETTINGS, -3, spot, Decimal(41)) == "现在最多还能落实买入 40 吨"
    fold_spot_mark(SETTINGS, -3, spot, replace(waived, tonnes=Decimal(40)), 7)
    assert spot.since is None


def test_sets_are_held_on_one_side_only() -> None:
    assert (goal_of(SETTINGS, 0, -1), goal_of(SETTINGS, 0, 1), goal_of(SETTINGS, -3, -9)) == (0, -3, 0)
    assert {state.direction for state in legged_states(SETTINGS)} == {1}
    other = replace(SETTINGS, spot_side=SpotSide(tonnes=Decimal(100), side=Side.SELL))
    assert (goal_of(other, 0, -1), goal_of(other, 0, 1)) == (3, 0)
    assert {state.direction for state in legged_states(other)} == {-1}
