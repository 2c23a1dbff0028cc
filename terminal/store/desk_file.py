"""Open the desk's own databases: one process each, checked from end to end, moved aside when they cannot be trusted.

Three cases are kept apart. A file that a newer program wrote is refused and not touched: upgrading helps. A file that
is damaged, or is no file of ours, is renamed and a new one made, which is said in a sentence: the desk goes on, and
whoever wants to look has the old one. A disk that is full, read-only or failing is neither: it is said and nothing is
renamed, since a new file would fare no better.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from terminal.engine.records.chain import DamageError
from terminal.engine.records.journal import JournalError
from terminal.store.database import UNREADABLE, connect, connect_readonly, trouble
from terminal.store.owner import Owner
from terminal.store.wal import has_lost_turns

CHECKPOINT_PAGES: Final = 8_192  # 32 MiB: catching up after a weekend waits for the disk a few times, not fifty
KEPT: Final = 3  # files that were moved aside; the oldest goes first

_MAGIC: Final = b"SQLite format 3\0"
_FORMATS: Final = {1, 2}  # bytes 18 and 19 of a database; with another value SQLite calls the file read-only
_BESIDE: Final = ("", "-wal", "-shm", "-journal")
_DAMAGED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_ADVICE: Final = "同一配置只能打开一个衡舵，请先关闭那一个，或换一个 --profile"


class BrokenFileError(Exception):
    """Say why a file of the desk cannot be trusted; part of a sentence."""


class OtherVersionError(BrokenFileError):
    """Say of which version a file is that is whole, and of no use to this program; part of a sentence."""


class DeskFile(msgspec.Struct, frozen=True, kw_only=True):
    """Describe one of the desk's databases. `title` and `consequence` are parts of the sentence about a broken one."""

    file: str
    title: str
    consequence: str
    application_id: int
    migrations: tuple[tuple[str, ...], ...]
    synchronous: str
    page_size: int
    is_truth: bool  # nobody else has what is in it: a log that lost durable turns is damage, not a cut-off write


class OpenFile(msgspec.Struct, frozen=True):
    """Hold an open database and its lock; `rebuilt` is a sentence when the file had to be made anew, else empty."""

    connection: Connection
    owner: Owner
    rebuilt: str

    def close(self) -> None:
        """Give database and lock up."""
        self.connection.close()
        self.owner.release()


def open_file(folder: Path, kind: DeskFile, check: Callable[[Connection], None]) -> OpenFile:
    """Open a database of the desk, made anew where it is broken; `check` raises `BrokenFileError` on bad content."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise trouble(f"{kind.title}的目录建不成", folder, error) from error
    owner = Owner(folder, file=f"{kind.file.removesuffix('.db')}.owner.db", advice=_ADVICE)
    try:
        try:
            return OpenFile(_open(folder / kind.file, kind, check), owner, "")
        except BrokenFileError as broken:
            why = str(broken)
        return _anew(folder / kind.file, kind, check, owner, why)
    except BaseException:
        owner.release()
        raise


def replace_file(
    broken: OpenFile, folder: Path, kind: DeskFile, check: Callable[[Connection], None], error: Exception
) -> OpenFile:
    """Move an open database aside because of what reading it raised; return the new one under the same lock."""
    broken.connection.close()
    where = f"流 {error.stream} 第 {error.seq} 条{error.what}" if isinstance(error, DamageError) else str(error)
    why = where if isinstance(error, OtherVersionError) else f"已损坏（{where}）"
    return _anew(folder / kind.file, kind, check, broken.owner, why)


def erase_asides(path: Path) -> None:
    """Remove what was moved aside of a file."""
    for number in _asides(path):
        _remove(path, number)


def scrub(file: OpenFile, path: Path, failed: str) -> None:
    """Leave no trace of what was deleted: not in freed pages, in the log, or in files moved aside.

    `failed` begins the sentence of the `JournalError` where the disk refuses.
    """
    erase_asides(path)
    try:
        for words in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            file.connection.exec_driver_sql(words)
    except DBAPIError as error:
        raise trouble(failed, path, error) from error


def _anew(path: Path, kind: DeskFile, check: Callable[[Connection], None], owner: Owner, why: str) -> OpenFile:
    aside = _move_aside(path, kind)
    said = f"{kind.title} {path} {why}，已改名为 {aside.name} 保留；{kind.consequence}"
    return OpenFile(_open(path, kind, check), owner, said)


def _is_damage(error: Exception) -> bool:
    # Of the file's content, that is, rather than of the disk, a lock or a right.
    if isinstance(error, DBAPIError):
        # A damaged name is said in words only ("no such column"), one that is no UTF-8 by the driver and not by SQLite.
        name = getattr(error.orig, "sqlite_errorname", None)
        return name in {None, "SQLITE_ERROR"} or name.startswith(_DAMAGED)
    return True


def _open(path: Path, kind: DeskFile, check: Callable[[Connection], None]) -> Connection:
    doing = f"{kind.title}打不开"
    try:
        is_new = not path.exists()
        if not is_new:
            _refuse_header(path)
            with closing(connect_readonly(path)) as connection:
                _refuse_kind(connection, path, kind)
            if kind.is_truth and has_lost_turns(path):
                raise BrokenFileError("的预写文件（-wal）有已提交的部分被损坏")
        connection = connect(path)
    except OSError as error:
        raise trouble(doing, path, error) from error
    except UNREADABLE as error:
        raise _broken(doing, path, error) from error
    try:
        _prepare(connection, kind, is_new=is_new)
        check(connection)
    except UNREADABLE as error:
        connection.close()
        raise _broken(doing, path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _broken(doing: str, path: Path, error: Exception) -> Exception:
    if not _is_damage(error):
        return trouble(doing, path, error)
    # What SQLite says of it is English, and of use to whoever looks into the file.
    sys.stderr.write(f"{path.name}: {error.orig if isinstance(error, DBAPIError) else error}\n")
    return BrokenFileError("已损坏")


def _refuse_header(path: Path) -> None:
    with path.open("rb") as file:
        header = file.read(20)
    if not header.startswith(_MAGIC) or len(header) < 20 or not set(header[18:20]) <= _FORMATS:
        raise BrokenFileError("已损坏或不是数据库")


def _refuse_kind(connection: Connection, path: Path, kind: DeskFile) -> None:
    run = connection.exec_driver_sql
    if run("PRAGMA application_id").scalar_one() != kind.application_id:
        raise BrokenFileError("不是衡舵写的文件")
    version = run("PRAGMA user_version").scalar_one()
    known = len(kind.migrations)
    # A newer program has other tables. With exactly ours it is the number that is damaged.
    if version > known and not _is_ours(connection, kind, known):
        raise JournalError(
            f"{kind.title} {path} 由更新的程序写成（表结构 {version}，本程序 {known}），没有动它；请升级衡舵后再打开"
        )
    if not 0 < version <= known or not _is_ours(connection, kind, version):
        raise BrokenFileError("的表结构被改动")


def _is_ours(connection: Connection, kind: DeskFile, version: int) -> bool:
    texts = connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").scalars()
    return {str(text) for text in texts} == {text for step in kind.migrations[:version] for text in step}


def _prepare(connection: Connection, kind: DeskFile, *, is_new: bool) -> None:
    run = connection.exec_driver_sql
    for pragma in (
        f"page_size = {kind.page_size}",
        "journal_mode = WAL",
        f"synchronous = {kind.synchronous}",
        f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
        "wal_checkpoint(TRUNCATE)",
    ):
        run(f"PRAGMA {pragma}")
    version = 0 if is_new else run("PRAGMA user_version").scalar_one()
    if version < len(kind.migrations):
        run("BEGIN IMMEDIATE")
        for statement in (text for step in kind.migrations[version:] for text in step):
            run(statement)
        run(f"PRAGMA application_id = {kind.application_id}")
        run(f"PRAGMA user_version = {len(kind.migrations)}")
        run("COMMIT")
    said = run("PRAGMA quick_check(1)").scalar_one()
    if said != "ok":
        # What SQLite found is pages and cells: of use to nobody at a desk, and it pushes what matters out of sight.
        sys.stderr.write(f"{kind.file}: {said}\n")
        raise BrokenFileError("已损坏")


def _move_aside(path: Path, kind: DeskFile) -> Path:
    numbers = _asides(path)
    number = max(numbers, default=0) + 1
    try:
        for end in _BESIDE:
            source = path.with_name(f"{path.name}{end}")
            if source.exists():
                source.rename(_aside(path, number, end))
        for old in numbers[: max(0, len(numbers) + 1 - KEPT)]:
            _remove(path, old)
    except OSError as error:
        raise trouble(f"{kind.title}已损坏，又不能改名", path, error) from error
    return _aside(path, number)


def _asides(path: Path) -> list[int]:
    pattern = re.compile(re.escape(path.name) + r"\.broken-(\d+)")
    found = (pattern.fullmatch(file.name) for file in path.parent.iterdir())
    return sorted(int(match[1]) for match in found if match)


def _aside(path: Path, number: int, end: str = "") -> Path:
    return path.with_name(f"{path.name}.broken-{number}{end}")


def _remove(path: Path, number: int) -> None:
    for end in _BESIDE:
        _aside(path, number, end).unlink(missing_ok=True)
