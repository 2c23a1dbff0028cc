"""A roll waits for its timings, and states them once a trading day."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain.fact.marks import ContractFrozen, RollBegan, TimingMark
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Combine, DaysToExpiry, OpenInterestCrossover, SpreadPercentile
from terminal.domain.view import SpreadRank
from terminal.engine.prices.samples import Samples
from terminal.strategies.table import ROLL
from tests.unit.strategies.rolling import FAR, NEAR, market, settings, world
from tests.unit.strategies.world import World


def timings(made: World) -> list[TimingMark]:
    return [mark for mark in made.marks if isinstance(mark, TimingMark)]


def test_a_roll_waits_for_its_timing_and_states_it_once_a_trading_day() -> None:
    made = world(days=9)
    for _ in range(50):
        made.wait(10)
        made.step()
    assert made.book == {}
    assert [(mark.met, mark.value, mark.threshold) for mark in timings(made)] == [(False, "9", "3")]
    made.end_day()
    made.expiry[NEAR] = 8
    made.step()
    assert len(timings(made)) == 1, "nothing is judged by yesterday's quotes"
    made.refresh()
    made.step()
    assert [mark.value for mark in timings(made)] == ["9", "8"]


def test_days_to_expiry_begins_the_roll_with_the_crossover_shown_unmet() -> None:
    made = world(days=9, timings=(DaysToExpiry(days=3), OpenInterestCrossover()))
    made.step()
    assert [(mark.timing, mark.met) for mark in timings(made)] == [
        ("days_to_expiry", False),
        ("open_interest_crossover", False),
    ]
    assert timings(made)[1].value == "0.8889"
    assert "远月 8000" in timings(made)[1].note
    made.end_day()
    made.expiry[NEAR] = 3
    made.refresh()
    made.step()
    assert [(mark.timing, mark.met) for mark in timings(made)[2:]] == [
        ("days_to_expiry", True),
        ("open_interest_crossover", False),
    ]
    (began,) = made.of(RollBegan)
    assert began == RollBegan(
        because=("days_to_expiry",), near_mid=Decimal("3210.5"), far_mid=Decimal(3251), places=(0,)
    )


def test_all_timings_must_be_met_where_the_settings_say_so() -> None:
    made = world(timings=(DaysToExpiry(days=3), OpenInterestCrossover()), combine=Combine.ALL)
    made.step()
    assert not made.of(RollBegan)
    made.wait(1)
    market(made, near=9000, far=9000)
    made.step()
    assert made.of(RollBegan), "a turn that begins the roll is stated at once"


def test_a_crossover_over_days_is_met_by_the_last_sights_of_days_in_a_row() -> None:
    made = world(days=99, timings=(OpenInterestCrossover(days=3),))
    met = []
    for far in (9100, 8000, 9100, 9200, 9300):
        made.wait(60)
        market(made, far=far)
        made.step()
        met.append(timings(made)[-1].met)
        made.restart()
        made.end_day()
    assert met == [False, False, False, False, True]
    assert [mark.sighted for mark in timings(made)] == [True, False, True, True, True]


def test_only_the_last_sight_of_a_day_counts() -> None:
    made = world(days=99, timings=(OpenInterestCrossover(days=2),))
    market(made, far=9100)
    made.step()
    made.wait(60)
    market(made, far=8900)
    made.step()
    made.end_day()
    market(made, far=9100)
    made.step()
    assert [(mark.sighted, mark.met) for mark in timings(made)] == [(True, False), (False, False), (True, False)]


def test_open_interests_that_run_level_do_not_flood_the_journal() -> None:
    made = world(days=99, timings=(OpenInterestCrossover(days=2),))
    for turn in range(600):
        made.wait(0.5)
        market(made, far=9000 - turn % 2)
        made.step()
    assert len(timings(made)) <= 12


def test_the_main_contract_is_fixed_once_a_trading_day() -> None:
    made = world(days=99, timings=(OpenInterestCrossover(days=9),))
    for day in ((8999, 9001), (9001, 8999)):
        for far in day:
            market(made, far=far)
            made.step()
            made.wait(60)
        made.end_day()
    assert [mark.main for mark in made.of(ContractFrozen)] == [NEAR, FAR]


@pytest.mark.parametrize(
    ("side", "lower", "higher", "samples", "met", "value"),
    [
        (Side.BUY, 12, 40, 60, True, "200"),
        (Side.BUY, 13, 40, 60, False, "216"),
        (Side.BUY, 0, 1, 60, True, "0"),  # the cheapest there was, however often
        (Side.BUY, 0, 58, 59, False, ""),
        (Side.SELL, 40, 12, 60, True, "800"),
        (Side.SELL, 40, 13, 60, False, "784"),
        (Side.SELL, 1, 0, 60, True, "1000"),
    ],
)
def test_the_spread_percentile_is_met_where_the_roll_is_cheap(
    side: Side, lower: int, higher: int, samples: int, met: bool, value: str
) -> None:
    made = world(days=99, side=side, timings=(SpreadPercentile(),))
    (watch,) = ROLL.watches(settings(timings=(SpreadPercentile(),)))
    assert watch.legs == ((FAR, Decimal(1)), (NEAR, Decimal(-1)))
    made.step()
    assert timings(made)[-1].value == ""
    made.ranks[watch] = SpreadRank(Decimal(40), 500, samples, lower, higher, Decimal(1))
    made.wait(600)
    made.step()
    assert timings(made)[-1].value == value
    assert bool(made.of(RollBegan)) is met


@pytest.mark.parametrize("side", Side)
def test_a_spread_that_never_moved_is_cheap_for_neither_side(side: Side) -> None:
    made = world(days=99, side=side, timings=(SpreadPercentile(),))
    (watch,) = ROLL.watches(settings(timings=(SpreadPercentile(),)))
    still = Samples(60, 1)
    for _ in range(60):
        still.add(40)
    rank = still.rank()
    assert rank is not None
    made.ranks[watch] = rank
    made.step()
    assert (timings(made)[-1].value, timings(made)[-1].note) == ("491", "价差样本没有波动")
    assert not made.of(RollBegan)


@pytest.mark.parametrize("timing", [DaysToExpiry(days=3), OpenInterestCrossover()])
def test_a_timing_whose_value_is_not_known_is_unmet_and_says_why(
    timing: DaysToExpiry | OpenInterestCrossover,
) -> None:
    made = world(timings=(timing,))
    made.expiry.clear()
    made.show(NEAR, 3210, 3211)
    made.step()
    (mark,) = timings(made)
    assert (mark.met, mark.value) == (False, "")
    assert "未知" in mark.note
