"""Play one point of a sweep, in whatever process it is sent to.

A process opens the recording and reads the plan once and keeps both for the points that follow. Whatever goes wrong
with one point is that point's own row; a recording that cannot be read is everybody's, and is raised.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from terminal.backtest.main_table import names_main
from terminal.backtest.mains import Contracts, contracts_in, plan_with_mains, untold
from terminal.backtest.report import Day
from terminal.backtest.run import Names, play
from terminal.backtest.sweep.figures import Figures, fault_of, figures_of, unstarted
from terminal.backtest.sweep.window import Span, cut
from terminal.backtest.undone import unbidden
from terminal.domain.errors import InvariantError, UserError
from terminal.domain.ids import StrategyId
from terminal.gateways.replay.open import read_recording
from terminal.shell.opening import resolver
from terminal.shell.plans.listing import PlanListing
from terminal.shell.plans.on_tape import check_market
from terminal.shell.plans.plan import plan_of
from terminal.shell.plans.text import PlanText
from terminal.store.reference import load_reference

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.market import Recording
    from terminal.domain.products.instrument import Reference
    from terminal.shell.plans.plan import Plan


OF_MAINS: Final = "列式内核不跑这个方案：策略以主力连续为合约，换月由引擎推演"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what all points of a sweep share: where the recording lies, and the plan as its file says it."""

    tapes: tuple[str, ...]
    plan_name: str
    plan: bytes
    files: tuple[tuple[str, bytes], ...] = ()  # beside the plan, that it names
    kernel: bool = False  # points are played by the columnar kernel, but for those that tell each day

    def text(self) -> PlanText:
        """Return the plan's text."""
        return PlanText(Path(self.plan_name), self.plan, files=dict(self.files))


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one point: its place in the sweep, and the values that the plan gets at some paths.

    `span` is the first and last trading day to play, all of the recording without it; with `daily` the row tells each
    day.
    """

    place: int
    span: Span | None = None
    daily: bool = False
    changes: tuple[tuple[tuple[str | int, ...], int | bool | str | Decimal], ...]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what became of a point: its figures, or in one sentence why there are none.

    With figures `reason` is which strategies stand still, because they did not come to their main contract; and, in one
    that tells each day, which rule ended by its own fault.

    `data_sha256` is that of the recording as the process that played it has read it. `unplayed` is the sentence why
    the kernel, which was asked for, did not play the point: the engine did.
    """

    place: int
    data_sha256: str
    market: str
    span: Span
    figures: Figures | None = None
    days: tuple[Day, ...] = ()
    reason: str = ""
    unplayed: str = ""
    broken: bool = False  # the program's own fault, not the settings'


class Opened(NamedTuple):
    """Hold what a process keeps between points."""

    text: PlanText
    recording: Recording
    names: Names
    reference: Reference
    span: Span


@lru_cache(maxsize=1)
def opened(job: Job) -> Opened:
    """Return recording and plan of a sweep, opened at the first call in this process."""
    reference, text = load_reference(), job.text()
    listing = PlanListing(text, reference) if names_main(text) else plan_of(text, reference).listing
    tapes = [Path(tape) for tape in job.tapes]
    recording = read_recording(tapes, instruments=resolver(listing), calendar=reference.calendar)
    day = reference.calendar.trading_day
    return Opened(
        text, recording, Names.of(recording), reference, (day(int(recording.at[0])), day(int(recording.at[-1])))
    )


@lru_cache(maxsize=1)
def stretch(job: Job, span: Span) -> Opened:
    """Return the same of some trading days alone; points come window by window, so one is kept."""
    whole = opened(job)
    part = cut(whole.recording, whole.reference.calendar, span)
    return whole._replace(recording=part, names=Names.of(part), span=span)


@lru_cache(maxsize=1)
def contracts(job: Job) -> Contracts:
    """Return the contracts of a sweep's recording, which the main ones are told by."""
    there = opened(job)
    return contracts_in(there.text, there.recording, there.reference)


def plan_at(job: Job, text: PlanText, span: Span | None) -> Plan:
    """Return the plan of a text for some trading days of a sweep's recording, `None` for all of it.

    A main contract is told by the day before, also where that is not among the days.
    """
    reference = opened(job).reference
    return plan_with_mains(text, contracts(job), reference, span) if names_main(text) else plan_of(text, reference)


def play_point(job: Job, task: Task) -> Row:
    """Play one point and return its row."""
    there = opened(job) if task.span is None else stretch(job, task.span)
    row = Row(
        place=task.place,
        data_sha256=there.names.data_sha256,
        market=there.recording.name,
        span=there.span,
    )
    try:
        text = there.text.varied(dict(task.changes))
        plan = plan_at(job, text, task.span)
        check_market(plan, there.recording.universe, there.recording.by_day)
        varied = {StrategyId(text.tables["strategy"][path[1]]["id"]) for path, _ in task.changes}
        idle = [one for one in unbidden(plan.script) if one.strategy in varied]
        if idle:
            return msgspec.structs.replace(row, reason=idle[0].why)
        if job.kernel and not task.daily:
            found = OF_MAINS if names_main(text) else _by_kernel(job, task.span, plan)
            if isinstance(found, Figures):
                return msgspec.structs.replace(row, figures=found)
            row = msgspec.structs.replace(row, unplayed=found)
        ran = play(there.recording, plan=plan, reference=there.reference, names=there.names)
    except UserError as problem:
        return msgspec.structs.replace(row, reason=problem.message)
    except InvariantError as fault:
        return msgspec.structs.replace(row, reason=f"不变量不成立：{fault}", broken=True)
    except Exception as fault:  # noqa: BLE001 - one point that finds a mistake of ours must not lose the others
        return msgspec.structs.replace(row, reason=f"程序出错：{type(fault).__name__} {fault}", broken=True)
    report = ran.report
    absent, left = unstarted(report, varied), "；".join(untold(plan))
    failed = absent or fault_of(report, varied)
    row = msgspec.structs.replace(row, reason=f"{failed}{left}", broken=bool(report.violations))
    if task.daily and not absent:  # chosen before: whatever it came to is what somebody would have earned
        return msgspec.structs.replace(row, figures=figures_of(report), days=report.total.days)
    return row if failed else msgspec.structs.replace(row, figures=figures_of(report))


def _by_kernel(job: Job, span: Span | None, plan: Plan) -> Figures | str:
    # The figures, or why the kernel does not tell them.
    there = opened(job) if span is None else stretch(job, span)
    kernel = kernel_module()
    try:
        market = _columns(job, span)
        played = kernel.follow(plan, market, there.recording)
        found: Figures = kernel.figures(played, there.recording, market)
    except UserError as no:
        return no.message
    return found


@lru_cache(maxsize=1)
def _columns(job: Job, span: Span | None) -> Any:  # noqa: ANN401 - the kernel is not imported where there is none
    # What one point has no market for, none has: it is the recording that is looked at.
    there = opened(job) if span is None else stretch(job, span)
    listing = plan_of(there.text, there.reference)
    return kernel_module().market_of(there.recording, listing, there.reference)


def kernel_module() -> Any:  # noqa: ANN401 - as above
    """Return the kernel; where numba is not installed that is a `UserError`."""
    try:
        return import_module("terminal.backtest.kernel.play")
    except ImportError:
        raise UserError(
            "这里没有 numba：请去掉 --engine kernel，或用 pip install -e '.[research]' 装上（安装包里不带）。"
        ) from None


def lost(task: Task) -> Row:
    """Return the row of a point whose process ended under it."""
    reason = "进程中途被系统结束（多半是内存不足），请减少 --workers 后再试。"
    return Row(place=task.place, data_sha256="", market="", span=(0, 0), reason=reason)
