"""Whatever was changed, cut or forged in a journal's file is found."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from terminal.domain.errors import UserError
from terminal.engine.records.chain import genesis, link
from terminal.store.journal import JOURNAL_FILE, SqliteJournal
from terminal.store.verify import Verification, read_heads, verify
from tests.contract import journal_facts as make
from tests.unit.store.verified import journal_of


def forge(file: Path, *statements: str) -> None:
    """Change what the triggers protect, as somebody with the file in his hands would."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        triggers = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
        for _, text in triggers:
            database.execute(text)


def content(file: Path) -> list[object]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return [database.execute(f"SELECT * FROM {table}").fetchall() for table in sorted(tables)]


def test_a_flipped_bit_anywhere_in_the_file_is_found_or_touches_nothing_that_is_said(file: Path) -> None:
    whole = file.read_bytes()
    said = content(file)
    found = 0
    missed = []
    for place in range(0, len(whole), 401):
        data = bytearray(whole)
        data[place] ^= 1 << place % 8
        file.write_bytes(data)
        if not verify(file).ok:
            found += 1
        elif content(file) != said:
            missed.append(place)
    assert missed == []
    assert found > 20


@pytest.mark.parametrize("position", [1, 4, 10, 17])
@pytest.mark.parametrize("column", ["bytes", "hash"])
def test_an_edited_record_is_named(file: Path, position: int, column: str) -> None:
    with closing(sqlite3.connect(file)) as database:
        stream, seq, old = database.execute(
            f"SELECT stream, seq, {column} FROM records WHERE position = ?", (position,)
        ).fetchone()
    new = bytes([*old[:20], old[20] ^ 1, *old[21:]])
    forge(file, f"UPDATE records SET {column} = x'{new.hex()}' WHERE position = {position}")
    found = verify(file)
    assert not found.ok
    assert found.first_bad is not None
    assert (found.first_bad.stream, found.first_bad.seq, found.first_bad.position) == (stream, seq, position)
    assert f"第 {seq} 条" in found.sentence


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (("DELETE FROM records WHERE position = 5",), "总第 5 条"),
        (("DELETE FROM records WHERE position = 17",), "多出一行|不存在|链头"),
        (("DELETE FROM records WHERE position >= 15", "DELETE FROM fills WHERE position >= 15"), "不存在|链头"),
        (("UPDATE records SET seq = seq + 100 WHERE position = 7",), "却是第"),
        (
            (
                "UPDATE records SET position = 100 WHERE position = 5",
                "UPDATE records SET position = 5 WHERE position = 6",
                "UPDATE records SET position = 6 WHERE position = 100",
            ),
            "调换",
        ),
        (("INSERT INTO records SELECT 18, stream, 1, 15, bytes, hash FROM records WHERE position = 17",), "哈希不符"),
        (("UPDATE heads SET seq = 99 WHERE stream = 'account:A1'",), "链头表"),
        (("DELETE FROM heads WHERE stream = 'account:A1'",), "链头表"),
        (("DELETE FROM fills WHERE position = 7",), "fills"),
        (("UPDATE fills SET lots = 9 WHERE position = 7",), "fills"),
        (("UPDATE approvals SET checker = 'boss'",), "approvals"),
        (("UPDATE approvals SET maker = 'boss'",), "approvals"),
        (("UPDATE confirmations SET maker = 'boss'",), "confirmations"),
        (("UPDATE orders SET sole_use = NULL",), "orders"),
        (("DELETE FROM consumptions",), "consumptions"),
        (("INSERT INTO commands VALUES (5, 'forged')",), "多出一行"),
        (("INSERT INTO commands VALUES (50, 'forged')",), "commands"),
        (("DELETE FROM house",), "读不下去"),
        (("UPDATE house SET tenant = 'other'",), "哈希不符"),
        (("UPDATE records SET epoch = 7 WHERE position = 5",), r"总第 5 条.*epoch 列是 7.*纪元 1"),
        (("UPDATE records SET epoch = 7",), r"总第 1 条.*epoch 列是 7"),
        (("UPDATE cursor SET batch = 2",), r"总第 4 条.*第 3 批行情引起.*游标（表 cursor）只在第 2 批"),
        (("DELETE FROM cursor",), r"总第 4 条.*第 3 批行情引起.*没有行情游标"),
        (("INSERT INTO schema_version VALUES (3)",), r"schema_version 被改动.*实为 1、2、3"),
        (("INSERT INTO schema_version VALUES (99)",), r"schema_version 被改动.*实为 1、2、99"),
        (("INSERT INTO schema_version VALUES (-1)",), r"schema_version 被改动.*实为 -1、1、2"),
        (("UPDATE schema_version SET version = 0 WHERE version = 1",), r"schema_version 被改动.*实为 0、2"),
        (("DELETE FROM schema_version",), r"schema_version 被改动.*实为 空"),
        (("ALTER TABLE fills RENAME COLUMN lots TO handfuls",), "表结构"),
        (("PRAGMA application_id = 7",), "文件头"),
    ],
)
def test_every_kind_of_tampering_with_the_tables_is_found(
    file: Path, statements: tuple[str, ...], sentence: str
) -> None:
    forge(file, "PRAGMA foreign_keys = OFF", *statements)
    found = verify(file)
    assert not found.ok
    assert re.search(sentence, found.sentence), found.sentence


def test_a_missing_trigger_is_found(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("DROP TRIGGER records_never_deleted")
    found = verify(file)
    assert not found.ok
    assert "records_never_deleted" in found.sentence


def test_a_file_cut_in_half_is_found(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert not verify(file).ok


def heads_file(found: Verification, path: Path) -> Path:
    path.write_bytes(msgspec.json.encode(found))
    return path


def test_a_cut_tail_is_found_by_the_heads_that_were_written_down_elsewhere(tmp_path: Path) -> None:
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        make.a_small_day(journal)
        heads = read_heads(heads_file(verify(tmp_path), tmp_path / "heads.json"))
    (tmp_path / JOURNAL_FILE).unlink()
    shorter = journal_of(tmp_path, (make.enrolled("trader"), make.recorded(1)))
    assert shorter.ok
    found = verify(tmp_path, heads=heads)
    assert not found.ok
    assert "截断" in found.sentence or "分叉" in found.sentence


def test_a_rewritten_journal_is_found_by_the_heads_that_were_written_down_elsewhere(tmp_path: Path) -> None:
    first = journal_of(tmp_path / "one", (make.recorded(1), make.sent(1)))
    heads = read_heads(heads_file(first, tmp_path / "heads.json"))
    other = msgspec.structs.replace(make.recorded(1), reference=2)
    assert journal_of(tmp_path / "two", (other, make.sent(1), make.accepted(1))).ok
    found = verify(tmp_path / "two", heads=heads)
    assert not found.ok
    assert "分叉" in found.sentence
    assert verify(tmp_path / "one", heads=heads).ok


def test_a_journal_that_went_on_still_holds_its_earlier_heads(file: Path, tmp_path: Path) -> None:
    heads = read_heads(heads_file(verify(file), tmp_path / "heads.json"))
    with closing(SqliteJournal(file.parent, make.TENANT)) as journal:
        make.say(journal, make.recorded(3))
    assert verify(file, heads=heads).ok


@pytest.mark.parametrize("text", ["", "{", '{"heads": {"a": {"epoch": 1, "seq": 1, "hash": "zz"}}}', "[]"])
def test_a_heads_file_that_cannot_be_read_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "heads.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="链头文件"):
        read_heads(tmp_path / "heads.json")


def test_a_damaged_log_beside_the_journal_is_found(tmp_path: Path) -> None:
    (tmp_path / "left").mkdir()
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        make.many_orders(journal, range(1, 9))
        for name in (JOURNAL_FILE, f"{JOURNAL_FILE}-wal"):
            (tmp_path / "left" / name).write_bytes((tmp_path / name).read_bytes())
    log = tmp_path / "left" / f"{JOURNAL_FILE}-wal"
    assert verify(tmp_path / "left").records == 32
    data = bytearray(log.read_bytes())
    data[len(data) // 2] ^= 1
    log.write_bytes(data)
    found = verify(tmp_path / "left")
    assert not found.ok
    assert "-wal" in found.sentence


def test_a_forged_chain_with_fitting_hashes_is_still_caught_by_its_guard_rows(tmp_path: Path) -> None:
    assert journal_of(tmp_path, (make.recorded(1), make.filled(1, 1))).ok
    file = tmp_path / JOURNAL_FILE
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute("SELECT position, stream, bytes FROM records ORDER BY position").fetchall()
    head = genesis(make.TENANT, rows[0][1], 1)
    statements = []
    for position, _, data in rows:
        forged = data.replace(b'"lots":1', b'"lots":2')
        head = link(head, forged)
        statements.append(
            f"UPDATE records SET bytes = x'{forged.hex()}', hash = x'{head.hex()}' WHERE position = {position}"
        )
    forge(file, *statements, f"UPDATE heads SET hash = x'{head.hex()}'")
    found = verify(file)
    assert not found.ok
    assert "fills" in found.sentence
