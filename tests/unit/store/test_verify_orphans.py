"""A record that leans on one which is not there is named."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from terminal.domain.fact.facts import (
    BarrierBegan,
    BarrierPassed,
    Fact,
    KillReleased,
    KillSwitched,
    LevelReleased,
    StatementReconciled,
    StrategyStarted,
)
from terminal.domain.fact.statement import StatementResult
from terminal.domain.ids import ConfirmationId, InstrumentId, PersonId, StrategyId
from terminal.domain.orders.confirmation import ConfirmationEvent, Envelope
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.words.risk import Finding, Level, Scope, Verdict
from terminal.engine.records.chain import seal
from terminal.engine.records.guards import guard_of
from terminal.engine.records.journal import Head, records_of
from terminal.store import schema
from terminal.store.verify import verify
from tests.contract import journal_facts as make
from tests.unit.store.verified import RED, journal_of

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


DIFFERS = StatementReconciled(
    account=make.ACCOUNT,
    result=StatementResult(
        trading_day=20200820, digest="0" * 64, matched=9, ours_only=1, theirs_only=0, field_differences=0, following=0,
        left_out=1,
    ),
    person=make.MAKER,
    device=make.DESK,
)  # fmt: skip


def handed_in(**changes: Any) -> StatementReconciled:
    result = msgspec.structs.replace(DIFFERS.result, ours_only=0, left_out=0, **changes)
    return msgspec.structs.replace(DIFFERS, result=result)


CLEAN, CUT, OTHER_DAY_CLEAN = (
    handed_in(),
    handed_in(not_compared=("持仓明细：没有。",)),
    handed_in(trading_day=20200819),
)
STATEMENT_RED = msgspec.structs.replace(RED, signal="statement")
STATEMENT_LIFTED = msgspec.structs.replace(STATEMENT_RED, before=Level.RED, after=Level.NORMAL)
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
    ("结算单仍与账不符", (DIFFERS, STATEMENT_RED, STATEMENT_LIFTED)),
    ("结算单仍与账不符", (DIFFERS, STATEMENT_RED, OTHER_DAY_CLEAN, CUT, STATEMENT_LIFTED)),
    ("红色或一键停止", (DIFFERS, STATEMENT_RED, make.recorded(1))),
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
        (DIFFERS, STATEMENT_RED, CLEAN, STATEMENT_LIFTED, make.recorded(1)),
        (DIFFERS, STATEMENT_RED, RELEASED, *confirmed("k"), make.recorded(1, confirmation="k")),
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
