from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from terminal.domain.calendar import DAY_NS, SECOND_NS, instant
from terminal.domain.ids import InstrumentId, ProductId
from terminal.engine.mailbox import Basis
from terminal.engine.screen import BasisHistory
from terminal.widgets.basis_tracks import WINDOW, Track, Tracks, band, trading_days

DAY = 20_250_106
NOW = instant(DAY, 10)
PRODUCT = ProductId("SHFE.rb")


def sample(place: int, value: int, *, day: int = DAY, spot: Decimal = Decimal(3400)) -> Basis:
    at = NOW + place * SECOND_NS
    return Basis(
        product=PRODUCT,
        trading_day=day,
        at=at,
        spot=InstrumentId("SPOT.rb.上海"),
        spot_price=spot,
        spot_at=at,
        spot_until=at + DAY_NS,
        future=InstrumentId("SHFE.rb2505"),
        future_price=spot - value,
        future_at=at,
        future_until=at + DAY_NS,
    )


def filled(*values: int) -> Track:
    track = Track()
    track.take([sample(place, value) for place, value in enumerate(values)])
    return track


def history(*rows: tuple[int, float]) -> BasisHistory:
    return BasisHistory(
        product=PRODUCT,
        at=tuple(NOW + place * SECOND_NS for place, _ in rows),
        spot=(3400.0,) * len(rows),
        future=tuple(3400.0 - value for _, value in rows),
    )


def values(track: Track) -> list[float]:
    return [track.value_of(number) for number in range(track.first, track.count)]


def test_the_band_is_the_mean_and_two_deviations_of_the_last_samples() -> None:
    given = np.array([3.0, -1.0, 4.0, 1.0, -5.0, 9.0, 2.0, 6.0]) + 78_000
    found = band(given, window=3)
    for place in range(len(given)):
        recent = given[max(0, place - 2) : place + 1]
        assert found.mean[place] == pytest.approx(recent.mean())
        assert found.high[place] - found.low[place] == pytest.approx(4 * recent.std(), abs=1e-6)


def test_the_band_is_the_same_whether_samples_come_at_once_or_one_by_one() -> None:
    given = [place * 37 % 101 for place in range(3 * WINDOW)]
    at_once, singly = filled(*given), Track()
    for place, value in enumerate(given):
        singly.take([sample(place, value)])
    numbers = np.arange(len(given))
    for one, other in zip(at_once.band(numbers), singly.band(numbers), strict=True):
        assert one == pytest.approx(other, abs=1e-6)
    assert values(singly) == given


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


def test_history_goes_before_the_live_samples_and_into_their_gaps_and_nothing_twice() -> None:
    track = Track()
    track.take([sample(place, value) for place, value in ((10, 1), (11, 2), (20, 3))])
    assert track.take_history(history((-5, 7.0), (-4, 8.0), (10, 99.0), (15, 9.0), (15, 77.0)))
    assert values(track) == [7.0, 8.0, 1.0, 2.0, 9.0, 3.0]
    assert track.era == 1
    assert not track.take_history(history((-5, 7.0), (10, 99.0)))
    assert track.era == 1
    track.take([sample(21, 4)])
    assert values(track)[-2:] == [3.0, 4.0]
    assert track.last_at == NOW + 21 * SECOND_NS


def test_two_live_samples_of_one_instant_both_stay_when_history_comes() -> None:
    track = Track()
    track.take([sample(10, 1), sample(10, 2)])
    track.take_history(history((5, 9.0)))
    assert values(track) == [9.0, 1.0, 2.0]


def test_history_brings_its_days_and_live_samples_keep_theirs() -> None:
    track = Track()
    track.take([sample(0, 1, day=DAY), sample(1, 1, day=DAY + 1)])
    day = DAY_NS // SECOND_NS
    track.take_history(history((-4 * day, 5.0), (-3 * day, 5.0), (-3 * day + 1, 5.0)))
    assert track.days == [(20_250_102, 0), (20_250_103, 1), (DAY, 3), (DAY + 1, 4)]


@pytest.mark.parametrize(
    ("day", "hour", "belongs"),
    [
        (20_250_106, 10, 20_250_106),
        (20_250_106, 21, 20_250_107),
        (20_250_107, 1, 20_250_107),
        (20_250_103, 21, 20_250_106),  # Friday evening
        (20_250_104, 2, 20_250_106),  # and its small hours
    ],
)
def test_an_evening_belongs_to_the_next_weekday(day: int, hour: int, belongs: int) -> None:
    assert trading_days(np.array([instant(day, hour)])).tolist() == [belongs]


def test_the_value_of_a_moment_is_that_of_the_sample_that_stood() -> None:
    track = filled(5, 6, 7)
    assert track.value_at(NOW - 1) is None
    assert track.value_at(NOW + SECOND_NS) == (1, 6.0)
    assert track.value_at(NOW + SECOND_NS + 1) == (1, 6.0)
    assert track.value_at(NOW + DAY_NS) == (2, 7.0)


def test_a_moment_reads_both_legs_and_its_rank() -> None:
    moment = filled(10, 20, 30, 40).moment(2)
    assert (moment.spot, moment.future, moment.value, moment.permille) == (3400.0, 3370.0, 30.0, 500)


def test_each_product_has_a_track_and_empty_history_makes_none() -> None:
    tracks = Tracks()
    assert tracks.take_history(BasisHistory(product=PRODUCT, at=(), spot=(), future=())) == set()
    assert tracks.by_product == {}
    assert tracks.take([sample(0, 1), sample(1, 2)]) == {PRODUCT}
    assert tracks.by_product[PRODUCT].count == 2
