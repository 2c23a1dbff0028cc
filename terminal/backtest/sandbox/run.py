"""Play the rounds of the sandbox: each a whole run of the plan over the tape, in a journal and an exchange of its own.

It is the runner, the exchange and the matching of a backtest. What the drill adds is a door that disturbs, and the
death of the runner: another one begins over the journal of the one before, while the exchange lives on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from terminal import __version__
from terminal.backtest.at_once import at_once
from terminal.backtest.run import Names, never
from terminal.backtest.sandbox.drill import DrillGateway
from terminal.backtest.sandbox.judge import PlayJudge
from terminal.domain.errors import InvariantError
from terminal.domain.fact.sandbox import Disturbance, SandboxRound
from terminal.domain.ids import AccountId, StrategyId
from terminal.domain.sandbox import manner_sha256, standing
from terminal.engine.records.memory import MemoryJournal
from terminal.gateways.replay.open import read_recording
from terminal.gateways.sim.store.memory import MemoryStore
from terminal.gateways.sim.wire.local import LocalGateway
from terminal.shell.exchange import host_over
from terminal.shell.opening import resolver
from terminal.shell.plans.cuts import CutGateway
from terminal.shell.plans.on_tape import check_market
from terminal.shell.plans.plan import Plan, read_plan
from terminal.shell.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from terminal.domain.market import Recording
    from terminal.domain.products.instrument import Reference
    from terminal.engine.ports import WireOrder
    from terminal.engine.state import State


class StrategyStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Hold how far one strategy has come: full rounds among these, and the disturbances none of them met."""

    account: AccountId
    strategy: StrategyId
    manner_sha256: str  # of its settings, its own code and the program's version
    full: int
    unmet: tuple[Disturbance, ...]


class SandboxReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold what `hengduo sandbox` found; the same tape and plan give the same bytes."""

    program: str
    market: str
    tape_sha256: str
    plan_sha256: str
    tables_sha256: str
    strategies: tuple[StrategyStanding, ...]
    rounds: tuple[SandboxRound, ...]


def sandbox(
    tapes: Sequence[Path],
    *,
    plan: Path,
    reference: Reference,
    rounds: int,
    first: int = 0,
    reading: Callable[[float], None] | None = None,
    playing: Callable[[float], None] | None = None,
) -> SandboxReport:
    """Play rounds with the drills numbered from `first` on; `reading` and `playing` hear the share that is done."""
    said = read_plan(plan, reference)
    recording = read_recording(tapes, instruments=resolver(said.listing), calendar=reference.calendar, progress=reading)
    check_market(said, recording.universe, recording.by_day)
    names, found = Names.of(recording), list[SandboxRound]()
    for place, drill in enumerate(range(first, first + rounds)):
        if playing is not None:
            playing(place / rounds)
        found += play_round(recording, read_plan(plan, reference), reference=reference, drill=drill, names=names)
    last = {(one.settings.account, one.strategy): one for one in found}
    return SandboxReport(
        program=__version__,
        market=recording.name,
        tape_sha256=names.data_sha256,
        plan_sha256=said.opening.plan_sha256,
        tables_sha256=names.tables_sha256,
        strategies=tuple(_stands(one, found) for one in last.values()),
        rounds=tuple(found),
    )


def _stands(one: SandboxRound, found: list[SandboxRound]) -> StrategyStanding:
    account, strategy = one.settings.account, one.strategy
    mine = [other for other in found if (other.settings.account, other.strategy) == (account, strategy)]
    come = standing(mine, one.settings, one.program)
    return StrategyStanding(
        account=account,
        strategy=strategy,
        manner_sha256=manner_sha256(one.settings, one.program),
        full=come.full,
        unmet=come.unmet,
    )


def play_round(
    recording: Recording, plan: Plan, *, reference: Reference, drill: int, names: Names
) -> list[SandboxRound]:
    """Play one round and return each strategy's part in it."""
    host = host_over(recording, listing=plan.listing, reference=reference, store=MemoryStore(), identity=names.identity)
    journal, judge = MemoryJournal(plan.opening.tenant), PlayJudge(reference.calendar)
    states: list[State] = []  # of the runner that lives

    def owner(order: WireOrder) -> StrategyId | None:
        account = states[-1].accounts[order.terms.account]
        return account.orders[account.by_wire[order.wire_key]].cause.strategy

    door = DrillGateway(CutGateway(LocalGateway(host), plan.cuts), names.data_sha256, drill, owner)
    # Nobody asks for rounds in the sandbox itself.
    free = tuple(replace(one, limits=replace(one.limits, sandbox_rounds=0)) for one in plan.opening.limits)
    opening = replace(plan.opening, limits=free)

    def life() -> bool:
        runner = Runner(
            journal=journal,
            gateway=door,
            calendar=reference.calendar,
            opening=opening,
            listing=plan.listing,
            script=plan.script,
            version=__version__,
            wait=never,
        )
        states[:] = [runner.state]
        at_once(runner.begin())
        while at_once(runner.step()):
            if door.dies:
                door.dies = False
                return True
        return False

    try:
        while life():
            journal = journal.reopen()
    except InvariantError as fault:
        judge.broken.append(str(fault))
    judge.read(journal)
    return judge.found(names.data_sha256, drill)
