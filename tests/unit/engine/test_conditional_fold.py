"""The fold of conditional orders refuses what cannot have happened, and a snapshot goes on as its original."""

from __future__ import annotations

import msgspec
import pytest

from terminal.domain.errors import InvariantError
from terminal.domain.fact import facts as f
from terminal.domain.ids import ConditionalId
from terminal.domain.orders.conditional import LIFE, ConditionalEvent, ConditionalState, move
from terminal.engine.fold import apply
from terminal.engine.records.journal import Record
from terminal.engine.records.snapshot import freeze, thaw
from terminal.engine.state import State
from tests.engine_world import ONE, RB, TRADER, World, device
from tests.scenario.waiting_orders import BELOW, close, place, reaches, send, wanted

FIRST = ConditionalId("A1-T000001")


def moved(event: ConditionalEvent) -> f.ConditionalMoved:
    return f.ConditionalMoved(account=ONE, conditional=FIRST, event=event, person=None)


def test_only_a_waiting_one_is_triggered_and_nothing_comes_back_from_there() -> None:
    assert [state for state, event in LIFE if event is ConditionalEvent.TRIGGER] == [ConditionalState.WAITING]
    into = {state for (state, _), after in LIFE.items() if after is ConditionalState.WAITING}
    assert into == {ConditionalState.PAUSED}
    with pytest.raises(InvariantError):
        move(ConditionalState.RELEASED, ConditionalEvent.RELEASE)


def test_a_trigger_or_a_release_told_twice_is_a_broken_invariant() -> None:
    world = World()
    row = place(world, wanted(reaches(3705), send(price=3690)))
    world.show({RB: (3705, 3706)})
    assert row.state is ConditionalState.RELEASED
    for fact in (
        f.ConditionalTriggered(account=ONE, conditional=FIRST, seen=""),
        f.ConditionalReleased(account=ONE, conditional=FIRST, orders=row.orders),
        moved(ConditionalEvent.RESUME),
    ):
        with pytest.raises(InvariantError):
            apply(world.state, fact, world.at)


def test_a_number_or_a_version_that_does_not_follow_is_a_broken_invariant() -> None:
    world = World()
    wish = wanted(reaches(3705), send())
    place(world, wish)
    (placed,) = world.facts(f.ConditionalPlaced)
    with pytest.raises(InvariantError):
        apply(world.state, placed, world.at)
    changed = f.ConditionalChanged(
        account=ONE,
        conditional=FIRST,
        version=3,
        wanted=wish,
        due=(0,),
        ends_at=None,
        person=TRADER,
        device=device(TRADER),
    )
    with pytest.raises(InvariantError):
        apply(world.state, changed, world.at)


def test_a_snapshot_holds_them_and_folds_on_like_its_original() -> None:
    world = World()
    world.buy(4, 3701)
    place(world, wanted(reaches(3705), send(price=3680)))
    place(world, wanted(reaches(3690, BELOW), close(2)))
    before = len(world.records())
    data = freeze(world.state, accounts=None, persons=frozenset())
    world.show({RB: (3705, 3706)})
    world.show({RB: (3690, 3691)})
    back = thaw(data)
    for record in world.records()[before:]:
        if not isinstance(record.fact, f.PersonFact):
            apply(back, record.fact, record.utc)
    assert back.state_hash() == world.state.state_hash()
    assert [row.state for row in back.accounts[ONE].conditionals.rows.values()] == ["RELEASED", "RELEASED"]


def test_the_hash_of_the_state_covers_them() -> None:
    world = World()
    place(world, wanted(reaches(3705), send()))
    hashes = set()
    for event in (None, ConditionalEvent.PAUSE, ConditionalEvent.RESUME):
        if event is not None:
            apply(world.state, moved(event), world.at)
        hashes.add(world.state.state_hash())
    assert len(hashes) == 3


def test_a_record_of_each_kind_reads_back_as_it_was_written() -> None:
    world = World()
    place(world, wanted(reaches(3705), send(price=3690)))
    world.show({RB: (3705, 3706)})
    for record in world.records():
        assert msgspec.json.decode(msgspec.json.encode(record), type=Record) == record
    state = State()
    for record in world.records():
        apply(state, record.fact, record.utc)
    assert state.state_hash() == world.state.state_hash()
