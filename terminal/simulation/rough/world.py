"""Play one market with one kind of strategy, over a journal on disk, with a crash at a step drawn from the seed.

The link is faithful here: what is rough is the market. The runner's life ends at some point of its work; its journal
is opened again from disk, the market may have gone on meanwhile, and the next life goes on to the end of the market.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from terminal import __version__
from terminal.domain.days.calendar import instant
from terminal.domain.ids import ProductId
from terminal.domain.products.instrument import Reference
from terminal.engine.fold import apply
from terminal.engine.receive import Engine
from terminal.engine.records.journal import JournalError, Record
from terminal.engine.state import State
from terminal.engine.turn import Turn
from terminal.gateways.sample.market import SampleMarket
from terminal.gateways.sample.scenario import SIMULATION, Scenario
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store import ExchangeStore
from terminal.shell.runner import Runner
from terminal.simulation.cast import TENANT, Keys, SampleListing, opening_of
from terminal.simulation.crash import Crash, CrashingJournal, Fuse, Point
from terminal.simulation.door import Door
from terminal.simulation.judge import Seen, compare
from terminal.simulation.luck import Luck, derived
from terminal.simulation.market import RememberedMarket
from terminal.simulation.rough.hazards import draw_hazards
from terminal.simulation.rough.judge import ChildJudge
from terminal.simulation.rough.market import RoughMarket
from terminal.simulation.rough.traders import Traders
from terminal.simulation.tally import Tally
from terminal.simulation.watching import Watcher
from terminal.simulation.wire import Kept, WatchedGateway, Wire
from terminal.simulation.world import Fault
from terminal.store.journal import SqliteJournal

_FIRST_DAY, _LAST_DAY = 20220104, 20260831  # the reference tables know these products' terms in between
_RB, _I, _AU = ProductId("SHFE.rb"), ProductId("DCE.i"), ProductId("SHFE.au")
_PRODUCTS: Final = ((_RB,), (_RB, _I), (_RB, _AU), (_RB, _AU), (_I,))  # gold trades on at night when rebar has closed
_LEAST_LEFT = 40  # batches from a crash to the end, and to which the market may go on while the runner is dead
_LATEST = 130  # inputs before the last one at which a fuse is armed: it blows within its patience


class Rough:
    """Play market `number` of a seed with one kind of strategy; `data` is an empty folder."""

    def __init__(self, seed: int, strategy: str, reference: Reference, data: Path) -> None:
        self.faults: list[Fault] = []
        self.counts: dict[str, int] = {}
        self._steps = 0
        self._at = 0
        self._data = data
        self._calendar = reference.calendar
        luck = Luck(derived(seed, "rough"))
        sample, days = self._sample(seed, luck, reference)
        self._end = sample.first_batch(days)
        self.hazards = draw_hazards(luck, _by_product(sample, reference), self._end)
        self._remembered = RememberedMarket(RoughMarket(sample, self.hazards, quotes_always=luck.chance(0.7)))
        self._listing = SampleListing(reference)
        self._store = ExchangeStore()
        first = sample.trading_days[0]
        self._instruments = {name: self._listing.instrument(name, first) for name in sample.universe}
        self._door = Door(self._exchange)
        self._luck = Luck(derived(seed, strategy, "crash"))
        keys = Keys(seed)
        self._opening = opening_of(seed, keys)
        self.traders = Traders(derived(seed, strategy, "traders"), keys, self._blame, strategy)
        self.judge = ChildJudge(self._calendar, self._listing.instrument, self._blame)
        self._kept = Kept()
        self._seen = Seen()
        self._wire = Wire(self._kept, self._blame, sent=self.judge.sent, heard=self.judge.tally.heard)
        self._watcher = Watcher(self._calendar, self.traders, self._blame)
        self._journal = SqliteJournal(data, TENANT)
        self._state = State()
        self._sat: Engine | None = None

    def _sample(self, seed: int, luck: Luck, reference: Reference) -> tuple[SampleMarket, int]:
        days = luck.one_of((1, 2), (3, 1))
        scenario: Scenario = msgspec.structs.replace(
            SIMULATION,
            products=luck.one_of(_PRODUCTS),
            step_ms=luck.one_of((500, 1000, 2000)),
            window_steps=luck.one_of((12, 16, 24)),
            trading_days=days,
            early_rolls=(),
        )
        start = instant(luck.one_of(self._calendar.trading_days(_FIRST_DAY, _LAST_DAY)), 20)
        market = SampleMarket(
            seed=derived(seed, "market") % (1 << 32), reference=reference, start=start, scenario=scenario
        )
        return market, days

    def _exchange(self) -> Host:
        return Host(store=self._store, market=self._remembered, instruments=self._instruments, calendar=self._calendar)

    def _blame(self, sentence: str) -> None:
        self.faults.append(Fault(self._steps, self._at, sentence))

    async def play(self) -> list[Fault]:
        """Play to the end of the market, or to the first thing that is wrong, and return what is."""
        fuse = self._fuse()
        while not await self._life(fuse) and not self.faults:
            fuse = self._fuse() if self._luck.chance(0.2) else Fuse(None, armed_after=0)
        if not self.faults:
            self._door.host.save()
            for sentence in compare(self._state, self._store.books(), self._kept, (), self._seen, quiet=False):
                self._blame(sentence)
        if not any(name.startswith("crash_") for name in self.counts):
            self.counts["without_crash"] = 1
        self._sum_up()
        self._journal.close()
        self._store.close()
        return self.faults

    def _fuse(self) -> Fuse:
        point = self._luck.one_of(tuple(Point))
        return Fuse(point, armed_after=self._luck.randrange(max(self._end - _LATEST, 1)), skip=self._luck.randrange(3))

    async def _life(self, fuse: Fuse) -> bool:
        journal = CrashingJournal(self._journal, fuse, self._keep)
        gateway = WatchedGateway(self._door, fuse, self._wire, journal)
        runner = Runner(
            journal=journal,
            gateway=gateway,
            calendar=self._calendar,
            opening=self._opening,
            listing=self._listing,
            script=self.traders,
            version=__version__,
            told=self._told,
        )
        self._state = gateway.state = runner.state
        self._sat = None
        self.judge.begin()
        try:
            await runner.begin()
            while not self.faults and await runner.step():
                self._steps += 1
                self._look(runner, gateway)
        except (Crash, JournalError) as end:
            if fuse.blown is None:
                self._blame(f"the journal refused a turn: {end}")
            self._die(fuse)
            return False
        except Exception as failure:  # noqa: BLE001 - whatever the product raises is a finding of this seed
            self._blame(f"the engine stopped: {type(failure).__name__}: {failure}")
        self._watcher.look_at_all(runner.state)
        return True

    def _look(self, runner: Runner, gateway: WatchedGateway) -> None:
        # What passed while the runner was dead is read again first: nobody can act on it any more.
        engine = runner.engine
        if engine is not None and gateway.live and engine.columns.at > self._at:
            self._at = engine.columns.at
            self.judge.look(self._at)

    def _die(self, fuse: Fuse) -> None:
        self.counts[f"crash_{fuse.blown}"] = self.counts.get(f"crash_{fuse.blown}", 0) + 1
        self._journal.close()
        self._journal = SqliteJournal(self._data, TENANT)
        if self._luck.chance(0.5):
            self._door.pass_time(self._luck.randrange(60), self._end - _LEAST_LEFT)

    def _keep(self, records: Sequence[Record]) -> None:
        self._kept.take(records)
        self.judge.kept(records)
        self._watcher.kept(records, self._state)

    def _told(self, turn: Turn, engine: Engine) -> None:
        if self._sat is not engine:
            self._sat = engine
            self.traders.sit_down(engine.state, engine.look)
        self._watcher.told(turn, engine)

    def _sum_up(self) -> None:
        tally, state = Tally(), State()
        for entry in self._journal.replay():
            record = entry.record
            if isinstance(record, Record):
                apply(state, record.fact, record.utc)
                tally.take(record)
        if state.state_hash() != self._state.state_hash() and not self.faults:
            self._blame("I2 the journal folds to another state than the life that wrote it had")
        found = dict(tally.counts)
        found["children"] = self.judge.children
        found["quotes"] = self.judge.quotes
        for hazard in self.hazards:
            found[f"hazard_{hazard.kind}"] = found.get(f"hazard_{hazard.kind}", 0) + 1
        for what, times in found.items():
            self.counts[what] = self.counts.get(what, 0) + times


def _by_product(sample: SampleMarket, reference: Reference) -> list[list[int]]:
    day = sample.trading_days[0]
    found: dict[ProductId, list[int]] = {}
    for slot, name in enumerate(sample.universe):
        known = reference.instrument(name, day)
        if known.session is not None:
            found.setdefault(known.product, []).append(slot)
    return list(found.values())
