"""Whatever comes between, a conditional order lets go at most once, and only on what was seen after the barrier."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.domain.fact.facts import ConditionalReleased, ConditionalTriggered
from terminal.domain.market import Batch
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState as S
from terminal.domain.orders.order import Side
from terminal.domain.reports import QueryAnswer
from terminal.engine.records.journal import Entry, JournalError, Record
from terminal.engine.records.memory import MemoryJournal
from tests.engine_world import RB, TENANT, DiedError, World
from tests.scenario.conftest import Begin
from tests.scenario.waiting_orders import ABOVE, BELOW, close, happen, place, reaches, send, sent, wanted

ACTS = st.lists(
    st.sampled_from(["up", "down", "flat", "cut", "restart", "silent", "heard", "wait"]), min_size=3, max_size=12
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_each_lets_go_at_most_once_whatever_the_order_of_batches_restarts_and_reconnects(acts: list[str]) -> None:
    world = World()
    world.buy(4, 3701)
    world.sell(1, 3720)
    place(world, wanted(reaches(3705, ABOVE), send(lots=3, price=3690)))
    place(world, wanted(reaches(3690, BELOW), close(2)))
    place(world, wanted(reaches(3690, BELOW), close(4, when_short=d.WhenShort.CANCEL_FIRST)))
    place(world, wanted(d.AnyOf(parts=(reaches(3705), reaches(3690, BELOW))), send(Side.SELL, 1, 3730)))
    for act in acts:
        happen(world, act)
    world.wire.lose = ()
    world.wait(6)
    world.check()
    triggered = [one.conditional for one in world.facts(ConditionalTriggered)]
    released = [one.conditional for one in world.facts(ConditionalReleased)]
    assert [len(names) for names in (triggered, released)] == [len(set(names)) for names in (triggered, released)]
    keys = [one.wire_key for one in world.wire.sent]
    assert len(keys) == len(set(keys))
    tags = [row.cause.tag for row in world.account.orders.values() if row.cause.tag]
    rows = world.account.conditionals.rows.values()
    assert sorted(tags) == sorted(f"conditional:{row.conditional}" for row in rows for _ in row.orders)


def test_what_held_while_the_runner_was_away_lets_nothing_go(begin: Begin) -> None:
    world = begin()
    place(world, wanted(reaches(3705), send(price=3710)))
    world.wire.lose = (QueryAnswer,)
    world.cut()
    world.show({RB: (3706, 3707)})
    world.show({RB: (3700, 3701)})
    world.wire.lose = ()
    world.wait(6)
    (row,) = world.account.conditionals.rows.values()
    assert (world.account.barrier.passed, row.state) == (True, S.WAITING)


def test_the_quote_from_before_a_restart_lets_nothing_go_after_it(begin: Begin) -> None:
    world = begin()
    place(world, wanted(reaches(3705), send(price=3710)))
    world.wire.lose = (Batch,)  # seen by the exchange, not by the runner that dies
    world.show({RB: (3706, 3707)})
    world.restart()
    (row,) = world.account.conditionals.rows.values()
    assert (world.account.barrier.passed, sent(world)) == (True, [])
    world.show({RB: (3700, 3701)})
    assert row.state is S.WAITING
    world.show({RB: (3705, 3706)})
    assert row.state is S.RELEASED


@pytest.mark.parametrize("die", ["before", "after"])
def test_power_off_around_the_wire_neither_repeats_nor_loses_a_trigger(begin: Begin, die: str) -> None:
    world = begin()
    place(world, wanted(reaches(3705), send(price=3690)))
    world.wire.die = die
    with pytest.raises(DiedError):
        world.show({RB: (3705, 3706)})
    world.restart()
    world.wait(45)
    (row,) = world.account.conditionals.rows.values()
    assert (row.state, len(row.orders)) == (S.RELEASED, 1)
    world.show({RB: (3706, 3707)})
    assert len(world.facts(ConditionalTriggered)) == len(sent(world)) == 1


def test_a_trigger_that_could_not_be_written_did_not_happen_and_comes_again(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = MemoryJournal(TENANT)
    world = begin(journal=journal)
    place(world, wanted(reaches(3705), send(price=3690)))
    append = journal.append

    def full(records: Sequence[Record], *, batch: int | None = None) -> Sequence[Entry]:
        if any(isinstance(one.fact, ConditionalTriggered) for one in records):
            raise JournalError("磁盘已满")
        return append(records, batch=batch)

    monkeypatch.setattr(journal, "append", full)
    with pytest.raises(JournalError):
        world.show({RB: (3705, 3706)})
    assert world.wire.sent == []
    world.restart()
    world.show({RB: (3706, 3707)})
    (row,) = world.account.conditionals.rows.values()
    assert (row.state, len(sent(world))) == (S.RELEASED, 1)
