from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import MetaData, create_engine

from terminal.domain.ids import CommandId, DeviceId
from terminal.engine.records.journal import JournalError
from terminal.store import outbox
from terminal.store.outbox import OUTBOX_FILE, Outbox, Sent
from terminal.store.replica import REPLICA_FILE, Replica

DESK: Final = DeviceId("desk-1")


def put(box: Outbox, name: str, *, is_order: bool = False) -> Sent:
    return box.next(
        CommandId(name),
        kind="submit_order" if is_order else "save_document",
        is_order=is_order,
        pressed_mono=1_000,
        ttl_ms=3_000 if is_order else 86_400_000,
        frame=lambda number: f'{{"device_seq":{number},"cmd_id":"{name}"}}'.encode(),
    )


def names(box: Outbox) -> list[str]:
    return [sent.command for sent in box.unanswered()]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Outbox]:
    with closing(Outbox(tmp_path, new_device=DESK)) as opened:
        yield opened


def raw(file: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(file, isolation_level=None))


def test_the_tables_in_python_are_the_tables_that_were_migrated(box: Outbox, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / OUTBOX_FILE}")
    found = MetaData()
    found.reflect(engine)
    engine.dispose()
    assert {name: [column.name for column in table.columns] for name, table in found.tables.items()} == {
        name: [column.name for column in table.columns] for name, table in outbox.METADATA.tables.items()
    }


def test_the_device_id_is_made_once(tmp_path: Path) -> None:
    with closing(Outbox(tmp_path, new_device=DESK)) as box:
        assert (box.device(), box.last_seq(), box.rebuilt) == (DESK, 0, "")
    with closing(Outbox(tmp_path, new_device=DeviceId("desk-2"))) as box:
        assert (box.device(), box.rebuilt) == (DESK, "")


def test_a_command_is_stored_with_its_number_before_it_can_be_sent(tmp_path: Path) -> None:
    with closing(Outbox(tmp_path, new_device=DESK)) as box:
        first, second = put(box, "c1"), put(box, "c2", is_order=True)
        assert (first.device_seq, second.device_seq) == (1, 2)
        assert second.frame == b'{"device_seq":2,"cmd_id":"c2"}'
        assert box.unanswered() == [first, second]
    with closing(Outbox(tmp_path, new_device=DESK)) as box:
        assert [(sent.device_seq, sent.frame, sent.is_order) for sent in box.unanswered()] == [
            (1, first.frame, False),
            (2, second.frame, True),
        ]
        assert put(box, "c3").device_seq == 3
        assert [sent.is_earlier for sent in box.unanswered()] == [True, True, False]


def test_an_answered_command_is_not_open_and_the_first_answer_stays(box: Outbox) -> None:
    put(box, "c1")
    assert box.result(CommandId("c1")) is None
    assert box.answered(CommandId("c1"), b'{"ok":true}')
    assert not box.answered(CommandId("c1"), b'{"ok":false}')
    assert box.result(CommandId("c1")) == b'{"ok":true}'
    assert names(box) == []
    assert not box.answered(CommandId("never sent"), b"{}")


def test_a_lost_order_is_never_open_again_but_a_late_answer_is_kept(box: Outbox) -> None:
    put(box, "c1", is_order=True)
    put(box, "c2")
    box.lost(CommandId("c1"))
    assert names(box) == ["c2"]
    assert box.answered(CommandId("c1"), b'{"ok":true}')
    box.lost(CommandId("c1"))
    assert box.result(CommandId("c1")) == b'{"ok":true}'


def test_the_same_command_is_not_stored_twice(box: Outbox) -> None:
    put(box, "c1")
    with pytest.raises(JournalError, match="没有再存一次"):
        put(box, "c1")
    assert put(box, "c2").device_seq == 2


def test_old_finished_commands_go_at_a_start_and_their_numbers_stay_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "KEPT", 2)
    with closing(Outbox(tmp_path, new_device=DESK)) as box:
        for number in range(1, 9):
            put(box, f"c{number}")
            if number != 5:
                box.answered(CommandId(f"c{number}"), b"{}")
    with closing(Outbox(tmp_path, new_device=DESK)) as box:
        assert names(box) == ["c5"]
        assert (box.result(CommandId("c4")), box.result(CommandId("c6"))) == (None, b"{}")
        box.answered(CommandId("c5"), b"{}")
    with closing(Outbox(tmp_path, new_device=DESK)) as box:
        assert [box.result(CommandId(f"c{number}")) for number in (6, 7, 8)] == [None, b"{}", b"{}"]
        assert put(box, "c9").device_seq == 9


def test_a_newer_file_is_refused_untouched(tmp_path: Path) -> None:
    Outbox(tmp_path, new_device=DESK).close()
    file = tmp_path / OUTBOX_FILE
    with raw(file) as database:
        database.execute("ALTER TABLE commands ADD COLUMN of_tomorrow TEXT")
        database.execute("PRAGMA user_version = 2")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = file.read_bytes()
    with pytest.raises(JournalError, match="请升级"):
        Outbox(tmp_path, new_device=DESK)
    assert file.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_a_broken_outbox_is_moved_aside_and_said_and_begins_under_a_new_id(tmp_path: Path, content: bytes) -> None:
    (tmp_path / OUTBOX_FILE).write_bytes(content)
    with closing(Outbox(tmp_path, new_device=DeviceId("desk-2"))) as box:
        assert "已改名为 outbox.db.broken-1 保留" in box.rebuilt
        assert "请在委托列表核对" in box.rebuilt
        assert (box.device(), put(box, "c1").device_seq) == ("desk-2", 1)
    assert (tmp_path / f"{OUTBOX_FILE}.broken-1").read_bytes() == content


def test_no_flipped_bit_changes_a_command_that_may_be_sent_again(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    with closing(Outbox(tmp_path / "whole", new_device=DESK)) as box:
        for number in range(1, 31):
            put(box, f"c{number}", is_order=number % 3 == 0)
        known = {sent.command: (sent.device_seq, sent.frame, sent.is_order, sent.ttl_ms) for sent in box.unanswered()}
    whole = (tmp_path / "whole" / OUTBOX_FILE).read_bytes()
    folder = tmp_path / "flipped"
    folder.mkdir()
    noticed = 0
    for place in [*range(0, 100, 4), *range(100, len(whole), 397)]:
        for old in folder.iterdir():
            old.unlink()
        bytes_ = bytearray(whole)
        bytes_[place] ^= 1 << (place % 8)
        (folder / OUTBOX_FILE).write_bytes(bytes_)
        with closing(Outbox(folder, new_device=DeviceId("desk-2"))) as box:
            noticed += bool(box.rebuilt)
            found = {s.command: (s.device_seq, s.frame, s.is_order, s.ttl_ms) for s in box.unanswered()}
            assert found.items() <= known.items(), place
            assert box.device() == ("desk-2" if box.rebuilt else DESK), place
    assert noticed > 10


def test_a_log_that_lost_durable_commands_is_damage_and_not_a_shorter_outbox(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "open", new_device=DESK)
    for number in range(1, 9):
        put(box, f"c{number}")
    (tmp_path / "torn").mkdir()
    for end in ("", "-wal"):
        (tmp_path / "torn" / f"{OUTBOX_FILE}{end}").write_bytes(
            (tmp_path / "open" / f"{OUTBOX_FILE}{end}").read_bytes()
        )
    box.close()
    log = tmp_path / "torn" / f"{OUTBOX_FILE}-wal"
    bytes_ = bytearray(log.read_bytes())
    bytes_[-4 * 4_120] ^= 1
    log.write_bytes(bytes_)
    with closing(Outbox(tmp_path / "torn", new_device=DeviceId("desk-2"))) as torn:
        assert "预写文件" in torn.rebuilt


def test_the_outbox_is_kept_while_a_broken_replica_is_made_anew(tmp_path: Path) -> None:
    with closing(Outbox(tmp_path, new_device=DESK)) as box:
        sent = put(box, "c1")
    (tmp_path / REPLICA_FILE).write_bytes(b"torn")
    with closing(Replica(tmp_path)) as copy, closing(Outbox(tmp_path, new_device=DESK)) as box:
        assert copy.rebuilt
        assert box.rebuilt == ""
        assert [again.frame for again in box.unanswered()] == [sent.frame]


def test_a_second_desk_in_the_same_folder_is_refused(box: Outbox, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="同一配置只能打开一个衡舵"):
        Outbox(tmp_path, new_device=DESK)
