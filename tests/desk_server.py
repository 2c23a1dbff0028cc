"""Serve desks over real sockets, with a real runner's house over a small world behind them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from terminal.sync.server import DeskServer
from tests.sync_rig import Rig


def with_server(
    work: Callable[[int], Awaitable[None]], said: list[str] | None = None, *, rig: Rig | None = None
) -> None:
    """Do this while a server of desks listens at a port of this machine."""

    async def run() -> None:
        serving = DeskServer(
            (rig or Rig()).house, clock=time.monotonic_ns, say=(said if said is not None else []).append
        )
        listening = await serving.open("127.0.0.1", 0)
        try:
            async with asyncio.timeout(20):
                await work(next(iter(listening.sockets)).getsockname()[1])
        finally:
            listening.close(close_connections=False)
            await serving.close()

    asyncio.run(run())
