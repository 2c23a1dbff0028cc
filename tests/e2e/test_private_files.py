"""What desk, runner and exchange keep on a shared machine is nobody else's business, whatever umask a login has."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.own_market import APPLE, wave_tape, write_plan
from tests.e2e.processes import OFFSCREEN, ROOT, eventually, port_of, said
from tests.e2e.small_house import no_runner_left

pytestmark = pytest.mark.xdist_group("runner_vanishes")

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
USUAL: Final = 0o022  # what a login has: everybody reads
# What must have been made, else a test has looked at an empty folder.
OF_DESK: Final = {f"{name}{end}" for name in ("replica", "outbox", "unread") for end in (".db", ".db-wal", ".owner.db")}
OF_RUNNER: Final = {"journal.db", "journal.db-wal", "runner.json", "exchange.db", "exchange.db.lock"}


@contextmanager
def at_a_usual_login(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    with (folder / f"{words[0]}.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "terminal", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT, env=OFFSCREEN,
            umask=USUAL,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)
            assert process.stdout is not None
            process.stdout.close()


def kill(data: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-m", "terminal", "kill", "--data", str(data)],
        capture_output=True, text=True, cwd=ROOT, env=OFFSCREEN, umask=USUAL, timeout=60, check=False,
    )  # fmt: skip
    assert killed.returncode == 0, killed.stderr


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}


def open_to_others(folder: Path) -> list[str]:
    """Return a folder and everything in it that anybody but its owner has a right on, with its rights."""
    modes = {}
    for path in (folder, *folder.rglob("*")):
        with suppress(FileNotFoundError):  # it was only there while another was written
            modes[path] = stat.S_IMODE(path.lstat().st_mode)
    return [f"{path.relative_to(folder)} {mode:o}" for path, mode in modes.items() if mode & OTHERS]


def test_nothing_that_a_desk_and_the_runner_it_starts_keep_can_be_read_by_anybody_else(tmp_path: Path) -> None:
    data, market = tmp_path / "here", f"replay:{wave_tape(tmp_path / 'ap.csv', seconds=900)}"
    made = OF_DESK | OF_RUNNER | {"runner.log"}
    words = ("--market", market, "--data", str(data), "--after", "600", "--screenshot", str(tmp_path / "x.png"))
    with no_runner_left(tmp_path), at_a_usual_login(tmp_path, "run", *words):
        eventually(lambda: made <= names(data), f"all of {sorted(made)}")
        kill(data)
        assert any(path.name == "kill" for path in data.glob("runner/*/*"))
        assert open_to_others(data) == []


def test_nothing_that_a_runner_and_an_exchange_of_their_own_keep_can_be_read_by_anybody_else(tmp_path: Path) -> None:
    tape, plan = wave_tape(tmp_path / "ap.csv", seconds=900), write_plan(tmp_path / "plan.toml", APPLE)
    data = tmp_path / "here"
    with ExitStack() as stack:
        listen = ("--listen", "127.0.0.1:0", "--plan", str(plan), "--json")
        its_own = ("--market", f"replay:{tape}", "--data", str(data / "exchange"))
        exchange = stack.enter_context(at_a_usual_login(tmp_path, "exchange", *its_own, *listen))
        where = said(exchange)["listen"]
        runner = stack.enter_context(
            at_a_usual_login(tmp_path, "runner", "--data", str(data / "runner"), "--exchange", where, *listen)
        )
        assert port_of(said(runner))
        assert names(data) >= OF_RUNNER
        kill(data / "runner")
        assert open_to_others(data) == []
