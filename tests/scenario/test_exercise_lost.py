"""The exchange has a request that had ended by our books, or says nothing of one whose day is over."""

from __future__ import annotations

import msgspec
import pytest

from terminal.domain.commands import WithdrawExercise
from terminal.domain.days.calendar import instant
from terminal.domain.fact.exercise import ExerciseMoved
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.ids import WireKey
from terminal.domain.orders.exercise import Choice, ExerciseState
from terminal.domain.reports import ExerciseTold, QueryAnswer
from terminal.domain.words.risk import Level
from tests.engine_market import LATER
from tests.engine_world import DAY, ONE, TRADER, World
from tests.scenario.conftest import Begin
from tests.scenario.test_exercise import alerts, ask, holding, row, settle, wish

ZOMBIE, OVER = "EXERCISE_ZOMBIE", "EXERCISE_OVER"


def told_wrongly(world: World, state: ExerciseState, *, choice: Choice = Choice.EXERCISE) -> ExerciseTold:
    """Ask, have the request told as ended at once, and return what the exchange really has."""
    world.wire.hold = (ExerciseTold,)
    ask(world, wish(LATER, 2) if choice is Choice.EXERCISE else wish(choice=choice))
    (there,) = (one for one in world.wire.take_held() if isinstance(one, ExerciseTold))
    world.wire.hold = ()
    if state is not ExerciseState.REJECTED:
        world.tell(there)
    world.tell(msgspec.structs.replace(there, state=state, text="说错了"))
    assert row(world).state is state
    return there


def of_one(world: World) -> list[AlertRaised]:
    return [one for one in world.facts(AlertRaised) if one.code == ZOMBIE]


@pytest.mark.parametrize("state", [ExerciseState.WITHDRAWN, ExerciseState.REJECTED])
def test_a_request_that_the_exchange_has_although_it_had_ended_is_told_of_gravely(
    begin: Begin, state: ExerciseState
) -> None:
    world = holding(begin)
    there = told_wrongly(world, state)
    # A report that is told once more proves nothing; two complete answers do.
    world.tell(there)
    assert (row(world).state, of_one(world)) == (state, [])
    world.wait(45)
    assert row(world).state is ExerciseState.TAKEN
    (told,) = of_one(world)
    assert told.level is Level.RED
    assert row(world).request in told.sentence
    assert "不要它请立即撤销" in told.sentence
    assert world.do(TRADER, WithdrawExercise(account=ONE, request=row(world).request)).ok
    assert row(world).state is ExerciseState.WITHDRAWN
    world.wait(65)
    assert len(of_one(world)) == 1


def test_one_answer_that_showed_it_is_taken_back_by_the_next(begin: Begin) -> None:
    world = holding(begin)
    there = told_wrongly(world, ExerciseState.WITHDRAWN)
    is_wrong = [True]

    def rewrite(answer: QueryAnswer) -> QueryAnswer:
        state = ExerciseState.TAKEN if is_wrong.pop() else ExerciseState.WITHDRAWN
        is_wrong.append(False)
        shown = (msgspec.structs.replace(there, state=state),) if answer.account == ONE else ()
        return msgspec.structs.replace(answer, exercises=shown)

    world.wire.rewrite = rewrite
    world.wait(60)
    assert row(world).state is ExerciseState.WITHDRAWN
    assert of_one(world) == []
    assert row(world).absent_at is None


def test_after_the_hour_it_is_said_what_the_exchange_will_do(begin: Begin) -> None:
    world = holding(begin)
    told_wrongly(world, ExerciseState.WITHDRAWN, choice=Choice.ABANDON)
    world.show_at(instant(DAY, 15, 31))
    world.wait(40)
    (told,) = of_one(world)
    assert "不能再撤，日终会执行：实值也不会自动行权" in told.sentence


def test_what_was_exercised_although_it_had_ended_is_told_of_gravely(begin: Begin) -> None:
    world = holding(begin)
    there = told_wrongly(world, ExerciseState.WITHDRAWN)
    world.tell(msgspec.structs.replace(there, state=ExerciseState.DONE, lots=2))
    assert row(world).state is ExerciseState.DONE
    (told,) = of_one(world)
    assert "交易所却执行了 2 手" in told.sentence


def test_one_that_was_void_and_came_after_all_is_told_of_gravely(begin: Begin) -> None:
    world = holding(begin)
    world.wire.rewrite = lambda answer: msgspec.structs.replace(answer, exercises=())
    world.wire.lose = (ExerciseTold,)
    ask(world, wish(LATER, 2))
    world.wait(45)
    assert row(world).state is ExerciseState.VOID
    world.wire.rewrite, world.wire.lose = None, ()
    world.wait(35)
    assert row(world).state is ExerciseState.TAKEN
    assert len(of_one(world)) == 1


def test_a_request_of_a_past_day_ends_although_its_report_was_lost(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    world.wire.lose = (ExerciseTold,)
    settle(world)
    world.wire.lose = ()
    assert row(world).state is ExerciseState.TAKEN
    world.wait(12)
    assert row(world).state is ExerciseState.OVER
    (told,) = alerts(world, OVER)
    assert "账上该期权多头现有 0 手" in told
    assert "核对" in told
    assert world.account.exercises.standing() == []
    assert [fact.state for fact in world.facts(ExerciseMoved)][-2:] == [ExerciseState.TAKEN, ExerciseState.OVER]


def test_a_request_the_exchange_keeps_over_the_day_still_stands(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    world.wait(31)
    (there,) = next(one.exercises for one in reversed(world.wire.answers) if one.account == ONE)
    world.wire.lose = (ExerciseTold,)
    world.wire.rewrite = lambda answer: msgspec.structs.replace(
        answer, exercises=(there,) if answer.account == ONE else ()
    )
    settle(world)
    world.wait(40)
    assert row(world).state is ExerciseState.TAKEN
    assert alerts(world, OVER) == []


def test_what_comes_late_of_a_request_that_was_given_up_is_taken(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    world.wire.hold = (ExerciseTold,)
    settle(world)
    world.wait(12)
    assert row(world).state is ExerciseState.OVER
    world.tell_held()
    assert (row(world).state, row(world).lots) == (ExerciseState.DONE, 2)


def test_a_new_login_that_brings_the_lost_report_ends_it_as_it_was(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    world.wire.lose = (ExerciseTold,)
    settle(world)
    world.wire.lose = ()
    world.restart()
    assert (row(world).state, row(world).lots) == (ExerciseState.DONE, 2)
    world.wait(12)
    assert alerts(world, OVER) == []


def test_a_request_of_another_terminal_is_told_of_and_not_adopted(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 1))
    world.wait(31)
    (there,) = next(one.exercises for one in reversed(world.wire.answers) if one.account == ONE)
    other = msgspec.structs.replace(there, wire_key=WireKey("inv-A1/20200821/9/1"))
    world.wire.rewrite = lambda answer: msgspec.structs.replace(
        answer, exercises=(there, other) if answer.account == ONE else ()
    )
    world.wait(95)
    (told,) = alerts(world, "EXERCISE_STRANGE")
    assert "没有计入限额和冻结" in told
    assert list(world.account.exercises.rows) == [row(world).request]


@pytest.mark.parametrize("restarts", [False, True])
def test_each_request_of_another_terminal_for_one_option_is_told_of_once(begin: Begin, *, restarts: bool) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 1))
    world.wait(31)
    (there,) = next(one.exercises for one in reversed(world.wire.answers) if one.account == ONE)
    strange = [msgspec.structs.replace(there, wire_key=WireKey(f"inv-A1/20200821/9/{number}")) for number in (1, 2)]
    shown = [there, strange[0]]

    def rewrite(answer: QueryAnswer) -> QueryAnswer:
        return msgspec.structs.replace(answer, exercises=tuple(shown) if answer.account == ONE else ())

    world.wire.rewrite = rewrite
    world.wait(65)
    assert len(alerts(world, "EXERCISE_STRANGE")) == 1
    # The same was asked for once more somewhere: another lot goes.
    shown.append(strange[1])
    world.wait(65)
    if restarts:
        world.restart()
        world.wire.rewrite = rewrite
        world.wait(65)
    told = alerts(world, "EXERCISE_STRANGE")
    assert ["inv-A1/20200821/9/1" in told[0], "inv-A1/20200821/9/2" in told[1], len(told)] == [True, True, 2]
