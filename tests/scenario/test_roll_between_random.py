"""A roll between accounts dies at every record of its life, is cut, steered and stopped at random: never out of step.

What is counted is counted from the journal alone, after every fact; after every turn the invariants are asked as well.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import AccountId
from terminal.domain.reports import Removed, Traded
from terminal.domain.words.risk import Scope
from terminal.engine.check import check_all
from terminal.engine.receive import Engine
from terminal.engine.records.journal import Entry, JournalError, Record
from terminal.engine.records.memory import MemoryJournal
from terminal.engine.turn import Turn
from tests.engine_world import FAR, ONE, OTHER, RB, RISK, TENANT, TRADER, DiedError, World
from tests.scenario.between import FAR_ROLL, LOTS, NAMES, ask_for, half, held, judge, net, people, walk
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL

OVER = {StrategyStatus.FINISHED, StrategyStatus.STOPPED}


def sound(_: Turn, engine: Engine) -> None:
    assert check_all(engine.state) == []


@pytest.mark.parametrize("after", range(1, 29))
def test_a_crash_after_any_record_of_its_life_leaves_two_halves_that_go_on_together(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    # Given a roll between accounts whose disk fails at one of its records, from the start to the last fill
    journal = MemoryJournal(TENANT)
    world = held(begin, journal=journal, told=sound)
    append, appended = journal.append, 0

    def full(records: Sequence[Record], *, batch: int | None = None) -> Sequence[Entry]:
        nonlocal appended
        appended += bool(records)
        if records and appended == after:
            raise JournalError("磁盘已满")
        return append(records, batch=batch)

    monkeypatch.setattr(journal, "append", full)

    def live() -> None:
        ask_for(world)
        walk(world, 60)

    with pytest.raises(JournalError):
        live()
    # When it comes back
    world.restart()
    if ROLL not in world.account.strategies:
        assert FAR_ROLL not in world.state.accounts[OTHER].strategies  # both were started, or neither
        assert ask_for(world).ok
    judge(world)
    walk(world, 60)
    # Then all of it gets there, and it was never out of step.
    assert judge(world) == (LOTS, LOTS)
    assert (net(world, ONE, RB), net(world, OTHER, FAR)) == (0, LOTS)


ACTS = (
    "walk",
    "walk",
    "walk",
    "cut",
    "restart",
    "die-before",
    "die-after",
    "lose",
    "repeat",
    "pause-near",
    "pause-far",
    "resume",
    "kill-far",
    "stop-near",
    "stop-far",
    "thin",
)


def steer(world: World, verb: str, account: AccountId) -> None:
    match verb:
        case "pause":
            world.do(TRADER, c.PauseStrategy(account=account, strategy=NAMES[account]))
        case "resume":
            for one in (ONE, OTHER):
                world.do(TRADER, c.ResumeStrategy(account=one, strategy=NAMES[one]))
        case "stop":
            world.do(TRADER, c.StopStrategy(account=account, strategy=NAMES[account]))
        case "kill":
            world.do(RISK, c.Kill(account=account, scope=Scope(), reason="演练"))
        case _:
            raise AssertionError(verb)


def play(world: World, act: str) -> None:
    verb, _, which = act.partition("-")
    match verb:
        case "walk":
            walk(world, 4)
        case "thin":
            walk(world, 4, lots=1)
        case "cut":
            world.cut()
        case "restart":
            world.restart()
        case "die":
            world.wire.die = which
            walk(world, 4)
        case "lose":
            world.wire.lose = (Traded, Removed)
            walk(world, 3)
            world.wire.lose = ()
        case "repeat":
            world.wire.repeat = True
            walk(world, 3)
            world.wire.repeat = False
        case _:
            steer(world, verb, ONE if which == "near" else OTHER)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(ACTS), min_size=3, max_size=9))
def test_whatever_happens_near_is_never_further_ahead_than_its_limit(acts: list[str]) -> None:
    world = World(opening=people(), told=sound)
    for _ in range(LOTS // 2):
        world.buy(2, 3701)
        world.wait(3)
    assert ask_for(world).ok
    for act in acts:
        try:
            play(world, act)
        except DiedError:
            world.restart()
        judge(world)
    world.wire.die, world.wire.lose, world.wire.repeat = "", (), False
    world.cut()
    walk(world, 60)
    closed, opened = judge(world)
    # Whatever ended, ended in step: only a kill switch, under which nobody may open, leaves far behind.
    if "kill-far" not in acts:
        assert closed == opened
    if not {"kill-far", "pause-near", "pause-far"} & set(acts):
        assert {half(world, ONE).status, half(world, OTHER).status} <= OVER
    world.check()
