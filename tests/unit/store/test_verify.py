from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain.confirmation import ConfirmationEvent, Envelope
from terminal.domain.errors import UserError
from terminal.domain.facts import (
    BarrierBegan,
    BarrierPassed,
    CancelRecorded,
    Fact,
    KillReleased,
    KillSwitched,
    LevelChanged,
    LevelReleased,
    OrderRefused,
    SpotQuoted,
    StrategyStarted,
)
from terminal.domain.ids import ConfirmationId, InstrumentId, PersonId, StrategyId, StreamId
from terminal.domain.order import Offset, Side
from terminal.domain.risk_words import Finding, Level, Scope, Verdict
from terminal.domain.strategy_settings import GridSettings
from terminal.engine import chain
from terminal.engine.chain import genesis, link, seal
from terminal.engine.guards import guard_of
from terminal.engine.journal import Actor, Entry, Head, Record, records_of
from terminal.engine.turn import Said
from terminal.store import schema
from terminal.store.journal import JOURNAL_FILE, SqliteJournal
from terminal.store.refold import Refold
from terminal.store.verify import Verification, read_heads, verify
from tests.contract import journal_facts as make


def journal_of(data: Path, *turns: tuple[Fact, ...]) -> Verification:
    with closing(SqliteJournal(data, make.TENANT)) as journal:
        for facts in turns:
            make.say(journal, *facts)
    return verify(data)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        make.a_small_day(journal)
    return tmp_path / JOURNAL_FILE


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


# --- a true journal --------------------------------------------------------------------------------------------------


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


# --- damage ----------------------------------------------------------------------------------------------------------


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
        (("INSERT INTO schema_version VALUES (2)",), r"schema_version 被改动.*实为 1、2"),
        (("INSERT INTO schema_version VALUES (99)",), r"schema_version 被改动.*实为 1、99"),
        (("INSERT INTO schema_version VALUES (-1)",), r"schema_version 被改动.*实为 -1、1"),
        (("UPDATE schema_version SET version = 0",), r"schema_version 被改动.*实为 0"),
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


# --- orphans ---------------------------------------------------------------------------------------------------------

RED = LevelChanged(
    account=make.ACCOUNT,
    scope=Scope(),
    signal="risk_degree",
    value="91",
    threshold="90",
    before=Level.NORMAL,
    after=Level.RED,
    at=1,
)
KILL = KillSwitched(account=make.ACCOUNT, scope=Scope(), person=make.MAKER, device=make.DESK, reason="异常")
RELEASED = LevelReleased(
    account=make.ACCOUNT, scope=Scope(), first=make.CHECKER, second=PersonId("risk"), reason="已补足"
)
KILL_RELEASED = KillReleased(
    account=make.ACCOUNT, scope=Scope(), first=make.CHECKER, second=PersonId("risk"), reason="已排除"
)
BARRIER = BarrierBegan(account=make.ACCOUNT, session="s2", at=1)
PASSED = BarrierPassed(account=make.ACCOUNT, session="s2")
CLOSING = make.terms(offset=Offset.CLOSE, side=Side.SELL, price="700")
GRID = GridSettings(
    account=make.ACCOUNT,
    instrument=make.INSTRUMENT,
    side=Side.BUY,
    anchor=Decimal(820),
    step=Decimal(5),
    lines=3,
    lots_per_line=1,
    stop=Decimal(790),
    lower=Decimal(800),
    upper=Decimal(820),
)


def started(approval: str | None = None) -> StrategyStarted:
    return StrategyStarted(
        account=make.ACCOUNT,
        strategy=StrategyId("grid-1"),
        settings=GRID,
        version=1,
        envelope=None if approval is None else ConfirmationId(approval),
    )


def finding(verdict: Verdict) -> tuple[Finding, ...]:
    return (Finding(control="C3", code="COLLAR", verdict=verdict, value="1", limit="0", sentence="偏离"),)


def envelope(*, largest: int = 5, total: int = 10, highest: str = "900") -> Envelope:
    return Envelope(
        total_lots=total,
        total_value_yuan=Decimal(10_000_000),
        lowest_price={make.INSTRUMENT: Decimal(700)},
        highest_price={make.INSTRUMENT: Decimal(highest)},
        largest_child_lots=largest,
        ends_at=1,
    )


def asked(name: str, **changes: object) -> Fact:
    request = make.requested(name)
    return msgspec.structs.replace(request, confirmation=msgspec.structs.replace(request.confirmation, **changes))


def confirmed(name: str, *, parent: Envelope | None = None) -> tuple[Fact, ...]:
    return (make.requested(name, make.terms(), envelope=parent), make.approved(name), make.consumed(name))


NOBODY = msgspec.structs.replace(make.by_hand(), person=PersonId(""))
UNVERSIONED = msgspec.structs.replace(make.by_strategy(), parameter_version=None)
SAME = msgspec.structs.replace(RELEASED, second=make.CHECKER)
ELSEWHERE = msgspec.structs.replace(make.filled(1, 1), instrument=InstrumentId("DCE.i2105"))

ORPHANS: list[tuple[str, tuple[Fact, ...]]] = [
    ("没有原因", (make.recorded(1, cause=NOBODY),)),
    ("没有原因", (make.recorded(1, cause=make.by_strategy()),)),
    ("没有原因", (started(), make.recorded(1, cause=UNVERSIONED))),
    ("风控结论是 DENY", (make.recorded(1, findings=finding(Verdict.DENY)),)),
    ("风控结论是 LOCK", (make.recorded(1, findings=finding(Verdict.LOCK)),)),
    ("须经复核", (make.recorded(1, findings=finding(Verdict.CONFIRM2)),)),
    ("红色或一键停止", (RED, make.recorded(1))),
    ("红色或一键停止", (KILL, make.recorded(1))),
    ("红色或一键停止", (msgspec.structs.replace(KILL, scope=Scope(instrument=make.INSTRUMENT)), make.recorded(1))),
    ("须经复核", (RED, RELEASED, make.recorded(1))),
    ("同一人", (RED, SAME)),
    ("同一人", (KILL, msgspec.structs.replace(KILL_RELEASED, second=make.CHECKER))),
    ("屏障", (BARRIER, make.recorded(1))),
    ("内容不同", (*confirmed("k"), make.recorded(1, make.terms(lots=3), confirmation="k"))),
    ("没有订单引用", confirmed("k")),
    ("没有策略以它启动", confirmed("k", parent=envelope())),
    ("只许 1 手", (*confirmed("k", parent=envelope(largest=1)), started("k"), make.recorded(1, confirmation="k"))),
    ("不在复核", (*confirmed("k", parent=envelope(highest="800")), started("k"), make.recorded(1, confirmation="k"))),
    (
        "其子单持有 2 手",
        (
            *confirmed("k", parent=envelope(total=1)),
            started("k"),
            make.recorded(1, confirmation="k"),
            make.filled(1, 1, lots=2),
        ),
    ),
    ("没有申请", (started("k"),)),
    ("没有被批准", (make.requested("k", envelope=envelope()), started("k"))),
    ("没有申请", (make.decided("k", ConfirmationEvent.EXPIRE),)),
    ("哈希", (asked("k", order_hash="00"),)),
    ("制单人", (asked("k", maker=PersonId("other")),)),
    ("没有记录", (make.accepted(1),)),
    ("账户、合约或方向不同", (make.recorded(1), ELSEWHERE)),
    ("账户、合约或方向不同", (make.recorded(1), make.filled(1, 1, side=Side.SELL))),
    ("劣于订单限价", (make.recorded(1), make.filled(1, 1, price="813"))),
    ("超过报单手数", (make.recorded(1), make.filled(1, 1, lots=2), make.filled(1, 2))),
]


@pytest.mark.parametrize(("what", "facts"), ORPHANS)
def test_a_record_that_leans_on_nothing_is_an_orphan(tmp_path: Path, what: str, facts: tuple[Fact, ...]) -> None:
    found = journal_of(tmp_path, facts)
    assert not found.ok
    assert found.first_bad is None
    assert found.orphans == 1, found.complaints
    assert what in found.sentence, found.sentence


@pytest.mark.parametrize(
    "facts",
    [
        (RED, KILL, BARRIER, make.recorded(1, CLOSING)),
        (KILL, KILL_RELEASED, make.recorded(1)),
        (BARRIER, PASSED, make.recorded(1)),
        (msgspec.structs.replace(RED, scope=Scope(instrument=InstrumentId("DCE.i2105"))), make.recorded(1)),
        (msgspec.structs.replace(RED, scope=Scope(strategy=StrategyId("grid-9"))), make.recorded(1)),
        (msgspec.structs.replace(RED, after=Level.YELLOW), make.recorded(1)),
        (RED, RELEASED, *confirmed("k"), make.recorded(1, confirmation="k")),
        (started(), make.recorded(1, cause=make.by_strategy(), findings=finding(Verdict.WARN))),
        (*confirmed("k", parent=envelope()), started("k"), make.recorded(1, confirmation="k"), make.filled(1, 1)),
        (
            *confirmed("k", parent=envelope(total=2)),
            started("k"),
            *(make.recorded(1, confirmation="k"), make.filled(1, 1, lots=2)),
            *(make.recorded(2, CLOSING, confirmation="k"), make.filled(2, 2, lots=2, side=Side.SELL)),
            *(make.recorded(3, confirmation="k"), make.filled(3, 3, lots=2)),
        ),
        (make.recorded(1, CLOSING), make.filled(1, 1, side=Side.SELL, price="701")),
    ],
)
def test_what_leans_on_enough_is_no_orphan(tmp_path: Path, facts: tuple[Fact, ...]) -> None:
    found = journal_of(tmp_path, facts)
    assert found.ok, found.sentence


def slip_in(file: Path, *facts: Fact) -> None:
    """Append facts past the engine and past the database's own rules, with fitting hashes, guard rows and heads."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        run = database.execute
        run("PRAGMA foreign_keys = OFF")
        run("PRAGMA ignore_check_constraints = ON")
        heads = {row[0]: Head(*row[1:]) for row in run("SELECT stream, epoch, seq, hash FROM heads")}
        (position,) = run("SELECT max(position) FROM records").fetchone()
        sayings = [make.Said(fact) for fact in facts]
        records = records_of(sayings, heads, tenant=make.TENANT, epoch=1, utc=1)
        entries, new = seal(records, heads, tenant=make.TENANT, epoch=1, position=position)
        for entry, record in zip(entries, records, strict=True):
            row = (entry.position, record.stream, 1, record.seq, entry.data, entry.hash)
            run(schema.INSERT_RECORD, row)
            guard = guard_of(record.fact)
            if guard is not None:
                run(schema.INSERT_GUARD[type(guard)], schema.guard_row(entry.position, guard))
        for stream, head in new.items():
            run(schema.INSERT_HEAD, (stream, head.epoch, head.seq, head.hash))


@pytest.mark.parametrize(
    ("what", "facts"),
    [
        ("由制单人自己批准", (make.requested("k9"), make.approved("k9", make.MAKER))),
        ("没有记录", (make.filled(9, 99),)),
        ("没有被批准", (make.requested("k9"), make.consumed("k9"))),
        ("没有申请", (make.recorded(9, confirmation="k9"),)),
    ],
)
def test_what_the_database_would_have_refused_is_named_when_it_is_there_after_all(
    file: Path, what: str, facts: tuple[Fact, ...]
) -> None:
    slip_in(file, *facts)
    found = verify(file)
    assert not found.ok
    assert what in found.complaints[0].what


def test_facts_slipped_in_between_are_still_facts_when_nothing_is_wrong_with_them(file: Path) -> None:
    slip_in(file, make.recorded(9), make.sent(9))
    assert verify(file).ok


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


def test_a_journal_of_a_newer_program_asks_for_that_program(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("INSERT INTO schema_version VALUES (2)")
        database.execute("CREATE TABLE later (one INTEGER)")
        database.commit()
    with pytest.raises(UserError, match="新版"):
        verify(file)


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
