"""一键停止 withdraws the requests that open a future, keeps those that open nothing, and says which."""

from __future__ import annotations

from terminal.domain.commands import Kill, Release, SubmitOrder
from terminal.domain.days.calendar import instant
from terminal.domain.fact.exercise import ExerciseWithdrawalSent
from terminal.domain.fact.facts import CommandDone
from terminal.domain.orders.exercise import Choice, ExerciseState
from terminal.domain.orders.order import Offset, Side
from terminal.domain.reports import ExerciseTold
from terminal.domain.words.risk import Scope
from terminal.engine.books.exercise import STOPPED_LATE
from tests.engine_market import CALL, LATER
from tests.engine_world import CHECKER, DAY, ONE, RB, RISK, SECOND_RISK, TRADER, I, World, terms
from tests.scenario.conftest import Begin
from tests.scenario.test_exercise import alerts, ask, holding, row, settle, wish


def kill(world: World, scope: Scope | None = None) -> CommandDone:
    return world.do(RISK, Kill(account=ONE, scope=scope or Scope(), reason="停"))


def states(world: World) -> list[ExerciseState]:
    return [one.state for one in world.account.exercises.rows.values()]


def test_a_kill_withdraws_what_opens_and_keeps_what_does_not(begin: Begin) -> None:
    world = holding(begin, only=(CALL, LATER))
    ask(world, wish(LATER, 2))
    ask(world, wish(CALL, 1))
    ask(world, wish(CALL, 2, Choice.ABANDON))
    done = kill(world)
    assert states(world) == [ExerciseState.WITHDRAWN, ExerciseState.WITHDRAWN, ExerciseState.TAKEN]
    said = done.sentence
    assert "正在撤销行权申请 A1-X000001（i2101-C-810 行权 2 手（投机））、A1-X000002" in said
    assert "i2101-C-820 本交易日到期，实值仍会自动行权，不要请申请放弃" in said
    assert "申请 A1-X000003（i2101-C-820 放弃 2 手（投机）） 不开仓，保留" in said
    assert {(fact.person, fact.reason) for fact in world.facts(ExerciseWithdrawalSent)} == {(RISK, "一键停止")}
    settle(world)
    assert (world.net(LATER), world.net(I)) == (2, 1)


def test_a_self_close_that_closes_all_it_brings_is_kept(begin: Begin) -> None:
    world = holding(begin)
    world.sell(2, "830", instrument=I)
    ask(world, wish(LATER, 2, nets=True))
    said = kill(world).sentence
    assert "不开仓，保留" in said
    assert states(world) == [ExerciseState.TAKEN]
    # When what it was to close is gone it opens like any other, and is withdrawn.
    assert world.do(TRADER, SubmitOrder(terms=terms(Side.BUY, 1, "830.5", instrument=I, offset=Offset.CLOSE))).ok
    world.wait(2)
    assert states(world) == [ExerciseState.WITHDRAWN]


def test_a_kill_after_the_hour_says_what_will_happen(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    world.show_at(instant(DAY, 15, 30))
    said = kill(world).sentence
    assert "截止时间已过，不能撤销：日终仍按申请行权，得到 i2101 多 2 手" in said
    (told,) = alerts(world, STOPPED_LATE)
    assert "A1-X000001" in told
    world.wait(3)
    assert len(alerts(world, STOPPED_LATE)) == 1
    assert world.facts(ExerciseWithdrawalSent) == []
    settle(world)
    assert states(world) == [ExerciseState.DONE]


def test_each_of_two_requests_for_one_option_that_a_kill_comes_too_late_for_is_told_of_once(begin: Begin) -> None:
    world = holding(begin, only=(LATER,))
    ask(world, wish(LATER, 1))
    ask(world, wish(LATER, 1))
    world.show_at(instant(DAY, 15, 30))
    kill(world)
    world.wait(2)
    world.restart()
    world.wait(2)
    told = alerts(world, STOPPED_LATE)
    assert ["A1-X000001" in told[0], "A1-X000002" in told[1], len(told)] == [True, True, 2]


def test_a_lost_withdrawal_is_sent_again_until_the_hour(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    world.wire.lose_requests = True
    kill(world)
    world.wait(20)
    assert states(world) == [ExerciseState.TAKEN]
    assert len(world.facts(ExerciseWithdrawalSent)) == 1, "not every second"
    world.wire.lose_requests = False
    world.wait(20)
    assert states(world) == [ExerciseState.WITHDRAWN]
    assert len(world.facts(ExerciseWithdrawalSent)) == 2


def test_what_was_not_withdrawn_before_the_hour_is_told_of(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    world.show_at(instant(DAY, 15, 29, 40))
    world.wire.lose_requests = True
    kill(world)
    assert alerts(world, STOPPED_LATE) == []
    world.wait(25)
    assert len(alerts(world, STOPPED_LATE)) == 1


def test_a_restart_forgets_no_withdrawal(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    world.wire.lose_requests = True
    kill(world)
    world.restart()
    world.wait(31)
    assert states(world) == [ExerciseState.WITHDRAWN]


def test_a_request_that_is_not_known_is_withdrawn_when_it_is(begin: Begin) -> None:
    world = holding(begin)
    world.wire.lose = (ExerciseTold,)
    ask(world, wish(LATER, 2))
    assert "还没有回报，确认受理后即撤" in kill(world).sentence
    world.wire.lose = ()
    world.wait(45)
    assert row(world).state is ExerciseState.WITHDRAWN


def test_a_kill_of_one_contract_covers_its_option_and_no_other(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    assert "申请" not in kill(world, Scope(instrument=RB)).sentence
    assert states(world) == [ExerciseState.TAKEN]
    kill(world, Scope(instrument=I))
    assert states(world) == [ExerciseState.WITHDRAWN]


def test_after_the_release_requests_are_made_as_before(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    kill(world)
    for person in (RISK, SECOND_RISK):
        released = world.do(person, Release(account=ONE, scope=Scope(), reason="已查明"))
        assert released.ok, released.sentence
    # Its level steps down to orange, where a second person sees whatever opens.
    assert ask(world, wish(LATER, 2)).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).ok
    world.wait(5)
    assert row(world).state is ExerciseState.TAKEN
