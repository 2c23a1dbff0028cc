"""Two desks opened at different moments of the same market show the same basis, to the last digit."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.ids import ProductId
from terminal.engine.prices.basis import BASIS_STEP_NS
from terminal.sync.messages import FetchBasis
from terminal.widgets.basis.tracks import Standing, Track, Tracks
from tests.desk_rig import Seat
from tests.engine_world import CHECKER, SPOT, UNIVERSE, I
from tests.sync_rig import SECOND, Rig, only

PRODUCT = ProductId("DCE.i")


class Screen:
    """Hold what one desk's basis panels know."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.tracks = Tracks()
        self._taken = 0

    @property
    def track(self) -> Track:
        for drained in self.seat.drained[self._taken :]:
            if drained.market is not None:
                self.tracks.show_market(drained.market)
            self.tracks.take(drained.basis)
            for history in drained.history.values():
                self.tracks.take_history(history)
        self._taken = len(self.seat.drained)
        return self.tracks.by_product[PRODUCT]

    @property
    def shown(self) -> tuple[Standing, float, list[float]]:
        track = self.track
        standing = track.standing()
        assert standing is not None
        return standing, track.last_value, [track.value_of(number) for number in range(track.first, track.count)]


class Street:
    """Hold a market whose iron ore moves every second, and the desks that look at it."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.rig.world.engine.columns.state_spot(SPOT, Decimal(900), self.rig.world.at)
        self.screens: list[Screen] = []
        self._second = 0

    def sit_down(self, seat: Seat) -> Screen:
        seat.connect()
        screen = Screen(seat)
        self.screens.append(screen)
        return screen

    def go_on(self, seconds: int, *, deaf: Seat | None = None) -> None:
        for _ in range(seconds):
            self._second += 1
            price = 850 + self._second * 37 % 101 // 5
            self.rig.world.show({I: (price - 1, price + 1)}, last={I: price})
            self.rig.house.saw([UNIVERSE.index(I)])
            self.rig.house.publish()
            self.rig.now += SECOND
            for screen in self.screens:
                if screen.seat is not deaf:
                    screen.seat.pump()
                    screen.seat.look()
        for _ in range(2):  # a history that was asked for comes
            for screen in self.screens:
                screen.seat.pump()
                screen.seat.look()


def test_two_desks_opened_at_different_moments_show_the_same_mean_deviation_rank_and_curve() -> None:
    street = Street()
    early = street.sit_down(Seat(street.rig))
    street.go_on(187)
    late = street.sit_down(Seat(street.rig, CHECKER, "laptop"))
    street.go_on(64)
    assert early.shown == late.shown
    assert early.track.samples == 251 * SECOND // BASIS_STEP_NS + 1


def test_a_desk_that_was_away_shows_the_same_as_the_one_that_stayed() -> None:
    street = Street()
    stayed, away = street.sit_down(Seat(street.rig)), street.sit_down(Seat(street.rig, CHECKER, "laptop"))
    street.go_on(111)
    away.seat.lose()
    street.go_on(58, deaf=away.seat)
    away.seat.connect()
    street.go_on(13)
    assert away.shown == stayed.shown


def test_a_desk_on_a_slow_link_asks_for_what_was_passed_over(monkeypatch) -> None:
    monkeypatch.setattr("terminal.shell.serving.quote_lane.SAMPLES", 3)
    street = Street()
    quick, slow = street.sit_down(Seat(street.rig)), street.sit_down(Seat(street.rig, CHECKER, "laptop"))
    street.go_on(111)
    assert len(only(slow.seat.sent, FetchBasis)) == 1
    street.rig.now -= 40 * SECOND  # nobody is cut off: the link is only slow
    street.go_on(38, deaf=slow.seat)
    street.go_on(3)
    assert len(only(slow.seat.sent, FetchBasis)) == 2
    assert slow.shown == quick.shown
