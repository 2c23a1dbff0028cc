"""What a desk has been told survives restarts, and whatever is wrong with it costs a download and nothing else."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import msgspec
import pytest

from terminal.domain.ids import CommandId, DeviceId, StreamId
from terminal.engine.records import chain
from terminal.engine.records.chain import genesis, link, read_record
from terminal.engine.records.journal import Head
from terminal.engine.records.snapshot import freeze
from terminal.engine.state import FOLD_VERSION
from terminal.shell.desk.copy import OLD_RUNNER, OUTDATED, UPGRADE, Copy, UnusableError
from terminal.store.outbox import Outbox
from terminal.store.replica import REPLICA_FILE, Replica, StoredEvent
from terminal.sync import messages as m
from terminal.sync.effects import Arrived, Swap
from terminal.sync.wire import said
from tests.desk_memory import MemoryReplica
from tests.engine_world import ONE, TENANT, TRADER
from tests.sync_rig import Rig
from tests.trading_days import days, go_on

ACCOUNT = StreamId("account:A1")
MINE = ("tenant:house", "account:A1", f"person:{TRADER}")


@pytest.fixture
def rig():
    rig = Rig()
    rig.grow(3)
    return rig


def arrived(rig, after=0):
    return [
        Arrived(entry.data, entry.hash, entry.record)
        for entry in rig.world.journal.replay(after)
        if entry.record.stream in MINE
    ]


def taken(copy, records):
    told: list[object] = []
    copy.take(records, lambda record, _: told.append(record))
    return told


def snapshot(rig, *, fold=FOLD_VERSION, data=None, reason=""):
    raw = freeze(rig.world.state, accounts=frozenset({ONE}), persons=frozenset({TRADER})) if data is None else data
    heads = {stream: head for stream, head in rig.house.heads().items() if stream in MINE}
    begin = m.SnapBegin(
        snapshot="s", heads=said(heads), parts=1, size=len(raw), fold_version=fold, visible_hash=theirs(rig)
    )
    return Swap(raw, heads, begin, reason)


def theirs(rig):
    return rig.world.state.visible_hash([ONE], [TRADER])


def test_records_are_stored_and_folded_and_found_again_by_the_next_process(rig, tmp_path):
    copy = Copy(Replica(tmp_path))
    assert len(taken(copy, arrived(rig))) == len(arrived(rig))
    assert copy.visible_hash() == theirs(rig)
    copy.close()
    again = Copy(Replica(tmp_path))
    assert again.visible_hash() == theirs(rig)
    assert again.past.events == copy.past.events
    assert again.heads()[ACCOUNT] == rig.house.heads()[ACCOUNT]
    again.close()


def test_a_corrupted_copy_is_rebuilt_with_a_sentence_while_the_outbox_is_kept(rig, tmp_path):
    # Given a desk with a copy and a command in its outbox
    copy = Copy(Replica(tmp_path))
    copy.take(arrived(rig))
    copy.close()
    outbox = Outbox(tmp_path, new_device=DeviceId("d"))
    outbox.next(CommandId("c1"), kind="k", is_order=True, pressed_mono=1, ttl_ms=1, frame=lambda _: b"{}")
    outbox.close()
    # When a byte of a record was changed on the disk
    with closing(sqlite3.connect(tmp_path / REPLICA_FILE)) as file:
        file.execute("UPDATE events SET bytes = CAST(replace(bytes, 'house', 'mouse') AS BLOB) WHERE arrival = 3")
        file.commit()
    # Then the copy begins empty, says so, and asks for everything; the command is still there.
    again = Copy(Replica(tmp_path))
    assert "已损坏" in again.rebuilt
    assert "没有丢失" in again.rebuilt
    assert (dict(again.heads()), [*again.past.events], again.state.accounts) == ({}, [], {})
    again.take(arrived(rig))
    assert again.visible_hash() == theirs(rig)
    again.close()
    outbox = Outbox(tmp_path, new_device=DeviceId("other"))
    assert [one.command for one in outbox.unanswered()] == ["c1"]
    assert outbox.device() == "d"
    outbox.close()


def test_a_copy_an_older_program_folded_is_not_called_damaged_and_is_fetched_anew(rig, tmp_path):
    # Given a snapshot as the program before this one put it away, whole and sealed
    replica = Replica(tmp_path)
    whole = snapshot(rig)
    older = whole.data.replace(b'"fold":%d' % FOLD_VERSION, b'"fold":%d' % (FOLD_VERSION - 1))
    assert older != whole.data
    replica.swap(older, whole.heads, "")
    replica.close()
    # Then the copy begins empty and says of which version the old one is; the runner gives everything again.
    again = Copy(Replica(tmp_path))
    assert f"由旧版程序写成（折叠规则第 {FOLD_VERSION - 1} 版，本程序第 {FOLD_VERSION} 版）" in again.rebuilt
    assert "没有丢失" in again.rebuilt
    assert "损坏" not in again.rebuilt
    assert (again.unreadable, dict(again.heads())) == ("", {})
    again.take(arrived(rig))
    assert again.visible_hash() == theirs(rig)
    again.close()


def test_copies_equal_the_runner_across_settlements_however_they_came_to_be(rig, tmp_path):
    # Given one desk that hears every record, one that keeps making its own snapshots, and one that joins on the way
    every, compact, late = (
        Copy(Replica(tmp_path / "every")),
        Copy(Replica(tmp_path / "compact"), compact_after=10),
        Copy(Replica(tmp_path / "late")),
    )
    end, known = 0, 0
    for number, day in enumerate(days(5)):
        if number:
            go_on(rig.world, day)
        rig.grow(4)
        if number == 2:
            assert late.swap(snapshot(rig))
        for copy in (every, compact, *((late,) if number > 2 else ())):
            copy.take(arrived(rig, end))
            copy.compact()
        end, known = rig.house.end, max(known, len(rig.world.account.orders))
        assert every.visible_hash() == compact.visible_hash() == theirs(rig)
        assert number < 2 or late.visible_hash() == theirs(rig)
    # Then all have forgotten the same, and so has who opens the copies again.
    assert sum(rig.world.account.forgotten.orders.values()) > 0
    assert known < rig.world.account.reference
    for copy, name in ((every, "every"), (compact, "compact"), (late, "late")):
        copy.close()
        again = Copy(Replica(tmp_path / name))
        assert again.visible_hash() == theirs(rig)
        again.close()


def test_a_snapshot_takes_the_place_of_everything_and_records_go_on_after_it(rig, tmp_path):
    copy = Copy(Replica(tmp_path))
    copy.take(arrived(rig)[:5])
    assert copy.swap(snapshot(rig))
    end = rig.house.end
    rig.grow(2)
    copy.take(arrived(rig, end))
    assert copy.visible_hash() == theirs(rig)
    copy.close()
    again = Copy(Replica(tmp_path))
    assert again.visible_hash() == theirs(rig)
    again.close()


def test_what_was_no_part_of_the_journal_is_kept_aside_when_its_snapshot_comes(rig, tmp_path):
    copy = Copy(Replica(tmp_path))
    copy.take(arrived(rig))
    assert copy.swap(snapshot(rig, reason="工作台保存的记录不是这本日志的一部分"))
    assert "不是这本日志的一部分" in copy.rebuilt
    assert [path.name for path in tmp_path.glob("*.broken-*[0-9]")] == [f"{REPLICA_FILE}.broken-1"]
    assert copy.visible_hash() == theirs(rig)
    copy.close()


@pytest.mark.parametrize("data", [None, b"{}", b"\xff"])
def test_a_snapshot_this_program_cannot_fold_leaves_the_last_state_and_makes_the_desk_read_only(rig, data):
    copy = Copy(MemoryReplica())  # type: ignore[arg-type]  # the same protocol
    copy.take(arrived(rig)[:9])
    before, heads = copy.visible_hash(), dict(copy.heads())
    assert not copy.swap(snapshot(rig, fold=FOLD_VERSION + (data is None), data=data))
    assert copy.unreadable
    assert data is not None or copy.unreadable == UPGRADE
    assert copy.visible_hash() == before
    # What follows the snapshot does not fit what is here; it is not taken, and breaks nothing.
    end = rig.house.end
    rig.grow(1)
    assert taken(copy, arrived(rig, end)) == []
    assert dict(copy.heads()) == heads
    assert copy.swap(snapshot(rig))
    assert (copy.unreadable, copy.visible_hash()) == ("", theirs(rig))


def test_a_snapshot_of_an_older_runner_is_called_that(rig):
    copy = Copy(MemoryReplica())  # type: ignore[arg-type]  # the same protocol
    assert not copy.swap(snapshot(rig, fold=FOLD_VERSION - 1))
    assert copy.unreadable == OLD_RUNNER


def test_a_record_of_a_newer_program_is_kept_as_bytes_and_makes_the_desk_read_only(rig):
    replica = MemoryReplica()
    copy = Copy(replica)  # type: ignore[arg-type]  # the same protocol
    known = arrived(rig)
    copy.take(known)
    before = copy.visible_hash()
    # Given a fact kind nobody here knows, and one after it that would be understood
    head = rig.house.heads()[ACCOUNT]
    newer, head = forged(known[-1], head, kind="hedge_ratio_moved", body={"type": "hedge_ratio_moved"})
    later, _ = forged(known[-1], head)
    assert taken(copy, [newer, later]) == []
    assert copy.unreadable == UPGRADE
    assert copy.visible_hash() == before
    # Then both are there for the next program, and a restart of this one says the same.
    again = Copy(replica)  # type: ignore[arg-type]  # the same protocol
    assert again.unreadable == UPGRADE
    assert again.heads()[ACCOUNT].seq == head.seq + 1
    assert again.visible_hash() == before


ORDER_NOBODY_KNOWS = {"kind": "order_sent", "body": {"type": "order_sent", "account": "A1", "order": "O-nobody"}}


def test_a_record_that_does_not_fold_is_not_stored_and_nothing_of_its_frame_is(rig, tmp_path):
    copy = Copy(Replica(tmp_path))
    copy.take(arrived(rig))
    before, heads = copy.visible_hash(), dict(copy.heads())
    # Given a good record, and behind it in the same frame one that breaks the fold in the middle
    end = rig.house.end
    rig.grow(1)
    good = arrived(rig, end)
    bad, _ = forged(good[-1], Head(1, good[-1].record.seq, good[-1].hash), **ORDER_NOBODY_KNOWS)
    told: list[object] = []
    with pytest.raises(UnusableError, match=r"account:A1 第 \d+ 条记录（order_sent）折叠不了（KeyError"):
        copy.take([*good, bad], lambda record, _: told.append(record))
    # Then this process and the next one stand where they stood, and the good ones can still come.
    assert (copy.visible_hash(), dict(copy.heads())) == (before, heads)
    copy.close()
    again = Copy(Replica(tmp_path))
    assert (again.rebuilt, again.visible_hash(), dict(again.heads())) == ("", before, heads)
    again.take(good)
    assert again.visible_hash() == theirs(rig)
    again.close()


def test_a_copy_that_holds_what_does_not_fold_is_rebuilt_while_the_outbox_is_kept(rig, tmp_path):
    # Given a file of a program that stored first and folded afterwards
    outbox = Outbox(tmp_path, new_device=DeviceId("d"))
    outbox.next(CommandId("c1"), kind="k", is_order=True, pressed_mono=1, ttl_ms=1, frame=lambda _: b"{}")
    outbox.close()
    copy = Copy(Replica(tmp_path))
    copy.take(arrived(rig))
    bad, head = forged(arrived(rig)[-1], rig.house.heads()[ACCOUNT], **ORDER_NOBODY_KNOWS)
    copy._replica.append([StoredEvent(ACCOUNT, head.epoch, head.seq, bad.data, bad.hash)])
    copy.close()
    again = Copy(Replica(tmp_path))
    assert "折叠不了（KeyError" in again.rebuilt
    assert "没有丢失" in again.rebuilt
    assert (dict(again.heads()), [*again.past.events], again.state.accounts) == ({}, [], {})
    again.take(arrived(rig))
    assert again.visible_hash() == theirs(rig)
    again.close()
    outbox = Outbox(tmp_path, new_device=DeviceId("other"))
    assert [one.command for one in outbox.unanswered()] == ["c1"]
    outbox.close()


def forged(like, head, **fields):
    raw = msgspec.json.decode(like.data) | {"stream": "account:A1", "seq": head.seq + 1} | fields
    data = msgspec.json.encode(raw)
    digest = link(head.hash, data)
    return Arrived(data, digest, read_record(data)), Head(head.epoch, head.seq + 1, digest)


def test_a_copy_of_an_older_program_begins_anew(rig, tmp_path, monkeypatch):
    copy = Copy(Replica(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(chain, "RECORD_VERSION", 1)
        known = arrived(rig)[0]
        data = known.data.replace(b'"v":2', b'"v":1')
        digest = link(genesis(TENANT, known.record.stream, 1), data)
        copy.take([Arrived(data, digest, read_record(data))])
    copy.close()
    again = Copy(Replica(tmp_path))
    assert "由旧版程序写成（记录第 1 版）" in again.rebuilt
    assert (dict(again.heads()), [*again.past.events], again.unreadable) == ({}, [], "")
    # A runner that still writes them is said to be the older of the two.
    data = known.data.replace(b'"v":2', b'"v":1')
    again.take([Arrived(data, link(genesis(TENANT, known.record.stream, 1), data), read_record(data))])
    assert again.unreadable == OUTDATED
    again.close()
