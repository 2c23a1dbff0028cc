"""Find the runner of this machine, or start it, and wait until it answers.

Two desks may look at once and both start one; the journal's lock lets one of them live, and both desks find its card.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Final

from terminal.domain.errors import BEFORE_WORDS, UserError
from terminal.runner.card import Card, answers, read_card
from terminal.runner.starting import LOG_FILE, Started, start

START_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.03
GRACE_SECONDS: Final = 3.0  # after our own child gave up: another one may just be writing its card


async def find_or_start(data: Path, *, market: str, speed: float, started: Started | None = None) -> Card:
    """Return the card of the runner in a folder, starting one where none answers and none was `started` already."""
    card = read_card(data)
    is_there = card is not None and await asyncio.to_thread(answers, card)
    child = started if started is not None or is_there else start(data, market=market, speed=speed)
    try:
        return card if card is not None and is_there else await _wait_for_card(data, child)
    finally:
        if child is not None and child.poll() is None:
            child.returncode = 0  # it is meant to outlive this process, and is not to be warned of as forgotten


async def _wait_for_card(data: Path, child: Started | None) -> Card:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        card = read_card(data)
        if card is not None and await asyncio.to_thread(answers, card):
            return card
        if child is not None and child.poll() is not None:
            until = min(until, time.monotonic() + GRACE_SECONDS)
        await asyncio.sleep(LOOK_SECONDS)
    raise UserError(f"本机运行器没有起来：{_last_words(data)}")


def _last_words(data: Path) -> str:
    try:
        lines = (data / LOG_FILE).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    last = lines[-1].removeprefix(BEFORE_WORDS) if lines else "没有留下日志"
    return f"{last}（日志在 {data / LOG_FILE}）"
