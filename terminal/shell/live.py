"""Run an engine at the pace of the wall clock and tell a screen about it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from terminal.domain.market import Batch

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.shell.runner import Runner
    from terminal.shell.telling import Teller

LONGEST_GAP = 1.0  # seconds of wall time: breaks and nights pass quickly
FLUSH_EVERY = 0.1
NANOSECONDS = 1_000_000_000


async def run_live(runner: Runner, teller: Teller, *, speed: float, stopped: Callable[[], bool]) -> None:
    """Run until the market ends or `stopped` says so; `speed` is market time over wall time."""
    await runner.begin()
    engine = runner.engine
    if engine is None:
        return
    teller.saw(list(range(len(engine.columns.universe))))
    teller.flush(engine)
    due, flushed = time.monotonic(), 0.0
    while not stopped():
        item = await runner.gateway.next()
        if item is None:
            break
        if isinstance(item, Batch):
            due += min((item.at - engine.columns.at) / NANOSECONDS / speed, LONGEST_GAP)
            behind = time.monotonic() - due
            if behind < 0:
                await asyncio.sleep(-behind)
            else:
                due = max(due, time.monotonic() - LONGEST_GAP)
                await asyncio.sleep(0)
            teller.saw(item.slots.tolist())
        await runner.take(item)
        if time.monotonic() - flushed >= FLUSH_EVERY:
            flushed = time.monotonic()
            teller.flush(engine)
    teller.flush(engine)
