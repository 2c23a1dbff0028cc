"""Give every scenario a world that is checked when it ends: invariants, fold law, the exchange's own books."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from terminal.domain.fact.facts import InstrumentListed
from terminal.domain.products.instrument import Instrument
from terminal.engine.turn import RUNNER, Turn
from terminal.store.journal import SqliteJournal
from tests.engine_world import TENANT, World


class Begin(Protocol):
    """Begin a world; the options are those of `World`."""

    def __call__(self, **options: Any) -> World: ...


def relist(world: World, instrument: Instrument) -> None:
    """List an instrument anew with other terms."""
    turn = Turn(world.state, world.at, "plan", RUNNER)
    turn.say(InstrumentListed(instrument=instrument))
    world.runner._append(turn)


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Give a maker of worlds over a journal in memory."""
    begun: list[World] = []

    def make(**options: Any) -> World:
        begun.append(World(**options))
        return begun[-1]

    yield make
    for world in begun:
        if world.sound:
            world.check()


@pytest.fixture
def world(begin: Begin) -> World:
    """Give a world in the morning of an ordinary day, barrier passed, nothing held."""
    return begin()


@pytest.fixture
def world_on_disk(begin: Begin, tmp_path: Path) -> Iterator[World]:
    """Give the same world over SQLite."""
    world = begin(journal=SqliteJournal(tmp_path, TENANT))
    yield world
    world.check()
    world.sound = False
    world.journal.close()
