"""Find the runner of this machine, or start it: a detached process that outlives the desk which started it.

Two desks may look at once and both start one; the journal's lock lets one of them live, and both desks find its card.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from terminal.domain.errors import UserError
from terminal.runner.card import Card, answers, read_card

START_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.03
GRACE_SECONDS: Final = 3.0  # after our own child gave up: another one may just be writing its card
LOG_FILE: Final = "runner.log"
LARGEST_LOG: Final = 4 * 1024 * 1024


def program() -> list[str]:
    """Return how this program starts itself."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "terminal"]


async def find_or_start(data: Path, *, market: str, speed: float) -> Card:
    """Return the card of the runner in a folder, starting one where none answers."""
    card = read_card(data)
    if card is not None and answers(card):
        return card
    child = _start(data, market=market, speed=speed)
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        card = read_card(data)
        if card is not None and answers(card):
            return card
        if child.poll() is not None:
            until = min(until, time.monotonic() + GRACE_SECONDS)
        await asyncio.sleep(LOOK_SECONDS)
    raise UserError(f"本机运行器没有起来：{_last_words(data)}")


def _start(data: Path, *, market: str, speed: float) -> subprocess.Popen[bytes]:
    words = [*program(), "runner", "--data", str(data), "--listen", "127.0.0.1:0"]
    words += ["--market", market, "--speed", str(speed), "--embedded"]
    try:
        data.mkdir(parents=True, exist_ok=True)
        path = data / LOG_FILE
        if path.exists() and path.stat().st_size > LARGEST_LOG:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  # this very program, with words of our own
                words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # it goes on when the desk and its terminal are gone
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
                | getattr(subprocess, "DETACHED_PROCESS", 0),
            )
    except OSError as problem:
        raise UserError(f"本机运行器启动不了（{problem.strerror}）：{data}") from problem


def _last_words(data: Path) -> str:
    try:
        lines = (data / LOG_FILE).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return f"{lines[-1] if lines else '没有留下日志'}（日志在 {data / LOG_FILE}）"
