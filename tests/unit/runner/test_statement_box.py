"""What `hengduo reconcile --hand-in` leaves in the runner's folder is done once, now or never."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import msgspec
import pytest

from terminal.domain.commands import HandInStatement, RefuseStatement
from terminal.domain.days.calendar import instant
from terminal.domain.errors import UserError
from terminal.domain.fact.facts import AlertRaised, SandboxRecorded, StatementReconciled, StatementRefused, UnitAssigned
from terminal.domain.fact.sandbox import SandboxResult
from terminal.domain.fact.statement import DifferingRow, Outcome, StatementRefusal, StatementResult, Subject
from terminal.domain.ids import AccountId, StockId
from terminal.domain.stock import StateStocks, StockReading
from terminal.domain.words.risk import Level
from terminal.engine.wording import person_name
from terminal.runner.statement_box import (
    FOLDER,
    AssignUnit,
    HandInRounds,
    StatementBox,
    StatementRequest,
    put_request,
    read_answer,
    take_back,
)
from terminal.sync.texts import too_large
from tests.engine_world import DAY, NEXT_NIGHT, ONE, RB, World, run
from tests.picture_settings import sandbox_result
from tests.sync_rig import Rig

FEE = DifferingRow(
    subject=Subject.FUNDS, what="手续费", outcome=Outcome.DIFFERS, field="手续费", ours="7.40", theirs="7.50"
)
DIFFERS = StatementResult(
    trading_day=DAY,
    digest="ab" * 32,
    matched=9,
    ours_only=0,
    theirs_only=0,
    field_differences=1,
    following=0,
    rows=(FEE,),
)
CLEAN = msgspec.structs.replace(DIFFERS, field_differences=0, rows=())


@pytest.fixture
def rig():
    world = World(at=instant(DAY, 14, 59, 30))
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
    return Rig(world=world)


def asked(result=DIFFERS, *, account=ONE):
    return StatementRequest(user="zhang", wish=HandInStatement(account=account, result=result))


def answered(rig, folder, request):
    box = StatementBox(folder, rig.living, rig.logged.append)
    where = put_request(folder, "r1", request)
    assert read_answer(where) is None
    assert run(box.take()) == 1
    assert run(box.take()) == 0
    answer = read_answer(where)
    assert answer is not None
    assert list((folder / FOLDER).iterdir()) == []
    rig.world.drain()
    return answer


def test_a_difference_closes_the_account_and_the_record_names_the_user_of_the_machine(rig, tmp_path):
    answer = answered(rig, tmp_path, asked())
    assert (answer.ok, answer.sentence) == (
        True,
        "2020-08-21 的结算单与账有 1 处不符，账户转为只平仓；撤单与平仓不受限。",
    )
    (one,) = rig.world.facts(StatementReconciled)
    assert (one.person, one.device, one.result) == ("local:zhang", "local-reconcile", DIFFERS)
    assert person_name(rig.world.account, one.person) == "命令行（zhang）"
    assert rig.world.account.levels["account|statement"].level is Level.RED
    # And a clean one opens it again.
    assert "只平仓已解除" in answered(rig, tmp_path, asked(CLEAN)).sentence
    assert rig.world.account.levels["account|statement"].level is Level.NORMAL
    assert len(rig.logged) == 2


def test_rounds_of_the_sandbox_are_put_on_record_and_the_record_names_the_user_of_the_machine(rig, tmp_path):
    request = StatementRequest(user="zhang", wish=HandInRounds(account=ONE, result=sandbox_result()))
    answer = answered(rig, tmp_path, request)
    assert (answer.ok, answer.sentence) == (True, f"沙盘 3 轮已登记到账户 {ONE}，其中新的全流程 2 轮。")
    (one,) = rig.world.facts(SandboxRecorded)
    assert (one.person, one.result) == ("local:zhang", sandbox_result())
    assert [row.round.drill for row in rig.world.account.sandbox] == [1, 2]
    assert "其中新的全流程 0 轮" in answered(rig, tmp_path, request).sentence
    assert len(rig.world.account.sandbox) == 2
    long = tuple(msgspec.structs.replace(one, faults=("长" * 201,)) for one in sandbox_result().rounds)
    wish = HandInRounds(account=ONE, result=SandboxResult(rounds=long))
    answer = answered(rig, tmp_path, StatementRequest(user="zhang", wish=wish))
    assert not answer.ok
    assert answer.sentence.startswith("沙盘结果不能登记：")


def test_more_rounds_than_fit_one_record_are_put_on_record_in_several_and_answered_in_one(rig, tmp_path):
    # Given a hundred rounds, more than a record holds
    (*_, last) = sandbox_result().rounds
    rounds = tuple(msgspec.structs.replace(last, drill=drill) for drill in range(100))
    request = StatementRequest(user="zhang", wish=HandInRounds(account=ONE, result=SandboxResult(rounds=rounds)))
    assert too_large(request.wish)
    answer = answered(rig, tmp_path, request)
    assert (answer.ok, answer.sentence) == (True, f"沙盘 100 轮已登记到账户 {ONE}，其中新的全流程 100 轮。")
    # Then every record fits, all are there in their order, and handed in again none is new
    handed = rig.world.facts(SandboxRecorded)
    assert len(handed) > 1
    assert not any(too_large(HandInRounds(account=one.account, result=one.result)) for one in handed)
    assert sum((one.result.rounds for one in handed), ()) == rounds
    assert tuple(row.round for row in rig.world.account.sandbox) == rounds
    assert "其中新的全流程 0 轮" in answered(rig, tmp_path, request).sentence
    # and with a wrong one at the end none is taken.
    for wrong, why in (({"lots": 0}, "自相矛盾"), ({"faults": ("长" * 201,)}, "最多 200 个")):
        more = SandboxResult(rounds=(*rounds, msgspec.structs.replace(last, **wrong)))
        wish = HandInRounds(account=ONE, result=more)
        answer = answered(rig, tmp_path, StatementRequest(user="zhang", wish=wish))
        assert (answer.ok, why in answer.sentence) == (False, True)
    assert len(rig.world.facts(SandboxRecorded)) == 2 * len(handed)


def test_a_round_that_fits_no_record_is_named(rig, tmp_path):
    (*_, last) = sandbox_result().rounds
    large = msgspec.structs.replace(last, faults=("长" * 200,) * 150)
    wish = HandInRounds(account=ONE, result=SandboxResult(rounds=(last, large)))
    answer = answered(rig, tmp_path, StatementRequest(user="zhang", wish=wish))
    assert not answer.ok
    assert answer.sentence.startswith(f"沙盘结果没有登记：策略 {last.strategy} 的 2 号一轮存不进一条记录；")
    assert rig.world.facts(SandboxRecorded) == []


def test_one_that_cannot_be_true_is_told_once_and_the_account_is_as_it_was(rig, tmp_path):
    refusal = StatementRefusal(file="x.txt", digest="cd" * 32, reason="结算单不平；请核对原件。")
    request = StatementRequest(user="zhang", wish=RefuseStatement(account=ONE, refusal=refusal))
    answer = answered(rig, tmp_path, request)
    assert answer.ok
    assert "x.txt 被拒绝，没有对账，账户不变" in answer.sentence
    assert "早已被拒绝" in answered(rig, tmp_path, request).sentence
    (one,) = rig.world.facts(StatementRefused)
    assert (one.person, one.refusal) == ("local:zhang", refusal)
    (alert,) = rig.world.facts(AlertRaised)
    assert "结算单不平；请核对原件。" in alert.sentence
    assert (rig.world.account.statements, rig.world.account.levels) == ({}, {})


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (asked(account=AccountId("NOPE")), "运行器没有账户 NOPE"),
        (asked(msgspec.structs.replace(DIFFERS, matched=-1)), "条数自相矛盾"),
        (asked(msgspec.structs.replace(DIFFERS, rows=(msgspec.structs.replace(FEE, what="长" * 201),))), "最多 200 个"),
    ],
)
def test_what_cannot_be_taken_is_answered_and_changes_nothing(rig, tmp_path, request_, sentence):
    answer = answered(rig, tmp_path, request_)
    assert not answer.ok
    assert sentence in answer.sentence
    assert rig.world.facts(StatementReconciled) == []
    assert rig.world.account.statements == {}


def test_what_is_no_request_is_answered_too(rig, tmp_path):
    box = StatementBox(tmp_path, rig.living, rig.logged.append)
    (tmp_path / FOLDER).mkdir()
    path = tmp_path / FOLDER / "x.request"
    path.write_bytes(b"{")
    assert run(box.take()) == 1
    answer = read_answer(path.with_suffix(".answer"))
    assert answer is not None
    assert "读不懂" in answer.sentence


def test_a_request_that_nobody_took_can_be_taken_back_and_is_not_done_at_a_later_start(rig, tmp_path):
    where = put_request(tmp_path, "r1", asked())
    assert take_back(where)
    assert not take_back(where)
    put_request(tmp_path, "r2", asked())
    assert run(StatementBox(tmp_path, rig.living, rig.logged.append).take()) == 0
    assert rig.world.facts(StatementReconciled) == []


def test_a_runner_whose_journal_broke_takes_none(rig, tmp_path):
    box = StatementBox(tmp_path, rig.living, rig.logged.append)
    rig.living.broke(OSError("full"))
    put_request(tmp_path, "r1", asked())
    with suppress(UserError):
        run(box.take())
        pytest.fail("it said that it was done")
    assert rig.world.account.statements == {}


def test_readings_of_a_stock_are_put_on_record_for_every_desk_or_refused_with_a_sentence(rig, tmp_path):
    readings = (StockReading(day=20200814, tonnes=Decimal(900)), StockReading(day=20200820, tonnes=Decimal(950)))
    wish = StateStocks(series=StockId("港口库存"), readings=readings, source="周报")
    answer = answered(rig, tmp_path, StatementRequest(user="zhang", wish=wish))
    assert (answer.ok, answer.sentence) == (True, "库存 港口库存 记下 2 个数，20200814 至 20200820，已登记。")
    assert [one.day for one in rig.world.state.tenant.stocks["港口库存"]] == [20200814, 20200820]
    late = msgspec.structs.replace(wish, readings=(StockReading(day=20991231, tonnes=Decimal(1)),))
    answer = answered(rig, tmp_path, StatementRequest(user="zhang", wish=late))
    assert not answer.ok
    assert "还没有到" in answer.sentence
    hidden = msgspec.structs.replace(wish, source="周\n报")
    assert "看不见的字符" in answered(rig, tmp_path, StatementRequest(user="zhang", wish=hidden)).sentence


def test_an_account_is_put_into_a_unit_with_who_did_it_and_saying_it_again_changes_nothing(rig, tmp_path):
    wish = AssignUnit(account=ONE, unit="套保部")
    answer = answered(rig, tmp_path, StatementRequest(user="zhang", wish=wish))
    assert answer.ok
    assert answer.sentence.startswith(f"账户 {ONE} 现在是：经营单位 套保部")
    (fact,) = rig.world.facts(UnitAssigned)
    assert (fact.unit, fact.person) == ("套保部", "local:zhang")
    assert rig.world.account.unit == rig.world.refolded().accounts[ONE].unit == "套保部"
    again = answered(rig, tmp_path, StatementRequest(user="zhang", wish=wish))
    assert (again.ok, "没有改动" in again.sentence) == (True, True)
    long = answered(rig, tmp_path, StatementRequest(user="zhang", wish=AssignUnit(account=ONE, unit="长" * 41)))
    assert (long.ok, "最多 40 个字" in long.sentence) == (False, True)
    stranger = AssignUnit(account=AccountId("X9"), unit="a")
    assert "没有账户 X9" in answered(rig, tmp_path, StatementRequest(user="zhang", wish=stranger)).sentence
    assert answered(rig, tmp_path, StatementRequest(user="zhang", wish=AssignUnit(account=ONE, unit=""))).ok
    assert rig.world.account.unit == ""
    assert len(rig.world.facts(UnitAssigned)) == 2
