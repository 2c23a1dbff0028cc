"""Pass the host's time without anybody waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class HostClock:
    """Be the clock and the wait of a living runner; `acts` are done as their second is reached, between two turns."""

    def __init__(self) -> None:
        self.now = 0.0
        self.acts: list[tuple[float, Callable[[], object]]] = []

    async def wait(self, seconds: float) -> None:
        self.now += seconds
        while self.acts and self.acts[0][0] <= self.now:
            self.acts.pop(0)[1]()
        await asyncio.sleep(0)
