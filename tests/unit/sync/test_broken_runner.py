"""A runner that has broken says so to whoever is there or comes, and shows nobody what it did not record."""

from __future__ import annotations

import asyncio
import time

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from terminal.sync import messages as m
from terminal.sync.server import DeskServer
from terminal.sync.wire import encode, read_from_runner
from tests.desk_server import with_server
from tests.sync_rig import Rig


async def last_word(socket: ClientConnection) -> m.FromRunner | None:
    last = None
    try:
        while True:
            last = read_from_runner(await socket.recv())
    except ConnectionClosed:
        return last


def test_who_comes_to_a_broken_runner_hears_why_and_gets_no_state() -> None:
    rig = Rig()
    rig.living.broke(OSError("no space"))

    async def work(port: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}", proxy=None, ping_interval=None) as socket:
            await socket.send(encode(rig.hello()), text=True)
            bye = await last_word(socket)
        assert isinstance(bye, m.Bye)
        assert bye.code == "RUNNER_STOPS"
        assert "no space" in bye.sentence

    with_server(work, rig=rig)


def test_what_breaks_the_looking_after_all_desks_reaches_the_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()

    def broken() -> None:
        raise RuntimeError("a slip in the lane of quotes")

    monkeypatch.setattr(rig.house, "publish", broken)

    async def go() -> None:
        serving = DeskServer(rig.house, clock=time.monotonic_ns, say=lambda _: None)
        listening = await serving.open("127.0.0.1", 0)
        try:
            with pytest.raises(RuntimeError, match="a slip"):
                await asyncio.wait_for(serving.watched(), 5)
        finally:
            listening.close(close_connections=False)
            await serving.close()

    asyncio.run(go())
