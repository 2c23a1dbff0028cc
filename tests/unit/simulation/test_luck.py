from __future__ import annotations

from terminal.simulation.luck import Luck, Weather, derived


def test_the_same_place_of_the_same_seed_gives_the_same_number():
    assert derived(7, "people") == derived(7, "people")


def test_places_and_seeds_give_different_numbers():
    found = {derived(seed, place, number) for seed in (1, 2) for place in ("a", "b") for number in range(3)}
    assert len(found) == 12


def test_one_of_respects_weights():
    luck = Luck(1)
    assert {luck.one_of(("never", "always"), (0, 1)) for _ in range(50)} == {"always"}


def test_nothing_happens_in_calm_weather_however_probable():
    weather = Weather(3)
    weather.calm = True
    assert all(weather.random() >= 1.0 for _ in range(20))


def test_weather_goes_on_where_it_was_after_a_calm():
    whole, paused = Weather(3), Weather(3)
    paused.calm = True
    paused.random()
    paused.calm = False
    assert paused.random() == whole.random()
