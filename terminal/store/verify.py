"""Judge a journal offline: recompute every chain from content, and name the first record that is not what was written.

What is looked at, in one pass and without keeping what was read: each record's hash, number, place and epoch; each
guard row against its fact; the heads, and heads that were written down elsewhere; the cursor against the batches that
records name as their cause; the database's own rules, version and pages. Then the witnesses are heard: `orphans` asks
of each order for its verdict, cause and approval, and whoever can fold the facts may bring another one.

What is not nice: a journal whose tail was cut off together with its guard rows and heads is a shorter true journal.
Only `heads` from another place (an earlier `hengduo verify --json`, a desk) can tell, and so they are asked for. Nor
is a cursor noticed that was moved, yet not behind the last batch a record names: no record says where it stood.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

import msgspec
from sqlalchemy import Connection, func, select

from terminal.domain.errors import UserError
from terminal.domain.ids import StreamId, TenantId
from terminal.domain.words.malformed import json_said
from terminal.domain.words.system import system_said
from terminal.engine.records.chain import Chains, DamageError, journal_head
from terminal.engine.records.guards import guard_of
from terminal.engine.records.journal import RECORD_VERSION, Entry, Head, JournalError, Record
from terminal.store.census import Census
from terminal.store.database import UNREADABLE, connect_readonly, trouble
from terminal.store.guard_tables import GuardTables
from terminal.store.journal import JOURNAL_FILE
from terminal.store.migrations import SCHEMA_VERSION
from terminal.store.orphans import Orphans
from terminal.store.schema import APPLICATION_ID, CURSOR, HEADS, RECORDS, SCHEMA_VERSIONS, changed_rule, house_of
from terminal.store.stored import STORED, stored
from terminal.store.wal import has_lost_turns

SHOWN: Final = 20  # complaints kept word for word; all are counted

_WITH_EPOCH: Final = STORED.add_columns(RECORDS.c.epoch).order_by(RECORDS.c.position)
_BATCH: Final = re.compile(r"batch:([0-9]{1,18})")  # the cause of a record that a market batch brought about


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """Name a record and what is wrong with it or missing for it."""

    stream: StreamId | None
    seq: int | None
    position: int | None
    what: str


class HeadText(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a head as it is written down elsewhere; `hash` in hex."""

    epoch: int
    seq: int
    hash: str


class Heads(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the heads of a journal as a file holds them; the output of `hengduo verify --json` is such a file."""

    heads: dict[StreamId, HeadText]


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what the verifier found; `ok` is the whole answer, `sentence` the same for people.

    `orders` counts recorded orders, `intents` everything that may have gone to the wire (orders and cancels),
    `verdicts` the gate's answers, `approvals` the confirmations by what became of them, `orphans` the complaints of
    the witnesses. `unknown` counts records of a newer program by kind: their chain holds, their meaning is not judged.
    """

    ok: bool
    sentence: str
    path: str
    tenant: TenantId | None = None
    records: int = 0
    heads: dict[StreamId, HeadText] = {}
    journal_head: str = ""
    orders: int = 0
    intents: int = 0
    verdicts: dict[str, int] = {}
    refused: dict[str, int] = {}
    fills: int = 0
    approvals: dict[str, int] = {}
    commands: int = 0
    orphans: int = 0
    complaints: tuple[Complaint, ...] = ()
    first_bad: Complaint | None = None
    unknown: dict[str, int] = {}
    wall_s: float | None = None


class Witness(Protocol):
    """Describe who judges the meaning of records; it sees each known record once, in the order of appending."""

    def see(self, entry: Entry, record: Record) -> Iterable[str]:
        """Return sentences about what is wrong with this record, or missing for it."""

    def conclude(self) -> Iterable[str]:
        """Return sentences about what is wrong with the whole."""


def read_heads(path: Path) -> dict[StreamId, Head]:
    """Return the heads that were written down in a file."""
    raw = b""
    try:
        raw = path.read_bytes()
        written = msgspec.json.decode(raw, type=Heads).heads
        return {name: Head(head.epoch, head.seq, bytes.fromhex(head.hash)) for name, head in written.items()}
    except (OSError, msgspec.DecodeError, ValueError) as error:
        said = system_said(error) if isinstance(error, OSError) else json_said(raw, error)
        raise UserError(f"链头文件 {path} 读不出来（{said}）；它应是 hengduo verify --json 的输出") from error


def verify(
    path: Path, *, heads: Mapping[StreamId, Head] | None = None, witnesses: Iterable[Witness] = ()
) -> Verification:
    """Judge the journal in a data folder (or the file itself) without changing it."""
    file = path / JOURNAL_FILE if path.is_dir() else path
    if not file.is_file():
        raise UserError(f"{file} 不存在；请给出数据目录，或目录中的 {JOURNAL_FILE}")
    audit = _Audit(file, heads or {}, tuple(witnesses))
    try:
        audit.run()
    except DamageError as damage:
        place = Complaint(stream=damage.stream, seq=damage.seq, position=damage.position, what=damage.what)
        return audit.result(damage.message, place)
    except (JournalError, msgspec.DecodeError, *UNREADABLE) as error:
        what = error.message if isinstance(error, JournalError) else trouble("日志读不下去", file, error).message
        behind = f"，在总第 {audit.position} 条之后" if audit.position else ""
        return audit.result(f"{what}{behind}", Complaint(stream=None, seq=None, position=audit.position + 1, what=what))
    finally:
        audit.close()
    return audit.result(None, None)


class _Audit:
    def __init__(self, file: Path, heads: Mapping[StreamId, Head], witnesses: tuple[Witness, ...]) -> None:
        self._file = file
        self._expected_heads = heads
        self._witnesses = witnesses
        self._connection: Connection | None = None
        self._tenant: TenantId | None = None
        self._heads: Mapping[StreamId, Head] = {}
        self._census = Census()
        self._unknown: Counter[str] = Counter()
        self._complaints: list[Complaint] = []
        self._orphans = 0
        self._last_batch: tuple[int, Entry] | None = None  # the largest a record names, and the first to name it
        self.position = 0

    def run(self) -> None:
        if has_lost_turns(self._file):
            raise JournalError(f"{self._file}-wal 中已提交的部分被损坏，其后的记录读不到")
        self._connection = connection = connect_readonly(self._file)
        self._judge_schema(connection)
        self._tenant, epoch = house_of(connection)
        chains = Chains(self._tenant, epoch)
        self._heads = chains.heads
        guards = GuardTables(connection)
        witnesses = (Orphans(connection), *self._witnesses)
        for entry in self._entries(connection, chains):
            record = entry.record
            if record.v < RECORD_VERSION:
                version = f"记录第 {record.v} 版，本程序第 {RECORD_VERSION} 版"
                raise UserError(f"{self._file} 由旧版程序写成（{version}）；请用写成它的版本核对")
            expected = self._expected_heads.get(record.stream)
            if expected is not None and expected.seq == record.seq and expected.hash != entry.hash:
                raise DamageError(record.stream, record.seq, entry.position, "与别处记下的链头不符：日志被改写或分叉")
            self._note_batch(entry)
            if isinstance(record, Record):
                guards.see(entry, guard_of(record.fact))
                self._census.see(record)
                for witness in witnesses:
                    for what in witness.see(entry, record):
                        self._complain(what, entry)
            else:
                guards.see(entry, None)
                self._unknown[record.kind] += 1
        left = guards.leftover()
        if left is not None:
            raise JournalError(left)
        self._judge_heads(connection)
        self._judge_cursor(connection)
        self._judge_pages(connection)
        for witness in witnesses:
            for what in witness.conclude():
                self._complain(what, None)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def result(self, damage: str | None, place: Complaint | None) -> Verification:
        census = self._census
        heads = {
            stream: HeadText(epoch=head.epoch, seq=head.seq, hash=head.hash.hex())
            for stream, head in sorted(self._heads.items())
        }
        return Verification(
            ok=damage is None and not self._orphans,
            sentence=damage or self._summary(),
            path=str(self._file),
            tenant=self._tenant,
            records=self.position,
            heads=heads,
            journal_head=journal_head(self._heads),
            orders=census.orders,
            intents=census.orders + census.cancels,
            verdicts=dict(census.verdicts),
            refused=dict(census.refused),
            fills=census.fills,
            approvals=dict(census.approvals),
            commands=census.commands,
            orphans=self._orphans,
            complaints=tuple(self._complaints),
            first_bad=place,
            unknown=dict(self._unknown),
        )

    def _entries(self, connection: Connection, chains: Chains) -> Iterator[Entry]:
        for page in connection.execute(_WITH_EPOCH).partitions(1_000):
            for row, (*_, epoch) in zip(stored(row[:-1] for row in page), page, strict=True):
                if row[0] != self.position + 1:
                    what = f"总第 {self.position + 1} 条至第 {row[0] - 1} 条缺失"
                    raise DamageError(row[1], row[2], row[0], what)
                entry = chains.follow(*row)
                if epoch != entry.record.epoch:
                    what = f"表 records 的 epoch 列是 {epoch}，内容却在纪元 {entry.record.epoch}，这一列被改动"
                    raise DamageError(row[1], row[2], row[0], what)
                yield entry
                self.position += 1

    def _note_batch(self, entry: Entry) -> None:
        named = _BATCH.fullmatch(entry.record.cause)
        if named is not None and (self._last_batch is None or int(named[1]) > self._last_batch[0]):
            self._last_batch = int(named[1]), entry

    def _judge_schema(self, connection: Connection) -> None:
        run = connection.exec_driver_sql
        if run("PRAGMA application_id").scalar_one() != APPLICATION_ID:
            raise JournalError(f"{self._file} 不是衡舵的日志，或文件头被改动")
        versions = sorted(connection.execute(select(SCHEMA_VERSIONS.c.version)).scalars())
        version = len(versions)
        is_ours = changed_rule(connection, SCHEMA_VERSION) is None
        # A newer program numbers on without a gap and has changed the tables; with ours it cannot have been here.
        if not versions or versions != list(range(1, version + 1)) or (is_ours and version != SCHEMA_VERSION):
            shown = "、".join(str(number) for number in versions[:SHOWN]) or "空"
            raise JournalError(f"{self._file} 的表 schema_version 被改动：应依次是 1 至 {SCHEMA_VERSION}，实为 {shown}")
        if version > SCHEMA_VERSION:
            raise UserError(f"{self._file} 由更新的程序写成（表结构 {version}）；请用新版衡舵核对")
        changed = changed_rule(connection, version)
        if changed is not None:
            raise JournalError(f"{self._file} 的表结构或保护触发器被改动：{changed}")

    def _judge_heads(self, connection: Connection) -> None:
        kept = {stream: Head(epoch, seq, digest) for stream, epoch, seq, digest in connection.execute(select(HEADS))}
        for stream in sorted(kept.keys() | self._heads.keys()):
            ours, theirs = self._heads.get(stream), kept.get(stream)
            if ours != theirs:
                last = 0 if ours is None else ours.seq
                wanted = 0 if theirs is None else theirs.seq
                raise DamageError(stream, last + 1, self.position, f"记录止于第 {last} 条，链头表却在第 {wanted} 条")
        for stream, head in sorted(self._expected_heads.items()):
            ours = self._heads.get(stream)
            last = 0 if ours is None else ours.seq
            if last < head.seq:
                what = f"别处记下的链头在第 {head.seq} 条，这里只到第 {last} 条：日志被截断，或是恢复的旧备份"
                raise DamageError(stream, last + 1, self.position + 1, what)

    def _judge_cursor(self, connection: Connection) -> None:
        if self._last_batch is None:
            return
        batch, entry = self._last_batch
        kept = connection.execute(select(func.max(CURSOR.c.batch))).scalar_one()
        is_number = isinstance(kept, int)  # a damaged page can yield any type
        if not is_number or kept < batch:
            found = f"行情游标（表 cursor）只在第 {kept} 批" if is_number else "没有行情游标（表 cursor）"
            what = f"这一条由第 {batch} 批行情引起，库中却{found}，游标被改动或删除"
            raise DamageError(entry.record.stream, entry.record.seq, entry.position, what)

    def _judge_pages(self, connection: Connection) -> None:
        run = connection.exec_driver_sql
        found = str(run("PRAGMA integrity_check(1)").scalar_one())
        if found != "ok":
            raise JournalError(f"{self._file} 的数据库页损坏：{found}")
        if run("PRAGMA foreign_key_check").first() is not None:
            raise JournalError(f"{self._file} 的保护表之间引用断裂")

    def _complain(self, what: str, entry: Entry | None) -> None:
        self._orphans += 1
        if len(self._complaints) < SHOWN:
            stream, seq, position = (
                (None, None, None) if entry is None else (entry.record.stream, entry.record.seq, entry.position)
            )
            self._complaints.append(Complaint(stream=stream, seq=seq, position=position, what=what))

    def _summary(self) -> str:
        if self._complaints:
            first = self._complaints[0]
            where = f"流 {first.stream} 第 {first.seq} 条：" if first.stream is not None else ""
            return f"链完整，但有 {self._orphans} 处缺依据，第一处：{where}{first.what}"
        newer = "".join(
            f"；有 {count} 条 {kind} 由更新的程序写成，只核对了链，该账户不得交易"
            for kind, count in self._unknown.items()
        )
        return f"完整：{self.position} 条记录，{len(self._heads)} 个流，0 处缺依据{newer}"
