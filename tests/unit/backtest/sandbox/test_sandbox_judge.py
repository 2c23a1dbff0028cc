"""What must not be in a full round is found in its journal: a naked leg nobody is told of, an order out of hours."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.backtest.sandbox.judge import ALERTS, MOST_FAULTS, PlayJudge
from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact import facts as f
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.sandbox import Disturbance
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import ExecutionSettings, ExecutionStyle, OutOfRange
from terminal.domain.reports import Traded
from terminal.domain.sandbox import RoundReader
from terminal.engine.records.journal import Record
from terminal.sync.texts import too_large
from tests.engine_world import DAY, FAR, MORNING, ONE, RB, TRADER, I, World, reference
from tests.picture_settings import GRID, grid_settings, roll_settings
from tests.scenario import targets
from tests.scenario.legs import SPREAD, show, spread_settings, start_spread
from tests.scenario.targets import ore_limits, target
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


def test_a_round_tells_the_first_of_very_many_faults_and_how_many_more_there_are(naked: World) -> None:
    judge = judged(naked.records())
    (before,) = judge.found("ab" * 32, 1)
    judge.broken += [f"{number}" + "长" * 300 for number in range(MOST_FAULTS + 5)]
    (found,) = judge.found("ab" * 32, 1)
    *first, last = found.faults
    assert (len(first), last) == (MOST_FAULTS, f"另有 {5 + len(before.faults)} 条")
    assert not too_large(found)


@pytest.mark.parametrize(
    ("whole", "own", "chases", "late"),
    [(5, 30, 1, False), (5, 20, 2, False), (60, 5, 1, True), (60, 5, 2, True)],
)
def test_a_leg_is_waited_for_as_long_as_its_own_patience_says(whole: int, own: int, chases: int, *, late: bool) -> None:
    # Given a hedge with a patience of its own that has been missing for a minute, and nobody was told
    world, made = World(), spread_settings()
    lead, hedge = made.legs
    legs = lead, replace(hedge, hedge_seconds=own, max_chases=chases)
    assert world.do(TRADER, start(replace(made, hedge_seconds=whole, max_chases=1, legs=legs), SPREAD)).ok
    world.wire.hold = (Traded,)
    show(world)
    show(world, (None, 3602))
    world.tell_held()
    world.show({RB: (None, 3701)})
    world.wait(57)
    assert (world.net(RB), world.net(FAR)) == (3, 0)
    # Then the round is judged by that patience, not by the one of the spread.
    found = faults(judged(filter(untold, world.records())))
    assert bool(found) is late
    assert all(f"限 6 手、{own * (chases + 1)} 秒" in one for one in found)


@pytest.mark.parametrize(("may_lack", "seconds", "late"), [(2, 4, False), (2, 8, True), (3, 8, False)])
def test_more_naked_lots_than_the_settings_allow_are_told_of_within_five_seconds(
    may_lack: int, seconds: int, *, late: bool
) -> None:
    # Given three lots of rebar without their hedge, long before any patience ends, and nobody is told
    world = World()
    start_spread(world)
    world.wire.hold = (Traded,)
    show(world)
    show(world, (None, 3602))
    world.tell_held()
    world.show({RB: (None, 3701)})
    world.wait(seconds)
    world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD))  # the judge reads facts: here is one
    assert (world.net(RB), world.net(FAR)) == (3, 0)
    # Then the round is spoilt where so many lots may not lack at all.
    records = (
        replace(one, fact=replace(one.fact, settings=spread_settings(naked_lots=may_lack)))
        if isinstance(one.fact, f.StrategyStarted)
        else one
        for one in world.records()
    )
    found = faults(judged(filter(untold, records)))
    assert [one.split("没有告警")[0].startswith("I12 单腿 3 手、") for one in found] == [True] * late
    assert all(f"限 {may_lack} 手" in one for one in found)


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


def test_what_was_done_before_a_change_of_manner_says_nothing_of_the_new_one() -> None:
    world = World()
    world.do(TRADER, start(grid_settings(lots=2)))
    world.show()
    for price in (820, 840, 840):
        world.show({I: (price, price + 1)})
    assert _read(world.records()).faults() == ()

    def change(version: int, **changes: object) -> RoundReader:
        settings = replace(grid_settings(lots=2), **changes)
        done = world.do(TRADER, c.ChangeStrategy(account=ONE, strategy=GRID, base_version=version, settings=settings))
        assert done.code == "OK", done.sentence
        return _read(world.records())

    # Another price is no other manner, and the round stands
    stands = change(1, stop=Decimal(690))
    assert (stands.faults(), stands.settings) == ((), replace(grid_settings(lots=2), stop=Decimal(690)))
    # but another behaviour has not traded yet.
    assert change(2, stop=Decimal(690), out_of_range=OutOfRange.STOP).faults() == ("没有成交",)


def test_an_execution_is_done_with_its_last_lot_and_not_when_its_window_ends() -> None:
    settings = ExecutionSettings(
        account=ONE,
        instrument=RB,
        style=ExecutionStyle.TWAP,
        side=Side.BUY,
        total_lots=4,
        limit=Decimal(3710),
        begins_at=MORNING,
        ends_at=MORNING + 40 * SECOND_NS,
        slice_seconds=10,
    )
    left = "没有做完：买入 4 手，到08-21 09:00 成交 2 手，均价 3701，剩余 2 手不再追"
    for price, faults_ in ((3700, ()), (3720, (left,))):
        world = World()
        assert world.do(TRADER, start(settings)).ok
        world.wait(12)
        world.show({RB: (price, price + 1)})
        world.wait(40)
        assert world.account.strategies[GRID].status is StrategyStatus.FINISHED
        assert _read(world.records()).faults() == faults_


def test_a_target_has_reached_its_goal_when_its_ratio_is_in_its_band() -> None:
    world = World(limits=ore_limits())
    assert targets.start(world, target()).ok
    assert _read(world.records()).faults() == ("没有成交",)
    world.wait(5)
    assert _read(world.records()).faults() == ()


def test_a_roll_has_reached_its_goal_when_all_is_rolled() -> None:
    world = World()
    world.buy(7, 3701)
    world.show()
    assert world.do(TRADER, start(roll_settings(days=1000))).ok
    world.wait(10)
    assert "没有做完" in _read(world.records()).faults()[0]
    world.wait(200)
    assert (world.net(RB), world.net(FAR)) == (0, 7)
    assert _read(world.records()).faults() == ()


def _read(records: list[Record]) -> RoundReader:
    found: list[RoundReader] = []
    for record in records:
        for one in found:
            one.take(record.fact, record.utc)
        if isinstance(record.fact, f.StrategyStarted):
            found.append(RoundReader(record.fact, record.utc))
    (one,) = found
    return one
