"""A statement's result comes over the wire as a wish: once, in time, and only from whom it concerns."""

from __future__ import annotations

import pytest

from terminal.domain.commands import HandInStatement
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import StatementReconciled
from terminal.domain.fact.statement import MOST_ROWS, DifferingRow, Outcome, StatementResult, Subject
from terminal.domain.ids import AccountId
from terminal.sync import messages as m
from tests.engine_world import ADMIN, DAY, NEXT_NIGHT, ONE, RB, STRANGER, World
from tests.sync_rig import SECOND, Rig, only

ROW = DifferingRow(
    subject=Subject.TRADE,
    what="rb2101 买开 2 手 3701（编号 10001）",
    outcome=Outcome.OURS_ONLY,
    field="整笔",
    ours="74020.00",
    theirs="",
)


def body(rows: int = 1, account: AccountId = ONE) -> HandInStatement:
    result = StatementResult(
        trading_day=DAY,
        digest="ab" * 32,
        matched=9,
        ours_only=rows,
        theirs_only=0,
        field_differences=0,
        following=0,
        rows=(ROW,) * rows,
    )
    return HandInStatement(account=account, result=result)


@pytest.fixture
def rig() -> Rig:
    world = World(at=instant(DAY, 14, 59, 30))
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
    return Rig(world=world)


def test_the_longest_result_there_may_be_goes_through_and_every_desk_is_sent_it(rig: Rig) -> None:
    session = rig.greeted(ADMIN)
    done = rig.carry_out(session, rig.say(session, rig.command(body(MOST_ROWS))))
    assert (done.status, done.ok) == ("OK", True)
    assert f"有 {MOST_ROWS} 处不符，账户转为只平仓" in done.sentence
    records = [bytes(one.record) for evt in only(rig.hear(session), m.Evt) for one in evt.events]
    assert any(b'"statement_reconciled"' in record for record in records)
    # And a copy of it does nothing more.
    copy = rig.carry_out(session, rig.say(session, rig.command(body(MOST_ROWS))))
    assert (copy.status, copy.ok) == ("DUPLICATE", True)
    assert len(rig.world.facts(StatementReconciled)) == 1


def test_one_that_was_under_way_for_too_long_is_not_carried_out(rig: Rig) -> None:
    session = rig.greeted(ADMIN)
    rig.now += SECOND
    wanted = rig.say(session, rig.command(body(), late_ms=60_000))
    assert wanted is None
    assert [one.code for one in only(rig.hear(session), m.Result)] == ["EXPIRED"]
    assert rig.world.facts(StatementReconciled) == []


def test_of_an_account_that_is_not_ones_own_nothing_is_told(rig: Rig) -> None:
    session = rig.greeted(STRANGER)
    hidden = rig.carry_out(session, rig.say(session, rig.command(body(), "one")))
    unknown = rig.carry_out(session, rig.say(session, rig.command(body(account=AccountId("ZZ")), "two")))
    assert hidden.code == unknown.code == "UNKNOWN_ACCOUNT"
    assert hidden.sentence.replace(ONE, "?") == unknown.sentence.replace("ZZ", "?")
