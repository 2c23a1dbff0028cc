"""Run a plan over recorded files in one process: the engine, the gate and the matching that trade, and no disk.

The runner is the one that runs a desk, the exchange the one `hengduo replay` plays against; the journal and the
exchange's books are kept in memory. Nothing here ever waits, so nothing needs a loop of events.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from terminal import __version__
from terminal.backtest.at_once import at_once
from terminal.backtest.conclude import conclude
from terminal.backtest.sleep import Sleeper
from terminal.backtest.watch import Watch
from terminal.domain.errors import InvariantError, UserError
from terminal.domain.market import BLOCK
from terminal.engine.records.memory import MemoryJournal
from terminal.gateways.replay.open import read_recording
from terminal.gateways.sim.store.memory import MemoryStore
from terminal.gateways.sim.wire.local import LocalGateway
from terminal.reports.settled_days import DaysReader, SettledDay
from terminal.shell.exchange import host_over, identity_of
from terminal.shell.opening import resolver
from terminal.shell.plans.cuts import CutGateway
from terminal.shell.plans.on_tape import check_market
from terminal.shell.runner import Runner
from terminal.store.reference import tables_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from terminal.backtest.report import Report
    from terminal.backtest.trades import Fill
    from terminal.domain.ids import InstrumentId
    from terminal.domain.market import Recording
    from terminal.domain.products.instrument import Reference
    from terminal.engine.ports import Gateway
    from terminal.shell.plans.plan import Plan

SAY_EVERY: Final = 256  # inputs


class Ran(NamedTuple):
    """Hold a finished backtest: what it found, its fills, and the journal that proves both.

    `passed` is how many batches were passed over, because nobody had anything to do with them; `universe` are the
    contracts of the market.
    """

    report: Report
    fills: list[Fill]
    journal: MemoryJournal
    passed: int
    universe: tuple[InstrumentId, ...] = ()


class Names(NamedTuple):
    """Hold what tells a recording from others, in the exchange's books and in a report, and the tables beside it."""

    identity: str
    data_sha256: str
    tables_sha256: str

    @staticmethod
    def of(recording: Recording) -> Names:
        """Return a recording's, which takes two passes over all of it and one over all tables."""
        return Names(identity_of(recording), digest_of(recording), tables_sha256())


def backtest(
    tapes: Sequence[Path],
    *,
    plan: Plan,
    reference: Reference,
    reading: Callable[[float], None] | None = None,
    playing: Callable[[float, int], None] | None = None,
) -> Ran:
    """Play recorded files with a plan.

    `reading` hears the share of the files read, `playing` the share played and the market clock (UTC ns). What is wrong
    with the files, or a market without any of the plan's contracts, is a `UserError`; an invariant that breaks ends the
    run and stands in the report.
    """
    recording = read_recording(tapes, instruments=resolver(plan.listing), calendar=reference.calendar, progress=reading)
    check_market(plan, recording.universe, recording.by_day)
    return play(recording, plan=plan, reference=reference, playing=playing)


def play(
    recording: Recording,
    *,
    plan: Plan,
    reference: Reference,
    playing: Callable[[float, int], None] | None = None,
    sleeping: bool = True,
    names: Names | None = None,
) -> Ran:
    """Play a recording with a plan, as `backtest` does; without `sleeping` every batch is looked at by everybody.

    `names` are the recording's where somebody has worked them out already, who plays it again and again.
    """
    names = Names.of(recording) if names is None else names
    host = host_over(
        recording,
        listing=plan.listing,
        reference=reference,
        store=MemoryStore(),
        identity=names.identity,
    )
    gateway: Gateway = LocalGateway(host)
    journal, watch = MemoryJournal(plan.opening.tenant), Watch()
    settled: list[SettledDay] = []
    days = DaysReader(settled.append)  # put away as they are settled: the journal is not read once more for them
    runner = Runner(
        journal=journal,
        gateway=CutGateway(gateway, plan.cuts) if plan.cuts else gateway,
        calendar=reference.calendar,
        opening=plan.opening,
        listing=plan.listing,
        script=plan.script,
        version=__version__,
        told=watch.take,
        wait=never,
    )
    days.state, runner.fold = runner.state, days.fold
    sleeping = sleeping and not plan.cuts  # nobody declares anything about a link that is cut
    sleeper = Sleeper(recording, runner, host, watch, plan.script) if sleeping else None
    _run(runner, watch, len(recording), playing, sleeper)
    days.finish()
    report = conclude(
        runner,
        watch,
        settled,
        recording,
        plan.script,
        data_sha256=names.data_sha256,
        tables_sha256=names.tables_sha256,
    )
    passed = 0 if sleeper is None else sleeper.passed
    return Ran(report, watch.fills, journal, passed, recording.universe)


def _run(
    runner: Runner,
    watch: Watch,
    total: int,
    playing: Callable[[float, int], None] | None,
    sleeper: Sleeper | None,
) -> None:
    at_once(runner.begin())
    engine = runner.engine
    if engine is None:
        raise UserError("回测没有开始。")
    inputs = 0
    try:
        while at_once(runner.step()):
            inputs += 1
            if sleeper is not None:
                sleeper.sleep(engine)
            if playing is not None and not inputs % SAY_EVERY:
                playing(runner.batches / total, engine.columns.at)
    except InvariantError as fault:
        # The fold refused what must not be; nothing after it would mean anything.
        watch.fault(engine.state, engine.columns.at, str(fault))
    watch.see(engine)
    watch.check(engine.state, engine.columns.at)


async def never(seconds: float) -> None:
    """Wait for nothing: whoever plays a market within this process never has to."""
    raise InvariantError(f"a backtest was to wait {seconds} s for its own exchange")


def digest_of(recording: Recording) -> str:
    """Return the SHA-256 of all that a recording says, hex; equal quotes, equal hash, whatever files they came in."""
    digest = hashlib.sha256(msgspec.json.encode((recording.universe, recording.day_facts)))
    rows = len(recording.slots)
    digest.update(recording.slots.astype("<i8").tobytes())
    for start in range(0, rows, BLOCK):
        digest.update(recording.table(start, min(start + BLOCK, rows)).astype("<i8").tobytes())
    bars = () if recording.bars is None else (recording.bars,)
    for column in (recording.ends, recording.at, *bars):
        digest.update(column.astype("<i8").tobytes())
    return digest.hexdigest()
