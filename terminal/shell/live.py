"""Run an engine at the pace of the wall clock, its past at once, and tell a screen about it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from terminal.domain.market import Batch

if TYPE_CHECKING:
    from terminal.shell.runner import Runner
    from terminal.shell.telling import Teller

LONGEST_WAIT = 1.0  # seconds of wall time: breaks and nights pass quickly
TELL_EVERY = 0.1  # seconds
BREATH = 200  # batches of the past between two looks at whether somebody wants to stop
NANOSECONDS = 1_000_000_000


async def run_live(runner: Runner, teller: Teller, *, live_from: int, speed: float) -> None:
    """Run until the market ends; batches before `live_from` (UTC ns) are taken as fast as they come.

    `speed` is market time over wall time. Whoever cancels this ends the run; every turn before it is durable.
    """
    await runner.begin()
    engine = runner.engine
    if engine is None:
        return
    teller.saw(list(range(len(engine.columns.universe))))
    due, told = time.monotonic(), 0.0
    while True:
        item = await runner.gateway.next()
        if item is None:
            break
        if isinstance(item, Batch):
            if item.at >= live_from:
                due = await _wait_until(due + (item.at - max(engine.columns.at, live_from)) / NANOSECONDS / speed, due)
            teller.saw(item.slots.tolist())
        await runner.take(item)
        if isinstance(item, Batch) and item.at < live_from:
            teller.sample(engine)
            due = time.monotonic()
            if item.index % BREATH:
                continue
            await asyncio.sleep(0)
        if time.monotonic() - told >= TELL_EVERY:
            told = time.monotonic()
            teller.flush(engine)
    teller.flush(engine)


async def _wait_until(wanted: float, before: float) -> float:
    # A screen that fell behind does not race to catch up: the past second is the most it makes good.
    now = time.monotonic()
    due = max(min(wanted, before + LONGEST_WAIT), now - LONGEST_WAIT)
    await asyncio.sleep(max(0.0, due - now))
    return due
