"""Keep the journal on disk: SQLite with a write-ahead log, one transaction and one sync per engine turn.

`append` returns when the turn has been synced, and not before. A guard that says no leaves the journal as it was and
open. Anything else that goes wrong while writing ends it for this process: whether the last turn reached the disk is
then known only to a restart, which reads what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Select, bindparam, func, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from terminal.domain.fact.facts import CommandDone
from terminal.domain.ids import CommandId, StreamId, TenantId
from terminal.engine.records import guards as g
from terminal.engine.records.chain import Chains, DamageError, read_record, seal
from terminal.engine.records.journal import Entry, Head, JournalError, Record
from terminal.store import schema
from terminal.store.database import UNREADABLE, connect, trouble
from terminal.store.owner import Owner
from terminal.store.schema import COMMANDS, CURSOR, HEADS, RECORDS
from terminal.store.stored import STORED, Stored, stored
from terminal.store.wal import has_lost_turns

JOURNAL_FILE: Final = "journal.db"
PAGE: Final = 1_000  # records fetched at a time: a reader holds no snapshot between pages, so the log can be reset
CHECKPOINT_PAGES: Final = 256  # 1 MiB: a checkpoint this small does not stall the turn that triggers it

_NEXT_OF_STREAM: Final = (
    STORED.where(RECORDS.c.stream == bindparam("stream"), RECORDS.c.epoch == bindparam("epoch"))
    .where(RECORDS.c.seq > bindparam("after"))
    .order_by(RECORDS.c.seq)
    .limit(PAGE)
)
_NEXT_OF_ALL: Final = STORED.where(RECORDS.c.position > bindparam("after")).order_by(RECORDS.c.position).limit(PAGE)

_Found = TypeVar("_Found")

# What SQLite says when a guard refuses, and what a person reads.
_REFUSALS: Final = {
    "confirmations.confirmation": g.SECOND_REQUEST,
    "approvals.confirmation": g.SECOND_APPROVAL,
    "maker_is_not_checker": g.SELF_APPROVAL,
    "approvals.maker": g.NO_REQUEST,
    "approvals.checker": g.NO_REQUEST,
    "consumptions.confirmation": g.SECOND_CONSUMPTION,
    "orders.order_id": g.SECOND_ORDER,
    "orders.wire_key": g.SECOND_WIRE_KEY,
    "orders.sole_use": g.SECOND_USE,
    "fills.trading_day": g.SECOND_FILL,
    "commands.command": g.SECOND_COMMAND,
    "lots_are_positive": g.NO_LOTS,
    "FOREIGN KEY": g.NO_PARENT,
    "of another account": g.OTHER_ACCOUNT,
}


class SqliteJournal:
    """Own the journal of a data folder; one process at a time. `page_limit` bounds the file, in pages of 4 KiB.

    A folder that is owned already is given with its `owner`, which the journal releases when it is closed.
    """

    _tenant: TenantId
    _epoch: int
    _heads: dict[StreamId, Head]
    _position: int  # of the last record
    _cursor: int | None

    def __init__(
        self, data: Path, tenant: TenantId, *, page_limit: int | None = None, owner: Owner | None = None
    ) -> None:
        self._path = data / JOURNAL_FILE
        self._broken: str | None = None
        try:
            data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise trouble("数据目录建不成", data, error) from error
        self._owner = owner or Owner(data)
        try:
            self._connection = self._open(tenant, page_limit)
        except BaseException:
            self._owner.release()
            raise

    @property
    def tenant(self) -> TenantId:
        """Return whose facts these are."""
        return self._tenant

    @property
    def epoch(self) -> int:
        """Return the epoch every record is appended in."""
        return self._epoch

    def append(self, records: Sequence[Record], *, batch: int | None = None) -> Sequence[Entry]:
        """Store one turn durably, with the index of the market batch it finished; return it as stored, or raise."""
        if self._broken is not None:
            raise JournalError(self._broken)
        if batch is not None and self._cursor is not None and batch < self._cursor:
            raise JournalError(f"行情游标不能从第 {self._cursor} 批退回第 {batch} 批；什么也没有写入")
        entries, heads = seal(records, self._heads, tenant=self._tenant, epoch=self._epoch, position=self._position)
        try:
            self._write(entries, records, heads, batch)
        except IntegrityError as error:
            self._undo()
            raise JournalError(f"{_refusal(error)}；什么也没有写入") from error
        except BaseException as error:
            self._broken = f"日志 {self._path} 上一次写入没有完成，不再接受写入；请重新启动，从日志继续"
            self._undo()
            if isinstance(error, Exception):
                raise trouble("日志写不进去，交易停止", self._path, error) from error
            raise
        self._heads.update(heads)
        self._position += len(entries)
        if batch is not None:
            self._cursor = batch
        return entries

    def read(self, stream: StreamId, after_seq: int = 0) -> Iterator[Entry]:
        """Yield one stream from the record after `after_seq` on; the chain is recomputed on the way."""
        chains = Chains(self._tenant, self._epoch, self._head_at(stream, after_seq))
        seq, last = after_seq, 0
        while page := self._fetch(_NEXT_OF_STREAM, stream=stream, epoch=self._epoch, after=seq):
            for row in page:
                yield chains.follow(*row)
            last, _, seq, _, _ = page[-1]
        head = self._heads.get(stream)
        if head is not None and seq < head.seq:
            raise DamageError(stream, seq + 1, last + 1, f"此条至第 {head.seq} 条缺失")

    def replay(self, after: int = 0) -> Iterator[Entry]:
        """Yield every stream in the order of appending, from the position after `after` on."""
        chains = Chains(self._tenant, self._epoch)
        position = after
        while page := self._fetch(_NEXT_OF_ALL, after=position):
            for row in page:
                position += 1
                stream, seq = row[1], row[2]
                if row[0] != position:
                    raise DamageError(stream, seq, position, f"总第 {position} 条至第 {row[0] - 1} 条缺失")
                if seq > 1 and stream not in chains.heads:
                    chains.heads.update(self._head_at(stream, seq - 1))
                yield chains.follow(*row)
        if position < self._position:
            raise JournalError(f"日志 {self._path} 总第 {position + 1} 条至第 {self._position} 条缺失")

    def heads(self) -> Mapping[StreamId, Head]:
        """Return where each stream ends now; the view follows later appends."""
        return MappingProxyType(self._heads)

    def place(self, stream: StreamId, seq: int) -> tuple[int, bytes] | None:
        """Return where a record of the present epoch stands among all, and its hash; `None` where there is none."""
        found = select(RECORDS.c.position, RECORDS.c.hash).where(
            RECORDS.c.stream == stream, RECORDS.c.epoch == self._epoch, RECORDS.c.seq == seq
        )
        row = self._asking(lambda: self._connection.execute(found).one_or_none())
        return None if row is None else (row[0], row[1])

    def cursor(self) -> int | None:
        """Return the index of the last market batch that was finished durably; `None` before the first."""
        return self._cursor

    def command_result(self, command: CommandId) -> CommandDone | None:
        """Return what a command led to when it first arrived."""
        found = (
            select(RECORDS.c.bytes)
            .join(COMMANDS, COMMANDS.c.position == RECORDS.c.position)
            .where(COMMANDS.c.command == command)
        )
        data = self._asking(lambda: self._connection.execute(found).scalar_one_or_none())
        record = None if data is None else read_record(data)
        return record.fact if isinstance(record, Record) and isinstance(record.fact, CommandDone) else None

    def close(self) -> None:
        """Give the journal up; appending afterwards is refused."""
        self._broken = f"日志 {self._path} 已关闭，不再接受写入"
        self._connection.close()
        self._owner.release()

    # --- opening -----------------------------------------------------------------------------------------------------

    def _open(self, tenant: TenantId, page_limit: int | None) -> Connection:
        if has_lost_turns(self._path):
            raise JournalError(
                f"日志 {self._path} 的预写文件（-wal）有已提交的部分被损坏，不能继续写；"
                "保留 journal.db 与 -wal 两个文件，用 hengduo verify --heads 与别处记下的链头核对"
            )
        try:
            connection = connect(self._path)
        except DBAPIError as error:
            raise trouble("日志打不开", self._path, error) from error
        try:
            for pragma in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "foreign_keys = ON",
                "recursive_triggers = ON",  # else `REPLACE` would delete rows behind the triggers' backs
                f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
                "wal_checkpoint(TRUNCATE)",  # what a crash left behind the last commit goes
                *([f"max_page_count = {page_limit}"] if page_limit is not None else []),
            ):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            schema.prepare(connection, self._path, tenant, 1)
            self._load(connection, tenant)
        except UNREADABLE as error:
            connection.close()
            raise trouble("日志打不开", self._path, error) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _load(self, connection: Connection, tenant: TenantId) -> None:
        self._tenant, self._epoch = schema.house_of(connection)
        if self._tenant != tenant:
            raise JournalError(f"日志 {self._path} 属于 {self._tenant}，不属于 {tenant}；请换一个数据目录")
        self._cursor = connection.execute(select(CURSOR.c.batch)).scalar_one_or_none()
        self._position = connection.execute(select(func.max(RECORDS.c.position))).scalar_one() or 0
        self._heads = {
            StreamId(stream): Head(epoch, seq, digest)
            for stream, epoch, seq, digest in connection.execute(select(HEADS))
        }
        # The tail is looked at here, at every start; the whole chain whenever it is read.
        for stream, head in self._heads.items():
            end = connection.execute(
                select(RECORDS.c.epoch, RECORDS.c.seq, RECORDS.c.hash)
                .where(RECORDS.c.stream == stream)
                .order_by(RECORDS.c.epoch.desc(), RECORDS.c.seq.desc())
                .limit(1)
            ).one_or_none()
            if end != (head.epoch, head.seq, head.hash):
                raise DamageError(stream, head.seq, self._position, "流的末尾与链头不符")
        if self._position != sum(head.seq for head in self._heads.values()):
            raise JournalError(f"日志 {self._path} 的条数与链头不符；用 hengduo verify 找出是哪一条")

    # --- reading and writing -----------------------------------------------------------------------------------------

    def _write(
        self,
        entries: Sequence[Entry],
        records: Sequence[Record],
        heads: Mapping[StreamId, Head],
        batch: int | None,
    ) -> None:
        run = self._connection.exec_driver_sql
        claims: dict[type[g.Guard], list[tuple[int | str | None, ...]]] = {}
        rows = []
        for entry, record in zip(entries, records, strict=True):
            rows.append((entry.position, record.stream, record.epoch, record.seq, entry.data, entry.hash))
            guard = g.guard_of(record.fact)
            if guard is not None:
                claims.setdefault(type(guard), []).append(schema.guard_row(entry.position, guard))
        run("BEGIN IMMEDIATE")
        if rows:
            run(schema.INSERT_RECORD, rows)
            for kind, statement in schema.INSERT_GUARD.items():
                if kind in claims:
                    run(statement, claims[kind])
            run(
                schema.INSERT_HEAD,
                [(stream, head.epoch, head.seq, head.hash) for stream, head in heads.items()],
            )
        if batch is not None:
            run(schema.INSERT_CURSOR, (1, batch))
        run("COMMIT")

    def _undo(self) -> None:
        # SQLite has mostly rolled back by itself; if it cannot even do that, the journal is broken and says so.
        with suppress(DBAPIError):
            self._connection.exec_driver_sql("ROLLBACK")

    def _head_at(self, stream: StreamId, seq: int) -> dict[StreamId, Head]:
        if seq == 0:
            return {}
        before = select(RECORDS.c.hash).where(
            RECORDS.c.stream == stream, RECORDS.c.epoch == self._epoch, RECORDS.c.seq == seq
        )
        digest = self._asking(lambda: self._connection.execute(before).scalar_one_or_none())
        if digest is None:
            raise JournalError(f"日志 {self._path} 的流 {stream} 没有第 {seq} 条，不能从它之后读起")
        return {stream: Head(self._epoch, seq, digest)}

    def _fetch(self, statement: Select[Any], **parameters: int | str) -> list[Stored]:
        return self._asking(lambda: stored(self._connection.execute(statement, parameters)))

    def _asking(self, ask: Callable[[], _Found]) -> _Found:
        try:
            return ask()
        except UNREADABLE as error:
            raise trouble("日志读不出来", self._path, error) from error


def _refusal(error: IntegrityError) -> str:
    said = str(error.orig)
    return next((sentence for words, sentence in _REFUSALS.items() if words in said), said)
