"""A withdrawal that was lost or refused is told of, and may be tried again: otherwise the option is exercised."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from terminal.domain.commands import WithdrawExercise
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import CommandDone, PositionEnded
from terminal.domain.orders.exercise import Choice, ExerciseState
from terminal.domain.products.ending import How
from terminal.domain.reports import ExerciseTold
from tests.engine_market import CALL, LATER
from tests.engine_world import DAY, NEXT_DAY, NEXT_NIGHT, ONE, TRADER, I, World
from tests.scenario.conftest import Begin
from tests.scenario.test_exercise import alerts, ask, holding, row, settle, wish


def withdraw(world: World) -> CommandDone:
    return world.do(TRADER, WithdrawExercise(account=ONE, request=row(world).request))


def stands(world: World) -> list[str]:
    return alerts(world, "EXERCISE_STANDS")


@pytest.mark.parametrize("lose", [World.cut, World.restart, lambda world: world.wait(5)])
def test_a_lost_withdrawal_is_told_of_and_may_be_tried_again(begin: Begin, lose: Callable[[World], None]) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    world.wire.lose_requests = True
    assert withdraw(world).ok
    assert withdraw(world).code == "CANNOT_WITHDRAW", "while it is on its way"
    lose(world)
    world.wait(40)
    assert (row(world).state, row(world).withdrawing) == (ExerciseState.TAKEN, False)
    (told,) = stands(world)
    assert "请核对后再撤" in told
    world.wire.lose_requests = False
    assert withdraw(world).ok
    assert row(world).state is ExerciseState.WITHDRAWN
    assert len(stands(world)) == 1


def test_a_withdrawal_of_what_was_never_heard_of_is_told_of_too(begin: Begin) -> None:
    world = holding(begin)
    world.wire.lose = (ExerciseTold,)
    ask(world, wish(LATER, 2))
    world.wire.lose_requests = True
    assert withdraw(world).ok
    world.cut()
    assert len(stands(world)) == 1
    world.wire.lose = ()
    world.wait(12)
    assert row(world).state is ExerciseState.TAKEN


def test_a_refusal_that_comes_late_is_told_of_once(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    world.show_at(instant(DAY, 15, 31))
    world.wire.hold = (ExerciseTold,)
    assert withdraw(world).ok
    world.wait(5)
    assert not row(world).withdrawing
    (refused,) = (one for one in world.wire.take_held() if isinstance(one, ExerciseTold))
    world.wire.hold = ()
    world.tell(refused, refused, msgspec.structs.replace(refused, code="", text=""))
    assert row(world).note == refused.text
    assert [refused.text in one for one in stands(world)] == [False, True]


def test_what_was_exercised_although_it_was_being_withdrawn_is_told_of(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    world.show_at(instant(DAY, 15, 29, 59))
    world.wire.lose_requests = True
    assert withdraw(world).ok
    settle(world)
    assert row(world).state is ExerciseState.DONE
    assert stands(world), "whether it timed out or was exercised first"


def test_what_waits_for_the_price_of_its_last_day_cannot_be_withdrawn_days_later(begin: Begin) -> None:
    # Given an abandonment of the last day, for which nobody said a settlement price
    world = holding(begin)
    assert ask(world, wish(CALL, 3, Choice.ABANDON)).ok
    world.show(last={I: 830})
    world.show_at(NEXT_NIGHT, {I: ("850", "850.5")}, last={I: 850})
    assert row(world).state is ExerciseState.TAKEN
    # When it is to be withdrawn on the next trading day
    withdraw(world)
    world.wait(2)
    # Then its hour is past, and the lots lapse as was asked.
    assert row(world).state is ExerciseState.TAKEN
    assert "截止时间已过" in row(world).note
    world.show_at(instant(NEXT_DAY, 21), last={I: 850})
    calls = [one.ending for one in world.facts(PositionEnded) if one.ending.instrument == CALL]
    assert [(one.lots, one.how) for one in calls] == [(3, How.LAPSED)]
