"""Every desk is told what a statement differs by, what follows from it, and who let it go."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.statement import DifferingRow, Outcome, StatementRefusal, StatementResult, Subject
from terminal.domain.words.risk import Level, Scope
from tests.engine_world import ADMIN, COLLEAGUE, DAY, NEXT_NIGHT, ONE, RB, RISK, SECOND_RISK, VIEWER, World
from tests.picture_desk import Desk

FEE: Final = DifferingRow(
    subject=Subject.FUNDS,
    what="手续费",
    outcome=Outcome.DIFFERS,
    field="手续费",
    ours="7.40",
    theirs="7.50",
    yuan=Decimal("0.10"),
)
DIFFERS: Final = StatementResult(
    trading_day=DAY,
    digest="ab" * 32,
    matched=9,
    ours_only=0,
    theirs_only=0,
    field_differences=1,
    following=0,
    equity_yuan=Decimal("-0.10"),
    rows=(FEE,),
)


@pytest.fixture
def world() -> World:
    world = World(at=instant(DAY, 14, 59, 30))
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
    return world


def hand_in(world: World, result: StatementResult = DIFFERS) -> None:
    assert world.do(ADMIN, c.HandInStatement(account=ONE, result=result)).ok


def test_on_every_desk_the_bar_says_it_at_red_and_the_rows_can_be_looked_at(world: World) -> None:
    desks = [Desk(world, person) for person in (RISK, VIEWER)]
    hand_in(world)
    for desk in desks:
        (line,) = desk.look().statements[ONE]
        assert (line.result, line.by, line.stands, line.released) == (DIFFERS, ADMIN, True, "")
        assert line.sentence == "2020-08-21 结算单对账：相符 9 项，差异 1 处（字段不符 1），客户权益差 −¥0.10"
        (alert,) = [one for one in desk.alerts if one.of_statement]
        assert alert.level is Level.RED
        assert alert.sentence == "红色：2020-08-21 的结算单与账有 1 处不符，只平仓"
        assert "结算单核对" in alert.advice
        assert desk.alerts[0] == alert
        account = desk.accounts[ONE]
        assert not account.opening_allowed
        assert account.why_closed == ("2020-08-21 的结算单与账有 1 处不符，只可平仓；请查明后重新对账，或由两人解除。")
        assert account.unreconciled == "2020-08-21 的结算单与账有 1 处不符"
        assert account.reds == (Scope(),)


def test_who_handed_it_in_reads_beforehand_that_others_must_release_it(world: World) -> None:
    world.do(RISK, c.HandInStatement(account=ONE, result=DIFFERS))
    (bar,) = Desk(world, RISK).accounts[ONE].release_bars
    assert bar.why_not == "li（您）交来了这份不符的对账结果，不能参与解除；须另外两人"
    assert Desk(world, SECOND_RISK).accounts[ONE].release_bars == ()


def test_released_it_says_by_whom_and_why_and_the_bar_says_what_is_left(world: World) -> None:
    desk = Desk(world, RISK)
    hand_in(world)
    desk.look()
    for person, reason in ((COLLEAGUE, "已电话核实"), (SECOND_RISK, "经纪公司已更正")):
        assert world.do(person, c.Release(account=ONE, scope=Scope(), reason=reason)).ok
    (line,) = desk.look().statements[ONE]
    assert (line.stands, line.released) == (
        False,
        "qian与zheng已解除：qian：已电话核实；zheng：经纪公司已更正",
    )
    (alert,) = [one for one in desk.alerts if one.of_statement]
    assert (alert.level, alert.sentence) == (Level.ORANGE, "橙色：结算单不符已由两人解除，开仓须复核")
    assert desk.accounts[ONE].unreconciled == ""


def test_a_desk_that_joins_later_and_one_that_begins_anew_are_told_the_same(world: World) -> None:
    hand_in(world)
    desk = Desk(world, RISK)
    desk.begin()
    assert [line.result for line in desk.show().statements[ONE]] == [DIFFERS]


def test_one_that_cannot_be_true_is_in_the_bar_of_every_desk_until_somebody_has_seen_it(world: World) -> None:
    reason = "结算单不平：期末结存（第 12 行）是 2，算出的是 1；请核对原件。"
    refusal = StatementRefusal(file="0821.txt", digest="cd" * 32, reason=reason, trading_day=DAY)
    desks = [Desk(world, person) for person in (RISK, VIEWER)]
    assert world.do(ADMIN, c.RefuseStatement(account=ONE, refusal=refusal)).ok
    for desk in desks:
        desk.look()
        (alert,) = [one for one in desk.alerts if one.is_alarm]
        assert alert.level is Level.ORANGE
        assert alert.sentence == f"结算单 0821.txt（2020-08-21）被拒绝，没有对账，账户不变：{reason}"
        assert "经纪公司" in alert.advice
        assert "再对账" in alert.advice
        assert desk.accounts[ONE].opening_allowed
        assert (alert.acknowledge is None) is (desk is desks[1])
    wish = desks[0].alerts[0].acknowledge
    assert wish is not None
    assert world.do(RISK, wish).ok
    for desk in desks:
        desk.look()
        assert desk.alerts == ()
