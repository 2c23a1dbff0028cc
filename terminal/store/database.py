"""Open SQLite databases the one way this house does, and turn their errors into sentences."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound
from sqlalchemy.pool import NullPool

from terminal.engine.records.journal import JournalError
from terminal.store.folder import RESTART, words_of

_WHAT: Final = {
    "SQLITE_FULL": ("磁盘（或给日志的空间）已满", "请腾出空间"),
    "SQLITE_READONLY": ("目录或文件只读", "请检查权限或磁盘的只读状态"),
    "SQLITE_CANTOPEN": ("目录或文件打不开", "请检查路径和权限"),
    "SQLITE_BUSY": ("正被另一个进程使用", "请先关闭那个进程"),
    "SQLITE_LOCKED": ("正被另一个进程使用", "请先关闭那个进程"),
    "SQLITE_PROTOCOL": ("正被另一个进程使用", "请先关闭那个进程"),
    "SQLITE_CORRUPT": ("文件已损坏", "保留原文件，取另一处的备份，用 hengduo verify 核对"),
    "SQLITE_NOTADB": ("文件已损坏或不是数据库", "保留原文件，取另一处的备份，用 hengduo verify 核对"),
    "SQLITE_IOERR": ("磁盘读写出错", "请检查磁盘；换盘后从日志继续"),
}
_RESTARTS: Final = frozenset(("SQLITE_FULL", "SQLITE_READONLY"))

# What reading a damaged file can raise: SQLite's own errors, its words about a damaged name, which the driver decodes
# as UTF-8, and one row where there should be none, or none where there should be one.
UNREADABLE: Final = (DBAPIError, UnicodeError, NoResultFound, MultipleResultsFound)


def connect(path: Path) -> Connection:
    """Open a database for reading and writing; nothing happens outside explicit `BEGIN` and `COMMIT`."""
    return _connect(f"file:{quote(str(path))}?mode=rwc")


def connect_readonly(path: Path) -> Connection:
    """Open a database without changing a byte of it or leaving one beside it; an absent one is an error.

    Meant for a database nobody writes to. With a write-ahead log beside it SQLite needs a folder it may write its
    shared memory into; without one the file alone is read, also from a read-only disk.
    """
    has_log = path.with_name(f"{path.name}-wal").exists()
    return _connect(f"file:{quote(str(path))}?mode=ro{'' if has_log else '&immutable=1'}")


def _connect(uri: str) -> Connection:
    def open_it() -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False)

    engine = create_engine("sqlite+pysqlite://", creator=open_it, poolclass=NullPool)
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def trouble(doing: str, path: Path, error: Exception) -> JournalError:
    """Return an error of the disk as one sentence: what could not be done, where, why, and what to do."""
    if isinstance(error, OSError):
        return JournalError(*words_of(doing, path, error))
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", None) or ""
    for code, (what, remedy) in _WHAT.items():
        if name.startswith(code):
            return JournalError(f"{doing}：{path}：{what}。{remedy}", RESTART if code in _RESTARTS else "")
    return JournalError(f"{doing}：{path}：{cause}")
