from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain.fact import facts as f
from terminal.domain.words.risk import Scope
from terminal.engine.state import AccountState, MemberRow, State
from terminal.simulation.steps import Doubts, Releases
from tests.unit.simulation.made import ORDER, OTHER, RISK, SECOND, TRADER, A, record


def lost(second):
    return record(f.OrderUnknown(account=A, order=ORDER, why=""), second)


def absent(second):
    return record(f.Reconciled(account=A, query=1, at=second * SECOND, absent=(ORDER,)), second)


def void(second):
    return record(f.OrderVoided(account=A, order=ORDER, why=""), second)


CUT = f.LinkLost(account=A, why="")


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ([lost(0), absent(1), absent(7), void(30)], False),
        ([lost(0), absent(1), absent(7), void(29)], True),
        ([lost(0), absent(7), void(40)], True),
        ([lost(0), absent(35), absent(39), void(40)], True),
        ([lost(0), absent(1), absent(7), record(CUT, 20), void(40)], True),
        ([lost(0), absent(1), record(CUT, 20), absent(41), absent(47), void(50)], False),
        ([void(40)], True),
    ],
    ids=["two answers", "too early", "one answer", "too close", "session died since", "asked anew", "never lost"],
)
def test_an_order_is_void_after_two_answers_and_half_a_minute_from_the_death_of_its_session(told, wrong):
    doubts = Doubts()
    assert bool([fault for one in told for fault in doubts.take(one)]) is wrong


def released(first, second):
    return f.KillReleased(account=A, scope=Scope(), first=first, second=second, reason="")


@pytest.mark.parametrize(
    ("first", "second", "asked", "actor", "wrong"),
    [
        (TRADER, RISK, TRADER, RISK, False),
        (RISK, RISK, RISK, RISK, True),
        (TRADER, RISK, OTHER, RISK, True),
        (TRADER, RISK, TRADER, TRADER, True),
        (TRADER, OTHER, TRADER, OTHER, True),
    ],
    ids=["two", "one", "not who asked", "not who acts", "no risk officer"],
)
def test_two_persons_release_one_of_them_of_the_risk_desk(first, second, asked, actor, wrong):
    state = State()
    state.accounts[A] = AccountState(A, "A", "1", Decimal(0), 20200821)
    state.accounts[A].members[RISK] = MemberRow(name="r", roles=(f.Role.RISK,))
    releases = Releases()
    ask = f.ReleaseAsked(account=A, scope=Scope(), person=asked, reason="")
    assert list(releases.take(record(ask, person=asked), state)) == []
    assert bool(list(releases.take(record(released(first, second), person=actor), state))) is wrong
