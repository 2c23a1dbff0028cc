"""A journal that is true is whole, and everything in it is counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain.errors import UserError
from terminal.domain.fact.facts import CancelRecorded, OrderRefused, SpotQuoted
from terminal.domain.ids import StreamId
from terminal.domain.words.risk import Finding, Verdict
from terminal.engine.records import chain
from terminal.engine.records.chain import link
from terminal.engine.records.journal import Actor, Entry, Record, records_of
from terminal.engine.turn import Said
from terminal.store.journal import SqliteJournal
from terminal.store.migrations import SCHEMA_VERSION
from terminal.store.refold import Refold
from terminal.store.verify import verify
from tests.contract import journal_facts as make
from tests.unit.store.verified import RED, journal_of


def test_a_true_journal_is_whole_and_everything_is_counted(file: Path) -> None:
    found = verify(file.parent)
    assert found.ok, found.sentence
    assert (found.records, found.orders, found.intents, found.fills, found.commands) == (17, 2, 2, 3, 3)
    assert found.verdicts == {"ALLOW": 1, "CONFIRM2": 1, "CONFIRM2_PARKED": 1}
    assert found.approvals == {"REQUEST": 1, "APPROVE": 1, "CONSUME": 1}
    assert (found.orphans, found.first_bad, found.unknown) == (0, None, {})
    assert found.heads[StreamId("account:A1")].seq == 14
    assert verify(file) == found


def test_refusals_and_cancels_are_counted(tmp_path: Path) -> None:
    denied = Finding(control="C4", code="POSITION_LIMIT", verdict=Verdict.DENY, value="11", limit="10", sentence="超限")
    refused = OrderRefused(terms=make.terms(), cause=make.by_hand(), findings=(denied,))
    cancel = CancelRecorded(
        account=make.ACCOUNT, order=make.recorded(1).order, person=make.MAKER, device=make.DESK, reason="撤"
    )
    found = journal_of(tmp_path, (refused, refused, make.recorded(1), cancel))
    assert found.ok
    assert (found.orders, found.intents) == (1, 2)
    assert found.verdicts == {"DENY": 2, "ALLOW": 1}
    assert found.refused == {"POSITION_LIMIT": 2}


def test_verifying_changes_no_byte(file: Path) -> None:
    before = {path: path.read_bytes() for path in file.parent.iterdir()}
    verify(file)
    assert {path: path.read_bytes() for path in file.parent.iterdir()} == before


def test_a_journal_left_by_a_crash_is_verified_with_its_log(tmp_path: Path) -> None:
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        make.a_small_day(journal)
        assert verify(tmp_path).records == 17


def test_an_empty_journal_is_whole(tmp_path: Path) -> None:
    assert journal_of(tmp_path).ok


def test_a_path_without_a_journal_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="不存在"):
        verify(tmp_path)


def test_a_record_of_a_newer_program_is_reported_and_its_account_named_untradable(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        stream, seq, head = database.execute("SELECT stream, seq, hash FROM heads WHERE seq = 14").fetchone()
        (data,) = database.execute("SELECT bytes FROM records WHERE position = 17").fetchone()
        data = data.replace(b"order_filled", b"order_dreamt").replace(b'"seq":14', b'"seq":15')
        digest = link(head, data)
        database.execute("INSERT INTO records VALUES (18, ?, 1, ?, ?, ?)", (stream, seq + 1, data, digest))
        database.execute("UPDATE heads SET seq = 15, hash = ? WHERE stream = ?", (digest, stream))
        database.commit()
    found = verify(file)
    assert found.ok
    assert found.unknown == {"order_dreamt": 1}
    assert "不得交易" in found.sentence


def test_a_journal_of_a_newer_program_asks_for_that_program(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("INSERT INTO schema_version VALUES (?)", (SCHEMA_VERSION + 1,))
        database.execute("CREATE TABLE later (one INTEGER)")
        database.commit()
    with pytest.raises(UserError, match="新版"):
        verify(file)


def test_a_journal_of_before_accounts_were_kept_apart_is_verified_as_it_is_and_brought_forward_when_opened(
    file: Path,
) -> None:
    with closing(sqlite3.connect(file)) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE name LIKE '%_of_own_account'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("DELETE FROM schema_version WHERE version = 2")
        database.commit()
    before = verify(file)
    assert before.ok
    with closing(SqliteJournal(file.parent, make.TENANT)) as journal:
        make.say(journal, make.recorded(90))
    with closing(sqlite3.connect(file)) as database:
        triggers = database.execute("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%_of_own_account'").fetchone()
    assert triggers == (4,)
    assert verify(file).ok


def test_only_some_complaints_are_kept_but_all_are_counted(tmp_path: Path) -> None:
    found = journal_of(tmp_path, (RED, *(make.recorded(number) for number in range(1, 100))))
    assert found.orphans == 99
    assert 0 < len(found.complaints) < 99


class Counting:
    """Stand for a witness of the engine: it sees every record and complains at the end."""

    def __init__(self) -> None:
        self.seen = 0

    def see(self, entry: Entry, record: Record) -> Iterable[str]:
        self.seen += 1
        return ("看见撤单",) if record.kind == "cancel_recorded" else ()

    def conclude(self) -> Iterable[str]:
        return (f"共 {self.seen} 条",)


def test_another_witness_is_heard(file: Path) -> None:
    witness = Counting()
    found = verify(file, witnesses=(witness,))
    assert witness.seen == 17
    assert found.orphans == 1
    assert found.complaints[0].what == "共 17 条"


def test_a_journal_of_an_older_program_is_named_as_such_and_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        monkeypatch.setattr(chain, "RECORD_VERSION", 1)
        journal.append([msgspec.structs.replace(record, v=1) for record in make.turn(journal, make.recorded(1))])
    monkeypatch.undo()
    with pytest.raises(UserError, match="由旧版程序写成（记录第 1 版，本程序第 2 版）"):
        verify(tmp_path)


def test_a_record_every_desk_gets_names_nobody(tmp_path: Path) -> None:
    quoted = SpotQuoted(instrument=make.INSTRUMENT, price=Decimal(1), source="s")
    told = (Said(quoted, "x", make.RUNNER), Said(quoted, "x", Actor(make.MAKER, make.DESK)))
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        journal.append(records_of(told, journal.heads(), tenant=make.TENANT, epoch=1, utc=1))
    found = verify(tmp_path, witnesses=(Refold(),))
    assert (found.orphans, found.complaints[0].seq) == (1, 2)
    assert "I25" in found.sentence
