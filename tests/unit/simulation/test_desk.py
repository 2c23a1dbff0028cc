from __future__ import annotations

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone
from terminal.engine.look import Look
from terminal.engine.prices.columns import Columns
from terminal.simulation.cast import Keys
from terminal.simulation.desk import SECOND, Room
from terminal.simulation.luck import Luck
from terminal.store.reference import load_calendar
from tests.unit.simulation.made import TERMS, TRADER, A, one_account


@pytest.fixture
def blamed() -> list[str]:
    return []


@pytest.fixture
def room(blamed):
    room = Room(Luck(1), Keys(1), blamed.append)
    room.at = 100 * SECOND
    return room


def asked(room, body=None, *, late=0):
    room.ask(TRADER, body or c.SubmitOrder(terms=TERMS), late=late)
    (command,) = room.said()
    return command


def done(command, *, ok=True, code="OK"):
    return CommandDone(account=A, command=command.command, ok=ok, code=code, sentence="")


def test_a_command_is_sent_again_until_its_result_is_heard(room):
    command = asked(room)
    room.repeat()
    assert room.said() == [command]
    room.hear(command, done(command), effects=2)
    room.repeat()
    assert room.said() == []


def test_a_repeat_that_only_tells_the_first_result_is_right(room, blamed):
    command = asked(room)
    room.hear(command, done(command), effects=2)
    room.hear(command, done(command), effects=0)
    assert blamed == []


@pytest.mark.parametrize(("code", "effects"), [("OK", 1), ("EXPIRED", 0)])
def test_a_repeat_that_does_something_or_says_something_else_is_wrong(room, blamed, code, effects):
    command = asked(room)
    room.hear(command, done(command), effects=2)
    room.hear(command, done(command, code=code), effects=effects)
    assert blamed[0].startswith("I17 ")


def test_what_was_heard_must_be_there_after_a_restart(room, blamed):
    command = asked(room)
    room.hear(command, done(command), effects=2)
    state, account = one_account()
    look = Look(state, Columns((), {}), load_calendar())
    account.commands[command.command] = done(command)
    room.sit_down(state, look)
    assert blamed == []
    account.commands.clear()
    room.sit_down(state, look)
    assert blamed[0].startswith("I17 ")


def test_an_order_carried_out_after_its_time_is_wrong(room, blamed):
    in_time, late = asked(room, late=3 * SECOND), asked(room, late=4 * SECOND)
    room.hear(in_time, done(in_time), effects=2)
    assert blamed == []
    room.hear(late, done(late), effects=2)
    assert blamed[0].startswith("I18 ")


def test_what_was_meant_for_later_is_done_when_its_time_comes(room):
    seen = []
    room.later(2, lambda then: seen.append(then.at))
    room.do_what_is_due()
    assert seen == []
    room.at += 2 * SECOND
    room.do_what_is_due()
    room.do_what_is_due()
    assert seen == [room.at]
