"""Start real exchanges, runners and desks, and read what they keep, without disturbing them."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from terminal.domain.ids import StreamId
from terminal.engine.fold import apply
from terminal.engine.records.chain import read_record
from terminal.engine.records.journal import Record
from terminal.engine.records.snapshot import thaw
from terminal.engine.state import State

ROOT = Path(__file__).parents[2]
OFFSCREEN = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
PATIENCE = 60.0

Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], what: str, *, seconds: float = PATIENCE) -> Found:
    """Return what a look finds as soon as it does; say what was waited for when it never does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"never seen: {what}")


@contextmanager
def program(
    *words: str, env: Mapping[str, str] | None = None, log: Path, module: str = "terminal"
) -> Iterator[subprocess.Popen[str]]:
    """Run `hengduo` with these words until the block ends; what it says on standard error goes to a file."""
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT,
            env=dict(env or OFFSCREEN),
        )  # fmt: skip
        with ended(process):
            yield process


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """End a process with the block, by force where asking does not do, and close its pipes."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def is_running(pid: int) -> bool:
    """Return whether a process runs; one that has ended and is only not yet mourned does not.

    A killed process is a zombie (`Z`) from the end of its first thread on, and holds its files and their locks until
    the last one has ended (fields 3 and 20 of proc_pid_stat(5)).
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return False
    state, threads = fields[0], int(fields[17])
    return state != "Z" or threads > 1


def said(process: subprocess.Popen[str]) -> dict[str, str]:
    """Return the JSON object a server says when it is ready."""
    assert process.stdout is not None
    words: dict[str, str] = json.loads(process.stdout.readline())
    return words


def port_of(words: Mapping[str, str]) -> int:
    return int(words["listen"].rpartition(":")[2])


def journal_records(data: Path) -> list[Record]:
    """Return what a runner has recorded so far, read beside it."""
    rows = _read(data / "journal.db", "SELECT bytes FROM records ORDER BY position")
    records = [read_record(row[0]) for row in rows]
    return [record for record in records if isinstance(record, Record)]


def replica_of(folder: Path) -> tuple[State, dict[StreamId, int]] | None:
    """Return what a desk has folded so far and how far each stream reaches, read beside it."""
    path = folder / "replica.db"
    if not _is_made(path):
        return None
    try:
        snapshot, events, ends = _read_at_once(
            path,
            "SELECT bytes FROM snapshot",
            "SELECT bytes FROM events ORDER BY arrival",
            "SELECT stream, seq FROM heads",
        )
        state = thaw(snapshot[0][0]) if snapshot else State()
        for (data,) in events:
            record = read_record(data)
            assert isinstance(record, Record)
            apply(state, record.fact, record.utc)
        heads = {StreamId(stream): seq for stream, seq in ends}
    except sqlite3.OperationalError:  # it is just being made
        return None
    return (state, heads) if heads else None


def fold_until(records: list[Record], heads: Mapping[StreamId, int]) -> State:
    """Return the fold of the records up to these heads."""
    state = State()
    for record in records:
        if record.seq <= heads.get(record.stream, 0):
            apply(state, record.fact, record.utc)
    return state


def _is_made(path: Path) -> bool:
    # Looked at without SQLite: who holds its lock while a desk turns a new file to write-ahead logging ends that desk.
    try:
        with path.open("rb") as file:
            return file.read(20)[18:] == b"\x02\x02"
    except OSError:
        return False


def _read(path: Path, query: str) -> list[tuple[Any, ...]]:
    return _read_at_once(path, query)[0]


def _read_at_once(path: Path, *queries: str) -> list[list[tuple[Any, ...]]]:
    # In one transaction: the desk goes on writing meanwhile, and what is read must belong together.
    address = f"file:{path}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=5, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        return [connection.execute(query).fetchall() for query in queries]
