"""Play one world: lives of the runner over one journal, one exchange and its market, people, faults.

A life begins with what the journal holds and ends at its fuse, at a lost link nobody answers, or with the market. In
between the exchange may die too, and the market may go on while the runner is dead. From the last afternoon on nothing
goes wrong any more and nobody asks for anything: then everything must come to rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from terminal.domain.days.calendar import instant
from terminal.domain.ids import InstrumentId
from terminal.domain.products.instrument import Instrument, Reference
from terminal.engine.records.chain import journal_head
from terminal.engine.records.journal import Record
from terminal.engine.records.memory import MemoryJournal
from terminal.engine.state import State
from terminal.gateways.sample.market import SampleMarket
from terminal.gateways.sim.faults import FaultyGateway
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store.file import ExchangeStore
from terminal.shell.runner import Runner
from terminal.simulation.cast import TENANT, Keys, SampleListing, opening_of
from terminal.simulation.climate import climate_of, fuse_of
from terminal.simulation.crash import Fuse, Point
from terminal.simulation.door import Door
from terminal.simulation.judge import Seen, compare
from terminal.simulation.life import End, Fault, House, Life, refolded
from terminal.simulation.locks import Locks
from terminal.simulation.luck import Luck, Weather, derived
from terminal.simulation.market import RememberedMarket
from terminal.simulation.people import People
from terminal.simulation.stranger import Stranger
from terminal.simulation.watching import Watcher
from terminal.simulation.wire import Kept, Wire

_CALM_FROM = (13, 29)  # of the last day
_LEAST_LEFT = 150  # batches: time does not pass by itself into the last afternoon
_SMALL = "DCE.i"  # what the exchange takes only in small orders, where the climate says so
_MOST_LIVES = 400
_LOST = frozenset({Point.BEFORE_APPEND, Point.DISK_FULL})  # the last turn of such a life never happened


class Outcome(NamedTuple):
    """Hold what came of a world: where its journal ends, what happened how often, and what was wrong."""

    head: str
    state_hash: str
    counts: dict[str, int]
    faults: list[Fault]


class World:
    """Play world `number` of a simulation, from a seed of its own."""

    def __init__(self, seed: int, number: int, days: int, reference: Reference) -> None:
        self.faults: list[Fault] = []
        self.steps = 0
        self.counts: dict[str, int] = {}
        self._seed = seed
        self._reference = reference
        self._calendar = reference.calendar
        self._climate = climate = climate_of(seed, number, days, self._calendar)
        self._market = SampleMarket(
            seed=derived(seed, "market") % (1 << 32),
            reference=reference,
            start=climate.start,
            scenario=climate.scenario,
        )
        self._remembered = RememberedMarket(self._market)
        self._listing = SampleListing(reference)
        self._store = ExchangeStore()
        self._instruments = self._listed()
        self._door = Door(self._exchange)
        self._weather = Weather(derived(seed, "weather"))
        self._link = FaultyGateway(self._door, climate.faults, self._weather)
        self._luck = Luck(derived(seed, "lives"))
        keys = Keys(seed)
        self.people = People(derived(seed, "people"), keys, self.blame)
        self._stranger = Stranger(
            Luck(derived(seed, "stranger")), places=climate.strangers, trades=climate.stranger_trades
        )
        self._kept = Kept()
        self._seen = Seen()
        self._wire = Wire(self._kept, self.blame)
        self._locks = Locks()
        self._watcher = Watcher(self._calendar, self.people, self.blame)
        self._house = House(
            calendar=self._calendar,
            opening=opening_of(seed, keys),
            listing=self._listing,
            people=self.people,
            wire=self._wire,
            watcher=self._watcher,
            keep=self._keep,
            blame=self.blame,
        )
        self._journal = MemoryJournal(TENANT)
        self._state = State()
        self._left: str | None = None  # the hash of the state of the life before
        self._at = 0
        self._day = 0
        self._last_batch = self._market.first_batch(days) - _LEAST_LEFT
        self._calm_at = instant(self._market.trading_days[-1], *_CALM_FROM)

    def _listed(self) -> dict[InstrumentId, Instrument]:
        first = self._market.trading_days[0]
        listed = {name: self._listing.instrument(name, first) for name in self._market.universe}
        if not self._climate.small_orders:
            return listed
        return {name: replace(it, max_lots=3) if it.product == _SMALL else it for name, it in listed.items()}

    def _exchange(self) -> Host:
        return Host(store=self._store, market=self._remembered, instruments=self._instruments, calendar=self._calendar)

    def blame(self, sentence: str) -> None:
        """Note what must not be."""
        self.faults.append(Fault(self.steps, self._at, sentence))

    def _count(self, what: str, times: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + times

    # --- lives ------------------------------------------------------------------------------------------------------

    async def play(self) -> Outcome:
        """Play to the end of the market, or to the first thing that is wrong."""
        lives, ended = 0, False
        while not ended and not self.faults:
            lives += 1
            if lives > _MOST_LIVES:
                self.blame(f"the runner did not come to work in {_MOST_LIVES} lives")
                break
            ended = await self._life(recovering=lives > 1)
        self._count("lives", lives)
        return self._outcome(quiet=ended)

    async def _life(self, *, recovering: bool) -> bool:
        fuse = Fuse(None, armed_after=0)
        if not self._weather.calm:
            fuse = fuse_of(self._luck, self._climate.life, recovering=recovering)
        life = Life(self._house, self._journal, self._link, fuse, self._wait)
        runner = life.runner
        self._state = runner.state
        self._remember(runner.state)
        self._watcher.look_at_all(runner.state)
        self._compare(runner.state, quiet=False)
        self._locks.begin()
        end = End.WHOLE if self.faults else await life.live(self._goes_on, lambda: self._between(life))
        if end is End.WHOLE:
            self._left = runner.state.state_hash()
            return True
        if end is End.BLOWN:
            self._count(f"crash_{fuse.blown}")
            if not life.gateway.live:
                self._count("crash_while_recovering")
        elif end is End.NO_LINK:
            self._count("crash_no_link")
        self._die(runner, durable=fuse.blown not in _LOST)
        return False

    def _goes_on(self) -> bool:
        if self.faults:
            return False
        self.steps += 1
        return True

    def _between(self, life: Life) -> None:
        runner, engine = life.runner, life.runner.engine
        if engine is None:
            return
        at = engine.columns.at
        if at == self._at or not life.gateway.live:
            return
        self._at = at
        for sentence in self._locks.look(engine.state, at):
            self.blame(sentence)
        if at >= self._calm_at and not self._weather.calm:
            self._weather.calm = self.people.calm = True
            self._stranger.take_back(self._door.host)
        day = self._calendar.trading_day(at)
        if day != self._day and engine.state.accounts:
            self._day = day
            self._compare(runner.state, quiet=False)
            self._watcher.look_at_all(runner.state)
        if self._weather.calm:
            return
        self._stranger.act(self._door.host, engine.look, engine.state)
        if self._luck.chance(self._climate.exchange_restarts):
            self._door.restart()
            self._count("exchange_restarts")

    def _keep(self, records: Sequence[Record]) -> None:
        self._kept.take(records)
        self._watcher.kept(records, self._state)

    async def _wait(self, seconds: float) -> None:
        # Nobody answers at the exchange's door; the market goes on meanwhile.
        self._door.pass_time(int(seconds * 1000 / self._climate.scenario.step_ms * 3), self._last_batch)

    def _die(self, runner: Runner, *, durable: bool) -> None:
        self._left = runner.state.state_hash() if durable else None
        self._journal = self._journal.reopen()
        if self._luck.chance(0.5):
            self._door.pass_time(self._luck.randrange(60), self._last_batch)

    def _remember(self, state: State) -> None:
        # What a life that told all it knew to the journal knew is what the next one begins with.
        if self._left is not None and state.state_hash() != self._left:
            self.blame("I2 the journal folds to another state than the life that wrote it had")

    # --- judging ----------------------------------------------------------------------------------------------------

    def _compare(self, state: State, *, quiet: bool) -> None:
        self._door.host.save()
        for sentence in compare(state, self._store.books(), self._kept, self._stranger.orders, self._seen, quiet=quiet):
            self.blame(sentence)

    def _outcome(self, *, quiet: bool) -> Outcome:
        state, tally = refolded(self._journal)
        if quiet and not self.faults:
            self._remember(state)
            self._compare(state, quiet=True)
            self._watcher.look_at_all(state)
            self._watcher.day(state, self._at)
        self._count("closes_while_locked", self._wire.closes_while_locked)
        counts = dict(self.counts)
        faults = {f"fault_{name}": times for name, times in self._link.counts.items()}
        for found in (self.people.room.counts, faults, tally):
            for what, times in found.items():
                counts[what] = counts.get(what, 0) + times
        self._store.close()
        return Outcome(journal_head(self._journal.heads()), state.state_hash(), counts, self.faults)
