"""A kill switch that two persons released leaves its scope at orange, and the rule of levels brings it down."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import LevelChanged
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Level, Scope
from terminal.engine.book.scopes import worst_level
from tests.engine_world import LIMITS, ONE, OTHER, RB, RISK, SECOND_RISK, TRADER, I, World
from tests.scenario.conftest import Begin

ALL: Final = Scope()


def kill(world: World, scope: Scope = ALL) -> None:
    assert world.do(TRADER, c.Kill(account=ONE, scope=scope, reason="行情异常")).ok


def release(world: World, scope: Scope = ALL) -> None:
    for person in (RISK, SECOND_RISK):
        assert world.do(person, c.Release(account=ONE, scope=scope, reason="已查明")).ok


def level(world: World) -> Level:
    return worst_level(world.account, None, RB)


def changes(world: World) -> list[tuple[Level, Level]]:
    return [(fact.before, fact.after) for fact in world.facts(LevelChanged)]


def test_released_it_stands_at_orange_for_two_minutes_and_is_over(world: World) -> None:
    kill(world)
    release(world)
    assert level(world) is Level.ORANGE
    world.wait(119)
    assert level(world) is Level.ORANGE
    world.wait(2)
    assert level(world) is Level.NORMAL
    assert changes(world) == [(Level.RED, Level.ORANGE), (Level.ORANGE, Level.NORMAL)]


def test_at_orange_every_opening_order_waits_for_a_second_person_and_a_close_for_nobody(world: World) -> None:
    world.buy(2, 3701)
    kill(world)
    release(world)
    assert world.order(Side.BUY, 2, 3701).code == "CONFIRM2"
    assert world.close_long(1, 3700).code == "OK"
    world.wait(122)
    world.show({RB: (3700, 3701)})
    done = world.order(Side.BUY, 1, 3701)
    assert done.code == "OK", done.sentence


@pytest.mark.parametrize(("scope", "instrument"), [(Scope(instrument=I), I), (Scope(instrument=RB), RB)])
def test_only_what_was_stopped_is_at_orange(world: World, scope: Scope, instrument: object) -> None:
    kill(world, scope)
    release(world, scope)
    assert worst_level(world.account, None, I) is (Level.ORANGE if instrument == I else Level.NORMAL)
    assert level(world) is (Level.ORANGE if instrument == RB else Level.NORMAL)
    assert world.state.accounts[OTHER].levels == {}


@pytest.mark.parametrize("seconds", [100, 300])
def test_pulled_and_released_again_the_two_minutes_begin_anew(world: World, seconds: int) -> None:
    # Given a release of a while ago: still orange, or over
    kill(world)
    release(world)
    world.wait(seconds)
    # When the switch is pulled, then nothing steps down under it, however long it stands.
    kill(world)
    before = level(world)
    world.wait(200)
    assert level(world) is before
    # And what is released again has its whole time, also where no second went by between the two.
    for _ in range(2):
        release(world)
        assert level(world) is Level.ORANGE
        world.wait(119)
        assert level(world) is Level.ORANGE
        kill(world)
    release(world)
    world.wait(122)
    assert level(world) is Level.NORMAL


def test_a_restart_begins_the_two_minutes_anew(world: World) -> None:
    kill(world)
    release(world)
    world.wait(100)
    world.restart()
    world.wait(100)
    assert level(world) is Level.ORANGE
    world.wait(25)
    assert level(world) is Level.NORMAL


def test_what_was_released_is_not_released_again(world: World) -> None:
    kill(world)
    release(world)
    assert world.do(RISK, c.Release(account=ONE, scope=ALL, reason="再来一次")).code == "NOTHING_TO_RELEASE"


def test_a_red_level_and_the_switch_above_it_are_released_together_and_both_stand_at_orange(begin: Begin) -> None:
    # Given a contract held beyond a limit that was cut, and stopped besides
    world = begin(limits=msgspec.structs.replace(LIMITS, position_lots_by_instrument={I: 100}))
    world.buy(45, "830.5", instrument=I)
    tight = msgspec.structs.replace(LIMITS, position_lots_by_instrument={I: 40})
    assert world.do(RISK, c.ChangeLimits(account=ONE, base_version=1, limits=tight)).code == "OK"
    world.wait(2)
    scope = Scope(instrument=I)
    kill(world, scope)
    # When two persons release it after a part was sold
    assert world.close_long(10, "830", instrument=I).ok
    release(world, scope)
    # Then each has its own line, and neither is red.
    levels = {row.signal: row.level for row in world.account.levels.values() if row.scope == scope}
    assert levels == {"position_use": Level.ORANGE, "kill_switch": Level.ORANGE}
