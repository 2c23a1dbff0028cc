"""Play one market with one kind of strategy, over a journal on disk, with a crash at a step drawn from the seed.

The link is faithful here: what is rough is the market. The runner's life ends at some point of its work; its journal
is opened again from disk, the market may have gone on meanwhile, and the next life goes on to the end of the market.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path

from terminal.domain.ids import InstrumentId
from terminal.domain.products.combination import find_combination
from terminal.domain.products.instrument import Reference
from terminal.engine.records.journal import Record
from terminal.engine.state import State
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store.file import ExchangeStore
from terminal.simulation.cast import TENANT, Keys, SampleListing, opening_of
from terminal.simulation.crash import Fuse, Point
from terminal.simulation.judge import Seen, compare
from terminal.simulation.life import End, Fault, House, Life, refolded
from terminal.simulation.luck import Luck, derived
from terminal.simulation.rough.judge import ChildJudge
from terminal.simulation.rough.late_door import LateDoor
from terminal.simulation.rough.scene import scene_of
from terminal.simulation.rough.traders import Traders
from terminal.simulation.watching import Watcher
from terminal.simulation.wire import Kept, Wire
from terminal.store.journal import SqliteJournal

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
        scene = scene_of(seed, reference, options=strategy == "swap")
        self._market, self._end, self.hazards = scene.market, scene.batches, scene.hazards
        self._listing = SampleListing(reference)
        self._store = ExchangeStore()
        self._instruments = {name: self._listing.instrument(name, scene.first_day) for name in scene.market.universe}
        self._combinations = partial(find_combination, reference)
        self._door = LateDoor(self._exchange, Luck(derived(seed, strategy, "words")))
        self._luck = Luck(derived(seed, strategy, "crash"))
        keys = Keys(seed)
        self.traders = Traders(derived(seed, strategy, "traders"), keys, self._blame, strategy)
        self.judge = ChildJudge(self._calendar, self._listing.instrument, self._blame, self._both_sides)
        self._kept = Kept()
        self._seen = Seen()
        self._wire = Wire(self._kept, self._blame, sent=self.judge.sent, heard=self.judge.tally.heard)
        self._watcher = Watcher(self._calendar, self.traders, self._blame)
        self._house = House(
            calendar=self._calendar,
            opening=opening_of(seed, keys),
            listing=self._listing,
            people=self.traders,
            wire=self._wire,
            watcher=self._watcher,
            keep=self._keep,
            blame=self._blame,
        )
        self._journal = SqliteJournal(data, TENANT)
        self._state = State()
        self._life_now: Life | None = None

    def _exchange(self) -> Host:
        return Host(
            store=self._store,
            market=self._market,
            instruments=self._instruments,
            calendar=self._calendar,
            combinations=self._combinations,
        )

    def _blame(self, sentence: str) -> None:
        self.faults.append(Fault(self._steps, self._at, sentence))

    def _both_sides(self, name: InstrumentId, oldest: int) -> tuple[Decimal, Decimal] | None:
        engine = None if self._life_now is None else self._life_now.runner.engine
        quote = None if engine is None else engine.look.quote(name)
        if engine is None or quote is None or quote.bid is None or quote.ask is None:
            return None
        if (
            engine.look.now - quote.received_at > oldest
            or quote.ask == quote.lower_limit
            or quote.bid == quote.upper_limit
        ):
            return None
        known = engine.look.instrument(name)
        return known.price(quote.bid), known.price(quote.ask)

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
        life = Life(self._house, self._journal, self._door, fuse)
        self._state, self._life_now = life.runner.state, life
        self.judge.begin()
        end = await life.live(self._goes_on, lambda: self._look(life))
        if end is End.BLOWN:
            self._die(fuse)
            return False
        if end is End.NO_LINK:
            self._blame("the runner found no exchange, and it was there")
        self._watcher.look_at_all(life.runner.state)
        return True

    def _goes_on(self) -> bool:
        self._steps += 1
        return not self.faults

    def _look(self, life: Life) -> None:
        # What passed while the runner was dead is read again first: nobody can act on it any more.
        engine = life.runner.engine
        if engine is not None and life.gateway.live and engine.columns.at > self._at:
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

    def _sum_up(self) -> None:
        state, found = refolded(self._journal)
        if state.state_hash() != self._state.state_hash() and not self.faults:
            self._blame("I2 the journal folds to another state than the life that wrote it had")
        found["children"] = self.judge.children
        found["quotes"] = self.judge.quotes
        found["combined"] = self.judge.combinations.orders
        for tag, times in self.judge.timings.begun.items():
            found[f"begun_by_{tag}"] = times
        for hazard in self.hazards:
            found[f"hazard_{hazard.kind}"] = found.get(f"hazard_{hazard.kind}", 0) + 1
        for what, times in found.items():
            self.counts[what] = self.counts.get(what, 0) + times
