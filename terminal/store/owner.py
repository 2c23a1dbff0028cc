"""Let one process at a time own a data folder.

The lock is SQLite's own, held on a file of its own for as long as the owner lives: it works alike on every system,
ends with the process however that ends, and leaves the journal readable to `verify` and backups.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from terminal.engine.records.journal import JournalError
from terminal.store.database import trouble

OWNER_FILE: Final = "owner.db"
PATIENCE: Final = 0.2  # seconds: somebody may be asking just now whether the folder has an owner
ASKING: Final = 0.005  # seconds that takes at most
ADVICE: Final = "一个账户只能有一个主人，请先关闭它，或换一个 --data"


class Owner:
    """Hold a data folder until `release`; a folder that has an owner is refused, with `advice` what to do.

    `file` names the lock where one folder holds several things that are owned apart.
    """

    def __init__(self, data: Path, *, file: str = OWNER_FILE, advice: str = ADVICE) -> None:
        self._path = data / file
        try:
            self._connection = sqlite3.connect(
                self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise trouble("数据目录打不开", self._path, error) from error
        try:
            self._take()
            self._file = _identity(self._path)
        except (sqlite3.Error, OSError) as error:
            self._connection.close()
            if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                raise JournalError(f"数据目录 {data} 正由进程 {owner_of(data, file=file)} 使用；{advice}") from None
            if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
                raise JournalError(
                    f"数据目录锁不上：锁文件 {self._path} 已损坏。里面没有数据："
                    "确认没有别的程序在用这个目录后，删去它再打开"
                ) from error
            raise trouble("数据目录锁不上", self._path, error) from error

    def release(self) -> None:
        """Give the folder up."""
        self._connection.close()

    def is_lost(self) -> bool:
        """Return whether the folder was certainly deleted or moved away: what lies at its path may be another's."""
        try:
            return _identity(self._path) != self._file
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            return False

    def _take(self) -> None:
        run = self._connection.execute
        while True:
            run("BEGIN IMMEDIATE")
            run("CREATE TABLE IF NOT EXISTS owner (one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER NOT NULL)")
            run("INSERT INTO owner VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET pid = excluded.pid", (os.getpid(),))
            run("COMMIT")
            run("BEGIN IMMEDIATE")  # held, never committed: readers see the row, nobody else gets past this line
            if run("SELECT pid FROM owner").fetchone() == (os.getpid(),):
                return
            run("ROLLBACK")  # another starter's row came between the two


def _identity(path: Path) -> tuple[int, int]:
    # It is not given to another file while a process has this one open. Where a system has no such numbers, all alike.
    at = path.stat()
    return at.st_dev, at.st_ino


def may_be_owned(data: Path, *, file: str = OWNER_FILE) -> bool:
    """Return whether a process owns a folder, or may: a lock that can be had is certain, a process number is not."""
    return bool(_refusal(data / file, 0))


def is_owned(data: Path, *, file: str = OWNER_FILE) -> bool:
    """Return whether a process certainly owns a folder: whoever only asks is let by, a broken lock is nobody's."""
    return _refusal(data / file, ASKING).startswith("SQLITE_BUSY")


def _refusal(path: Path, patience: float) -> str:
    # The name of what keeps the lock from being had; empty where it can be.
    if not path.exists():
        return ""
    try:
        name = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(name, uri=True, timeout=patience, isolation_level=None)) as lock:
            lock.execute("BEGIN IMMEDIATE")
            lock.execute("ROLLBACK")
    except sqlite3.Error as error:
        return getattr(error, "sqlite_errorname", "") or "SQLITE_ERROR"
    return ""


def owner_of(data: Path, *, file: str = OWNER_FILE) -> str:
    """Return the number of the process that owns a folder, or owned it last, as words."""
    path = data / file
    try:
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            return str(connection.execute("SELECT pid FROM owner").fetchone()[0])
    except (sqlite3.Error, TypeError):
        return "（号未知）"  # between another owner's two steps; the lock is what counts
