"""Each timing of a roll by its figures: met at its threshold, lost only beyond its slack, unknown where nothing is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from terminal.domain.fact.marks import BatchBegan, RollBegan, TimingChosen, TimingMark
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import (
    BasisDistance,
    BasisReading,
    Combine,
    DaysToExpiry,
    Liquidity,
    Manual,
    OpenInterestCrossover,
    RollYield,
    Slices,
    SpreadDeviation,
    SpreadPercentile,
    StepDay,
    Timing,
    VolumeCrossover,
)
from terminal.domain.products.instrument import Kind
from terminal.domain.view import SpreadRank
from terminal.engine.sentences.marks import mark_sentence
from terminal.strategies.roll.timing_sight import watch_of
from terminal.strategies.roll.timings import check_timings
from tests.unit.strategies.rolling import FAR, NEAR, market, memory, settings, work, world
from tests.unit.strategies.traded import future
from tests.unit.strategies.world import World

SPOT = InstrumentId("SPOT.rb.上海")
NEVER = DaysToExpiry(days=0)


def stated(made: World, place: int = 0) -> TimingMark:
    return [mark for mark in made.of(TimingMark) if mark.place == place][-1]


def rolling(*timings: Timing, **changes: Any) -> World:
    made = world(days=50, timings=timings, **changes)
    made.instruments[NEAR] = msgspec.structs.replace(future(NEAR), expiry=20250115, delivery_month=202501)
    made.instruments[FAR] = msgspec.structs.replace(future(FAR), expiry=20250417, delivery_month=202504)
    return made


def later(made: World) -> None:
    """Let the half minute pass after which a turn may be stated again, and look."""
    made.wait(31)
    made.step()


@pytest.mark.parametrize(
    ("timing", "days", "value"),
    [
        (DaysToExpiry(days=8), {}, "50"),
        (DaysToExpiry(days=8, policy_day=20241231), {20241231: 9}, "9"),
        (DaysToExpiry(days=8, before_delivery_month=True), {20241231: 8}, "8"),
        (DaysToExpiry(days=8, policy_day=20250110, before_delivery_month=True), {20241231: 8, 20250110: 30}, "8"),
    ],
)
def test_the_earliest_of_last_day_company_rule_and_delivery_month_counts(
    timing: DaysToExpiry, days: dict[int, int], value: str
) -> None:
    made = rolling(timing)
    made.days = days
    made.step()
    assert (stated(made).value, stated(made).met) == (value, int(value) <= 8)


def test_a_volume_crossover_is_lost_only_below_its_slack() -> None:
    made = rolling(VolumeCrossover(slack=Decimal("0.05")), NEVER, combine=Combine.ALL)
    met = []
    for volume in (999, 1000, 950, 949):
        made.wait(31)
        made.show(NEAR, 3210, 3211, volume=1000)
        made.show(FAR, 3250, 3252, volume=volume)
        made.step()
        met.append(memory(made).timings[0].met)
    assert met == [False, True, True, False]
    assert stated(made).value == "0.9490"


@pytest.mark.parametrize(
    ("side", "deviations", "samples", "met", "value"),
    [
        (Side.BUY, "-1.50", 60, True, "1.50"),
        (Side.BUY, "-1.49", 60, False, "1.49"),
        (Side.BUY, "1.50", 60, False, "-1.50"),
        (Side.SELL, "1.50", 60, True, "1.50"),
        (Side.SELL, "1.50", 59, False, ""),
    ],
)
def test_a_spread_deviates_to_the_side_on_which_the_roll_is_cheap(
    side: Side, deviations: str, samples: int, *, met: bool, value: str
) -> None:
    timing = SpreadDeviation()
    made = rolling(timing, side=side)
    made.ranks[watch_of(settings(timings=(timing,)), timing)] = SpreadRank(
        Decimal(40), 100, samples, 6, 54, Decimal(deviations)
    )
    made.step()
    assert stated(made).met is met
    assert stated(made).value == value


def test_a_spread_deviation_that_no_window_reaches_is_refused() -> None:
    # √(n − 1) is the most that one of n samples can lie from their mean.
    assert check_timings(settings(timings=(SpreadDeviation(deviations=Decimal(3), window=10, at_least=5),))) is None
    wrong = check_timings(settings(timings=(SpreadDeviation(deviations=Decimal("3.01"), window=10, at_least=5),)))
    assert wrong is not None
    assert "10 个样本里到不了 3.01 倍标准差" in wrong


@pytest.mark.parametrize(
    ("side", "percent", "met"),
    [
        (Side.BUY, "-4.9425", True),
        (Side.BUY, "-4.94", False),
        (Side.SELL, "4.94", True),
        (Side.SELL, "4.95", False),
    ],
)
def test_the_roll_yield_is_that_of_the_positions_side(side: Side, percent: str, *, met: bool) -> None:
    # DOMAIN 5.5: near 3210/3211, far 3250/3252, 92 days apart.
    made = rolling(RollYield(percent=Decimal(percent)), side=side)
    made.step()
    assert stated(made).value == ("-4.9425" if side is Side.BUY else "4.9425")
    assert stated(made).met is met


@pytest.mark.parametrize(
    ("reading", "spots", "expected", "value"),
    [
        ("CONVERGED", ("3185.0", "3191.0", "3232.0", "3233.0"), (0, 1, 1, 0), "22.50"),
        ("DEVIATED", ("3185.0", "3191.0", "3193.0", "3191.0"), (1, 1, 0, 0), "17.50"),
    ],
)
def test_a_basis_converges_or_deviates_either_way_with_its_slack(
    reading: str, spots: tuple[str, ...], expected: tuple[int, ...], value: str
) -> None:
    timing = BasisDistance(spot=SPOT, yuan=Decimal(20), reading=BasisReading(reading), slack=Decimal(2))
    made = rolling(timing, NEVER, combine=Combine.ALL)
    made.instruments[SPOT] = msgspec.structs.replace(future(SPOT, multiplier="1", tick="0.5"), kind=Kind.SPOT)
    met = []
    for spot in spots:  # near's middle is 3210.5
        ticks = int(Decimal(spot) * 2)
        made.wait(31)
        made.show(SPOT, ticks, ticks)
        made.step()
        met.append(int(memory(made).timings[0].met))
    assert tuple(met) == expected
    assert stated(made).value == value


def test_liquidity_counts_batches_at_the_opposite_price_and_the_width() -> None:
    made = rolling(Liquidity(batches=Decimal(2), ticks=2), NEVER, combine=Combine.ALL)
    met = []
    for lots, ask in ((7, 3252), (8, 3252), (6, 3252), (8, 3253)):  # a batch is four lots
        made.wait(31)
        made.show(NEAR, 3210, 3211)
        made.show(FAR, 3250, ask, lots=lots)
        made.step()
        met.append(memory(made).timings[0].met)
    assert met == [False, True, True, False]


@pytest.mark.parametrize(("side", "value"), [(Side.BUY, "2.0000"), (Side.SELL, "5.0000")])
def test_liquidity_is_what_the_side_shows_that_far_is_opened_against(side: Side, value: str) -> None:
    made = rolling(Liquidity(batches=Decimal(9)), side=side)
    made.quotes[FAR] = made.quotes[FAR]._replace(bid_lots=20, ask_lots=8)  # a batch is four lots
    made.step()
    assert Decimal(stated(made).value) == Decimal(value)


@pytest.mark.parametrize("side", Side)
def test_a_spread_in_its_percentile_is_lost_only_beyond_its_slack_on_either_side(side: Side) -> None:
    timing = SpreadPercentile(permille=100, slack=30)
    made = rolling(timing, NEVER, combine=Combine.ALL, side=side)
    met = []
    for cheaper in (101, 100, 130, 131):  # of a thousand samples
        below, above = (cheaper, 500) if side is Side.BUY else (500, cheaper)
        made.ranks[watch_of(settings(timings=(timing,)), timing)] = SpreadRank(
            Decimal(40), 500, 1000, below, above, Decimal(1)
        )
        later(made)
        met.append(memory(made).timings[0].met)
    assert met == [False, True, True, False]


@pytest.mark.parametrize("far", [20250115, 20250114, None])
def test_two_contracts_that_expire_together_have_no_roll_yield(far: int | None) -> None:
    made = rolling(RollYield(percent=Decimal(1)))
    made.instruments[FAR] = msgspec.structs.replace(made.instruments[FAR], expiry=far)
    made.step()
    assert (stated(made).value, stated(made).note, stated(made).met) == ("", "到期日未知", False)


def test_a_one_sided_far_has_no_liquidity_and_no_value() -> None:
    made = rolling(Liquidity())
    made.show(FAR, 3250, None)
    made.step()
    assert (stated(made).value, stated(made).note) == ("", "远月没有双边报价")


def test_a_step_of_margin_or_limit_calls_days_before() -> None:
    made = rolling(StepDay(day=20241202, days=2))
    for left in (3, 2):
        made.days[20241202] = left
        later(made)
    assert [mark.met for mark in made.of(TimingMark)] == [False, True]
    assert made.of(RollBegan)


def test_slices_hold_the_roll_to_a_part_each_trading_day() -> None:
    made = rolling(Slices(first_day=20241202, slices=3), batch_lots=10, naked_lots=10)
    closed = []
    for left in (1, 0, -1, -2, -3):
        made.days[20241202] = left
        made.refresh()
        work(made, 60)
        closed.append(-made.net("near"))
        made.restart()
        made.end_day()
    assert closed == [0, 4, 7, 10, 10]
    assert [mark.lots for mark in made.of(BatchBegan)] == [4, 3, 3]
    assert made.of(RollBegan)[0].sliced


def test_a_missed_slice_is_made_up_on_the_next_day() -> None:
    made = rolling(Slices(first_day=20241202, slices=5), batch_lots=10, naked_lots=10)
    made.days[20241202] = -2
    work(made, 60)
    assert made.net("near") == -6


def test_slices_bind_no_roll_whose_deadline_has_come() -> None:
    made = rolling(Slices(first_day=20241202, slices=5), DaysToExpiry(days=50))
    made.days[20241202] = 0
    work(made, 200)
    assert not made.of(RollBegan)[0].sliced
    assert made.net("near") == -10


def test_a_person_gives_the_word() -> None:
    made = rolling(Manual())
    later(made)
    assert not made.of(RollBegan)
    made.settings = settings(timings=(Manual(go=True),))
    later(made)
    assert made.of(RollBegan)[0].because == ("manual",)


@pytest.mark.parametrize(("weights", "needed", "begins"), [((1, 2), 2, True), ((1, 1), 2, False), ((3, 1), 2, False)])
def test_weights_of_what_is_met_add_up(weights: tuple[int, ...], needed: int, *, begins: bool) -> None:
    timings = (NEVER, DaysToExpiry(days=50))
    made = rolling(*timings, combine=Combine.WEIGHTED, weights=weights, needed_weight=needed)
    made.step()
    assert bool(made.of(RollBegan)) is begins


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weights": (1,), "needed_weight": 1}, "各要一个正的权重"),
        ({"weights": (1, 0), "needed_weight": 1}, "各要一个正的权重"),
        ({"weights": (1, 2), "needed_weight": 4}, "应在 1 至 3"),
        ({"combine": Combine.ANY, "weights": (1, 2)}, "只有加权组合才用权重"),
    ],
)
def test_weights_that_can_never_suffice_are_refused(changes: dict[str, object], words: str) -> None:
    timings = (NEVER, DaysToExpiry(days=50))
    wrong = check_timings(settings(**({"timings": timings, "combine": Combine.WEIGHTED} | changes)))
    assert wrong is not None
    assert words in wrong


def test_the_first_timing_with_a_value_decides_and_another_only_when_it_is_lost() -> None:
    made = rolling(OpenInterestCrossover(), NEVER, combine=Combine.SWITCH)
    made.show(NEAR, 3210, 3211)  # says no open interest
    made.step()
    assert [mark.place for mark in made.of(TimingChosen)] == [1]
    made.wait(31)
    market(made)
    made.step()
    assert len(made.of(TimingChosen)) == 1, "no switch back within the trading day"
    made.restart()
    made.end_day()
    market(made)
    made.step()
    assert [mark.place for mark in made.of(TimingChosen)] == [1, 0]
    made.wait(31)
    made.show(NEAR, 3210, 3211)
    made.step()
    assert [mark.place for mark in made.of(TimingChosen)] == [1, 0, 1], "its value was lost"
    assert not made.of(RollBegan)
    made.wait(31)
    market(made, far=9999)
    made.step()
    assert not made.of(RollBegan), "what does not decide today does not begin the roll"
    made.end_day()
    market(made, far=9999)
    made.step()
    assert made.of(RollBegan)[0].because == ("open_interest_crossover",)


@pytest.mark.parametrize("timing", [SpreadPercentile(), SpreadDeviation()])
def test_a_spread_of_too_few_samples_is_not_known_and_lets_the_next_timing_decide(
    timing: SpreadPercentile | SpreadDeviation,
) -> None:
    made = rolling(timing, DaysToExpiry(days=50), combine=Combine.SWITCH)
    made.ranks[watch_of(settings(timings=(timing,)), timing)] = SpreadRank(Decimal(40), 900, 59, 53, 5, Decimal("0.3"))
    made.step()
    assert (stated(made).value, stated(made).note) == ("", "样本不足，价差 40，样本 59/60")
    assert [mark.place for mark in made.of(TimingChosen)] == [1]
    assert made.of(RollBegan)[0].because == ("days_to_expiry",)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(("timing", "value"), [(SpreadPercentile(), "500"), (SpreadDeviation(), "0")])
def test_a_spread_that_stands_still_is_known_and_lets_no_other_timing_decide(
    timing: SpreadPercentile | SpreadDeviation, value: str, side: Side
) -> None:
    made = rolling(timing, DaysToExpiry(days=50), combine=Combine.SWITCH, side=side)
    watch = watch_of(settings(timings=(timing,)), timing)
    made.ranks[watch] = SpreadRank(Decimal(40), 300, 60, 20, 39, Decimal(0))
    made.step()
    made.ranks[watch] = SpreadRank(Decimal(40), 500, 60, 0, 0)
    made.wait(601)
    made.step()
    assert (stated(made).met, stated(made).value, stated(made).note) == (False, value, "价差样本没有波动")
    assert [mark.place for mark in made.of(TimingChosen)] == [0]
    assert not made.of(RollBegan)


def test_samples_that_come_in_are_told_every_ten_minutes() -> None:
    timing = SpreadPercentile()
    made = rolling(timing)
    for samples in range(1, 40):
        made.ranks[watch_of(settings(timings=(timing,)), timing)] = SpreadRank(Decimal(40), 100, samples, 4, 35)
        made.step()
        made.wait(30)
    assert [(mark.note.split()[-1], mark.turned) for mark in made.of(TimingMark)] == [("1/60", True), ("21/60", False)]


def test_a_timing_knows_since_when_it_is_what_it_is_and_at_what_prices_it_was_first_met() -> None:
    made = rolling(DaysToExpiry(days=9), NEVER, combine=Combine.ALL)
    began = made.at
    made.step()
    assert memory(made).timings[0].since == began
    later(made)
    assert memory(made).timings[0].since == began
    made.expiry[NEAR] = 9
    later(made)
    turned = memory(made).timings[0]
    assert (turned.since, turned.met_at) == (made.at, made.at)
    assert (turned.near_mid, turned.far_mid) == (Decimal("3210.5"), Decimal(3251))


def test_a_value_that_moves_is_told_every_ten_minutes_without_a_line_of_its_own() -> None:
    made = rolling(Liquidity(batches=Decimal(99)))
    for lots in range(1, 61):
        made.show(FAR, 3250, 3252, lots=lots)
        made.step()
        made.wait(60)
    marks = made.of(TimingMark)
    assert [(mark.value, mark.turned) for mark in marks] == [
        ("0.25", True), ("2.75", False), ("5.25", False), ("7.75", False), ("10.25", False), ("12.75", False)
    ]  # fmt: skip
    assert mark_sentence(made.settings, marks[1]) == ""
    assert "远月对手量够 99 批" in mark_sentence(made.settings, marks[0])
    made.restart()
