"""Keep what this desk asked for: each command is on disk before it is sent (SAFETY 4).

It lies apart from the replica, so that a broken copy never costs it. A command that could create an order is never
sent a second time: who finds one unanswered after a cut calls `lost` and looks at what the runner says. Everything
else may be sent again under its old id, and takes effect at most once (I17, I18).

What is not nice: the monotonic clock begins anew with the machine, so `pressed_mono` of a command from an earlier
process may belong to another boot. Such rows say `is_earlier`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, Table, Text, delete, func, insert, select
from sqlalchemy import update as update_table
from sqlalchemy.exc import DBAPIError, IntegrityError

from terminal.domain.ids import CommandId, DeviceId
from terminal.engine.records.journal import JournalError
from terminal.store.database import UNREADABLE, trouble
from terminal.store.desk_file import BrokenFileError, DeskFile, open_file, scrub
from terminal.store.migrations import outbox_v1

OUTBOX_FILE: Final = "outbox.db"
KEPT: Final = 10_000  # finished commands; older ones are dropped at the next start, their numbers are never reused

KIND: Final = DeskFile(
    file=OUTBOX_FILE,
    title="本机发件箱",
    consequence="此前发出而没有回报的命令不会重发，请在委托列表核对；本机以新的设备号继续",
    application_id=0x48445A4F,
    migrations=(outbox_v1.STATEMENTS,),
    synchronous="FULL",
    page_size=4_096,
    is_truth=True,
)

METADATA: Final = MetaData()
DEVICE: Final = Table(
    "device",
    METADATA,
    Column("one", Integer, primary_key=True),
    Column("device", Text, nullable=False),
    Column("seal", LargeBinary, nullable=False),
)
COMMANDS: Final = Table(
    "commands",
    METADATA,
    Column("device_seq", Integer, primary_key=True),
    Column("command", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("is_order", Integer, nullable=False),
    Column("pressed_mono", Integer, nullable=False),
    Column("ttl_ms", Integer, nullable=False),
    Column("frame", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
    Column("result", LargeBinary),
    Column("is_lost", Integer, nullable=False),
)

_CONTENT: Final = [column for column in COMMANDS.columns if column.name not in {"seal", "result", "is_lost"}]
_OPEN: Final = (COMMANDS.c.result.is_(None), COMMANDS.c.is_lost == 0)

_Found = TypeVar("_Found")


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one command as it is sent. `pressed_mono` is ns of the monotonic clock, of another boot if `is_earlier`."""

    device_seq: int
    command: CommandId
    kind: str
    is_order: bool
    pressed_mono: int
    ttl_ms: int
    frame: bytes
    is_earlier: bool = False


class Outbox:
    """Own the outbox of a desk's folder; one process at a time. Link thread only.

    `rebuilt` is a sentence for the person when the file had to be made anew, else empty. The new file has the device
    id `new_device`: its numbers begin again at 1, and under the old id they would be taken for repeats.
    """

    rebuilt: str
    _device: DeviceId
    _last: int  # number used

    def __init__(self, folder: Path, *, new_device: DeviceId) -> None:
        self._path = folder / OUTBOX_FILE
        self._new_device = new_device
        self._file = open_file(folder, KIND, self._load)
        self._run = self._file.connection
        self._earlier = self._last
        self.rebuilt = self._file.rebuilt

    def device(self) -> DeviceId:
        """Return this desk's id, made once."""
        return self._device

    def last_seq(self) -> int:
        """Return the number of the last command that was stored, 0 before the first."""
        return self._last

    def next(
        self,
        command: CommandId,
        *,
        kind: str,
        is_order: bool,
        pressed_mono: int,
        ttl_ms: int,
        frame: Callable[[int], bytes],
    ) -> Sent:
        """Store a command durably under the next number, which `frame` makes its bytes with; then it may be sent."""
        number = self._last + 1
        sent = Sent(
            device_seq=number,
            command=command,
            kind=kind,
            is_order=is_order,
            pressed_mono=pressed_mono,
            ttl_ms=ttl_ms,
            frame=frame(number),
        )
        content = {column.name: getattr(sent, column.name) for column in _CONTENT} | {"is_order": int(is_order)}
        row = content | {"seal": _seal(content), "result": None, "is_lost": 0}
        try:
            self._writing(lambda: self._run.execute(insert(COMMANDS), row))
        except IntegrityError as error:
            raise JournalError(f"命令 {command} 已在发件箱中，没有再存一次；也没有发出（{error.orig}）") from error
        self._last = number
        return sent

    def answered(self, command: CommandId, result: bytes) -> bool:
        """Store what a command led to; return whether this was news. The first answer stays, also after `lost`."""
        first = (
            update_table(COMMANDS)
            .where(COMMANDS.c.command == command, COMMANDS.c.result.is_(None))
            .values(result=result, is_lost=0)
        )
        return self._writing(lambda: self._run.execute(first).rowcount) > 0

    def result(self, command: CommandId) -> bytes | None:
        """Return what a command led to, or `None` while nobody has said."""
        found = select(COMMANDS.c.result).where(COMMANDS.c.command == command)
        return self._asking(lambda: self._run.execute(found).scalar_one_or_none())

    def unanswered(self) -> list[Sent]:
        """Return the commands that have no result and were not given up, in the order they were made."""
        found = select(*_CONTENT).where(*_OPEN).order_by(COMMANDS.c.device_seq)
        rows = self._asking(lambda: self._run.execute(found).mappings().all())
        return [
            Sent(**{**row, "is_order": bool(row["is_order"]), "is_earlier": row["device_seq"] <= self._earlier})
            for row in rows
        ]

    def lost(self, command: CommandId) -> None:
        """Give an order up: it is never sent again, whatever became of it; a late result is still stored."""
        given_up = update_table(COMMANDS).where(COMMANDS.c.command == command, *_OPEN).values(is_lost=1)
        self._writing(lambda: self._run.execute(given_up))

    def forget(self, is_of: Callable[[bytes], bool]) -> None:
        """Erase the frames that are of something this desk may not see any more, also from files moved aside.

        Their numbers and ids stay used; one without an answer is given up.
        """
        found = select(*_CONTENT).where(COMMANDS.c.frame != b"")
        rows = self._asking(lambda: self._run.execute(found).mappings().all())
        blank = [dict(row) | {"kind": "", "frame": b""} for row in rows if is_of(row["frame"])]

        def write() -> None:
            for row in blank:
                gone = update_table(COMMANDS).where(COMMANDS.c.device_seq == row["device_seq"])
                self._run.execute(gone.values(kind="", frame=b"", seal=_seal(row), result=None, is_lost=1))

        self._writing(write)
        scrub(self._file, self._path, "本机发件箱删不干净")

    def close(self) -> None:
        """Give the outbox up."""
        self._file.close()

    # --- opening, reading and writing --------------------------------------------------------------------------------

    def _load(self, connection: Connection) -> None:
        rows = connection.execute(select(COMMANDS).order_by(COMMANDS.c.device_seq)).mappings()
        number = None
        for row in rows:
            if number not in {None, row["device_seq"] - 1}:
                raise BrokenFileError(f"已损坏（第 {row['device_seq']} 条之前有缺失）")
            number = row["device_seq"]
            if _seal({column.name: row[column.name] for column in _CONTENT}) != row["seal"]:
                raise BrokenFileError(f"已损坏（第 {number} 条与封印不符）")
        self._last = number or 0
        named = connection.execute(select(DEVICE.c.device, DEVICE.c.seal)).one_or_none()
        if named is None:
            if self._last:
                raise BrokenFileError("已损坏（设备号缺失）")
            new = {"device": str(self._new_device)}
            connection.execute(insert(DEVICE), {"one": 1, **new, "seal": _seal(new)})
            self._device = self._new_device
            return
        if _seal({"device": named[0]}) != named[1]:
            raise BrokenFileError("已损坏（设备号与封印不符）")
        self._device = DeviceId(named[0])
        first_open = connection.execute(select(func.min(COMMANDS.c.device_seq)).where(*_OPEN)).scalar_one()
        oldest_kept = min(self._last - KEPT + 1, self._last if first_open is None else first_open)
        connection.execute(delete(COMMANDS).where(COMMANDS.c.device_seq < oldest_kept))

    def _writing(self, write: Callable[[], _Found]) -> _Found:
        run = self._run.exec_driver_sql
        try:
            run("BEGIN IMMEDIATE")
            found = write()
            run("COMMIT")
        except BaseException as error:
            with suppress(DBAPIError):  # SQLite has mostly rolled back by itself
                run("ROLLBACK")
            if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
                raise trouble("本机发件箱写不进去，没有发出", self._path, error) from error
            raise
        return found

    def _asking(self, ask: Callable[[], _Found]) -> _Found:
        try:
            return ask()
        except UNREADABLE as error:
            raise trouble("本机发件箱读不出来", self._path, error) from error


def _seal(content: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).digest()
