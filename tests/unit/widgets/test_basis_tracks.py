from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain.days.calendar import DAY_NS, MINUTE_NS, SECOND_NS, instant
from terminal.domain.days.sessions import SessionId
from terminal.domain.ids import InstrumentId, ProductId
from terminal.engine.mailbox import Market
from terminal.engine.prices.basis import BASIS_STEP_NS, Basis
from terminal.engine.prices.history import BasisHistory
from terminal.engine.prices.samples import Samples
from terminal.widgets.basis.tracks import Track, Tracks
from terminal.widgets.basis.trading_steps import Hours
from terminal.widgets.basis.window import DAYS, RunningBand
from tests.engine_world import RB, instruments, reference

DAY = 20_250_106
NOW = instant(DAY, 10)
PRODUCT = ProductId("SHFE.rb")
CALENDAR = reference().calendar
HOURS = Hours(CALENDAR, SessionId("SHFE.2300"))
MINUTE = MINUTE_NS // BASIS_STEP_NS  # steps


def sample(place: float, value: int, *, spot: Decimal = Decimal(3400)) -> Basis:
    """Return a sample so many steps later."""
    return sample_at(NOW + round(place * BASIS_STEP_NS), value, spot=spot)


def sample_at(at: int, value: float, *, spot: Decimal = Decimal(3400)) -> Basis:
    return Basis(
        product=PRODUCT,
        trading_day=CALENDAR.trading_day(at),
        at=at,
        spot=InstrumentId("SPOT.rb.上海"),
        spot_price=spot,
        spot_at=at,
        spot_until=at + DAY_NS,
        future=InstrumentId("SHFE.rb2505"),
        future_price=spot - Decimal(str(value)),
        future_at=at,
        future_until=at + DAY_NS,
    )


def filled(*values: int) -> Track:
    track = Track(HOURS)
    track.take([sample(place, value) for place, value in enumerate(values)])
    return track


def history(*rows: tuple[float, float], before: float = 0) -> BasisHistory:
    return BasisHistory(
        product=PRODUCT,
        before=NOW + round(before * BASIS_STEP_NS),
        at=tuple(NOW + round(place * BASIS_STEP_NS) for place, _ in rows),
        spot=(3400.0,) * len(rows),
        future=tuple(3400.0 - value for _, value in rows),
    )


def values(track: Track) -> list[float]:
    return [track.value_of(number) for number in range(track.first, track.count)]


def test_the_band_is_the_mean_and_two_deviations_of_the_last_twenty_days_of_trading_time() -> None:
    given = np.array([(place * 37 % 101) - 50.0 for place in range(7 * (DAYS + 5))]) + 78_000
    begins = np.arange(0, len(given), 7)  # days of seven steps
    running = RunningBand(4096)
    running.go_on(0, given[:60], begins)
    running.go_on(60, given[60:100], begins)
    for place in range(99, len(given)):  # the newest once more, as every sample of its step does, and one behind it
        running.go_on(place, np.array([given[place]]), begins)
    found = running.pick(np.arange(len(given)))
    for place in range(len(given)):
        recent = given[max(0, place // 7 - DAYS + 1) * 7 : place + 1]
        assert found.mean[place] == pytest.approx(recent.mean())
        assert found.high[place] - found.low[place] == pytest.approx(4 * recent.std(), abs=1e-6)


def test_the_band_goes_on_where_the_oldest_steps_are_forgotten() -> None:
    given = np.array([float(place * 37 % 101) for place in range(4096 * 2 + 77)])
    at_once, in_parts = RunningBand(4096), RunningBand(4096)
    at_once.go_on(0, given, np.array([0, 8000]))
    for place in range(0, len(given), 1000):
        in_parts.go_on(place, given[place : place + 1000], np.array([0, 8000]))
    last = np.array([len(given) - 1])
    assert at_once.pick(last).mean[0] == pytest.approx(given.mean())
    assert in_parts.pick(last).mean[0] == pytest.approx(given[-4200:].mean(), rel=0.02)


def test_the_band_is_the_same_whether_samples_come_at_once_or_one_by_one() -> None:
    given = [place * 37 % 101 for place in range(720)]
    at_once, singly = filled(*given), Track(HOURS)
    for place, value in enumerate(given):
        singly.take([sample(place, value)])
    numbers = np.arange(len(given))
    for one, other in zip(at_once.band(numbers), singly.band(numbers), strict=True):
        assert one == pytest.approx(other, abs=1e-6)
    assert values(singly) == values(at_once)


def test_an_hour_that_was_sampled_once_weighs_as_much_as_one_sampled_at_every_step() -> None:
    track = Track(HOURS)
    opens = instant(DAY, 13, 30)
    track.take([sample_at(opens, 100)])  # stands for half an hour
    track.take([sample_at(opens + 30 * MINUTE_NS + step * BASIS_STEP_NS, 200) for step in range(30 * MINUTE)])
    standing = track.standing()
    assert standing is not None
    assert (standing.mean, standing.days, standing.since) == (Decimal("150.0"), 1, opens)


def test_the_standing_the_band_and_what_is_said_of_the_window_are_of_one_window() -> None:
    track = Track(HOURS)
    day, days = DAY, [DAY]
    for _ in range(DAYS + 4):
        day = CALENDAR.next_day(day)
        days.append(day)
    for place, one in enumerate(days):
        track.take([sample_at(instant(one, 9, minute), place * 10 + minute) for minute in range(30)])
    standing = track.standing()
    assert standing is not None
    assert standing.days == DAYS
    assert CALENDAR.trading_day(standing.since) == days[-DAYS]
    band = track.band(np.array([track.count - 1]))
    assert float(band.mean[0]) == pytest.approx(float(standing.mean), abs=0.06)
    sigmas = (track.last_value - float(band.mean[0])) / ((float(band.high[0]) - float(band.mean[0])) / 2)
    assert float(standing.sigmas or 0) == pytest.approx(sigmas, abs=0.06)


def test_the_standing_says_how_far_from_usual_the_basis_is() -> None:
    assert filled(*range(19)).standing() is None
    track = filled(*(100 - place % 7 for place in range(240)))
    track.take([sample(300, 300)])
    standing = track.standing()
    assert standing is not None
    assert standing.permille == 995
    assert standing.sigmas is not None
    assert standing.sigmas > 10
    assert standing.samples == 241


def test_of_each_step_the_last_sample_stands_and_the_one_of_now_moves() -> None:
    track = Track(HOURS)
    track.take([sample(0, 1), sample(0.2, 2), sample(1, 3)])
    track.take([sample(1.5, 4)])
    assert (values(track), track.samples) == ([2.0, 4.0], 2)
    track.take([sample(1.9, 5), sample(2, 6)])
    assert values(track) == [2.0, 5.0, 6.0]
    singly = filled(2, 5, 6)
    for one, other in zip(track.band(np.arange(3)), singly.band(np.arange(3)), strict=True):
        assert one == pytest.approx(other)


def test_a_step_without_a_sample_is_as_wide_as_any_other_and_no_sample_of_the_statistics() -> None:
    track = Track(HOURS)
    track.take([sample(0, 1), sample(4, 9)])
    assert values(track) == [1.0, 1.0, 1.0, 1.0, 9.0]
    assert track.samples == 2
    assert track.moment(0).permille == 0
    assert track.moment(4).permille == 500


def test_twenty_minutes_are_twenty_minutes_wide_and_breaks_and_nights_have_no_width() -> None:
    track = Track(HOURS)
    opens = (instant(DAY, 9), instant(DAY, 13, 30), instant(DAY, 21))  # of two trading days
    track.take([sample_at(opens[0] + minute * MINUTE_NS, minute) for minute in (0, 1)])  # the market's clock jumps
    track.take([sample_at(opens[1] + step * SECOND_NS, 50) for step in range(20 * 60)])
    morning = 2 * 60 + 15  # minutes, without the break
    assert track.count == (morning + 20) * MINUTE
    assert track.value_at(opens[1]) == (morning * MINUTE, 50.0)
    assert track.value_at(opens[1] - 1) == (morning * MINUTE - 1, 1.0)
    track.take([sample_at(opens[2], 60)])
    assert track.days == [(DAY, 0), (DAY + 1, (morning + 90) * MINUTE)]
    assert track.count == (morning + 90) * MINUTE + 1
    assert track.numbers_from(np.array([instant(DAY, 10, 20), opens[2]])).tolist() == [75 * MINUTE, track.count - 1]
    assert track.instants(np.array([0, 75 * MINUTE, track.count - 1])).tolist() == [
        opens[0],
        instant(DAY, 10, 30),
        opens[2],
    ]


def test_what_is_said_outside_the_sessions_belongs_to_a_step_inside() -> None:
    track = Track(HOURS)
    track.take([sample_at(instant(DAY, 14, 59, 55), 1), sample_at(instant(DAY, 15, 5), 2)])
    assert values(track) == [2.0]
    track.take([sample_at(instant(DAY, 20, 59), 3)])
    assert values(track) == [2.0, 3.0], "the auction is the beginning of the night"
    track.take([sample_at(instant(DAY, 21, 0, 3), 4)])
    assert values(track) == [2.0, 4.0]
    assert track.samples == 4


def test_a_product_without_known_sessions_trades_the_whole_day_until_they_are_known() -> None:
    tracks, market = Tracks(), Market(name="m", instruments=(), calendar=CALENDAR)
    tracks.show_market(market)
    product = instruments()[RB].product
    given = [sample_at(instant(DAY, hour, minute), 1) for hour, minute in ((11, 29), (13, 31))]
    tracks.take([replace(one, product=product) for one in given])
    track = tracks.by_product[product]
    assert track.count == 122 * MINUTE + 1
    tracks.show_market(replace(market, instruments=(instruments()[RB],)))
    assert track.count == 2 * MINUTE + 1
    assert track.era == 1


def test_a_product_whose_template_only_the_runner_has_trades_the_whole_day() -> None:
    theirs = replace(instruments()[RB], session=SessionId("SHFE.late"))
    tracks = Tracks()
    tracks.show_market(Market(name="m", instruments=(theirs,), calendar=CALENDAR))
    given = [sample_at(instant(DAY, hour, minute), 1) for hour, minute in ((11, 29), (13, 31))]
    tracks.take([replace(one, product=theirs.product) for one in given])
    assert tracks.by_product[theirs.product].count == 122 * MINUTE + 1


def test_the_history_takes_the_place_of_all_that_is_older_and_of_nothing_newer() -> None:
    track = Track(HOURS)
    track.take([sample(place, value) for place, value in ((10, 1), (11, 2), (12, 3))])
    told = history((9, 8.0), (10, 9.0), (11, 7.0), before=12)
    assert track.take_history(told)
    assert values(track) == [8.0, 9.0, 7.0, 3.0]
    assert track.era == 1
    assert not track.take_history(told)
    assert track.era == 1
    track.take([sample(11, 99), sample(13, 4)])  # the first was on its way while the history came
    assert values(track) == [8.0, 9.0, 7.0, 3.0, 4.0]
    assert track.take_history(history((12, 3.0), (13, 4.0), before=14)), "the runner begins later by now"
    assert values(track) == [3.0, 4.0]
    assert track.take_history(history(before=15))
    assert (values(track), track.days, track.value_at(NOW)) == ([], [], None)


def test_what_was_heard_while_the_history_was_on_its_way_is_newer_than_its_end() -> None:
    ahead, behind = Track(HOURS), Track(HOURS)
    told = history((0, 1.0), (1, 2.0), (2.1, 3.0), before=3)
    ahead.take([sample(2, 3), sample(2.5, 4)])
    ahead.take_history(told)
    behind.take([sample(2, 3)])
    behind.take_history(told)
    behind.take([sample(2.05, 9), sample(2.5, 4)])  # the first is of before the history
    assert values(ahead) == values(behind) == [1.0, 2.0, 4.0]
    assert ahead.samples == behind.samples == 3


def test_what_a_runner_that_began_again_says_once_more_takes_the_place_of_what_it_said_before() -> None:
    track = Track(HOURS)
    track.take([sample(place, place) for place in range(6)])
    track.take([sample(6, 6), sample(3, 30), sample(4, 40)])
    assert values(track) == [0.0, 1.0, 2.0, 30.0, 40.0]


def test_a_tenth_is_a_tenth_whether_it_came_live_or_with_the_history() -> None:
    live, told = Track(HOURS), Track(HOURS)
    live.take([sample_at(NOW, 0.1, spot=Decimal("775.5"))])
    told.take_history(BasisHistory(product=PRODUCT, before=NOW + 1, at=(NOW,), spot=(775.5,), future=(775.4,)))
    assert values(live) == values(told) == [0.1]


def test_two_desks_opened_at_different_moments_agree_to_the_last_digit() -> None:
    # Given a market of an hour, and a book of it at the runner
    given = [sample_at(NOW + second * SECOND_NS, (second * 37 % 101) / 10) for second in range(3_600)]
    book = {one.at // BASIS_STEP_NS: one for one in given}

    def at_runner(upto: int) -> BasisHistory:
        before = (given[upto].at // BASIS_STEP_NS + 1) * BASIS_STEP_NS
        rows = [one for one in book.values() if one.at < before]
        columns = [(one.at, float(one.spot_price), float(one.future_price)) for one in rows]
        at, spot, future = zip(*columns, strict=True)
        return BasisHistory(product=PRODUCT, before=before, at=at, spot=spot, future=future)

    # When one desk has seen all of it, one came in the middle, one sees it a drain of many samples at a time
    early, late, slow = Track(HOURS), Track(HOURS), Track(HOURS)
    for one in given:
        early.take([one])
    late.take(given[1_777:1_780])
    late.take_history(at_runner(1_777))
    for one in given[1_780:]:
        late.take([one])
    for begin in range(0, 3_600, 113):
        slow.take(given[begin : begin + 113])
    # Then they show the same, to the digit
    assert early.standing() is not None
    assert early.standing() == late.standing() == slow.standing()
    assert values(early) == values(late) == values(slow)


def test_the_value_of_a_moment_is_that_of_its_step() -> None:
    track = filled(5, 6, 7)
    assert track.value_at(NOW - 1) is None
    assert track.value_at(NOW + BASIS_STEP_NS) == (1, 6.0)
    assert track.value_at(NOW + 2 * BASIS_STEP_NS - 1) == (1, 6.0)
    assert track.value_at(NOW + DAY_NS) == (2, 7.0)
    assert track.is_final(NOW + 2 * BASIS_STEP_NS - 1)
    assert not track.is_final(NOW + 2 * BASIS_STEP_NS)


def test_a_moment_reads_both_legs_and_its_rank() -> None:
    moment = filled(10, 20, 30, 40).moment(2)
    assert (moment.spot, moment.future, moment.value, moment.permille) == (3400.0, 3370.0, 30.0, 500)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=40))
def test_the_chart_ranks_the_latest_sample_as_the_rules_do(prices: list[int]) -> None:
    kept = Samples(len(prices), 1)
    for price in prices:
        kept.add(price)
    rank = kept.rank()
    assert rank is not None
    assert filled(*prices).moment(len(prices) - 1).permille == rank.permille


def test_a_basis_that_never_moved_stands_in_the_middle() -> None:
    assert filled(*[5] * 5).moment(4).permille == 400  # two of the four others count as below


def test_each_product_has_a_track_and_empty_history_makes_none() -> None:
    tracks = Tracks()
    tracks.show_market(Market(name="m", instruments=(), calendar=CALENDAR))
    assert tracks.take_history(history()) == set()
    assert tracks.by_product == {}
    assert tracks.take([sample(0, 1), sample(1, 2)]) == {PRODUCT}
    assert tracks.by_product[PRODUCT].count == 2
