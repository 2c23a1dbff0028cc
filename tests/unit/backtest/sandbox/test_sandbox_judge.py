"""What must not be in a full round is found in its journal: a naked leg nobody is told of, an order out of hours."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.backtest.sandbox.judge import ALERTS, PlayJudge
from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact import facts as f
from terminal.domain.fact.sandbox import Disturbance
from terminal.domain.reports import Traded
from terminal.domain.sandbox import RoundReader
from terminal.engine.records.journal import Record
from tests.engine_world import DAY, FAR, ONE, RB, TRADER, I, World, reference
from tests.picture_settings import GRID, grid_settings
from tests.scenario.legs import show, start_spread
from tests.unit.engine.foreseen import start


def judged(records: Iterable[Record]) -> PlayJudge:
    judge = PlayJudge(reference().calendar)
    for record in records:
        judge._take(record.fact, record.utc)
    return judge


def faults(judge: PlayJudge) -> list[str]:
    (found,) = judge.found("ab" * 32, 1)
    return [one for one in found.faults if one.startswith("I")]


def untold(record: Record) -> bool:
    return not (isinstance(record.fact, f.AlertRaised) and record.fact.code in ALERTS)


@pytest.fixture
def naked() -> World:
    """Give a spread that held three lots of rebar for a minute while nobody bid for the far month."""
    world = World()
    start_spread(world)
    world.wire.hold = (Traded,)
    show(world)
    show(world, (None, 3602))
    world.tell_held()
    world.show({RB: (None, 3701)})  # nor for rebar: it cannot be given back
    world.wait(60)
    assert (world.net(RB), world.net(FAR)) == (3, 0)
    return world


def test_a_leg_that_stood_naked_for_long_is_no_fault_where_people_were_told(naked: World) -> None:
    assert any(not untold(record) for record in naked.records())
    assert faults(judged(naked.records())) == []


def test_a_leg_that_stood_naked_for_long_and_nobody_was_told_of_spoils_the_round(naked: World) -> None:
    found = faults(judged(filter(untold, naked.records())))
    assert found
    assert all(one.startswith("I12 单腿 3 手、") for one in found)


def test_an_order_out_of_hours_or_beyond_the_target_spoils_the_round() -> None:
    world = World()
    world.do(TRADER, start(grid_settings()))
    world.show()
    records = world.records()
    assert faults(judged(records)) == []
    late = [replace(one, utc=instant(DAY, 12)) if isinstance(one.fact, f.OrderRecorded) else one for one in records]
    assert all(one.startswith("I14 ") for one in faults(judged(late)))
    assert faults(judged(late))


def test_a_restart_is_no_lost_link_and_what_comes_after_the_goal_is_none_of_it() -> None:
    world = World()
    world.do(TRADER, start(grid_settings()))
    world.show()
    world.restart()
    world.show()
    assert _read(world.records()).met == ()  # no goal yet
    world.show({I: (820, 821)})
    world.show({I: (840, 841)})
    world.show()
    assert world.account.strategies[GRID].lots[I].lots == 0
    one = _read(world.records())
    assert (one.met, one.faults()) == ((Disturbance.RESTART,), ())
    world.cut()
    assert _read(world.records()).met == (Disturbance.RESTART,)
    world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID))
    assert _read(world.records()).faults() == ("停在暂停：人工暂停",)
    assert Decimal(one.lots) > 0


def _read(records: list[Record]) -> RoundReader:
    found: list[RoundReader] = []
    for record in records:
        for one in found:
            one.take(record.fact, record.utc)
        if isinstance(record.fact, f.StrategyStarted):
            found.append(RoundReader(record.fact, record.utc))
    (one,) = found
    return one
