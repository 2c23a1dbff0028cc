"""Keep what a desk's person has not read yet, and what the desk knew when they last looked.

Theory. What happened is the runner's to know; that it was read is known here and nowhere else. So it lies apart from
the replica, which may be deleted at any time, and apart from the outbox, whose loss would cost this desk its number.
Three things are kept, each whole: the messages that wait to be read, the look an absence began with (opaque here) for
as long as its difference has not come to stand among them, and when the desk was last sure to be heard.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Column, Connection, LargeBinary, MetaData, Table, Text, delete, insert, select
from sqlalchemy.exc import DBAPIError

from terminal.domain.ids import AccountId
from terminal.engine.unread import Unread
from terminal.store.database import trouble
from terminal.store.desk_file import BrokenFileError, DeskFile, open_file, scrub
from terminal.store.migrations import unread_v1

UNREAD_FILE: Final = "unread.db"

KIND: Final = DeskFile(
    file=UNREAD_FILE,
    title="本机未读消息",
    consequence="上次没有读的消息不再列出，请看「事件」",
    application_id=0x48445A55,
    migrations=(unread_v1.STATEMENTS,),
    synchronous="FULL",
    page_size=4_096,
    is_truth=True,
)

METADATA: Final = MetaData()
KEPT: Final = Table(
    "kept",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("seal", LargeBinary, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
)

_UNREAD: Final = "unread"
_BEFORE: Final = "before"
_HEARD: Final = "heard"


class UnreadFile:
    """Own what is unread in a desk's folder; one process at a time. Link thread only.

    `rebuilt` is a sentence for the person when the file had to be made anew, else empty. What cannot be written is a
    `JournalError`.
    """

    rebuilt: str
    _unread: Unread
    _before: bytes
    _heard: int | None

    def __init__(self, folder: Path) -> None:
        self._path = folder / UNREAD_FILE
        self._file = open_file(folder, KIND, self._load)
        self.rebuilt = self._file.rebuilt

    def unread(self) -> Unread:
        """Return what was not read."""
        return self._unread

    def before(self) -> bytes:
        """Return the look that an absence began with whose difference was not told; empty where there is none."""
        return self._before

    def heard(self) -> int | None:
        """Return when the desk was last sure to be heard, UTC ns; `None` before it ever was."""
        return self._heard

    def keep(self, unread: Unread, *, is_told: bool) -> None:
        """Put what is unread in the place of what was; where the difference `is_told` its look goes with it."""
        self._write({_UNREAD: msgspec.json.encode(unread)} | ({_BEFORE: b""} if is_told else {}))
        self._unread, self._before = unread, b"" if is_told else self._before

    def keep_before(self, look: bytes) -> None:
        """Keep the look an absence begins with; an empty one takes it away."""
        self._write({_BEFORE: look})
        self._before = look

    def hear(self, at: int) -> None:
        """Keep when the desk was sure to be heard."""
        self._write({_HEARD: str(at).encode()})
        self._heard = at

    def forget(self, accounts: Collection[AccountId]) -> None:
        """Erase what is unread about some accounts, also from files moved aside and from what was freed before."""
        self.keep(self._unread.without(accounts), is_told=False)
        scrub(self._file, self._path, "本机未读消息删不干净")

    def close(self) -> None:
        """Give the file up."""
        self._file.close()

    # --- reading and writing -----------------------------------------------------------------------------------------

    def _load(self, connection: Connection) -> None:
        kept: dict[str, bytes] = {}
        for name, seal, data in connection.execute(select(KEPT.c.name, KEPT.c.seal, KEPT.c.bytes)):
            if _seal(name, data) != seal:
                raise BrokenFileError(f"已损坏（{name} 与封印不符）")
            kept[name] = data
        try:
            self._unread = msgspec.json.decode(kept[_UNREAD], type=Unread) if _UNREAD in kept else Unread()
            self._heard = int(kept[_HEARD]) if _HEARD in kept else None
        except ValueError as error:  # msgspec's own errors are among them
            raise BrokenFileError("由另一版程序写成") from error
        self._before = kept.get(_BEFORE, b"")

    def _write(self, rows: dict[str, bytes]) -> None:
        run = self._file.connection
        try:
            run.exec_driver_sql("BEGIN IMMEDIATE")
            for name, data in rows.items():
                run.execute(delete(KEPT).where(KEPT.c.name == name))
                if data:
                    run.execute(insert(KEPT).values(name=name, seal=_seal(name, data), bytes=data))
            run.exec_driver_sql("COMMIT")
        except BaseException as error:
            with suppress(DBAPIError):  # SQLite has mostly rolled back by itself
                run.exec_driver_sql("ROLLBACK")
            if isinstance(error, DBAPIError):
                raise trouble("本机未读消息写不进去", self._path, error) from error
            raise


def _seal(name: str, data: bytes) -> bytes:
    return hashlib.sha256(f"{name}|".encode() + data).digest()
