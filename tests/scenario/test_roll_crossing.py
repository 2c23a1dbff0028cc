"""A roll that goes by what it sees day after day, in the users' words: by whole days, how each ended, full windows."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.days.calendar import instant
from terminal.domain.fact.marks import RollBegan, TimingMark
from terminal.domain.ids import InstrumentId
from terminal.domain.parameters.strategy import (
    Combine,
    DaysToExpiry,
    OpenInterestCrossover,
    SpreadPercentile,
    VolumeCrossover,
)
from tests.engine_world import DAY, FAR, NEXT_DAY, NEXT_NIGHT, RB, Shown, World
from tests.scenario.test_roll import go, hold, marks, roll, start

QUOTES: dict[InstrumentId, Shown] = {RB: (3700, 3701), FAR: (3600, 3602)}


def test_i_do_not_want_to_roll_because_five_lots_of_far_were_the_first_to_trade_tonight(world: World) -> None:
    # Given a roll that waits for far to trade more than near, on a day on which it traded a seventh of it
    hold(world)
    start(world, roll(VolumeCrossover()))
    world.volume = {RB: 800_000, FAR: 120_000}
    world.show_at(instant(DAY, 14, 50), QUOTES)
    # When the night opens with three lots of near and five of far
    world.volume = {RB: 3, FAR: 5}
    world.show_at(NEXT_NIGHT, QUOTES)
    go(world, 3)
    # Then nothing of it is rolled, neither now nor in the morning;
    world.volume = {RB: 200_000, FAR: 210_000}
    world.show_at(instant(NEXT_DAY, 9, 30), QUOTES)
    go(world, 3)
    assert (marks(world, RollBegan), world.net(RB), world.net(FAR)) == ([], 6, 0)
    assert "今日的到最后一段交易才算" in marks(world, TimingMark)[-1].note
    # but when most of the day has been traded, and far still leads, it is.
    world.volume = {RB: 500_000, FAR: 510_000}
    world.show_at(instant(NEXT_DAY, 13, 31), QUOTES)
    go(world)
    assert (len(marks(world, RollBegan)), world.net(RB), world.net(FAR)) == (1, 0, 6)


def test_a_day_that_far_lost_in_its_last_seconds_is_no_day_of_far(world: World) -> None:
    # Given a roll that wants far to be the main contract at the end of two days in a row
    hold(world)
    start(world, roll(OpenInterestCrossover(days=2, slack=Decimal(0))))
    # When far leads half a minute before the close and no longer ten seconds before it
    for second, far in ((30, 9000), (50, 8990)):
        world.interest = {RB: 9000, FAR: far}
        world.show_at(instant(DAY, 14, 59, second), QUOTES)
    # Then far leading on the next day makes one day, not two.
    world.interest = {RB: 9000, FAR: 9001}
    world.show_at(instant(NEXT_DAY, 9, 1), QUOTES)
    go(world)
    assert marks(world, RollBegan) == []
    assert "连续 1 日" in marks(world, TimingMark)[-1].note


def test_a_window_that_fills_for_days_does_not_keep_the_last_day_from_deciding(world: World) -> None:
    # Given a roll that goes by a percentile, and by the days that are left as long as nothing is known of it
    hold(world)
    start(world, roll(SpreadPercentile(sample_seconds=600), DaysToExpiry(days=97), combine=Combine.SWITCH))
    go(world, 3)
    # When the day comes on which the days say it is time, with two of sixty samples
    world.show_at(NEXT_NIGHT, QUOTES)
    go(world)
    # Then they decide, and it is rolled.
    assert [mark.because for mark in marks(world, RollBegan)] == [("days_to_expiry",)]
    assert [timing.note[:4] for timing in marks(world, TimingMark) if not timing.place][-1] == "样本不足"
    assert (world.net(RB), world.net(FAR)) == (0, 6)
