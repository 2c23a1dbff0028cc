"""While a level is red, looser limits take the two persons its release takes (SAFETY 6)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone, Role, RolesGranted
from terminal.domain.ids import PersonId
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.parameters.limits import Limits
from terminal.domain.words.risk import Level, Scope, Verdict
from terminal.engine.previews.command import preview
from terminal.engine.turn import RUNNER, Turn
from tests.engine_world import CHECKER, LIMITS, ONE, RB, RISK, SECOND_RISK, World, device, run

TIGHT, LOOSE = replace(LIMITS, position_lots=4), replace(LIMITS, position_lots=500)
RED = Scope(instrument=RB)


def grant(world: World, person: PersonId, *roles: Role) -> None:
    """Give a person other roles than the plan's; roles are its data."""
    turn = Turn(world.state, world.at, "plan", RUNNER)
    turn.say(RolesGranted(account=ONE, person=person, name=str(person), roles=roles))
    run(world.runner.commit(turn))


def change(world: World, person: PersonId, limits: Limits) -> CommandDone:
    present = world.account.limits
    assert present is not None
    return world.do(person, c.ChangeLimits(account=ONE, base_version=present.version, limits=limits))


def turn_red(world: World) -> None:
    """Tighten the limit below the five lots that somebody has opened."""
    assert change(world, SECOND_RISK, TIGHT).code == "OK"
    world.wait(4)
    assert [row.scope for row in world.account.levels.values() if row.level is Level.RED] == [RED]


@pytest.fixture
def world(world: World) -> World:
    """Return a world where a risk officer, who may trade as well, has opened five lots."""
    grant(world, RISK, Role.TRADER, Role.RISK)
    world.buy(5, 3710, by=RISK)
    world.wait(3)
    return world


def test_who_caused_the_red_asks_for_no_looser_limits_but_tightens_them(world: World) -> None:
    turn_red(world)
    for _ in range(2):
        answer = change(world, RISK, LOOSE)
        assert (answer.ok, answer.code, world.pending()) == (False, "CAUSING_TRADER", [])
        world.restart()
    assert "请由另外两人" in answer.sentence
    assert change(world, RISK, replace(TIGHT, position_lots=3)).code == "OK"


def test_the_preview_says_so_before(world: World) -> None:
    body = c.ChangeLimits(account=ONE, base_version=2, limits=LOOSE)
    turn_red(world)
    shown = {
        person: preview(world.engine.look, person, device(person), 1, body, split_close=False).verdict
        for person in (RISK, SECOND_RISK)
    }
    assert shown == {RISK: Verdict.DENY, SECOND_RISK: Verdict.CONFIRM2}


def test_two_others_loosen_them_one_of_whom_is_of_risk(world: World) -> None:
    turn_red(world)
    assert change(world, SECOND_RISK, LOOSE).code == "CONFIRM2"
    answer = world.decide(RISK, world.account.confirmations[world.pending()[0]])
    assert (answer.ok, answer.code) == (False, "CAUSING_TRADER")
    assert world.decide(CHECKER, world.account.confirmations[world.pending()[0]]).ok
    assert world.account.limits == replace(LOOSE, version=3)


def test_two_without_risk_among_them_loosen_nothing(world: World) -> None:
    turn_red(world)
    assert change(world, SECOND_RISK, LOOSE).code == "CONFIRM2"
    grant(world, SECOND_RISK, Role.CHECKER)  # the maker's own role is gone meanwhile
    assert world.decide(CHECKER, world.account.confirmations[world.pending()[0]]).code == "NO_ROLE"
    assert world.account.limits == replace(TIGHT, version=2)


def test_what_its_cause_asked_for_just_before_the_red_is_approved_by_nobody(world: World) -> None:
    assert change(world, SECOND_RISK, TIGHT).code == "OK"
    assert change(world, RISK, LOOSE).code == "CONFIRM2"  # in the same second: no level has been looked at yet
    world.wait(4)
    assert [row.scope for row in world.account.levels.values() if row.level is Level.RED] == [RED]
    (name,) = world.pending()
    for person in (CHECKER, SECOND_RISK):
        assert world.decide(person, world.account.confirmations[name]).code == "CAUSING_TRADER"
    assert world.decide(
        CHECKER, world.account.confirmations[name], decision=ConfirmationEvent.REJECT
    ).ok  # a no is anybody's
    assert world.account.limits == replace(TIGHT, version=2)


def test_without_a_red_level_who_trades_may_ask_for_looser_limits(world: World) -> None:
    assert change(world, RISK, replace(LIMITS, position_lots=2000)).code == "CONFIRM2"
    assert world.decide(CHECKER, world.account.confirmations[world.pending()[0]]).ok
