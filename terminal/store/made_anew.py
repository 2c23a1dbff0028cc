"""Keep what can be worked out again in a file that is made anew whenever it cannot be used as it is.

Such a file lies beside the journal and may be deleted. A damaged one, or one of another version, is removed; one that
another process is using is not: that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from terminal.store.database import UNREADABLE, connect, trouble


def open_made_anew(
    path: Path, *, synchronous: str, statements: Sequence[str], is_current: Callable[[Connection], bool], failed: str
) -> Connection:
    """Open a file with a write-ahead log; `statements` make it, and `failed` begins the `JournalError` of the disk."""
    if path.is_file():
        connection = None
        try:
            connection = connect(path)
            _configure(connection, synchronous)
            if is_current(connection) and connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one() == "ok":
                return connection
        except UNREADABLE as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            if getattr(cause, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                raise trouble(failed, path, error) from error  # somebody is making it: not ours to remove
        if connection is not None:
            connection.close()
    try:
        for suffix in ("", "-wal", "-shm", "-journal"):
            path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
        connection = connect(path)
        _configure(connection, synchronous)
    except (DBAPIError, OSError) as error:
        raise trouble(failed, path, error) from error
    with whole_turn(connection, path, failed):
        for statement in statements:
            connection.exec_driver_sql(statement)
    return connection


@contextmanager
def whole_turn(connection: Connection, path: Path, failed: str) -> Iterator[None]:
    """Let everything that is done within count together or not at all; nobody else writes meanwhile."""
    run = connection.exec_driver_sql
    try:
        run("BEGIN IMMEDIATE")
        try:
            yield
            run("COMMIT")
        except BaseException:
            with suppress(DBAPIError):
                run("ROLLBACK")
            raise
    except DBAPIError as error:
        raise trouble(failed, path, error) from error


def _configure(connection: Connection, synchronous: str) -> None:
    for pragma in ("journal_mode = WAL", f"synchronous = {synchronous}"):
        connection.exec_driver_sql(f"PRAGMA {pragma}")
