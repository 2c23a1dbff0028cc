"""Who only asks whether a proof is good never takes silence for a yes, nor for nobody being there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from websockets.asyncio.server import ServerConnection, serve

from terminal.domain.ids import DeviceId, PersonId, TenantId
from terminal.sync import client
from terminal.sync.messages import Bye, Hello
from terminal.sync.wire import encode

HELLO = Hello(
    tenant=TenantId(""), device=DeviceId("login"), person=PersonId("trader"), proof="p", public_key="", app="t"
)


def asked_of(runner: Callable[[ServerConnection], Awaitable[None]]) -> tuple[str, str]:
    """Return what is heard from a runner that does this."""

    async def ask() -> tuple[str, str]:
        async with serve(runner, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            return await client.knock(f"ws://127.0.0.1:{port}", HELLO)

    return asyncio.run(ask())


async def hang_up(socket: ServerConnection) -> None:
    await socket.recv()


async def hold(socket: ServerConnection) -> None:
    await socket.recv()
    await socket.wait_closed()


async def refuse(socket: ServerConnection) -> None:
    await socket.recv()
    await socket.send(encode(Bye(code="REFUSED", sentence="不对")), text=True)


def test_the_answer_is_what_the_runner_says() -> None:
    assert asked_of(refuse) == ("REFUSED", "不对")


@pytest.mark.parametrize("runner", [hang_up, hold])
def test_a_runner_that_is_there_and_says_nothing_is_not_taken_for_nobody(
    runner: Callable[[ServerConnection], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "ANSWER_SECONDS", 0.05)
    assert asked_of(runner)[0] == "SILENT"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "那里拒绝了连接（HTTP 503）"),
        (b"", "连接一通就被切断"),
        (b"SSH-2.0-x\r\n", "连接一通就被切断"),
    ],
)
def test_what_is_no_runner_is_said_in_one_sentence_of_our_own(answer: bytes, said: str) -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer)
        writer.close()

    async def ask() -> tuple[str, str]:
        async with await asyncio.start_server(other, "127.0.0.1", 0) as server:
            return await client.knock(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", HELLO)

    code, sentence = asyncio.run(ask())
    assert code == "UNREACHABLE"
    assert sentence.startswith(said)
    assert sentence.endswith("请核对地址")
