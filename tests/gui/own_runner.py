"""Let a test's desks start runners of this source tree, and end every one of them afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

from terminal.runner.card import Card, read_card
from terminal.runner.places import runner_folder

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 90.0
Found = TypeVar("Found")


def environment(**more: str) -> dict[str, str]:
    """Return what a child process needs to import this tree, wherever it is started."""
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), **more}


def run(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run Python with these words to its end."""
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=120, check=False, cwd=cwd, env=environment()
    )


def card_of(data: Path, market: str = "sample") -> Card | None:
    return read_card(runner_folder(data, market))


def eventually(look: Callable[[], Found | None], what: str, *, seconds: float = PATIENCE) -> Found:
    """Return what a look finds as soon as it does; say what was waited for when it never does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"never seen: {what}")


def is_running(pid: int) -> bool:
    """Return whether a process runs; one that has ended and is only not yet mourned does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


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
