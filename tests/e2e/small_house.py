"""Start one runner on a tiny market of our own, with three people, and look at what it leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from terminal.runner.card import Card, read_card
from terminal.runner.places import runner_folder
from tests.e2e.own_market import APPLE, GRID, wave_tape, write_plan
from tests.e2e.processes import OFFSCREEN, eventually, is_running, port_of, program, said

PROGRAM: Final = (sys.executable, "-m", "terminal")
PEOPLE: Final = """
[[person]]
id = "operator"
roles = { A = ["trader"] }

[[person]]
id = "supervisor"
roles = { A = ["checker", "risk"] }
"""


class SmallHouse:
    """Hold a runner's folder, its market and its plan; a desk with `data` finds the runner's card under it."""

    def __init__(self, folder: Path, *more: str, seconds: int = 900) -> None:
        self.folder = folder
        self.tape = wave_tape(folder / "ap.csv", seconds=seconds)
        self.plan = write_plan(folder / "plan.toml", PEOPLE, APPLE, GRID, *more)
        self.data = folder / "here"
        self.runner_data = self.data / "runner" / "own"
        self.log = folder / "runner.log"
        self.port = 0

    @contextmanager
    def running(self, *words: str, env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
        """Run the runner until the block ends; a second time it goes on where it was."""
        self.log = self.folder / f"runner-{time.monotonic_ns()}.log"
        given = ("--data", str(self.runner_data), "--market", f"replay:{self.tape}", "--plan", str(self.plan))
        where = () if "--listen" in words else ("--listen", "127.0.0.1:0")
        with program("runner", *given, *where, *words, "--json", env=env, log=self.log) as runner:
            self.port = port_of(said(runner))
            yield runner

    def card(self) -> Card:
        card = read_card(self.runner_data)
        assert card is not None
        return card

    def desk(self, *words: str, person: str = "trader", after: float = 4, **more: str) -> DeskEnd:
        """Run an offscreen desk on the runner from start to end."""
        url = more.get("url") or f"ws://127.0.0.1:{self.port}"
        return desk("--runner", url, "--profile", person, *words, data=self.data, after=after, folder=self.folder)


class DeskEnd:
    """Hold how a desk ended: its code, its one line about what it showed, and what it said on standard error."""

    def __init__(self, code: int, summary: str, errors: str) -> None:
        self.code = code
        self.summary = summary
        self.errors = errors

    def __repr__(self) -> str:
        return f"{self.code}\n{self.summary}\n{self.errors}"


def desk(
    *words: str,
    data: Path,
    after: float,
    folder: Path,
    env: Mapping[str, str] | None = None,
    given: str | None = None,
) -> DeskEnd:
    """Run an offscreen desk from start to end; `given` is what it is told on standard input."""
    seen = folder / f"desk-{time.monotonic_ns()}"
    ended = hengduo(
        "run", "--data", str(data), "--after", str(after), "--screenshot", f"{seen}.png", *words, env=env, given=given
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return DeskEnd(ended.returncode, ended.stdout, ended.stderr)


def hengduo(
    *words: str, env: Mapping[str, str] | None = None, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one `hengduo` from start to end."""
    return subprocess.run(
        [*PROGRAM, *words],
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        env=dict(env or OFFSCREEN),
        timeout=180,
        check=False,
    )


def runners_of(data: Path) -> list[int]:
    """Return the runner processes that live under a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if "runner" in words and any(word.startswith(str(data)) for word in words):
                found.append(int(process.name))
    return found


def kill_runner(data: Path, market: str) -> Card:
    """Kill the runner that desks share under a folder; return the card it leaves behind."""
    card = read_card(runner_folder(data, market))
    assert card is not None
    assert runners_of(data) == [card.pid]
    os.kill(card.pid, signal.SIGKILL)
    eventually(lambda: not is_running(card.pid), "the runner is gone")
    assert runners_of(data) == []
    return card


@contextmanager
def no_runner_left(data: Path) -> Iterator[None]:
    """End every runner under a folder when the block ends, those that a desk left running on purpose."""
    try:
        yield
    finally:
        for process in runners_of(data):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
