"""Strangers cannot take all of a runner's sockets, and what is no runner is not taken for one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidMessage, InvalidStatus
from websockets.protocol import State

from terminal.runner.card import Card, answers
from terminal.sync import crowd, penalty, server
from terminal.sync.messages import Bye, Welcome
from terminal.sync.wire import encode, read_from_runner
from tests.desk_server import with_server
from tests.e2e.test_remote import certificates
from tests.sync_rig import SECRET, Rig


def silent(port: int, count: int) -> list[socket.socket]:
    return [socket.create_connection(("127.0.0.1", port), timeout=2) for _ in range(count)]


async def are_cut(sockets: list[socket.socket]) -> int:
    """Return how many of these the runner has cut."""
    cut = 0
    for one in sockets:
        one.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            try:
                cut += one.recv(1) == b""
            except ConnectionError:
                cut += 1
    return cut


def test_one_connection_too_many_is_cut_before_a_word_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "MOST_UNKNOWN", 5)

    async def work(port: int) -> None:
        sockets = silent(port, 9)
        await asyncio.sleep(0.3)
        assert await are_cut(sockets) == 4
        # Those that leave make room.
        for one in sockets:
            one.close()
        await asyncio.sleep(0.3)
        more = silent(port, 5)
        await asyncio.sleep(0.3)
        assert await are_cut(more) == 0
        for one in more:
            one.close()

    with_server(work)


def test_all_addresses_together_have_a_bound_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "MOST_SOCKETS", 3)

    async def work(port: int) -> None:
        sockets = silent(port, 4)
        await asyncio.sleep(0.3)
        assert await are_cut(sockets) == 1
        with pytest.raises((OSError, InvalidMessage, EOFError)):
            await connect(f"ws://127.0.0.1:{port}", open_timeout=2)
        for one in sockets:
            one.close()

    with_server(work)


def test_sockets_that_say_nothing_for_a_second_give_way_to_a_good_desk() -> None:
    async def work(port: int) -> None:
        sockets = silent(port, crowd.MOST_UNKNOWN)
        await asyncio.sleep(0.3)
        with pytest.raises((OSError, InvalidMessage, EOFError)):  # each has its second
            await guess(port)
        await asyncio.sleep(crowd.PATIENCE)
        assert await is_let_in(port)
        await asyncio.sleep(0.1)
        assert await are_cut(sockets[:1]) == 1
        assert await are_cut(sockets[1:]) == 0
        # One that was let in gives way to nobody.
        good = await guess(port, 999, proof=SECRET)
        assert isinstance(read_from_runner(await good.recv()), Welcome)
        await asyncio.sleep(crowd.PATIENCE)
        sockets += silent(port, crowd.MOST_UNKNOWN + 10)
        await asyncio.sleep(0.3)
        assert good.state is State.OPEN
        for one in sockets:
            one.close()

    with_server(work)


async def guess(port: int, number: int = 0, *, proof: str = "a token that has run out") -> ClientConnection:
    one = await connect(f"ws://127.0.0.1:{port}", proxy=None)
    await one.send(encode(Rig().hello(device=f"desk-{number}", proof=proof)), text=True)
    return one


async def is_let_in(port: int) -> bool:
    good = await guess(port, 999, proof=SECRET)
    answer = read_from_runner(await good.recv())
    await good.close()
    return isinstance(answer, Welcome)


@pytest.fixture
def long_penalties(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold every wrong proof for as long as any of these tests may take."""
    monkeypatch.setattr(penalty, "PENALTY_FROM", -10)
    monkeypatch.setattr(penalty, "LONGEST_PENALTY", 60.0)


@pytest.mark.usefixtures("long_penalties")
def test_a_good_desk_gets_in_while_many_of_its_address_wait_to_be_told_that_their_proof_is_wrong() -> None:
    async def work(port: int) -> None:
        held = [await guess(port, number) for number in range(10)]
        assert await is_let_in(port)
        assert [one.state for one in held] == [State.OPEN] * 10
        for one in held:
            with pytest.raises(TimeoutError):  # nobody was told before the time
                await asyncio.wait_for(one.recv(), 0.01)

    with_server(work)


@pytest.mark.usefixtures("long_penalties")
def test_of_more_wrong_proofs_than_are_held_the_oldest_is_cut_and_the_good_desk_still_gets_in() -> None:
    async def work(port: int) -> None:
        came = [await guess(port, number) for number in range(2 * crowd.MOST_UNKNOWN)]
        assert await is_let_in(port)
        await asyncio.sleep(0.1)
        kept = [one.state is State.OPEN for one in came]
        assert kept == [False] * (len(came) - penalty.MOST_HELD) + [True] * penalty.MOST_HELD

    with_server(work)


def test_who_has_connected_and_says_nothing_is_bounded_at_the_door() -> None:
    async def work(port: int) -> None:
        for _ in range(server.MOST_STRANGERS):
            await connect(f"ws://127.0.0.1:{port}", proxy=None)
        with pytest.raises(InvalidStatus) as refused:
            await guess(port)
        assert refused.value.response.status_code == 503

    with_server(work)


def test_who_says_nothing_for_a_second_gives_way_to_a_good_desk_and_is_told_so() -> None:
    async def work(port: int) -> None:
        quiet = [await connect(f"ws://127.0.0.1:{port}", proxy=None) for _ in range(server.MOST_STRANGERS)]
        await asyncio.sleep(server.SILENT / 1e9 + 0.1)
        assert await is_let_in(port)
        bye = read_from_runner(await quiet[0].recv())
        assert isinstance(bye, Bye)
        assert bye.code == "NO_HELLO"
        assert [one.state for one in quiet[1:]] == [State.OPEN] * (server.MOST_STRANGERS - 1)

    with_server(work)


def test_a_card_is_not_believed_when_something_else_listens_there() -> None:
    def card(port: int) -> Card:
        return Card(address="127.0.0.1", port=port, pid=1, secret="s", market="sample", version="1", embedded=True)

    async def another(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 404 Not Found\r\n\r\n")
        writer.close()

    async def elsewhere() -> bool:
        async with await asyncio.start_server(another, "127.0.0.1", 0) as listening:
            return await asyncio.to_thread(answers, card(listening.sockets[0].getsockname()[1]))

    assert not asyncio.run(elsewhere())

    async def work(port: int) -> None:
        assert await asyncio.to_thread(answers, card(port))

    with_server(work)


def test_a_house_full_of_desks_lets_one_of_them_reconnect_and_tells_another_that_it_is_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 2)
    said: list[str] = []

    async def work(port: int) -> None:
        first, second = [await guess(port, number, proof=SECRET) for number in (1, 2)]
        assert isinstance(read_from_runner(await first.recv()), Welcome)
        assert isinstance(read_from_runner(await second.recv()), Welcome)
        # A third device hears why, and nothing else.
        third = await guess(port, 3, proof=SECRET)
        bye = read_from_runner(await third.recv())
        assert isinstance(bye, Bye)
        assert bye.code == "FULL"
        # One that is half open comes back at once, in the place of its old connection.
        first.transport.pause_reading()
        again = await guess(port, 1, proof=SECRET)
        assert isinstance(read_from_runner(await again.recv()), Welcome)
        assert second.state is State.OPEN
        # And a place that is free again is anybody's.
        await second.close()
        await asyncio.sleep(0.1)
        assert isinstance(read_from_runner(await (await guess(port, 3, proof=SECRET)).recv()), Welcome)
        first.transport.abort()

    with_server(work, said)
    assert sum("没有放行" in line for line in said) == 1


def test_over_tls_too_one_too_many_is_cut_before_a_word_of_the_handshake_and_failed_handshakes_make_room(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(crowd, "MOST_UNKNOWN", 5)
    monkeypatch.setattr(crowd, "TLS_SECONDS", 2.0)
    authority, cert, key = certificates(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    trust = ssl.create_default_context(cafile=authority)

    async def good(port: int) -> None:
        async with connect(f"wss://127.0.0.1:{port}", proxy=None, ssl=trust) as one:
            await one.send(encode(Rig().hello()), text=True)
            assert isinstance(read_from_runner(await one.recv()), Welcome)

    async def work(port: int) -> None:
        sockets = silent(port, 9)
        await asyncio.sleep(0.3)
        assert await are_cut(sockets) == 4
        with pytest.raises((OSError, InvalidMessage, EOFError)):
            await good(port)
        # What is no handshake, what ends within one and what never begins one make room.
        left = [one for one in sockets if one.fileno() >= 0]
        left[0].send(b"GET / HTTP/1.1\r\n\r\n")
        left[1].close()
        await asyncio.sleep(0.3)
        await good(port)
        await asyncio.sleep(2.0)
        more = silent(port, 5)
        await asyncio.sleep(0.3)
        assert await are_cut(more) == 0
        for one in (*sockets, *more):
            one.close()
        await asyncio.sleep(0.2)
        for _ in range(crowd.MOST_UNKNOWN + 1):  # whoever was let in and left is counted no more
            await good(port)

    with_server(work, tls=tls)
