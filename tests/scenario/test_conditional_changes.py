"""Changed, paused, late or cut off at any step, a conditional order fires at most once, and as it then stood."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.fact.facts import (
    ConditionalChanged,
    ConditionalPlaced,
    ConditionalReleased,
    ConditionalTriggered,
    Fact,
    OrderRecorded,
)
from terminal.domain.ids import ConditionalId
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState as S
from tests.engine_world import FAR, ONE, RB, TRADER, DiedError, World
from tests.scenario.conftest import Begin
from tests.scenario.waiting_orders import ABOVE, BELOW, MARKET, close, happen, place, reaches, send, sent, wanted

SPREAD = d.SpreadReaches(instrument=RB, less=FAR, way=ABOVE, value=Decimal(103))
FEW_MINUTES = d.TimeReached(instrument=RB, clock=9 * 3600 + 2 * 60)
KINDS: tuple[d.Condition, ...] = (
    reaches(3705),
    reaches(3690, BELOW),
    SPREAD,
    FEW_MINUTES,
    d.AnyOf(parts=(FEW_MINUTES, reaches(3690, BELOW))),
    d.AllOf(parts=(SPREAD, reaches(3704))),
)
STEPS = st.one_of(
    st.sampled_from([*MARKET, "cut", "restart", "silent", "heard", "wait", "jump", "die-before", "die-after"]),
    st.tuples(st.sampled_from(["pause", "resume", "withdraw"]), st.integers(1, 6)),
    st.tuples(st.just("edit"), st.integers(1, 6), st.integers(0, len(KINDS) - 1), st.integers(0, 1)),
)
Step = str | tuple[str, int] | tuple[str, int, int, int]


def name_of(number: int) -> ConditionalId:
    return ConditionalId(f"{ONE}-T{number:06d}")


def steered(world: World, step: tuple[str, int] | tuple[str, int, int, int]) -> None:
    row = world.account.conditionals.rows.get(name_of(step[1]))
    if row is None:
        return
    if len(step) == 4:
        release = msgspec.structs.replace(row.wanted.release, lots=1 + step[2] % 3)
        wish = wanted(KINDS[step[2]], release)
        body = c.EditConditional(
            account=ONE, conditional=row.conditional, base_version=row.version - step[3], wanted=wish
        )
        version, state = row.version, row.state
        done = world.do(TRADER, body)
        assert not (done.ok and (step[3] or state not in {S.WAITING, S.PAUSED})), done.sentence
        assert done.ok or world.account.conditionals.rows[row.conditional].version == version
        return
    wishes: dict[str, type[c.PauseConditional | c.ResumeConditional | c.WithdrawConditional]]
    wishes = {"pause": c.PauseConditional, "resume": c.ResumeConditional, "withdraw": c.WithdrawConditional}
    world.do(TRADER, wishes[step[0]](account=ONE, conditional=row.conditional))


def played(world: World, step: Step) -> None:
    if isinstance(step, tuple):
        steered(world, step)
        return
    match step:
        case "jump":
            world.show_at(world.at + 130 * SECOND_NS)
        case "die-before" | "die-after":
            world.wire.die = step.removeprefix("die-")
            try:
                world.show({RB: (3705, 3706)})
            except DiedError:
                world.restart()
            world.wire.die = ""
        case _:
            happen(world, step)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_each_fires_at_most_once_and_as_it_stood_then(steps: list[Step]) -> None:
    world = World()
    world.buy(6, 3701)
    for place_of, kind in enumerate(KINDS):
        release: d.Release = close(1, when_short=d.WhenShort.CANCEL_FIRST) if place_of % 2 else send(price=3690)
        place(world, wanted(kind, release))
    for step in steps:
        played(world, step)
    world.wire.lose = ()
    world.wait(8)
    world.check()
    triggered = [one.conditional for one in world.facts(ConditionalTriggered)]
    released = [one.conditional for one in world.facts(ConditionalReleased)]
    assert len(triggered) == len(set(triggered))
    assert len(released) == len(set(released))
    stood = dict[str, d.Conditional]()
    for record in world.records():
        _judge(record.fact, stood)
    keys = [one.wire_key for one in world.wire.sent]
    assert len(keys) == len(set(keys))


def _judge(fact: Fact, stood: dict[str, d.Conditional]) -> None:
    match fact:
        case ConditionalPlaced() | ConditionalChanged():
            stood[d.TAG + fact.conditional] = fact.wanted
        case OrderRecorded() if fact.cause.tag.startswith(d.TAG):
            release = stood[fact.cause.tag].release
            assert fact.terms.lots <= release.lots
            assert fact.terms.side is release.side
        case _:
            pass


def edit(world: World, base: int, condition: d.Condition, lots: int) -> str:
    wish = wanted(condition, send(lots=lots, price=3690))
    body = c.EditConditional(account=ONE, conditional=name_of(1), base_version=base, wanted=wish)
    return world.do(TRADER, body).code


def test_of_two_changes_the_second_hears_that_it_came_too_late_and_one_order_goes_out(begin: Begin) -> None:
    world = begin()
    place(world, wanted(reaches(3710), send(price=3690)))
    assert edit(world, 1, reaches(3705), 3) == "OK"
    assert edit(world, 1, reaches(3706), 4) == "CONFLICT"
    world.show({RB: (3706, 3707)})
    world.show({RB: (3711, 3712)})
    assert [one.lots for one in sent(world)] == [3]


def test_a_change_that_comes_after_the_trigger_changes_nothing(begin: Begin) -> None:
    world = begin()
    place(world, wanted(reaches(3705), send(price=3690)))
    world.show({RB: (3705, 3706)})
    assert edit(world, 1, reaches(3720), 5) == "NOT_WAITING"
    world.show({RB: (3720, 3721)})
    assert [one.lots for one in sent(world)] == [2]


@pytest.mark.parametrize("restarts", [False, True])
def test_what_was_changed_waits_for_the_new_condition_alone_over_a_restart(begin: Begin, restarts: bool) -> None:
    world = begin()
    place(world, wanted(reaches(3705), send(price=3690)))
    assert edit(world, 1, SPREAD, 3) == "OK"
    if restarts:
        world.restart()
        world.wait(6)
    world.show({RB: (3704, 3705)})
    assert sent(world) == []  # sold it is 102: the new condition does not hold, and the old one counts no more
    world.show({RB: (3705, 3706)})
    assert [one.lots for one in sent(world)] == [3]


OLD = (
    b'{"type":"conditional_placed","account":"A1","conditional":"A1-T000001","wanted":{"condition":{"type":"all",'
    b'"parts":[{"type":"price","instrument":"SHFE.rb2101","quoted":"BID","way":"AT_OR_ABOVE","price":"3705"},'
    b'{"type":"time","instrument":"SHFE.rb2101","clock":53700}]},"release":{"type":"send","instrument":"SHFE.rb2101",'
    b'"side":"BUY","offset":"OPEN","lots":2,"price":{"type":"at_price","price":"3701"},"hedge_flag":"SPECULATION",'
    b'"time_condition":"GFD"},"validity":"GFD","last_day":null,"reason":""},"due":[0,1597992900000000000],'
    b'"ends_at":1597993200000000000,"person":"zheng","device":"d"}'
)


def test_a_fact_written_before_spreads_and_missed_times_is_read_as_it_was() -> None:
    fact = msgspec.json.decode(OLD, type=ConditionalPlaced)
    assert d.contracts_of(d.parts_of(fact.wanted.condition)[0]) == (RB,)
    assert msgspec.json.decode(msgspec.json.encode(fact), type=ConditionalPlaced) == fact
