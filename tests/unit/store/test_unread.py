from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine

from terminal.domain.ids import ConfirmationId
from terminal.domain.words.risk import Level
from terminal.engine.records.journal import JournalError
from terminal.engine.unread import Message, MessageKind, Unread
from terminal.store import unread
from terminal.store.unread import UNREAD_FILE, UnreadFile

REJECTED = Message(MessageKind.DECIDED, "审批", "", ("C1 被驳回",), Level.ORANGE, ConfirmationId("C1"))
AWAY = Message(MessageKind.ABSENCE, "补报", "离线期间：", ("2 笔成交", "1 笔委托被撤"), Level.NORMAL)
TWO = Unread(messages=(REJECTED, AWAY), passed_over=3)


def test_the_tables_in_python_are_the_tables_that_were_migrated(tmp_path: Path) -> None:
    UnreadFile(tmp_path).close()
    engine = create_engine(f"sqlite:///{tmp_path / UNREAD_FILE}")
    found = MetaData()
    found.reflect(engine)
    engine.dispose()
    assert {name: [column.name for column in table.columns] for name, table in found.tables.items()} == {
        name: [column.name for column in table.columns] for name, table in unread.METADATA.tables.items()
    }


def test_what_was_kept_is_there_after_a_restart_and_goes_when_it_was_read(tmp_path: Path) -> None:
    with closing(UnreadFile(tmp_path)) as file:
        assert (file.unread(), file.before(), file.heard(), file.rebuilt) == (Unread(), b"", None, "")
        file.hear(1_700_000_000_000_000_000)
        file.keep_before(b"look")
        file.keep(TWO, is_told=False)
    with closing(UnreadFile(tmp_path)) as file:
        assert (file.unread(), file.before(), file.heard()) == (TWO, b"look", 1_700_000_000_000_000_000)
        file.keep(Unread(), is_told=True)
    with closing(UnreadFile(tmp_path)) as file:
        assert (file.unread(), file.before(), file.rebuilt) == (Unread(), b"", "")


@pytest.mark.parametrize("column", ["bytes = x'7b7d'", "name = 'heard'"])
def test_what_was_altered_on_disk_is_put_aside_and_said(tmp_path: Path, column: str) -> None:
    with closing(UnreadFile(tmp_path)) as file:
        file.keep(TWO, is_told=False)
    with closing(sqlite3.connect(tmp_path / UNREAD_FILE, isolation_level=None)) as raw:
        raw.execute(f"UPDATE kept SET {column}")
    with closing(UnreadFile(tmp_path)) as file:
        assert "已改名为 unread.db.broken-1 保留；上次没有读的消息不再列出" in file.rebuilt
        assert file.unread() == Unread()


def test_messages_of_another_version_are_put_aside_and_said(tmp_path: Path) -> None:
    with closing(UnreadFile(tmp_path)) as file:
        file._write({"unread": b'{"messages":[{"kind":"omen"}]}'})
    with closing(UnreadFile(tmp_path)) as file:
        assert "由另一版程序写成" in file.rebuilt
        assert file.unread() == Unread()


def test_a_file_that_cannot_be_written_is_told_and_nothing_is_taken_for_kept(tmp_path: Path) -> None:
    with closing(UnreadFile(tmp_path)) as file:
        file._file.connection.exec_driver_sql("PRAGMA query_only = ON")
        with pytest.raises(JournalError, match="本机未读消息写不进去"):
            file.keep(TWO, is_told=False)
        assert file.unread() == Unread()
