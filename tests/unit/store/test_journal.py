from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import MetaData, create_engine

from terminal.domain.ids import StreamId, TenantId
from terminal.engine.records.chain import DamageError
from terminal.engine.records.journal import JournalError
from terminal.store import schema
from terminal.store.journal import CHECKPOINT_PAGES, JOURNAL_FILE, SqliteJournal
from terminal.store.migrations import SCHEMA_VERSION
from terminal.store.owner import OWNER_FILE
from terminal.store.wal import has_lost_turns
from tests.contract import journal_facts as make

GUARDED = ("house", "records", "confirmations", "approvals", "consumptions", "orders", "fills", "commands")


def a_day(data: Path) -> Path:
    with closing(SqliteJournal(data, make.TENANT)) as journal:
        make.a_small_day(journal)
    return data / JOURNAL_FILE


def raw(file: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(file, isolation_level=None))


def test_the_tables_in_python_are_the_tables_that_were_migrated(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{a_day(tmp_path)}")
    found = MetaData()
    found.reflect(engine)
    engine.dispose()
    assert set(found.tables) == set(schema.METADATA.tables)
    for name, table in schema.METADATA.tables.items():
        assert [column.name for column in found.tables[name].columns] == [column.name for column in table.columns]
        assert {str(key.target_fullname) for key in found.tables[name].foreign_keys} == {
            str(key.target_fullname) for key in table.foreign_keys
        }


@pytest.mark.parametrize("table", [*GUARDED, "heads", "cursor"])
def test_no_row_is_ever_deleted(tmp_path: Path, table: str) -> None:
    with raw(a_day(tmp_path)) as database, pytest.raises(sqlite3.IntegrityError, match="never deleted"):
        database.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("table", GUARDED)
def test_no_record_or_guard_row_is_ever_changed(tmp_path: Path, table: str) -> None:
    with raw(a_day(tmp_path)) as database, pytest.raises(sqlite3.IntegrityError, match="never changed"):
        database.execute(f"UPDATE {table} SET rowid = rowid")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE heads SET seq = seq - 1", "UPDATE heads SET hash = zeroblob(32)", "UPDATE cursor SET batch = 1"],
)
def test_heads_and_cursor_only_move_forward(tmp_path: Path, statement: str) -> None:
    with raw(a_day(tmp_path)) as database, pytest.raises(sqlite3.IntegrityError):
        database.execute(statement)


def test_the_database_itself_refuses_a_checker_who_is_the_maker(tmp_path: Path) -> None:
    with raw(a_day(tmp_path)) as database:
        (asked,) = database.execute("SELECT position FROM confirmations WHERE confirmation = 'k1'").fetchone()
        with pytest.raises(sqlite3.IntegrityError, match="maker_is_not_checker"):
            database.execute("INSERT INTO approvals VALUES (?, 'k1', 'trader', 'trader')", (asked,))


def test_a_second_owner_is_refused_and_told_who_holds_the_folder(tmp_path: Path) -> None:
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        make.say(journal, make.recorded(1))
        with pytest.raises(JournalError, match=f"正由进程 {os.getpid()} 使用"):
            SqliteJournal(tmp_path, make.TENANT)
        make.say(journal, make.sent(1))
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        assert journal.heads()[StreamId("account:A1")].seq == 2


def test_a_journal_of_another_tenant_is_refused(tmp_path: Path) -> None:
    a_day(tmp_path)
    with pytest.raises(JournalError, match="属于 house"):
        SqliteJournal(tmp_path, TenantId("other"))


def test_a_newer_schema_is_refused_untouched(tmp_path: Path) -> None:
    file = a_day(tmp_path)
    with raw(file) as database:
        database.execute("INSERT INTO schema_version VALUES (?)", (SCHEMA_VERSION + 1,))
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = file.read_bytes()
    with pytest.raises(JournalError, match="请升级"):
        SqliteJournal(tmp_path, make.TENANT)
    assert file.read_bytes() == before


def test_a_database_of_somebody_else_is_refused_untouched(tmp_path: Path) -> None:
    with raw(tmp_path / JOURNAL_FILE) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE theirs (x)")
    before = (tmp_path / JOURNAL_FILE).read_bytes()
    with pytest.raises(JournalError, match="不是衡舵的日志"):
        SqliteJournal(tmp_path, make.TENANT)
    assert (tmp_path / JOURNAL_FILE).read_bytes() == before


def test_a_file_that_is_no_database_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / JOURNAL_FILE).write_text("这不是数据库" * 1_000, encoding="utf-8")
    with pytest.raises(JournalError, match=r"journal\.db.*损坏"):
        SqliteJournal(tmp_path, make.TENANT)


def test_a_folder_that_cannot_be_made_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(JournalError, match="数据目录建不成"):
        SqliteJournal(tmp_path / "file" / "data", make.TENANT)


def forge(file: Path, *statements: str) -> None:
    """Change what the triggers protect, as somebody with the file in his hands would."""
    with raw(file) as database:
        triggers = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
        for _, text in triggers:
            database.execute(text)


def test_a_changed_record_is_noticed_when_it_is_read(tmp_path: Path) -> None:
    forge(a_day(tmp_path), "UPDATE records SET bytes = CAST(replace(bytes, '812', '813') AS BLOB) WHERE position = 4")
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        with pytest.raises(DamageError, match="内容与哈希不符"):
            list(journal.replay())
        with pytest.raises(DamageError, match="第 1 条"):
            list(journal.read(StreamId("account:A1")))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM records WHERE position = (SELECT max(position) FROM records)",
        "UPDATE heads SET seq = seq + 1",
        "DELETE FROM heads WHERE stream LIKE 'account%'",
        "UPDATE records SET hash = zeroblob(32) WHERE position = (SELECT max(position) FROM records)",
    ],
)
def test_a_tail_that_does_not_fit_its_head_is_noticed_at_the_start(tmp_path: Path, statement: str) -> None:
    forge(a_day(tmp_path), "PRAGMA foreign_keys = OFF", statement)
    with pytest.raises(JournalError, match="链头不符"):
        SqliteJournal(tmp_path, make.TENANT)


def test_a_hole_in_the_middle_is_noticed_when_it_is_read(tmp_path: Path) -> None:
    file = a_day(tmp_path)
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        forge(file, "PRAGMA foreign_keys = OFF", "DELETE FROM records WHERE position = 5")
        with pytest.raises(DamageError, match="总第 5 条"):
            list(journal.replay())
        with pytest.raises(DamageError, match="第 2 条"):
            list(journal.read(StreamId("account:A1")))


def test_a_tail_that_vanishes_while_the_journal_is_open_is_noticed_when_it_is_read(tmp_path: Path) -> None:
    file = a_day(tmp_path)
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        forge(file, "PRAGMA foreign_keys = OFF", "DELETE FROM records WHERE position > 15")
        with pytest.raises(JournalError, match="总第 16 条至第 17 条缺失"):
            list(journal.replay())
        with pytest.raises(DamageError, match="此条至第 14 条缺失"):
            list(journal.read(StreamId("account:A1")))
        with pytest.raises(JournalError, match="没有第 14 条"):
            list(journal.read(StreamId("account:A1"), after_seq=14))


def test_a_journal_whose_triggers_are_gone_is_not_written_to(tmp_path: Path) -> None:
    with raw(a_day(tmp_path)) as database:
        database.execute("DROP TRIGGER records_never_deleted")
    with pytest.raises(JournalError, match="records_never_deleted"):
        SqliteJournal(tmp_path, make.TENANT)


def test_a_lock_file_that_is_no_lock_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / OWNER_FILE).write_bytes(b"not a database at all" * 100)
    with pytest.raises(JournalError, match="数据目录锁不上"):
        SqliteJournal(tmp_path, make.TENANT)
    (tmp_path / OWNER_FILE).unlink()
    (tmp_path / OWNER_FILE).mkdir()
    with pytest.raises(JournalError, match="数据目录打不开"):
        SqliteJournal(tmp_path, make.TENANT)


def test_an_interrupted_append_ends_the_journal_for_this_process(tmp_path: Path) -> None:
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        records = make.turn(journal, make.recorded(1))
        huge = msgspec.structs.replace(make.filled(1, 1), lots=1 << 70)
        with pytest.raises(JournalError, match="交易停止"):
            make.say(journal, make.recorded(1), huge)
        with pytest.raises(JournalError, match="没有完成"):
            journal.append(records)
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        assert list(journal.replay()) == []


def crashed(data: Path, *, turns: int) -> Path:
    """Leave a journal as a killed process does: everything still in the write-ahead log."""
    home = data / "alive"
    left = data / "dead"
    left.mkdir(parents=True)
    with closing(SqliteJournal(home, make.TENANT)) as journal:
        for number in range(1, turns + 1):
            make.say(journal, make.recorded(number))
        for name in (JOURNAL_FILE, f"{JOURNAL_FILE}-wal"):
            (left / name).write_bytes((home / name).read_bytes())
    return left


def test_turns_left_in_the_log_by_a_crash_are_found(tmp_path: Path) -> None:
    left = crashed(tmp_path, turns=9)
    assert not has_lost_turns(left / JOURNAL_FILE)
    with closing(SqliteJournal(left, make.TENANT)) as journal:
        assert len(list(journal.replay())) == 9


@pytest.mark.parametrize("where", [3, 17, 30, 40, 60, 5_000])
def test_a_damaged_log_is_refused_instead_of_being_cut_off_quietly(tmp_path: Path, where: int) -> None:
    left = crashed(tmp_path, turns=9)
    log = left / f"{JOURNAL_FILE}-wal"
    data = bytearray(log.read_bytes())
    data[where] ^= 0x10
    log.write_bytes(data)
    with pytest.raises(JournalError, match="-wal"):
        SqliteJournal(left, make.TENANT)


def test_a_log_that_a_crash_cut_off_loses_only_the_turn_being_written(tmp_path: Path) -> None:
    left = crashed(tmp_path, turns=9)
    log = left / f"{JOURNAL_FILE}-wal"
    log.write_bytes(log.read_bytes()[:-100])
    with closing(SqliteJournal(left, make.TENANT)) as journal:
        assert len(list(journal.replay())) == 8


def test_the_log_is_folded_into_the_file_again_and_again(tmp_path: Path) -> None:
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        make.many_orders(journal, range(1, 200))
        pages = (tmp_path / f"{JOURNAL_FILE}-wal").stat().st_size // 4096
    assert pages < 2 * CHECKPOINT_PAGES


def test_a_protecting_trigger_that_is_gone_is_named_in_our_words_and_no_statement_is_shown(tmp_path: Path) -> None:
    with raw(a_day(tmp_path)) as database:
        database.execute("DROP TRIGGER records_never_changed")
    with pytest.raises(JournalError, match=r"被改动，没有再写入：触发器 records_never_changed$"):
        SqliteJournal(tmp_path, make.TENANT)
