"""A desk that cannot reach its runner tries ever less often, but goes on, and never together with all other desks."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Iterable, Mapping
from itertools import cycle, pairwise
from typing import Never

import pytest

from terminal.sync.client import DeskClient
from terminal.sync.desk_session import DeskSession
from terminal.sync.effects import Effect, Ended

NOWHERE = "no address at all"  # so that an attempt fails at once and touches no socket
TWENTY_DESKS = 20


class Leaping(selectors.DefaultSelector):
    """Go to the next instant something is due instead of waiting for it."""

    now = 0.0  # seconds

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    """Be a loop that leaps over every pause."""

    def __init__(self) -> None:
        self._leaping = Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now


class Watch:
    """Be the driver; note when each attempt has failed, and end after so many."""

    def __init__(self, attempts: int) -> None:
        self.at: list[float] = []
        self.enough = asyncio.Event()
        self._attempts = attempts

    def open(self, now: int) -> Never:
        raise AssertionError("there is no connection")

    def take(self, effect: Effect, session: DeskSession) -> Ended | None:
        raise AssertionError("there is no connection")

    def look(self, session: DeskSession | None, now: int) -> None:
        pass

    def lost(self, code: str, sentence: str) -> None:
        self.at.append(asyncio.get_running_loop().time())
        if len(self.at) == self._attempts:
            self.enough.set()


class Scripted(DeskClient):
    """Have connections that end as a test says: with which code, after how many seconds, and whether we were let in."""

    ends: Iterable[tuple[str, float, bool]]

    async def _once(self) -> tuple[str, str, bool]:
        code, seconds, was_in = next(iter(self.ends))
        await asyncio.sleep(seconds)
        return code, "", was_in


def pauses(
    jitters: Iterable[float],
    *,
    attempts: int = 10,
    ends: Iterable[tuple[str, float, bool]] | None = None,
    meanwhile: Mapping[float, Callable[[DeskClient], None]] | None = None,
) -> list[float]:
    """Return the seconds between the failures of a client's attempts."""

    async def play() -> list[float]:
        loop = asyncio.get_running_loop()
        watch, drawn = Watch(attempts), iter(jitters)
        client = (DeskClient if ends is None else Scripted)(
            NOWHERE, watch, clock=lambda: int(loop.time() * 1e9), jitter=lambda: next(drawn)
        )
        if isinstance(client, Scripted):
            client.ends = iter(ends or ())
        for when, do in (meanwhile or {}).items():
            loop.call_at(when, do, client)
        running = asyncio.create_task(client.run())
        await watch.enough.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return [round(later - earlier, 3) for earlier, later in pairwise([0.0, *watch.at])]

    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(play())


def test_the_first_attempt_is_at_once_and_each_pause_is_twice_the_one_before_up_to_half_a_minute() -> None:
    assert pauses(cycle([0.5])) == [0, 0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_pause_is_drawn_anew_each_time_from_a_quarter_less_to_a_quarter_more() -> None:
    assert pauses(cycle([0.0, 1.0]), attempts=5) == [0, 0.375, 1.25, 1.5, 5]


def test_desks_that_were_cut_together_do_not_come_back_together() -> None:
    desks = [pauses(cycle([number / TWENTY_DESKS]), attempts=4) for number in range(TWENTY_DESKS)]
    for attempt in range(1, 4):
        assert len({desk[attempt] for desk in desks}) == TWENTY_DESKS


def test_no_pause_is_ever_longer_than_half_a_minute_and_a_quarter_of_it() -> None:
    assert max(pauses(cycle([1.0]), attempts=15)) == 37.5


def test_a_session_that_held_starts_the_row_anew_and_one_that_did_not_goes_on_in_it() -> None:
    cut, held = ("CUT", 0.5, True), ("CUT", 60.0, True)
    assert pauses(cycle([0.5]), attempts=6, ends=[cut, cut, cut, held, cut, cut]) == [
        0.5, 0.5 + 0.5, 1 + 0.5, 2 + 60, 0.05 + 0.5, 0.5 + 0.5,
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["REFUSED", "OTHER_TENANT", "REVOKED"])
def test_what_only_a_person_can_mend_is_tried_slowly_from_the_first_time_on(code: str) -> None:
    assert pauses(cycle([0.5]), attempts=8, ends=[(code, 0.0, False)] * 8) == [0, 10, 10, 10, 10, 10, 16, 30]


def test_a_network_that_is_back_is_tried_at_once() -> None:
    assert pauses(cycle([0.5]), attempts=5, meanwhile={2.0: DeskClient.hurry}) == [0, 0.5, 1, 0.5, 4]


def test_a_desk_whose_device_is_connected_elsewhere_waits_for_a_person_and_never_comes_back_by_itself() -> None:
    cut, apart = ("CUT", 60.0, True), ("SUPERSEDED", 60.0, True)
    day = 24 * 3600.0
    assert pauses(cycle([0.5]), attempts=3, ends=[cut, apart, cut], meanwhile={day: DeskClient.hurry}) == [
        60, 0.05 + 60, day - 120.05 + 60,
    ]  # fmt: skip
