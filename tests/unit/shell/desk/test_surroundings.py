"""What a desk notices around it: that the machine slept, and that there is another way to the runner."""

from __future__ import annotations

import asyncio
import time

import pytest

from terminal.shell.desk import surroundings
from terminal.shell.desk.surroundings import SLEPT, Surroundings, watch, ways_to

SECOND = 1_000_000_000


def test_a_long_time_between_two_looks_is_sleep_and_a_clock_set_back_is_none():
    seen = Surroundings(0, "", ())
    assert not seen.has_slept(SECOND)
    assert not seen.has_slept(SECOND + SLEPT)
    assert seen.has_slept(2 * SECOND + 2 * SLEPT)
    assert not seen.has_slept(0)
    assert not seen.has_slept(SECOND)


@pytest.mark.parametrize(
    ("ways", "moved"),
    [
        (["10.0.0.5", "10.0.0.5"], [False, False]),
        (["", "", "10.0.0.5", "10.0.0.5"], [False, False, True, False]),  # the cable is in again
        (["192.168.1.9", "192.168.1.9"], [True, False]),  # from one network into another
    ],
)
def test_a_way_that_is_there_again_or_is_another_one_is_noticed_once(ways, moved):
    seen = Surroundings(0, "10.0.0.1", ("10.0.0.5",))
    assert [seen.has_another_way("10.0.0.1", (way,)) for way in ways] == moved


def test_another_runner_is_no_other_way():
    seen = Surroundings(0, "", ("10.0.0.5", ""))
    assert not seen.has_another_way("127.0.0.1", ("127.0.0.1",))
    assert seen.has_another_way("127.0.0.1", ("127.0.0.2",))


def test_the_way_to_this_machine_is_itself_and_to_what_is_no_address_there_is_none():
    assert ways_to("127.0.0.1") == ("127.0.0.1",)
    assert ways_to("no address") == ("",)
    assert len(ways_to("")) == 2


class Client:
    """Note what it is told."""

    def __init__(self):
        self.peer = "10.0.0.1"
        self.told = []

    def hurry(self):
        self.told.append("hurry")

    def wake_up(self):
        self.told.append("wake up")


class Driver:
    is_turned_away = False


@pytest.mark.parametrize("is_turned_away", [False, True])
def test_the_client_is_told_what_has_changed_but_not_one_that_waits_for_a_person(monkeypatch, is_turned_away):
    walls = iter([0, 1, 2, 3 + SLEPT, 4 + SLEPT])
    ways = iter([("10.0.0.5",), ("",), ("10.0.0.5",), ("10.0.0.5",)])
    monkeypatch.setattr(surroundings, "LOOK_SECONDS", 0)
    monkeypatch.setattr(surroundings, "ways_to", lambda _: next(ways))
    monkeypatch.setattr(time, "time_ns", lambda: next(walls))
    client, driver = Client(), Driver()
    driver.is_turned_away = is_turned_away
    with pytest.raises(RuntimeError, match="StopIteration"):  # at the end of the ways
        asyncio.run(watch(client, driver))
    assert client.told == ([] if is_turned_away else ["hurry", "wake up"])
