"""A journal is read beside the runner that writes it, and damage is named instead of read over."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from terminal.domain.errors import UserError
from terminal.engine.records.chain import DamageError
from terminal.engine.records.journal import JournalError
from terminal.store.beside import end_of, find_journal, read_beside
from terminal.store.journal import JOURNAL_FILE, SqliteJournal
from tests.books import BUY, OPEN, REBAR
from tests.told_days import DAYS, TENANT, Story


def test_what_a_runner_writes_is_read_while_it_writes_and_nothing_is_left_behind(tmp_path: Path) -> None:
    with closing(SqliteJournal(tmp_path, TENANT)) as journal:
        story = Story(journal, REBAR)
        before = [entry.hash for entry in read_beside(tmp_path / JOURNAL_FILE)]
        assert before == [entry.hash for entry in journal.replay()]
        story.trade(REBAR, BUY, OPEN, 1, 3210)
        story.settle({REBAR: 3225}, DAYS[1])
        after = [entry.hash for entry in read_beside(tmp_path / JOURNAL_FILE)]
        assert after[: len(before)] == before
        assert len(after) == len(before) + 3
        story.move(1)  # the owner was not disturbed
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("journal")) == [JOURNAL_FILE]
    assert len(list(read_beside(tmp_path / JOURNAL_FILE))) == len(after) + 1


def test_a_changed_record_is_named(tmp_path: Path) -> None:
    with closing(SqliteJournal(tmp_path, TENANT)) as journal:
        Story(journal, REBAR)
    file = tmp_path / JOURNAL_FILE
    data = bytearray(file.read_bytes())
    data[data.index(b'"account_opened"') + 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(DamageError, match="account:HEDGE"):
        list(read_beside(file))


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"", "是空文件；请给出"), (b"no database at all" * 50, "文件已损坏或不是数据库。")]
)
def test_what_is_no_journal_is_refused_with_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / JOURNAL_FILE
    file.write_bytes(content)
    with pytest.raises(JournalError, match=sentence):
        list(read_beside(file))
    with pytest.raises(JournalError, match=sentence):
        end_of(file)


def test_a_database_of_somebody_else_is_refused_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / JOURNAL_FILE
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE records (position, hash)")
    with pytest.raises(JournalError, match="不是衡舵的日志；请给出"):
        end_of(file)


def test_the_journal_is_found_in_a_runners_folder_or_under_a_users(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="数据目录"):
        find_journal(tmp_path)
    first, second = (tmp_path / "runner" / name for name in ("one", "two"))
    for folder in (first, second):
        folder.mkdir(parents=True)
    (first / JOURNAL_FILE).touch()
    assert find_journal(tmp_path) == find_journal(first) == find_journal(first / JOURNAL_FILE) == first / JOURNAL_FILE
    (second / JOURNAL_FILE).touch()
    with pytest.raises(UserError, match="2 个运行器"):
        find_journal(tmp_path)
