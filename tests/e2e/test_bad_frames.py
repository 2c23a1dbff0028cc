"""Whatever a client sends to a real runner, the runner serves the next good desk, and its log shows no secret."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.e2e.processes import eventually, journal_records
from tests.e2e.raw_desk import RawDesk, is_answered
from tests.e2e.small_house import SmallHouse

pytestmark = pytest.mark.xdist_group("bad_frames")  # one runner for all of them

MORE_THAN_THE_CREDIT = 600  # records: a desk that never credits is sent 256 of them
WRONG = "a-wrong-secret-that-no-log-may-show"
HELLO = {"type": "HELLO", "device": "raw-1", "person": "trader", "proof": WRONG, "public_key": "ab" * 32, "app": "raw"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHouse]:
    """Return a house whose runner answered a good desk before and after, and logged no traceback and no secret."""
    house = SmallHouse(tmp_path_factory.mktemp("house"), seconds=3_000)
    with house.running("--speed", "20") as runner:
        yield house
        assert runner.poll() is None, "the runner ended"
    log = house.log.read_text(encoding="utf-8")
    assert "Traceback" not in log, log
    assert WRONG not in log


@pytest.fixture(autouse=True)
def still_good(house: SmallHouse) -> Iterator[None]:
    secret = house.card().secret
    yield
    assert asyncio.run(is_answered(house.port, secret))
    log = house.log.read_text(encoding="utf-8")
    assert secret not in log
    assert "Traceback" not in log, log


def talk(play: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(90):
            await play()

    asyncio.run(limited())


STRANGE: dict[str, str | bytes] = {
    "not JSON": "this is not JSON",
    "half a JSON": '{"type": "HELLO", "device": "ra',
    "a list": "[1, 2, 3]",
    "a number": "17",
    "nothing": "",
    "bytes that are no text": b"\xff\xfe\x00\x01",
    "deeper than allowed": '{"type": "HELLO", "heads": ' + "[" * 40 + "]" * 40 + "}",
    "deeper than any parser goes": "[" * 100_000,
    "an unknown type": json.dumps({"type": "OPEN_SESAME"}),
    "no type": json.dumps({"device": "raw-1"}),
    "a type for the other way": json.dumps({"type": "RESET", "epoch": 1, "reason": "x"}),
    "an unknown field": json.dumps({**HELLO, "admin": True}),
    "a field of another kind": json.dumps({**HELLO, "parts": "many"}),
    "a missing field": json.dumps({"type": "HELLO", "device": "raw-1"}),
    "a lone surrogate": '{"type": "HELLO", "device": "\\ud800", "person": "trader"}',
}


@pytest.mark.parametrize("what", STRANGE)
def test_what_is_no_frame_is_answered_with_one_sentence_and_the_end(house: SmallHouse, what: str) -> None:
    async def play() -> None:
        for greeted in (False, True):
            async with RawDesk(house.port) as desk:
                if greeted:
                    await desk.hello(house.card().secret)
                    await desk.hear_until("WELCOME")
                await desk.say(STRANGE[what])
                assert await desk.bye() == "BAD_FRAME"
                assert WRONG not in json.dumps(desk.heard)

    talk(play)


def test_a_frame_that_is_too_long_is_not_read_to_its_end(house: SmallHouse) -> None:
    async def play() -> None:
        async with RawDesk(house.port) as desk:
            await desk.hello(house.card().secret)
            await desk.hear_until("WELCOME")
            await desk.say(json.dumps({"type": "BYE", "code": "x" * 300_000, "sentence": ""}))
            assert await desk.bye() in {"", "BAD_FRAME"}

    talk(play)


HUGE = 10**40
BEYOND: dict[str, dict[str, Any]] = {
    "a place in a snapshot": {"snapshot": "ab", "parts": HUGE},
    "a number of its own": {"last_device_seq": HUGE},
    "a place in a stream": {"heads": {"account:A": {"epoch": 1, "seq": HUGE, "hash": "00"}}},
    "an epoch": {"heads": {"account:A": {"epoch": HUGE, "seq": 1, "hash": "00"}}},
    "a place before the first": {"heads": {"account:A": {"epoch": 1, "seq": -HUGE, "hash": "00"}}},
    "a name as long as a book": {"device": "d" * 200_000},
    "a name with an end in it": {"device": "raw\u0000\n1"},
    "no name": {"device": ""},
}


@pytest.mark.parametrize("what", BEYOND)
def test_a_greeting_with_values_nobody_can_hold_is_refused_before_anything_is_made_of_it(
    house: SmallHouse, what: str
) -> None:
    async def play() -> None:
        async with RawDesk(house.port) as desk:
            await desk.hello(house.card().secret, **BEYOND[what])
            assert await desk.bye() == "BAD_FRAME"

    talk(play)


ASKED: dict[str, dict[str, Any]] = {
    "a pace": {"type": "SUB", "every_ms": -HUGE},
    "a pace too slow": {"type": "SUB", "every_ms": HUGE},
    "an instrument": {"type": "SUB", "instruments": ["NOWHERE.x1"] * 5_000},
    "a moment": {"type": "FETCH_BASIS", "request": HUGE, "product": "CZCE.AP", "before": HUGE, "most": -HUGE},
    "a product": {"type": "FETCH_BASIS", "request": 1, "product": "NOWHERE.x", "before": -HUGE, "most": HUGE},
    "a stamp": {"type": "PING", "nonce": HUGE, "mono": -HUGE},
    "an answer to nothing": {"type": "PONG", "nonce": HUGE, "mono": HUGE, "own_mono": HUGE},
    "an acknowledgement": {"type": "CREDIT", "applied": {"account:A": HUGE, "nowhere": -HUGE}},
    "a round": {"type": "FETCH_JOURNAL", "round": HUGE, "heads": {"account:A": {"epoch": 1, "seq": HUGE, "hash": "x"}}},
}


@pytest.mark.parametrize("what", ASKED)
def test_a_question_with_values_nobody_holds_is_answered_or_refused_and_breaks_nothing(
    house: SmallHouse, what: str
) -> None:
    async def play() -> None:
        async with RawDesk(house.port) as desk:
            await desk.hello(house.card().secret)
            await desk.hear_until("WELCOME")
            await desk.say(ASKED[what])
            await desk.say({"type": "BYE", "code": "BYE", "sentence": ""})
            assert await desk.bye() in {"BYE", "BAD_FRAME"}

    talk(play)


def test_nothing_is_heard_before_hello_and_hello_only_once(house: SmallHouse) -> None:
    body = {"type": "cancel_all", "account": "A"}
    command = {"cmd_id": "raw-early", "device_seq": 1, "kind": "cancel_all", "pressed_mono": 0, "ttl_ms": 9_000}

    async def play() -> None:
        for frame in ({"type": "SUB"}, {"type": "PING", "nonce": 1, "mono": 1}, {"type": "CREDIT", "applied": {}}):
            async with RawDesk(house.port) as desk:
                await desk.say(frame)
                assert await desk.bye() == "NO_HELLO"
        async with RawDesk(house.port) as desk:
            await desk.say({"type": "CMD", **command, "body": body})
            assert await desk.bye() == "NO_HELLO"
            assert [frame["type"] for frame in desk.heard] == ["BYE"]
        async with RawDesk(house.port) as desk:
            await desk.hello(house.card().secret)
            await desk.hear_until("WELCOME")
            await desk.hello(house.card().secret)
            assert await desk.bye() == "OUT_OF_TURN"

    talk(play)
    assert "raw-early" not in str(journal_records(house.runner_data))


def test_a_wrong_secret_is_refused_and_from_the_fifth_on_each_answer_takes_longer(house: SmallHouse) -> None:
    took: list[float] = []

    async def play() -> None:
        for _ in range(9):
            async with RawDesk(house.port) as desk:
                began = time.monotonic()
                await desk.hello(WRONG)
                assert await desk.bye() == "REFUSED"
                took.append(time.monotonic() - began)
                assert WRONG not in json.dumps(desk.heard)

    talk(play)
    assert took[8] > 1.6
    assert took[7] > 0.8
    assert min(took[:4]) < 0.4


def test_the_good_desk_is_not_slowed_down_while_ten_of_its_address_guess_at_once(house: SmallHouse) -> None:
    async def guess() -> None:
        async with RawDesk(house.port) as desk:
            await desk.hello(WRONG)
            await desk.bye()

    async def play() -> None:
        for _ in range(8):
            await guess()
        async with AsyncExitStack() as stack:
            waiting = []
            for _ in range(10):
                desk = await stack.enter_async_context(RawDesk(house.port))
                await desk.hello(WRONG)
                waiting.append(asyncio.create_task(desk.bye()))
            good = await stack.enter_async_context(RawDesk(house.port))
            await good.hello(house.card().secret)
            await good.hear_until("WELCOME")
            assert not waiting[-1].done()
            assert await asyncio.gather(*waiting) == ["REFUSED"] * 10

    talk(play)


def test_unknown_people_and_other_peoples_devices_are_refused_with_what_to_do(house: SmallHouse) -> None:
    async def refused(**changed: str) -> str:
        async with RawDesk(house.port) as desk:
            await desk.hello(house.card().secret, **changed)
            assert await desk.bye() == "REFUSED"
            return str(desk.heard[-1]["sentence"])

    async def play() -> None:
        async with RawDesk(house.port) as desk:
            await desk.hello(house.card().secret, device="raw-taken")
            await desk.hear_until("WELCOME")
        sentence = await refused(person="nobody")
        assert "没有人员 nobody" in sentence
        assert "--profile" in sentence
        assert "raw-taken" in await refused(person="supervisor", device="raw-taken")
        assert "公钥" in await refused(public_key="zz" * 32)

    talk(play)


def test_a_browser_is_turned_away_at_the_door(house: SmallHouse) -> None:
    async def play() -> None:
        with pytest.raises(InvalidStatus) as refused:
            async with RawDesk(house.port, origin="https://example.org"):
                pass
        assert refused.value.response.status_code == 403

    talk(play)


@pytest.mark.parametrize(("lowest", "highest"), [(0, 0), (2, 9)])
def test_without_a_common_version_both_are_named(house: SmallHouse, lowest: int, highest: int) -> None:
    async def play() -> None:
        async with RawDesk(house.port) as desk:
            await desk.hello(house.card().secret, protocol_min=lowest, protocol_max=highest)
            assert await desk.bye() == "NO_COMMON_VERSION"
            assert f"{lowest}–{highest}" in desk.heard[-1]["sentence"]

    talk(play)


def test_a_flood_is_first_throttled_and_then_cut(house: SmallHouse) -> None:
    async def pour(desk: RawDesk) -> None:
        while True:
            try:
                await desk.say({"type": "SUB"})
                await asyncio.sleep(0)  # or this side would never hear that the other has had enough
            except ConnectionClosed:
                return

    async def play() -> None:
        async with RawDesk(house.port) as desk:
            await desk.hello(house.card().secret)
            await desk.hear_until("WELCOME")
            pouring = asyncio.create_task(pour(desk))
            code = await desk.bye()
            await pouring
            # The last word of a connection that is cut under a flood may be lost with it; the throttling is not.
            assert code in {"FLOOD", "SLOW", ""}
            assert "THROTTLE" in {frame["type"] for frame in desk.heard}

    talk(play)


def test_bytes_that_are_not_even_http_are_dropped(house: SmallHouse) -> None:
    for first in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"GET / HTTP/1.1\r\n\r\n", b"\0" * 70_000, b"SSH-2.0-x\r\n"):
        with socket.create_connection(("127.0.0.1", house.port), timeout=30) as raw:
            raw.sendall(first)
            raw.shutdown(socket.SHUT_WR)
            try:
                while raw.recv(4096):
                    pass
            except ConnectionResetError:
                pass
    with socket.create_connection(("127.0.0.1", house.port)):
        pass  # a port that was only looked at


def test_silence_and_slowness_are_ended_by_the_clock(house: SmallHouse) -> None:
    eventually(lambda: len(journal_records(house.runner_data)) > MORE_THAN_THE_CREDIT, "more records than the credit")
    secret = house.card().secret

    async def says_nothing() -> str:
        async with RawDesk(house.port) as desk:
            return await desk.bye()

    async def never_answers() -> str:
        async with RawDesk(house.port) as desk:
            await desk.hello(secret, device="raw-dead")
            return await desk.bye(answering=False)

    async def never_credits() -> str:
        async with RawDesk(house.port) as desk:
            await desk.hello(secret, device="raw-slow")
            code = await desk.bye()
            assert sum(len(frame["events"]) for frame in desk.heard if frame["type"] == "EVT") <= 256
            return code

    async def never_reads() -> None:
        async with RawDesk(house.port) as desk:
            desk._socket.transport.pause_reading()
            await desk.hello(secret, device="raw-deaf")
            await asyncio.sleep(8)  # the clock is what is tested: 5 s for the answer to a PING, and the cut

    async def play() -> list[object]:
        began = time.monotonic()
        results = await asyncio.gather(says_nothing(), never_answers(), never_credits(), never_reads())
        assert time.monotonic() - began > 10
        return list(results)

    assert asyncio.run(play()) == ["NO_HELLO", "DEAD", "SLOW", None]
    eventually(lambda: "raw-deaf 断开" in house.log.read_text(encoding="utf-8"), "the deaf desk is cut")
