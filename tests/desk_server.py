"""Serve desks over real sockets, with a real runner's house over a small world behind them."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from terminal.sync import messages as m
from terminal.sync.server import DeskServer
from terminal.sync.wire import read_from_runner
from tests.sync_rig import Rig


def with_server(
    work: Callable[[int], Awaitable[None]],
    said: list[str] | None = None,
    *,
    rig: Rig | None = None,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Do this while a server of desks listens at a port of this machine."""

    async def run() -> None:
        serving = DeskServer(
            (rig or Rig()).house, clock=time.monotonic_ns, say=(said if said is not None else []).append
        )
        listening = await serving.open("127.0.0.1", 0, tls=tls)
        try:
            async with asyncio.timeout(20):
                await work(next(iter(listening.sockets)).getsockname()[1])
        finally:
            listening.close(close_connections=False)
            await serving.close()

    asyncio.run(run())


async def last_word(socket: ClientConnection) -> m.FromRunner | None:
    """Return the last frame that comes before a connection is over."""
    last = None
    try:
        while True:
            last = read_from_runner(await socket.recv())
    except ConnectionClosed:
        return last
