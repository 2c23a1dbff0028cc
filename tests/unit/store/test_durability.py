"""What is promised to survive a power cut is synced when it is committed: no killed process could ever show it.

SQLite keeps these settings for each connection, so they are read from the very one the product writes through, after
it has written.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Connection

from terminal.domain.ids import CommandId, DeviceId, InstrumentId
from terminal.engine.records.memory import MemoryJournal
from terminal.gateways.sim.store.file import ExchangeStore
from terminal.store.desk_file import CHECKPOINT_PAGES as DESK_CHECKPOINT
from terminal.store.journal import CHECKPOINT_PAGES, SqliteJournal
from terminal.store.outbox import Outbox
from terminal.store.replica import Replica, StoredEvent
from terminal.store.unread import UnreadFile
from tests.contract import journal_facts as make

NORMAL: Final = 1  # of a write-ahead log: synced at a checkpoint, so that a power cut leaves a shorter copy
FULL: Final = 2  # synced at each commit
ON: Final = 1


def pragmas(connection: Connection, *names: str) -> list[object]:
    return [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]


def test_every_turn_of_the_journal_is_synced_before_anything_is_done_about_it(tmp_path: Path) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "wal_autocheckpoint")
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        make.a_small_day(journal)
        assert pragmas(journal._connection, *names) == ["wal", FULL, ON, ON, CHECKPOINT_PAGES]
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:  # also the next start, over a file there is
        assert pragmas(journal._connection, *names) == ["wal", FULL, ON, ON, CHECKPOINT_PAGES]


def outbox(folder: Path) -> tuple[Callable[[], None], Connection]:
    box = Outbox(folder, new_device=DeviceId("desk-1"))
    box.next(CommandId("c1"), kind="kill", is_order=True, pressed_mono=1, ttl_ms=3_000, frame=lambda _: b"{}")
    return box.close, box._file.connection


def unread(folder: Path) -> tuple[Callable[[], None], Connection]:
    file = UnreadFile(folder)
    file.hear(1)
    return file.close, file._file.connection


def replica(folder: Path) -> tuple[Callable[[], None], Connection]:
    source = MemoryJournal(make.TENANT)
    make.many_orders(source, range(1, 4))
    copy = Replica(folder, tenant=make.TENANT)
    copy.append([StoredEvent(e.record.stream, e.record.epoch, e.record.seq, e.data, e.hash) for e in source.replay()])
    return copy.close, copy._file.connection


@pytest.mark.parametrize(("opened", "synchronous"), [(outbox, FULL), (unread, FULL), (replica, NORMAL)])
def test_what_nobody_else_has_is_synced_at_each_commit_and_a_copy_at_each_checkpoint(
    tmp_path: Path, opened: Callable[[Path], tuple[Callable[[], None], Connection]], synchronous: int
) -> None:
    close, connection = opened(tmp_path)
    try:
        found = pragmas(connection, "journal_mode", "synchronous", "wal_autocheckpoint")
    finally:
        close()
    assert found == ["wal", synchronous, DESK_CHECKPOINT]


def test_what_the_exchange_has_accepted_is_synced_at_each_commit(tmp_path: Path) -> None:
    with closing(ExchangeStore(tmp_path / "exchange.db")) as store:
        store.claim("made", (InstrumentId("SHFE.rb2101"),))
        run = store._database.execute
        assert [run(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")] == ["wal", FULL]
