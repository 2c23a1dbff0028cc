"""Give out a plan's commands in market time.

Each command has an id that follows from the plan's seed and its place, so a restart may give it out again: the engine
does nothing twice (SAFETY I17). Commands of one moment see the state before all of them.

A strategy that cannot start because a price is still missing is asked for again, under the next id, until it gets a
final answer; so a strategy "from the beginning" starts when its instruments have been quoted, at any tape.
"""

from __future__ import annotations

from bisect import bisect_left
from heapq import heapify, heappop, heappush
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from terminal.domain.commands import Command, StartStrategy
from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.ids import AccountId, CommandId, DeviceId, PersonId, StrategyId
from terminal.shell.plans.times import When
from terminal.shell.plans.wishes import Wish, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from terminal.domain.fact.facts import CommandDone
    from terminal.engine.state import State

AGAIN: Final = 5 * SECOND_NS  # the first wait for a price; each one is twice as long as the one before
LONGEST: Final = 300 * SECOND_NS
NOT_YET: Final = "NOT_READY"  # what the engine answers to a strategy whose instruments have no price yet
_NEVER: Final = 1 << 62


class Scripted(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one entry of the script: when, who, on which device, and what; `name` is unique in the plan."""

    name: str
    when: When
    person: PersonId
    device: DeviceId
    wish: Wish


class Begun(Protocol):
    """Hold what somebody states again and again."""

    def begun(self, at: int) -> Iterator[Scripted]:
        """Yield what is stated in a market that starts at an instant."""


class Series(NamedTuple):
    """Hold what somebody states again and again, by rising wall clock; `holds_from` tells since when a word holds."""

    entries: tuple[Scripted, ...]
    holds_from: Callable[[int], int]

    def begun(self, at: int) -> Iterator[Scripted]:
        """Yield what is stated from an instant on, and what was stated last before it, if that still holds.

        The series may have begun long before the market did: its past would only be refused as too late.
        """
        first = bisect_left(self.entries, at, key=lambda entry: entry.when.ns)
        if first and self.entries[first - 1].when.ns >= self.holds_from(at):
            yield msgspec.structs.replace(self.entries[first - 1], when=When(0, relative=True))
        yield from self.entries[first:]


class Unbidden(NamedTuple):
    """Name a strategy of a plan that neither a time nor a command of the plan starts; a person may."""

    account: AccountId
    strategy: StrategyId


class PlanScript:
    """Give the scripted commands of a plan, in market time; nothing is approved by itself."""

    def __init__(
        self,
        seed: int,
        entries: Iterable[Scripted],
        series: Iterable[Series] = (),
        known: Iterable[Begun] = (),
        unbidden: Iterable[Unbidden] = (),
    ) -> None:
        self.entries = tuple(entries)
        self.series = tuple(series)
        self.known = tuple(known)  # what a strategy of the same moment may ask for: it is stated first
        self.unbidden = tuple(unbidden)
        self._seed = seed
        self._waiting: list[tuple[int, int, Scripted]] = []  # a heap by time, then by place in the plan
        self._next = _NEVER
        self._start = 0
        self._heard: dict[CommandId, str] = {}  # code of the answer, also of what the state has forgotten
        self._given: dict[str, CommandId] = {}  # by the entry's name: the latest

    @property
    def began_at(self) -> int:
        """Return the market instant (UTC ns) the plan's relative times count from."""
        return self._start

    def start(self, at: int) -> None:
        """Fix the market instant the plan's relative times count from, and begin anew."""
        self._start = at
        known = (series.begun(at) for series in self.known)
        entries = chain(*known, self.entries, *(series.begun(at) for series in self.series))
        self._waiting = [(entry.when.instant(at), place, entry) for place, entry in enumerate(entries)]
        heapify(self._waiting)
        self._look_ahead()

    @property
    def next_at(self) -> int:
        """Return when the next command is due, UTC ns."""
        return self._next

    def heard(self, done: CommandDone) -> None:
        """Keep what a strategy's start was answered; the state forgets it with the days."""
        self._heard[done.command] = done.code

    def asked(self) -> Iterator[tuple[Scripted, int, CommandId | None]]:
        """Yield each entry, its instant (UTC ns) and its latest command; `None` of one whose time has not come."""
        for entry in self.entries:
            yield entry, entry.when.instant(self._start), self._given.get(entry.name)

    def due(self, at: int, state: State) -> list[Command]:
        """Return the commands whose time has come, each once, built over the state as a desk would see it."""
        if at < self._next:
            return []
        found = []
        while self._waiting and self._waiting[0][0] <= at:
            _, place, entry = heappop(self._waiting)
            if isinstance(entry.wish, StartStrategy):
                found += self._begin(entry, entry.wish, place, at, state)
            else:
                # The press was at the plan's own time: what comes late, after a cut or a break, has run out (I18).
                pressed = entry.when.instant(self._start)
                found.append(self._command(entry, pressed, state, self._id(entry)))
        self._look_ahead()
        return found

    def _look_ahead(self) -> None:
        self._next = self._waiting[0][0] if self._waiting else _NEVER

    def _begin(self, entry: Scripted, wish: StartStrategy, place: int, at: int, state: State) -> list[Command]:
        account = state.accounts.get(wish.account)
        answered = {name: done.code for name, done in account.commands.items()} if account is not None else {}
        answered |= self._heard
        name, tries = self._id(entry), 1
        while answered.get(name) == NOT_YET:
            tries += 1
            name = CommandId(f"{self._id(entry)}-{tries}")
        if name in answered:
            return []  # perhaps before a restart
        heappush(self._waiting, (at + min(AGAIN << (tries - 1), LONGEST), place, entry))
        return [self._command(entry, at, state, name)]

    def _id(self, entry: Scripted) -> CommandId:
        return CommandId(f"plan-{self._seed}-{entry.name}")

    def _command(self, entry: Scripted, at: int, state: State, name: CommandId) -> Command:
        self._given[entry.name] = name
        body = resolve(entry.wish, state, seed=self._seed, person=entry.person, device=entry.device)
        return Command(command=name, person=entry.person, device=entry.device, at=at, body=body)
