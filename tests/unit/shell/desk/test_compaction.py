"""A desk that is there every day keeps a snapshot of its own, so that its copy does not grow with the days."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine, event

from terminal.domain.fact.facts import Fact
from terminal.domain.ids import CommandId, DeviceId, StreamId
from terminal.engine.fold import apply
from terminal.engine.records.chain import link, read_record
from terminal.engine.state import State
from terminal.shell.desk.copy import UPGRADE, Copy
from terminal.store.outbox import Outbox
from terminal.store.replica import REPLICA_FILE, Replica
from terminal.sync.effects import Arrived
from terminal.sync.record_lane import LaneLimits
from tests.desk_memory import MemoryReplica
from tests.desk_rig import Seat
from tests.engine_world import ONE, TRADER
from tests.scenario.test_forgetting import a_day
from tests.sync_rig import Rig
from tests.trading_days import days, go_on

ACCOUNT = StreamId("account:A1")
MINE = ("tenant:house", "account:A1", f"person:{TRADER}")
AFTER = 12  # records, in place of thousands
A_TURN = 8  # records at most


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.grow(3)
    return rig


def arrived(rig: Rig, after: int = 0) -> list[Arrived]:
    return [
        Arrived(entry.data, entry.hash, entry.record)
        for entry in rig.world.journal.replay(after)
        if entry.record.stream in MINE
    ]


def theirs(rig: Rig) -> str:
    return rig.world.state.visible_hash([ONE], [TRADER])


def opened(folder: Path, *, after: int = AFTER) -> Copy:
    return Copy(Replica(folder), compact_after=after)


def rows(folder: Path) -> int:
    with closing(sqlite3.connect(folder / REPLICA_FILE)) as file:
        return int(file.execute("SELECT count(*) FROM events").fetchone()[0])


def live_through(rig: Rig, copy: Copy, turns: int) -> None:
    """Have a desk present while the runner goes on; it looks at the clock after each turn."""
    for _ in range(turns):
        end = rig.house.end
        rig.grow(1)
        copy.take(arrived(rig, end))
        copy.compact()


@pytest.fixture
def folded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the kinds of all records that are folded from here on."""
    seen: list[str] = []

    def counted(state: State, fact: Fact, at: int) -> None:
        seen.append(type(fact).__name__)
        apply(state, fact, at)

    monkeypatch.setattr("terminal.shell.desk.copy.apply", counted)
    return seen


def test_a_start_folds_no_more_than_came_since_the_desk_s_own_snapshot(
    rig: Rig, tmp_path: Path, folded: list[str]
) -> None:
    copy = opened(tmp_path)
    copy.take(arrived(rig))
    live_through(rig, copy, 60)
    told, hashed, heads = copy.past.events, copy.visible_hash(), dict(copy.heads())
    copy.close()
    assert len(folded) > 10 * AFTER
    assert rows(tmp_path) < AFTER + A_TURN
    folded.clear()
    again = opened(tmp_path)
    assert len(folded) < AFTER + A_TURN
    # Then it is the same desk, in its state, in its words, and for the runner.
    assert again.rebuilt == ""
    assert (again.visible_hash(), dict(again.heads()), again.past.events) == (hashed, heads, told)
    live_through(rig, again, 10)
    assert again.visible_hash() == theirs(rig)
    again.close()


def kept(folder: Path) -> tuple[int, int]:
    """Return the bytes of the snapshot on the disk, and of what is kept beside it, but for the last events' lines."""
    with closing(sqlite3.connect(folder / REPLICA_FILE)) as file:
        (snapshot,), (past,) = (file.execute(f"SELECT bytes FROM {table}").fetchone() for table in ("snapshot", "past"))
    return len(snapshot), len(msgspec.json.encode(msgspec.json.decode(past) | {"events": [], "number": 0}))


def test_neither_snapshot_nor_past_has_more_bytes_after_ten_days_than_after_three(tmp_path: Path) -> None:
    rig, copy, sizes, heard = Rig(), opened(tmp_path, after=1), {}, 0
    for number, day in enumerate(days(10), 1):
        if number > 1:
            go_on(rig.world, day)
        a_day(rig.world, number)
        copy.take(arrived(rig, heard))
        copy.compact()
        heard, sizes[number] = rig.house.end, kept(tmp_path)
    assert copy.visible_hash() == theirs(rig)
    copy.close()
    for early, late in zip(sizes[3], sizes[10], strict=True):
        assert early > 100
        assert abs(late - early) < early // 30, "the numbers have more digits, and that is all"


def test_what_is_said_does_not_depend_on_when_a_snapshot_was_made(rig: Rig, tmp_path: Path) -> None:
    rig.grow(10)
    often, never = opened(tmp_path / "often"), opened(tmp_path / "never", after=10**9)
    for one in arrived(rig):
        for copy in (often, never):
            copy.take([one])
        often.compact()
        if often._tail == 0:
            often.close()
            often = opened(tmp_path / "often")
    assert often.past.freeze() == never.past.freeze()
    assert often.visible_hash() == never.visible_hash() == theirs(rig)
    often.close()
    never.close()


def test_an_old_file_of_many_records_is_compacted_when_it_is_opened_and_the_outbox_kept(
    rig: Rig, tmp_path: Path
) -> None:
    rig.grow(40)
    outbox = Outbox(tmp_path, new_device=DeviceId("d"))
    outbox.next(CommandId("c1"), kind="k", is_order=True, pressed_mono=1, ttl_ms=1, frame=lambda _: b"{}")
    outbox.close()
    copy = opened(tmp_path, after=10**9)
    copy.take(arrived(rig))
    said = list(copy.past.events)
    copy.close()
    with closing(sqlite3.connect(tmp_path / REPLICA_FILE)) as file:  # what the program of before would have left
        file.execute("DROP TABLE past")
        file.execute("PRAGMA user_version = 1")
    assert rows(tmp_path) == len(arrived(rig)) > AFTER
    again = opened(tmp_path)
    assert (again.rebuilt, again.visible_hash(), [*again.past.events]) == ("", theirs(rig), said)
    again.close()
    assert rows(tmp_path) == 0
    once_more = opened(tmp_path)
    assert (once_more.visible_hash(), [*once_more.past.events]) == (theirs(rig), said)
    live_through(rig, once_more, 3)
    assert once_more.visible_hash() == theirs(rig)
    once_more.close()
    outbox = Outbox(tmp_path, new_device=DeviceId("other"))
    assert [one.command for one in outbox.unanswered()] == ["c1"]
    outbox.close()


@contextmanager
def before_each_statement(folder: Path, kept: Path) -> Iterator[list[tuple[Path, str]]]:
    """Keep what a kill would leave right before each statement that reaches SQLite."""
    numbers, seen = count(1), []

    def before(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        left = kept / str(next(numbers))
        left.mkdir(parents=True)
        for file in folder.glob(f"{REPLICA_FILE}*"):
            if not file.name.endswith("-shm"):  # only the living share that
                shutil.copyfile(file, left / file.name)
        seen.append((left, statement))

    event.listen(Engine, "before_cursor_execute", before)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", before)


def test_a_kill_at_any_statement_of_it_leaves_the_same_desk(rig: Rig, tmp_path: Path) -> None:
    copy = opened(tmp_path / "desk")
    copy.take(arrived(rig))
    with before_each_statement(tmp_path / "desk", tmp_path / "killed") as seen:
        copy.compact()
    same = (copy.visible_hash(), dict(copy.heads()), copy.past.freeze())
    copy.close()
    assert [statement for _, statement in seen].count("COMMIT") == 1
    assert {rows(folder) for folder, _ in seen} == {len(arrived(rig)), 0}  # some before it is done, one after it
    for folder, statement in seen:
        left = opened(folder, after=10**9)
        assert (left.visible_hash(), dict(left.heads()), left.past.freeze()) == same, statement
        assert left.rebuilt == "", statement
        left.close()


def test_a_disk_that_refuses_it_costs_nothing_and_is_asked_again_after_as_many_records(
    rig: Rig, tmp_path: Path
) -> None:
    copy = opened(tmp_path)
    copy.take(arrived(rig))
    with closing(sqlite3.connect(tmp_path / REPLICA_FILE, isolation_level=None)) as file:
        file.execute("CREATE TRIGGER no BEFORE INSERT ON past BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        copy.compact()
        stored = len(arrived(rig))
        assert rows(tmp_path) == stored
        file.execute("DROP TRIGGER no")
        copy.compact()
        assert rows(tmp_path) == stored
    assert (copy.unreadable, copy.visible_hash()) == ("", theirs(rig))
    live_through(rig, copy, AFTER)
    assert rows(tmp_path) < AFTER + A_TURN
    assert copy.visible_hash() == theirs(rig)
    copy.close()


def test_a_record_of_a_newer_program_is_never_folded_away(rig: Rig) -> None:
    replica = MemoryReplica()
    copy = Copy(replica, compact_after=AFTER)  # type: ignore[arg-type]  # the same protocol
    known = arrived(rig)
    copy.take(known)
    head = copy.heads()[ACCOUNT]
    raw = msgspec.json.decode(known[-1].data) | {"stream": ACCOUNT, "seq": head.seq + 1, "kind": "hedge_ratio_moved"}
    data = msgspec.json.encode(raw | {"body": {"type": "hedge_ratio_moved"}})
    copy.take([Arrived(data, link(head.hash, data), read_record(data))])
    assert copy.unreadable == UPGRADE
    copy.compact()
    again = Copy(replica, compact_after=AFTER)  # type: ignore[arg-type]  # the same protocol
    assert again.unreadable == UPGRADE
    assert [one.data for one in replica._events] == [*(one.data for one in known), data]


def test_a_snapshot_for_a_desk_that_lagged_leaves_what_was_said_and_another_journal_does_not() -> None:
    rig = Rig(LaneLimits(beyond_events=4))
    seat = Seat(rig)
    seat.connect()
    rig.grow(1)  # few enough to be told
    seat.wait(0.5)
    said = list(seat.copy.past.events)
    assert said
    seat.lose()
    rig.grow(20)
    seat.connect()
    assert seat.replica._events == []
    kept = list(seat.copy.past.events)
    assert kept[:-1] == said
    assert kept[-1].sentence.startswith("这之间 ")
    seat.start()
    assert list(seat.drained[-1].events) == kept
    # What another journal said was never so.
    seat.connect()
    assert seat.session is not None
    seat.session.redo(rig.now)
    seat.pump()
    assert "重取快照" in seat.copy.rebuilt
    (line,) = seat.copy.past.events
    assert line.sentence.startswith("此前 ")


def test_a_desk_makes_its_snapshot_when_it_looks_at_the_clock_unless_it_is_unsure_of_its_state(rig: Rig) -> None:
    seat = Seat(rig)
    seat.copy._compact_after = AFTER
    seat.connect()
    assert seat.replica._events == []
    rig.grow(AFTER)
    seat.driver._is_unsure = True
    seat.pump()
    seat.look()
    assert len(seat.replica._events) > AFTER
    seat.driver._is_unsure = False
    seat.look()
    assert seat.replica._events == []
    assert seat.copy.visible_hash() == theirs(rig)
