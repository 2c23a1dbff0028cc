"""Strangers cannot take all of a runner's sockets, and what is no runner is not taken for one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from terminal.domain.ids import PersonId
from terminal.runner.card import Card, answers
from terminal.sync import crowd, server
from terminal.sync.server import DeskServer
from terminal.sync.wire import encode
from tests.sync_rig import Rig


def with_server(work: Callable[[int], Awaitable[None]], said: list[str] | None = None) -> None:
    """Do this while a server of desks listens at a port of this machine."""

    async def run() -> None:
        serving = DeskServer(Rig().house, clock=time.monotonic_ns, say=(said if said is not None else []).append)
        listening = await serving.open("127.0.0.1", 0)
        try:
            async with asyncio.timeout(20):
                await work(next(iter(listening.sockets)).getsockname()[1])
        finally:
            listening.close(close_connections=False)
            await serving.close()

    asyncio.run(run())


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


def test_guesses_that_wait_for_their_answer_are_strangers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PENALTY_FROM", 1)
    monkeypatch.setattr(server, "LONGEST_PENALTY", 10.0)
    guess = encode(Rig().hello(PersonId("nobody")))

    async def work(port: int) -> None:
        held, turned_away = [], 0
        for _ in range(3 * server.MOST_STRANGERS):
            try:
                one = await connect(f"ws://127.0.0.1:{port}", proxy=None)
            except InvalidStatus as refused:
                turned_away += refused.response.status_code == 503
                continue
            await one.send(guess, text=True)
            held.append(one)  # it is let go again after ever longer waits, the first after a tenth of a second
        assert len(held) < 2 * server.MOST_STRANGERS
        assert turned_away > server.MOST_STRANGERS

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
