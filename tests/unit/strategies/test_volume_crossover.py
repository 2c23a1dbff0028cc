"""Volume counts from the last stretch of a trading day on; an empty near month is known; no last sight is lost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import RollBegan, TimingChosen, TimingMark
from terminal.domain.parameters.strategy import (
    Combine,
    DaysToExpiry,
    OpenInterestCrossover,
    VolumeCrossover,
)
from terminal.engine.sentences.marks import timing_sentence
from tests.unit.strategies.rolling import FAR, NEAR, memory, world
from tests.unit.strategies.world import HOUR, World

NEVER = DaysToExpiry(days=0)


def traded(made: World, near: int, far: int) -> None:
    made.show(NEAR, 3210, 3211, volume=near)
    made.show(FAR, 3250, 3252, volume=far)
    made.step()


def stretch(made: World, *, last: bool) -> None:
    """Begin two hours of continuous trading; after those that are not the day's last come as many in an hour."""
    made.phase(Phase.CONTINUOUS, ends_in=7200)
    later = () if last else ((made.at + 3 * HOUR, made.at + 5 * HOUR),)
    made.spans = [(made.at, made.at + 2 * HOUR), *later]


def day(made: World, *sights: tuple[int, int]) -> None:
    """Show volumes in the first stretch of a trading day and then in its last one; end the day after so many."""
    for place, (near, far) in enumerate(sights):
        stretch(made, last=bool(place))
        made.wait(60)
        traded(made, near, far)
        made.wait(7200)
    made.end_day()


def stated(made: World) -> TimingMark:
    return [mark for mark in made.of(TimingMark) if not mark.place][-1]


def test_the_first_ticks_of_a_day_cross_nothing() -> None:
    made = world(days=50, timings=(VolumeCrossover(),))
    day(made, (400_000, 60_000), (800_000, 120_000))
    stretch(made, last=False)
    traded(made, 3, 5)
    assert (stated(made).met, stated(made).counts, stated(made).value) == (False, False, "1.6667")
    assert "今日的到最后一段交易才算" in timing_sentence(made.settings, stated(made))
    assert not made.of(RollBegan)


def test_the_last_stretch_of_a_day_counts() -> None:
    made = world(days=50, timings=(VolumeCrossover(),))
    stretch(made, last=True)
    traded(made, 800_000, 800_000)
    assert made.of(RollBegan)[0].because == ("volume_crossover",)


def test_what_finished_days_have_met_stays_met_until_the_last_stretch_says_otherwise() -> None:
    made = world(days=50, timings=(VolumeCrossover(days=2), NEVER), combine=Combine.ALL)
    met = []
    for sights in (((9, 1), (100, 120)), ((9, 1), (100, 120)), ((9, 1), (120, 100))):
        day(made, *sights)
        met += [mark.met for mark in made.of(TimingMark) if not mark.place]
        made.marks.clear()
    assert met == [False, False, False, True, True, False]


def test_a_day_of_which_only_the_beginning_was_seen_is_no_part_of_the_row_and_does_not_break_it() -> None:
    made = world(days=50, timings=(VolumeCrossover(days=3), NEVER), combine=Combine.ALL)
    for sights in (((9, 9), (9, 9)), ((1, 9),), ((9, 1),), ((9, 9), (9, 9))):
        day(made, *sights)
    assert (memory(made).timings[0].row, stated(made).met) == (1, False)
    day(made, (9, 9), (9, 9))
    assert stated(made).met, "three days that were seen to their end"


def test_far_that_trades_while_near_does_not_has_a_known_value() -> None:
    made = world(days=50, timings=(VolumeCrossover(), NEVER), combine=Combine.ALL)
    traded(made, 0, 1)
    assert (stated(made).met, stated(made).value) == (True, "Infinity")
    assert "近月为 0（远月 1 手，近月 0 手，" in timing_sentence(made.settings, stated(made))


def test_two_empty_contracts_have_crossed_nothing_and_are_known() -> None:
    made = world(days=50, timings=(VolumeCrossover(), NEVER), combine=Combine.SWITCH)
    traded(made, 0, 0)
    assert (stated(made).met, stated(made).value) == (False, "0")
    made.step()
    assert [mark.place for mark in made.of(TimingChosen)] == [0]
    made.wait(60)
    traded(made, 1000, 90_000)
    assert made.of(RollBegan), "it decides today, and is met now"


@pytest.mark.parametrize(("left", "sighted"), [(20, False), (40, True)])
def test_a_turn_in_the_last_half_minute_of_a_day_is_stated_at_once(left: int, *, sighted: bool) -> None:
    made = world(days=50, timings=(OpenInterestCrossover(days=2, slack=Decimal(0)),))
    made.phase(Phase.CONTINUOUS, ends_in=7200)
    made.spans = [(made.at, made.at + 2 * HOUR)]
    made.wait(7200 - left - 10)
    for far in (1000, 990):
        made.show(NEAR, 3210, 3211, interest=1000)
        made.show(FAR, 3250, 3252, interest=far)
        made.step()
        made.wait(10)
    assert memory(made).timings[0].sighted is sighted
