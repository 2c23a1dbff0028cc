"""Let a test's desks start runners of this source tree, and end every one of them afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from terminal.runner.card import Card, read_card
from terminal.runner.opened import MARKET_FILE, SampleStart
from terminal.runner.places import runner_folder
from tests.e2e.processes import OFFSCREEN, eventually, is_running, journal_records


def run(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run Python with these words to its end."""
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=120, check=False, cwd=cwd, env=OFFSCREEN
    )


def card_of(data: Path, market: str = "sample") -> Card | None:
    return read_card(runner_folder(data, market))


@contextmanager
def home(folder: Path) -> Iterator[Path]:
    """Give a folder for `--data`; every runner that works in it is ended with the block."""
    try:
        yield folder
    finally:
        pids = _runners_in(folder)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        eventually(lambda: not any(is_running(pid) for pid in pids), f"the end of runners {pids}", seconds=30)


def _runners_in(folder: Path) -> list[int]:
    # By the words each was started with: one that was just starting has no card yet.
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = entry.read_bytes().split(b"\0")
            if b"runner" in words and any(word.startswith(os.fsencode(folder)) for word in words):
                found.append(int(entry.parent.name))
    return found


def is_live(data: Path) -> bool:
    folder = runner_folder(data, "sample")
    start = msgspec.json.decode((folder / MARKET_FILE).read_bytes(), type=SampleStart)
    return max(one.utc for one in journal_records(folder)) >= start.live_from
