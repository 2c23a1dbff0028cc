"""A desk that cannot reach its runner tries ever less often, but goes on, and never together with all other desks."""

from __future__ import annotations

import asyncio
import selectors
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from itertools import cycle, pairwise
from typing import Never, cast

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidMessage

from terminal.domain.ids import DeviceId, PersonId, TenantId
from terminal.sync.client import DeskClient
from terminal.sync.desk_session import DeskSession, Identity
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

    def open(self, now: int) -> DeskSession:
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


class Dialling(DeskClient):
    """Have attempts that fail as a test says, each after so many seconds."""

    fails: Iterable[tuple[float, Exception]]

    async def _dial(self) -> Never:
        seconds, problem = next(iter(self.fails))
        await asyncio.sleep(seconds)
        raise problem


class Heard(Watch):
    """Be a driver that has a session."""

    def open(self, now: int) -> DeskSession:
        identity = Identity(person=PersonId("p"), device=DeviceId("d"), proof="", public_key="", app="1")
        return DeskSession(identity, tenant=TenantId("t"), heads={}, last_device_seq=0, partial=None, now=now)


class SilentSocket:
    """Be a connection over which nothing ever comes."""

    remote_address = ("192.0.2.7", 7802)

    def __init__(self) -> None:
        self.transport = self
        self._is_over = asyncio.Event()

    def abort(self) -> None:
        self._is_over.set()

    async def send(self, frame: bytes, *, text: bool) -> None:
        pass

    async def close(self) -> None:
        self.abort()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await self._is_over.wait()
        if not self._is_over.is_set():
            yield b""


class Silent(DeskClient):
    """Reach somebody who says nothing."""

    async def _dial(self) -> ClientConnection:
        return cast("ClientConnection", SilentSocket())


def pauses(
    jitters: Iterable[float],
    *,
    attempts: int = 10,
    ends: Iterable[tuple[str, float, bool]] | None = None,
    fails: Iterable[tuple[float, Exception]] | None = None,
    silent: bool = False,
    meanwhile: Mapping[float, Callable[[DeskClient], None]] | None = None,
) -> list[float]:
    """Return the seconds between the failures of a client's attempts."""

    async def play() -> list[float]:
        loop = asyncio.get_running_loop()
        watch, drawn = (Heard if silent else Watch)(attempts), iter(jitters)
        kind: type[DeskClient] = Silent if silent else DeskClient
        if ends is not None or fails is not None:
            kind = Scripted if fails is None else Dialling
        client = kind(NOWHERE, watch, clock=lambda: int(loop.time() * 1e9), jitter=lambda: next(drawn))
        if isinstance(client, Scripted):
            client.ends = iter(ends or ())
        if isinstance(client, Dialling):
            client.fails = iter(fails or ())
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


REFUSED, NO_ROUTE, SILENT = (0.0, ConnectionRefusedError()), (0.0, OSError(101, "no way")), (5.0, TimeoutError())
UNTRUSTED = (0.0, ssl.SSLCertVerificationError("not known here"))
UNTRUSTED[1].verify_message = "not known here"


@pytest.mark.parametrize("fails", [REFUSED, NO_ROUTE, (0.0, InvalidMessage("a tunnel to nowhere"))])
def test_where_nobody_is_reached_it_is_never_more_than_two_seconds_and_a_half_to_the_next_attempt(
    fails: tuple[float, Exception],
) -> None:
    assert pauses(cycle([0.5]), attempts=9, fails=cycle([fails])) == [0, 0.5, 1, 2, 2, 2, 2, 2, 2]
    assert max(pauses(cycle([1.0]), attempts=9, fails=cycle([fails]))) == 2.5


def test_who_is_reached_and_not_trusted_is_called_ever_less_often_also_after_a_cut() -> None:
    fails = [REFUSED] * 5 + [UNTRUSTED] * 3
    assert pauses(cycle([0.5]), attempts=8, fails=fails) == [0, 0.5, 1, 2, 2, 2, 16, 30]


def test_an_attempt_whose_first_words_were_lost_is_begun_anew_when_the_network_is_back() -> None:
    def back(at: float) -> list[float]:
        fails = [SILENT, REFUSED, REFUSED]
        return pauses(cycle([0.5]), attempts=2, fails=fails, meanwhile={at: DeskClient.hurry})

    assert back(3.0) == [3, 0.5]
    assert back(0.25) == [1, 0.5]  # not before they would be said again anyway
    assert back(4.5) == [4.5, 0.5]


@pytest.mark.parametrize(
    ("act", "ends_at"), [(DeskClient.wake_up, 2.0), (DeskClient.hurry, 3.25), (lambda _: None, 10.25)]
)
def test_a_connection_that_was_slept_over_ends_at_once_and_one_over_a_changed_way_when_it_is_silent(
    act: Callable[[DeskClient], None], ends_at: float
) -> None:
    assert pauses(cycle([0.5]), attempts=1, silent=True, meanwhile={2.0: act}) == [ends_at]


def test_a_desk_whose_device_is_connected_elsewhere_waits_for_a_person_and_never_comes_back_by_itself() -> None:
    cut, apart = ("CUT", 60.0, True), ("SUPERSEDED", 60.0, True)
    day = 24 * 3600.0
    assert pauses(cycle([0.5]), attempts=3, ends=[cut, apart, cut], meanwhile={day: DeskClient.hurry}) == [
        60, 0.05 + 60, day - 120.05 + 60,
    ]  # fmt: skip
