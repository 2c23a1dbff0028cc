from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain.words.risk import Level
from terminal.engine.alert.alarms import BasisAlarm, BasisAlarms
from terminal.engine.prices.columns import Columns
from terminal.engine.prices.spread import Spread
from tests.engine_market import FAR, ONE, OTHER, RB, UNIVERSE, Shown, instruments, make_batch

SECOND = 1_000_000_000
BEGIN = 1_000 * SECOND
ALARM = BasisAlarm(
    account=ONE, spread="跨期", instrument=RB, low=Decimal(90), high=Decimal(110), band=Decimal(2), cooldown_seconds=60
)


class Bell:
    """Show the spread of two rebar contracts second by second and count what rings."""

    def __init__(self, *alarms: BasisAlarm) -> None:
        self.columns = Columns(UNIVERSE, instruments())
        self.columns.add_spread("跨期", ((RB, Decimal(1), 1), (FAR, Decimal(-1), -1)))
        self.alarms = BasisAlarms(alarms or (ALARM,))
        self.at = BEGIN

    def show(self, middle: int | None, *, after: int = 1) -> list[str]:
        """Return the sentences that ring when the middle of the spread is so many yuan."""
        self.at += after * SECOND
        near: Shown = (3700, None) if middle is None else (3600 + middle - 1, 3600 + middle + 1)
        slots = self.columns.update(make_batch(self.columns.batch + 1, self.at, {RB: near, FAR: (3599, 3601)}))
        touched: list[Spread] = self.columns.price_spreads(slots)
        return [rung.sentence for rung in self.alarms.judge(touched, self.at)]


@pytest.mark.parametrize(
    ("middle", "words"),
    [(111, ("+111", "高于上限", "+110")), (89, ("+89", "低于下限", "+90")), (-5, ("-5", "低于下限"))],
)
def test_it_rings_when_the_basis_leaves_its_band_and_says_where_it_is(middle: int, words: tuple[str, ...]) -> None:
    bell = Bell()
    assert bell.show(100) == []
    (sentence,) = bell.show(middle)
    assert all(word in sentence for word in (*words, "跨期", RB))


@pytest.mark.parametrize("middle", [90, 110, 100])
def test_on_its_edges_it_is_still_inside(middle: int) -> None:
    assert Bell().show(middle) == []


def test_a_sawtooth_rings_once() -> None:
    # One yuan in and out again, for ten minutes: inside the hysteresis it is one alarm.
    bell = Bell()
    rung = [bell.show(111 if second % 2 else 109) for second in range(600)]
    assert sum(map(len, rung)) == 1


def test_a_wide_sawtooth_rings_once_a_cooldown() -> None:
    # Far in and far out again every second: quiet in between, and yet no more than once a minute.
    bell = Bell()
    at = [second for second in range(600) if bell.show(120 if second % 2 else 100)]
    assert at == [1, 61, 121, 181, 241, 301, 361, 421, 481, 541]


def test_it_rings_again_after_it_came_back_inside_and_waited() -> None:
    bell = Bell()
    assert len(bell.show(111)) == 1
    assert bell.show(108) == []  # 110 less the band of 2: quiet again
    assert bell.show(111) == [], "within a minute"
    assert bell.show(108) == []
    assert len(bell.show(111, after=60)) == 1


def test_it_stays_ringing_until_it_is_the_bands_width_inside() -> None:
    bell = Bell()
    assert len(bell.show(111)) == 1
    assert bell.show(109, after=100) == []
    assert bell.show(111, after=100) == [], "it never fell silent"
    assert bell.show(108, after=100) == []
    assert len(bell.show(111, after=100)) == 1


def test_straight_from_one_side_to_the_other_is_another_alarm() -> None:
    bell = Bell()
    (first,) = bell.show(120)
    (second,) = bell.show(80, after=100)
    assert "高于上限" in first
    assert "低于下限" in second
    assert bell.show(80, after=100) == []


def test_a_spread_without_a_price_rings_nothing_and_stays_what_it_was() -> None:
    bell = Bell()
    assert len(bell.show(120)) == 1
    assert bell.show(None, after=100) == []
    assert bell.show(120, after=100) == []


def test_every_alarm_is_its_own() -> None:
    # Two accounts watch the same basis with different bands; one of them only upwards.
    upward = BasisAlarm(
        account=OTHER, spread="跨期", instrument=FAR, high=Decimal(105), level=Level.ORANGE, cooldown_seconds=0
    )
    bell = Bell(ALARM, upward)
    bell.at += SECOND
    slots = bell.columns.update(make_batch(0, bell.at, {RB: (3706, 3708), FAR: (3599, 3601)}))
    (rung,) = bell.alarms.judge(bell.columns.price_spreads(slots), bell.at)
    assert (rung.account, rung.level, rung.code, rung.instrument) == (OTHER, Level.ORANGE, "BASIS_ALARM", FAR)
    assert len(bell.show(89)) == 1, "the first account's lower edge"


def test_an_alarm_of_another_spread_is_silent() -> None:
    other = BasisAlarm(account=ONE, spread="别的", instrument=RB, high=Decimal(1))
    assert Bell(other).show(120) == []
