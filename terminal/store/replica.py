"""Keep what the runner has told this desk: a snapshot, the events after it, and how far they reach.

Theory. The truth is the runner's journal; this is a copy of a prefix of each stream the person may see (SAFETY I15),
and it may be deleted at any time. Events and heads are written in one transaction (I16), so that whatever a crash or a
power cut leaves is a shorter prefix and never a wrong one; that is why `synchronous = NORMAL` is enough here. Every
event is chained to the one before it when it is written and again when it is read. A snapshot is opaque to this file:
the sealed bytes of a fold, and the heads it was folded to. The runner sends one, or the desk puts its own fold in the
place of the events it was folded from, so that neither the file nor a start grows with the days, for the fold forgets
what was over before the day that is settled; with it goes the past, opaque as well, which is what a screen shows of
those events.

What is not nice: a snapshot holds all streams in one piece, so that taking one stream away takes the whole copy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DBAPIError

from terminal.domain.ids import StreamId, TenantId
from terminal.engine.records.chain import Chains, DamageError, genesis, journal_head, link, read_record
from terminal.engine.records.journal import Entry, Head, JournalError
from terminal.store.database import UNREADABLE, trouble
from terminal.store.desk_file import BrokenFileError, DeskFile, OpenFile, erase_asides, open_file, replace_file
from terminal.store.migrations import replica_v1, replica_v2
from terminal.store.room import find_room
from terminal.store.schema import compiled
from terminal.store.stored import Stored, stored

REPLICA_FILE: Final = "replica.db"
PAGE: Final = 1_000
WASTE_BYTES: Final = 16 * 1024 * 1024  # of free pages; beyond it the file is made small again

KIND: Final = DeskFile(
    file=REPLICA_FILE,
    title="本机副本",
    consequence="正从运行端重新取回，委托与持仓以运行端为准，没有丢失",
    application_id=0x48445A52,
    migrations=(replica_v1.STATEMENTS, replica_v2.STATEMENTS),
    synchronous="NORMAL",
    page_size=16_384,  # a long catching-up is a third faster than with 4 KiB
    is_truth=False,
)

METADATA: Final = MetaData()
HOUSE: Final = Table(
    "house", METADATA, Column("one", Integer, primary_key=True), Column("tenant", Text, nullable=False)
)
SNAPSHOT: Final = Table(
    "snapshot",
    METADATA,
    Column("one", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("seal", LargeBinary, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
)
PAST: Final = Table(
    "past",
    METADATA,
    Column("one", Integer, primary_key=True),
    Column("seal", LargeBinary, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
)
EVENTS: Final = Table(
    "events",
    METADATA,
    Column("arrival", Integer, primary_key=True),
    Column("stream", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)


def _heads_table(name: str) -> Table:
    return Table(
        name,
        METADATA,
        Column("stream", Text, primary_key=True),
        Column("epoch", Integer, nullable=False),
        Column("seq", Integer, nullable=False),
        Column("hash", LargeBinary, nullable=False),
    )


STARTS: Final = _heads_table("starts")  # where the snapshot ends and the events begin
HEADS: Final = _heads_table("heads")

_INSERT_EVENT: Final = compiled(insert(EVENTS))
_INSERT_START: Final = compiled(insert(STARTS))
_INSERT_HEAD: Final = compiled(
    (
        _head := upsert(HEADS).values({column.name: bindparam(column.name) for column in HEADS.columns})
    ).on_conflict_do_update(
        index_elements=["stream"],
        set_={"epoch": _head.excluded.epoch, "seq": _head.excluded.seq, "hash": _head.excluded.hash},
    )
)
_NEXT: Final = (
    select(EVENTS.c.arrival, EVENTS.c.stream, EVENTS.c.seq, EVENTS.c.bytes, EVENTS.c.hash)
    .where(EVENTS.c.arrival > bindparam("after"), EVENTS.c.arrival <= bindparam("until"))
    .order_by(EVENTS.c.arrival)
    .limit(PAGE)
)

_Found = TypeVar("_Found")


class StoredEvent(msgspec.Struct, frozen=True):
    """Hold one record as it came over the wire: its bytes, its hash, and where in its stream it belongs."""

    stream: StreamId
    epoch: int
    seq: int
    data: bytes
    hash: bytes


class Replica:
    """Own the copy of a desk's folder; one process at a time. Link thread only.

    `rebuilt` is a sentence for the person when the file had to be made anew, else empty. A copy of another tenant than
    the one asked for is not kept.
    """

    rebuilt: str
    _tenant: TenantId | None
    _heads: dict[StreamId, Head]
    _starts: dict[StreamId, Head]
    _arrival: int  # of the last event

    def __init__(self, folder: Path, *, tenant: TenantId | None = None) -> None:
        self._folder = folder
        self._path = folder / REPLICA_FILE
        self._wanted = tenant
        self._use(open_file(folder, KIND, self._load))

    @property
    def tenant(self) -> TenantId | None:
        """Return whose facts these are; `None` before the first of them."""
        return self._tenant

    def heads(self) -> Mapping[StreamId, Head]:
        """Return how far each stream reaches here; the view follows later appends."""
        return MappingProxyType(self._heads)

    def digest(self) -> str:
        """Return what the runner called the snapshot's state; empty without a snapshot."""
        found = self._asking(lambda: self._run.execute(select(SNAPSHOT.c.digest)).scalar_one_or_none())
        return found or ""

    def state(self) -> tuple[bytes | None, dict[StreamId, Head], Iterator[Entry]]:
        """Return the snapshot, the heads it was folded to, and the events after it in the order they came.

        The iterator recomputes the chains and raises `DamageError` at the first event that is not what was written;
        what was folded until then is to be dropped, and `start_over` to be called.
        """
        data = self._asking(lambda: self._run.execute(select(SNAPSHOT.c.bytes)).scalar_one_or_none())
        return data, dict(self._starts), self._events(dict(self._starts), dict(self._heads), self._arrival)

    def past(self) -> bytes:
        """Return what was put away with the snapshot of the time before it; empty where there is none."""
        found = self._asking(lambda: self._run.execute(select(PAST.c.bytes)).scalar_one_or_none())
        return found or b""

    def append(self, events: Sequence[StoredEvent], fold: Callable[[], object] = lambda: None) -> None:
        """Store events and the heads they make in one transaction; one that does not fit refuses all of them.

        `fold` is called inside: where it raises, nothing was stored.
        """
        if not events:
            return
        tenant = self._tenant or _tenant_in(events[0])
        rows, heads = self._chained(events, tenant)

        def write() -> None:
            if self._is_unnamed:
                self._run.execute(upsert(HOUSE).values(one=1, tenant=tenant).on_conflict_do_nothing())
            self._run.exec_driver_sql(_INSERT_EVENT, rows)
            self._run.exec_driver_sql(_INSERT_HEAD, _head_rows(heads))
            fold()

        self._writing(write)
        self._tenant, self._is_unnamed = tenant, False
        self._heads.update(heads)
        self._arrival += len(rows)

    def find_room(self) -> None:
        """Find out whether the disk takes something again; a `UserError` says what it has against it."""
        find_room("本机副本写不进去", self._folder)

    def swap(self, snapshot: bytes, heads: Mapping[StreamId, Head], digest: str, past: bytes = b"") -> None:
        """Put a snapshot, and what a screen keeps of the time before it, in the place of everything.

        A crash leaves the old copy or the new one.
        """
        heads = dict(heads)  # they may be our own, which go

        def write() -> None:
            self._clear()
            seal = _seal(snapshot, heads, digest)
            self._run.execute(insert(SNAPSHOT), {"one": 1, "digest": digest, "seal": seal, "bytes": snapshot})
            if past:
                self._run.execute(insert(PAST), {"one": 1, "seal": _seal_past(past, seal), "bytes": past})
            if heads:
                self._run.exec_driver_sql(_INSERT_START, _head_rows(heads))
                self._run.exec_driver_sql(_INSERT_HEAD, _head_rows(heads))

        self._writing(write)
        self._starts, self._heads = dict(heads), dict(heads)
        self._give_back()

    def forget(self, streams: Collection[StreamId]) -> None:
        """Erase streams that were taken away, also from files moved aside; a snapshot that holds one goes as a whole.

        `heads` says afterwards what is left to go on from.
        """
        gone = set(streams)
        is_in_snapshot = bool(gone & self._starts.keys())

        def write() -> None:
            if is_in_snapshot:
                self._clear()
                return
            for table in (EVENTS, HEADS):
                self._run.execute(delete(table).where(table.c.stream.in_(sorted(gone))))

        run = self._run.exec_driver_sql
        self._asking(lambda: run("PRAGMA secure_delete = ON"))
        self._writing(write)
        if is_in_snapshot:
            self._starts, self._heads = {}, {}
        for stream in gone:
            self._heads.pop(stream, None)
        erase_asides(self._path)
        # Pages freed by an earlier swap, and the log, still hold what was in them.
        self._asking(lambda: [run(words) for words in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")])
        self._asking(lambda: run("PRAGMA secure_delete = OFF"))

    def start_over(self, error: Exception) -> None:
        """Move the copy aside because of what reading it raised, and begin with an empty one; `rebuilt` says so."""
        self._use(replace_file(self._file, self._folder, KIND, self._load, error))

    def close(self) -> None:
        """Give the copy up."""
        self._file.close()

    # --- opening -----------------------------------------------------------------------------------------------------

    def _use(self, file: OpenFile) -> None:
        self._file = file
        self._run = file.connection
        self.rebuilt = file.rebuilt

    def _load(self, connection: Connection) -> None:
        tenant = connection.execute(select(HOUSE.c.tenant)).scalar_one_or_none()
        if tenant is not None and self._wanted is not None and tenant != self._wanted:
            raise BrokenFileError(f"属于 {tenant}，不属于 {self._wanted}")
        self._tenant = self._wanted if tenant is None else TenantId(tenant)
        self._is_unnamed = tenant is None
        self._starts = _read_heads(connection, STARTS)
        self._heads = _read_heads(connection, HEADS)
        snapshot = connection.execute(select(SNAPSHOT.c.bytes, SNAPSHOT.c.digest, SNAPSHOT.c.seal)).one_or_none()
        if snapshot is None and self._starts:
            raise BrokenFileError("已损坏（快照缺失）")
        if snapshot is not None and _seal(snapshot[0], self._starts, snapshot[1]) != snapshot[2]:
            raise BrokenFileError("已损坏（快照与封印不符）")
        past = connection.execute(select(PAST.c.bytes, PAST.c.seal)).one_or_none()
        if past is not None and (snapshot is None or _seal_past(past[0], snapshot[2]) != past[1]):
            raise BrokenFileError("已损坏（快照之前的事件与封印不符）")
        self._arrival = connection.execute(select(func.max(EVENTS.c.arrival))).scalar_one() or 0

    # --- reading and writing -----------------------------------------------------------------------------------------

    def _events(self, starts: dict[StreamId, Head], ends: dict[StreamId, Head], until: int) -> Iterator[Entry]:
        chains: dict[StreamId, Chains] = {}
        reached = dict(starts)
        after = 0
        while page := self._page(after, until):
            for arrival, stream, seq, data, digest in page:
                if stream not in ends or self._tenant is None:
                    raise DamageError(stream, seq, arrival, "不属于本机副本的任何一个流")
                if stream not in chains:
                    known = {stream: starts[stream]} if stream in starts else None
                    chains[stream] = Chains(self._tenant, ends[stream].epoch, known)
                yield chains[stream].follow(arrival, stream, seq, data, digest)
                reached[stream] = chains[stream].heads[stream]
            after = page[-1][0]
        for stream, head in ends.items():
            if reached.get(stream) != head:
                raise DamageError(stream, head.seq, until, "流的末尾与链头不符")

    def _page(self, after: int, until: int) -> list[Stored]:
        return self._asking(lambda: stored(self._run.execute(_NEXT, {"after": after, "until": until})))

    def _chained(
        self, events: Sequence[StoredEvent], tenant: TenantId
    ) -> tuple[list[tuple[int, StreamId, int, bytes, bytes]], dict[StreamId, Head]]:
        ends: dict[StreamId, tuple[int, int, bytes]] = {}
        rows = []
        for arrival, event in enumerate(events, self._arrival + 1):
            stream, epoch, seq, digest = event.stream, event.epoch, event.seq, event.hash
            if stream not in ends:
                head = self._heads.get(stream) or Head(epoch, 0, genesis(tenant, stream, epoch))
                ends[stream] = (head.epoch, head.seq, head.hash)
            known_epoch, last, previous = ends[stream]
            if epoch != known_epoch or seq != last + 1:
                raise JournalError(
                    f"流 {stream} 在本机止于纪元 {known_epoch} 第 {last} 条，"
                    f"不能接纪元 {epoch} 第 {seq} 条；什么也没有写入"
                )
            if link(previous, event.data) != digest:
                raise JournalError(f"流 {stream} 第 {seq} 条与前一条接不上；什么也没有写入")
            ends[stream] = (epoch, seq, digest)
            rows.append((arrival, stream, seq, event.data, digest))
        return rows, {stream: Head(*end) for stream, end in ends.items()}

    def _clear(self) -> None:
        for table in (SNAPSHOT, PAST, STARTS, EVENTS, HEADS):
            self._run.execute(delete(table))

    def _give_back(self) -> None:
        # A file that was never made small holds pages by the hundred thousand, and each start reads all of them.
        run = self._run.exec_driver_sql
        with suppress(DBAPIError):  # a disk without the room for it: nothing is lost, the pages are used again
            if run("PRAGMA freelist_count").scalar_one() * KIND.page_size > WASTE_BYTES:
                run("VACUUM")
                run("PRAGMA wal_checkpoint(TRUNCATE)")

    def _writing(self, write: Callable[[], None]) -> None:
        try:
            self._run.exec_driver_sql("BEGIN IMMEDIATE")
            write()
            self._run.exec_driver_sql("COMMIT")
        except BaseException as error:
            with suppress(DBAPIError):  # SQLite has mostly rolled back by itself
                self._run.exec_driver_sql("ROLLBACK")
            if isinstance(error, DBAPIError):
                raise trouble("本机副本写不进去", self._path, error) from error
            raise

    def _asking(self, ask: Callable[[], _Found]) -> _Found:
        try:
            return ask()
        except UNREADABLE as error:
            raise trouble("本机副本读不出来", self._path, error) from error


def _tenant_in(event: StoredEvent) -> TenantId:
    try:
        return read_record(event.data).tenant
    except msgspec.DecodeError as error:
        raise JournalError(f"流 {event.stream} 第 {event.seq} 条不是一条记录（{error}）；什么也没有写入") from None


def _read_heads(connection: Connection, table: Table) -> dict[StreamId, Head]:
    return {
        StreamId(stream): Head(epoch, seq, digest) for stream, epoch, seq, digest in connection.execute(select(table))
    }


def _head_rows(heads: Mapping[StreamId, Head]) -> list[tuple[str, int, int, bytes]]:
    return [(stream, head.epoch, head.seq, head.hash) for stream, head in heads.items()]


def _seal(snapshot: bytes, heads: Mapping[StreamId, Head], digest: str) -> bytes:
    return hashlib.sha256(f"{digest}|{journal_head(heads)}|".encode() + snapshot).digest()


def _seal_past(past: bytes, seal: bytes) -> bytes:
    return hashlib.sha256(seal + past).digest()
