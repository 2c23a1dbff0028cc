"""Run one life of a runner, from what its journal holds to its fuse, a lost link, or the end of its market.

Whatever the product raises ends the life and is judged here, for worlds of faults and for rough markets alike: a fuse
that blew is what was planned, everything else is a finding of the seed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from terminal import __version__
from terminal.domain.days.calendar import Calendar
from terminal.domain.errors import UserError
from terminal.engine.fold import apply
from terminal.engine.look import Look
from terminal.engine.ports import Gateway
from terminal.engine.receive import Engine
from terminal.engine.records.journal import Journal, JournalError, Record
from terminal.engine.state import State
from terminal.engine.turn import Turn
from terminal.shell.opening import Opening, Script
from terminal.shell.runner import Runner
from terminal.simulation.cast import SampleListing
from terminal.simulation.crash import Crash, CrashingJournal, Fuse
from terminal.simulation.tally import Tally
from terminal.simulation.watching import Watcher
from terminal.simulation.wire import WatchedGateway, Wire


class Fault(NamedTuple):
    """Hold what was found wrong: at which input of the world, at what market time, in one sentence."""

    step: int
    at: int
    sentence: str


class End(StrEnum):
    """Say how a life ended."""

    WHOLE = "whole"  # with its market, or with the first thing that is wrong
    BLOWN = "blown"  # at its fuse
    NO_LINK = "no_link"  # nobody answered at the exchange's door
    STOPPED = "stopped"  # the engine raised: a finding


class Sitting(Script, Protocol):
    """Be people who sit down at a runner and ask for things in market time."""

    def sit_down(self, state: State, look: Look) -> None:
        """Look at a runner that has just begun."""


class House(NamedTuple):
    """Hold what all lives of one play share; `keep` is told what became durable."""

    calendar: Calendar
    opening: Opening
    listing: SampleListing
    people: Sitting
    wire: Wire
    watcher: Watcher
    keep: Callable[[Sequence[Record]], None]
    blame: Callable[[str], None]


class Life:
    """Be one life: a runner over a journal and a link that end where the fuse says."""

    def __init__(
        self,
        house: House,
        journal: Journal,
        link: Gateway,
        fuse: Fuse,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._house = house
        self._sat: Engine | None = None
        self._journal = CrashingJournal(journal, fuse, house.keep)
        self.gateway = WatchedGateway(link, fuse, house.wire, self._journal)
        self.runner = Runner(
            journal=self._journal,
            gateway=self.gateway,
            calendar=house.calendar,
            opening=house.opening,
            listing=house.listing,
            script=house.people,
            version=__version__,
            told=self._told,
            wait=wait,
        )
        self.gateway.state = self.runner.state

    async def live(self, goes_on: Callable[[], bool], between: Callable[[], None]) -> End:
        """Take inputs while it `goes_on`, with a look at all of it `between` them, and return how it ended."""
        blame = self._house.blame
        try:
            await self.runner.begin()
            while goes_on() and await self.runner.step():
                between()
        except Crash:
            return End.BLOWN
        except JournalError as failure:
            if not self._journal.failed:
                blame(f"the journal refused a turn: {failure.message}")
            return End.BLOWN
        except (ConnectionError, UserError) as failure:
            if not self.gateway.unreachable:
                blame(f"the runner gave up: {failure}")
            return End.NO_LINK
        except Exception as failure:  # noqa: BLE001 - whatever the product raises is a finding of this seed
            blame(f"the engine stopped: {_where(failure)}")
            return End.STOPPED
        return End.WHOLE

    def _told(self, turn: Turn, engine: Engine) -> None:
        if self._sat is not engine:
            self._sat = engine
            self._house.people.sit_down(engine.state, engine.look)
        self._house.watcher.told(turn, engine)


def refolded(journal: Journal) -> tuple[State, dict[str, int]]:
    """Return the state a journal folds to, and what happened in it how often.

    Reading it recomputes its chains: what does not fit is a `JournalError`.
    """
    state, tally = State(), Tally()
    for entry in journal.replay():
        record = entry.record
        if isinstance(record, Record):
            apply(state, record.fact, record.utc)
            tally.take(record)
    return state, tally.counts


def _where(failure: Exception) -> str:
    step = failure.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    place = "" if step is None else f" ({step.tb_frame.f_code.co_filename.rpartition('/')[2]}:{step.tb_lineno})"
    return f"{type(failure).__name__}: {failure}{place}"
