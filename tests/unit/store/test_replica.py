from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Final

import msgspec
import pytest
from sqlalchemy import Engine, MetaData, create_engine, event

from terminal.domain.ids import StreamId, TenantId
from terminal.engine.records.chain import DamageError
from terminal.engine.records.journal import JournalError
from terminal.engine.records.memory import MemoryJournal
from terminal.store import desk_file, replica
from terminal.store.outbox import OUTBOX_FILE
from terminal.store.replica import REPLICA_FILE, Replica, StoredEvent
from tests.contract import journal_facts as make

ACCOUNT: Final = StreamId("account:A1")
PERSON_STREAM: Final = StreamId("person:trader")


def told(orders: int = 3) -> list[StoredEvent]:
    journal = MemoryJournal(make.TENANT)
    make.say(journal, make.enrolled("trader"), make.done("c0", account=None), cause="start")
    make.many_orders(journal, range(1, orders + 1))
    return [StoredEvent(e.record.stream, e.record.epoch, e.record.seq, e.data, e.hash) for e in journal.replay()]


def held(copy: Replica) -> list[bytes]:
    return [entry.data for entry in copy.state()[2]]


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Replica]:
    with closing(Replica(tmp_path, tenant=make.TENANT)) as opened:
        yield opened


def filled(folder: Path, orders: int = 3) -> Path:
    with closing(Replica(folder, tenant=make.TENANT)) as opened:
        opened.append(told(orders))
    return folder / REPLICA_FILE


def raw(file: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(file, isolation_level=None))


def as_of_version_1(file: Path) -> None:
    """Make of a file what the program of before would have made."""
    with raw(file) as database:
        database.execute("DROP TABLE past")
        database.execute("PRAGMA user_version = 1")


def test_the_tables_in_python_are_the_tables_that_were_migrated(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{filled(tmp_path)}")
    found = MetaData()
    found.reflect(engine)
    engine.dispose()
    assert {name: [column.name for column in table.columns] for name, table in found.tables.items()} == {
        name: [column.name for column in table.columns] for name, table in replica.METADATA.tables.items()
    }


def test_what_was_told_is_there_at_the_next_start_in_the_order_it_came(tmp_path: Path) -> None:
    events = told()
    with closing(Replica(tmp_path)) as copy:
        assert copy.tenant is None
        copy.append(events[:3])
        copy.append([])
        copy.append(events[3:])
        before = dict(copy.heads())
    with closing(Replica(tmp_path)) as copy:
        snapshot, starts, entries = copy.state()
        found = list(entries)
        assert (snapshot, starts, copy.rebuilt) == (None, {}, "")
        assert [(e.record.stream, e.record.seq, e.data, e.hash) for e in found] == [
            (event.stream, event.seq, event.data, event.hash) for event in events
        ]
        assert copy.heads() == before
        assert copy.tenant == make.TENANT


def test_an_event_that_leaves_a_gap_refuses_the_whole_batch(copy: Replica) -> None:
    events = told()
    with pytest.raises(JournalError, match="不能接"):
        copy.append([*events[:4], events[5]])
    assert (held(copy), copy.heads()) == ([], {})
    copy.append(events)
    with pytest.raises(JournalError, match="不能接"):
        copy.append(events[-1:])
    assert held(copy) == [event.data for event in events]


def test_an_event_of_another_chain_is_refused(copy: Replica) -> None:
    events = told()
    copy.append(events[:4])
    forged = msgspec.structs.replace(events[4], data=events[4].data.replace(b"A1-", b"A2-"))
    with pytest.raises(JournalError, match="接不上"):
        copy.append([forged])
    copy.append(events[4:])


def test_bytes_that_are_no_record_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with closing(Replica(tmp_path)) as copy, pytest.raises(JournalError, match="不是一条记录"):
        copy.append([StoredEvent(ACCOUNT, 1, 1, b"{", bytes(32))])


def test_a_snapshot_takes_the_place_of_everything_and_events_go_on_from_it(tmp_path: Path) -> None:
    events = told()
    with closing(Replica(tmp_path, tenant=make.TENANT)) as copy:
        copy.append(events[:5])
        heads = dict(copy.heads())
        copy.append(events[5:7])
        copy.swap(b"the folded state", heads, "abc")
        assert copy.heads() == heads
        copy.append(events[5:])
    with closing(Replica(tmp_path, tenant=make.TENANT)) as copy:
        snapshot, starts, entries = copy.state()
        assert (snapshot, starts, copy.digest()) == (b"the folded state", heads, "abc")
        assert [entry.data for entry in entries] == [event.data for event in events[5:]]


def test_what_was_said_before_a_snapshot_goes_with_it(copy: Replica) -> None:
    copy.append(told())
    assert copy.past() == b""
    copy.swap(b"a state", copy.heads(), "", b"said")
    assert (copy.past(), held(copy)) == (b"said", [])
    copy.swap(b"of the runner", copy.heads(), "abc")
    assert copy.past() == b""


def test_what_was_said_before_another_snapshot_is_noticed(tmp_path: Path) -> None:
    snapshot_and_events(tmp_path).close()
    with raw(tmp_path / REPLICA_FILE) as database:
        database.execute("UPDATE past SET bytes = x'00'")
    with closing(Replica(tmp_path)) as copy:
        assert "快照之前的事件与封印不符" in copy.rebuilt
        assert content(copy) == ((None, {}), b"", "", {}, [])


def test_a_file_of_before_there_was_a_past_is_gone_on_with(tmp_path: Path) -> None:
    file = filled(tmp_path)
    as_of_version_1(file)
    with closing(Replica(tmp_path)) as copy:
        assert (copy.rebuilt, copy.past(), held(copy)) == ("", b"", [event.data for event in told()])
        copy.swap(b"a state", copy.heads(), "", b"said")
        assert copy.past() == b"said"


def test_a_file_gives_back_the_room_of_many_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = filled(tmp_path, 500)
    before = file.stat().st_size
    monkeypatch.setattr(replica, "WASTE_BYTES", before // 2)
    with closing(Replica(tmp_path)) as copy:
        heads = dict(copy.heads())
        copy.swap(b"a state", heads, "", b"said")
        assert file.stat().st_size < before // 4
        assert (copy.state()[0], copy.past(), copy.heads()) == (b"a state", b"said", heads)


def test_a_stream_that_was_taken_away_leaves_no_trace_on_the_disk(tmp_path: Path) -> None:
    events = told(200)
    (tmp_path / f"{REPLICA_FILE}.broken-1").write_bytes(events[-1].data)
    with closing(Replica(tmp_path, tenant=make.TENANT)) as copy:
        copy.append(events)
        copy.forget([ACCOUNT])
        left = [event.data for event in events if event.stream == PERSON_STREAM]
        assert held(copy) == left
        assert set(copy.heads()) == {PERSON_STREAM}
        on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert b"A1-0000" not in on_disk
    with closing(Replica(tmp_path)) as copy:
        assert held(copy) == left


def test_taking_a_stream_away_takes_the_snapshot_it_is_folded_into(copy: Replica, tmp_path: Path) -> None:
    events = told(200)
    copy.append(events)
    copy.swap(b"A1-00000001 and all the others", copy.heads(), "abc")
    copy.forget([ACCOUNT])
    assert (copy.state()[0], copy.heads(), held(copy)) == (None, {}, [])
    assert b"A1-0000" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    copy.append(events)


def test_a_second_desk_in_the_same_folder_is_refused(copy: Replica, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="同一配置只能打开一个衡舵"):
        Replica(tmp_path)


def test_a_copy_of_another_tenant_is_moved_aside(tmp_path: Path) -> None:
    filled(tmp_path)
    with closing(Replica(tmp_path, tenant=TenantId("other"))) as copy:
        assert "属于 house，不属于 other" in copy.rebuilt
        assert copy.heads() == {}


def test_a_newer_file_is_refused_untouched(tmp_path: Path) -> None:
    file = filled(tmp_path)
    with raw(file) as database:
        database.execute("CREATE TABLE of_tomorrow (x INTEGER) STRICT")
        database.execute("PRAGMA user_version = 3")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = file.read_bytes()
    with pytest.raises(JournalError, match="请升级"):
        Replica(tmp_path)
    assert file.read_bytes() == before
    assert not list(tmp_path.glob("*.broken-*"))


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"not a database at all" * 100])
def test_a_file_that_is_no_database_is_moved_aside_and_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / REPLICA_FILE).write_bytes(content)
    with closing(Replica(tmp_path)) as copy:
        assert "已改名为 replica.db.broken-1 保留" in copy.rebuilt
        copy.append(told())
    assert (tmp_path / f"{REPLICA_FILE}.broken-1").read_bytes() == content
    with closing(Replica(tmp_path)) as copy:
        assert copy.rebuilt == ""
        assert len(held(copy)) == len(told())


def test_a_database_of_somebody_else_is_moved_aside(tmp_path: Path) -> None:
    with raw(tmp_path / REPLICA_FILE) as database:
        database.execute("CREATE TABLE theirs (x)")
    with closing(Replica(tmp_path)) as copy:
        assert "不是衡舵写的文件" in copy.rebuilt


def test_a_few_broken_files_are_kept_and_the_oldest_goes_first(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / REPLICA_FILE).write_bytes(str(number).encode())
        Replica(tmp_path).close()
    kept = sorted(path.name for path in tmp_path.glob("*.broken-*"))
    assert kept == [f"{REPLICA_FILE}.broken-{number}" for number in (3, 4, 5)]
    assert len(kept) == desk_file.KEPT


def test_a_torn_file_gives_a_prefix_or_is_made_anew(tmp_path: Path) -> None:
    whole = filled(tmp_path / "whole", 300).read_bytes()
    for size in range(0, len(whole), 30_011):
        folder = tmp_path / str(size)
        folder.mkdir()
        (folder / REPLICA_FILE).write_bytes(whole[:size])
        with closing(Replica(folder)) as copy:
            if not copy.rebuilt:  # cut inside the last row of a page it opens well, and reads badly
                with pytest.raises(DamageError) as damage:
                    held(copy)
                copy.start_over(damage.value)
            assert "已改名为" in copy.rebuilt
            assert held(copy) == []


def test_no_flipped_bit_changes_what_is_read(tmp_path: Path) -> None:
    events = told(30)
    with closing(Replica(tmp_path / "whole", tenant=make.TENANT)) as copy:
        copy.append(events[:20])
        copy.swap(b"state " * 2_000, copy.heads(), "abc", b"past " * 2_000)
        copy.append(events[20:])
        heads = dict(copy.heads())
    whole = (tmp_path / "whole" / REPLICA_FILE).read_bytes()
    noticed = 0
    for place in [*range(0, 100, 4), *range(100, len(whole), 1_997)]:
        folder = tmp_path / "flipped"
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        bytes_ = bytearray(whole)
        bytes_[place] ^= 1 << (place % 8)
        (folder / REPLICA_FILE).write_bytes(bytes_)
        with closing(Replica(folder)) as copy:
            noticed += bool(copy.rebuilt)
            try:
                state, _, entries = copy.state()
                read = (state, copy.past(), [entry.data for entry in entries], dict(copy.heads()))
            except JournalError as error:
                copy.start_over(error)
                noticed += 1
                assert "已损坏" in copy.rebuilt
                read = (None, b"", [], {})
            if not copy.rebuilt:
                assert read == (b"state " * 2_000, b"past " * 2_000, [event.data for event in events[20:]], heads), (
                    place
                )
            else:
                copy.append(events)
    assert noticed > 20


def test_a_copy_that_reads_badly_is_started_over_under_the_same_lock(copy: Replica, tmp_path: Path) -> None:
    copy.append(told())
    with raw(tmp_path / REPLICA_FILE) as database:
        database.execute("UPDATE events SET bytes = CAST(replace(bytes, 'A1', 'A2') AS BLOB) WHERE arrival = 5")
    with pytest.raises(DamageError) as damage:
        held(copy)
    copy.start_over(damage.value)
    assert "内容与哈希不符" in copy.rebuilt
    assert (tmp_path / f"{REPLICA_FILE}.broken-1").exists()
    with pytest.raises(JournalError, match="同一配置"):
        Replica(tmp_path)
    copy.append(told())
    assert len(held(copy)) == len(told())


def test_a_tail_that_is_missing_is_noticed(copy: Replica, tmp_path: Path) -> None:
    copy.append(told())
    with raw(tmp_path / REPLICA_FILE) as database:
        database.execute("DELETE FROM events WHERE arrival = (SELECT max(arrival) FROM events)")
    with pytest.raises(DamageError, match="链头不符"):
        held(copy)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(JournalError, match="目录建不成"):
        Replica(tmp_path / "file" / "desk")


def test_the_outbox_is_another_file(tmp_path: Path) -> None:
    filled(tmp_path)
    assert not (tmp_path / OUTBOX_FILE).exists()


# --- in one transaction -----------------------------------------------------------------------------------------------


@contextmanager
def before_each_statement(do: Callable[[str], None]) -> Iterator[None]:
    """Do something right before each statement that reaches SQLite."""

    def before(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        do(statement)

    event.listen(Engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", before)


def content(copy: Replica) -> tuple[object, ...]:
    return copy.state()[:2], copy.past(), copy.digest(), dict(copy.heads()), held(copy)


def reopened(folder: Path) -> tuple[object, ...]:
    with closing(Replica(folder, tenant=make.TENANT)) as copy:
        assert copy.rebuilt == ""
        return content(copy)


def snapshot_and_events(folder: Path) -> Replica:
    """Return a replica of a snapshot and two events after it."""
    events, copy = told(), Replica(folder, tenant=make.TENANT)
    copy.append(events[:2])
    copy.swap(b"a state", copy.heads(), "abc", b"what was said before")
    copy.append(events[2:4])
    return copy


CHANGES: Final[dict[str, Callable[[Replica], None]]] = {
    "append": lambda copy: copy.append(told()[4:]),
    "swap": lambda copy: copy.swap(b"a later state", copy.heads(), "def"),
    "put the own fold in the place of its events": lambda copy: copy.swap(b"state", copy.heads(), "", b"said since"),
    "forget": lambda copy: copy.forget([ACCOUNT]),
    "forget a part of the snapshot": lambda copy: copy.forget([PERSON_STREAM]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_kill_between_any_two_statements_leaves_all_of_a_change_or_nothing_of_it(
    tmp_path: Path, change: Callable[[Replica], None]
) -> None:
    numbers = count(1)
    seen = []

    def keep_what_a_kill_leaves(statement: str) -> None:
        folder = tmp_path / f"killed-{next(numbers)}"
        folder.mkdir()
        for file in (tmp_path / "desk").glob(f"{REPLICA_FILE}*"):
            if not file.name.endswith("-shm"):  # only the living share that
                shutil.copyfile(file, folder / file.name)
        seen.append((folder, statement))

    with closing(snapshot_and_events(tmp_path / "desk")) as copy:
        before = content(copy)
        with before_each_statement(keep_what_a_kill_leaves):
            change(copy)
        after = content(copy)
    assert before != after
    found = [(reopened(folder), statement) for folder, statement in seen]
    commit = [statement for _, statement in found].index("COMMIT")
    assert commit >= 3  # it is begun, and two tables at least are written
    for number, (left, statement) in enumerate(found):
        assert left == (before if number <= commit else after), statement


def test_events_whose_heads_could_not_be_written_are_not_there_now_nor_after_a_start(tmp_path: Path) -> None:
    with closing(snapshot_and_events(tmp_path)) as copy, raw(tmp_path / REPLICA_FILE) as database:
        before = content(copy)
        database.execute("CREATE TRIGGER no BEFORE INSERT ON heads BEGIN SELECT RAISE(ABORT, 'no heads'); END")
        with pytest.raises(JournalError, match="写不进去"):
            copy.append(told()[4:])
        database.execute("DROP TRIGGER no")
        assert content(copy) == before
    assert reopened(tmp_path) == before


def test_events_that_could_not_be_folded_are_not_there_now_nor_after_a_start(tmp_path: Path) -> None:
    def burst() -> None:
        raise ValueError("not to be folded")

    with closing(snapshot_and_events(tmp_path)) as copy:
        before = content(copy)
        with pytest.raises(ValueError, match="not to be folded"):
            copy.append(told()[4:], burst)
        assert content(copy) == before
    assert reopened(tmp_path) == before
