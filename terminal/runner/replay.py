"""Play recorded files through the whole of the product and say what came of it."""

from __future__ import annotations

import asyncio
import csv
import sys
import time
from collections import Counter
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from terminal import __version__
from terminal.domain.days.calendar import show
from terminal.domain.errors import InvariantError, UserError
from terminal.domain.fact.facts import StrategyMarked, StrategyStopped
from terminal.domain.orders.order import OrderState
from terminal.engine.check import check_all
from terminal.engine.prices.samples import SCALE
from terminal.engine.records.chain import journal_head
from terminal.engine.records.forgetting import OVER
from terminal.gateways.sim.store.file import FILE_NAME, ExchangeStore
from terminal.gateways.sim.wire.client import TcpGateway
from terminal.gateways.sim.wire.local import LocalGateway
from terminal.runner.market import open_tape
from terminal.shell.exchange import host_over, identity_of
from terminal.shell.plans.cuts import CutGateway
from terminal.shell.plans.on_tape import absent_contracts, check_market
from terminal.shell.runner import Runner
from terminal.store.folder import make_folder
from terminal.store.journal import SqliteJournal
from terminal.store.new_file import new_file
from terminal.store.projections import Projections
from terminal.store.trade import Trade

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from terminal.domain.ids import AccountId, StrategyId
    from terminal.domain.market import Recording
    from terminal.domain.products.instrument import Reference
    from terminal.engine.ports import Gateway
    from terminal.engine.records.journal import Journal
    from terminal.engine.state import State, StrategyRow
    from terminal.engine.turn import Turn
    from terminal.shell.plans.plan import Plan

PROGRESS_SECONDS = 2.0
BREATHE_EVERY = 64  # inputs: an exchange in this process never makes us wait, and Ctrl-C is heard only between waits


Ended = dict[tuple["AccountId", "StrategyId"], "StrategyRow"]


async def replay(
    *,
    tapes: Sequence[Path],
    plan: Plan,
    reference: Reference,
    data: Path,
    trades: Path | None,
    exchange: tuple[str, int] | None,
    changed_plan: bool = False,
    told: Callable[[dict[str, Any]], None] = lambda _: None,
) -> dict[str, Any]:
    """Play the tapes with a plan into `data`, continuing what is there; return the summary `hengduo replay` prints.

    A journal goes on with the very plan it began with, unless `changed_plan` says that another one is meant. The
    summary is `told` before the fills are written to `trades`: a disk that refuses those does not lose it.
    """
    began = time.perf_counter()
    gateway, recording = await _open_gateway(tapes, plan, reference, data, exchange)
    journal = SqliteJournal(data, plan.opening.tenant)
    ended: Ended = {}
    runner = Runner(
        journal=journal,
        gateway=gateway,
        calendar=reference.calendar,
        opening=plan.opening,
        listing=plan.listing,
        script=plan.script,
        version=__version__,
        told=lambda turn, _: _note_ended(turn, ended),
    )
    try:
        _compare_plans(runner.state.tenant.plan_sha256, plan, data, meant=changed_plan)
        await runner.begin()
        await _run(runner, 0 if recording is None else len(recording))
        faults = check_all(runner.state)
        if faults:
            raise InvariantError("；".join(faults))
        summary = summarise(runner, recording, ended, wall_s=time.perf_counter() - began)
        try:
            told(summary)
        finally:
            if trades is not None:
                write_trades(journal, data, trades)
    finally:
        await gateway.close()
        journal.close()
    return summary


async def _open_gateway(
    tapes: Sequence[Path], plan: Plan, reference: Reference, data: Path, exchange: tuple[str, int] | None
) -> tuple[Gateway, Recording | None]:
    gateway: Gateway
    recording: Recording | None = None
    if exchange is None:
        sha256 = plan.opening.plan_sha256
        recording = open_tape(tapes, listing=plan.listing, reference=reference, data=data, plan_sha256=sha256)
        check_market(plan, recording.universe, recording.by_day)
        for sentence in absent_contracts(plan, recording.universe):
            print(f"注意：{sentence}", file=sys.stderr)
        folder = data / "exchange"
        await asyncio.to_thread(make_folder, "交易所目录建不成", folder)
        identity = identity_of(recording)
        store = ExchangeStore(folder / FILE_NAME)
        gateway = LocalGateway(
            host_over(recording, listing=plan.listing, reference=reference, store=store, identity=identity)
        )
    else:
        gateway = TcpGateway(*exchange)
    return (CutGateway(gateway, plan.cuts) if plan.cuts else gateway), recording


def _compare_plans(before: str, plan: Plan, data: Path, *, meant: bool) -> None:
    if before in {"", plan.opening.plan_sha256}:
        return
    if not meant:
        raise UserError(
            f"方案与 {data} 上次所用的不同，没有开始：请换一个新的 --data 目录，"
            "或加 --changed-plan，以日志中的账户、限额、人员接着做。"
        )
    print("方案与此目录上次所用的不同：账户、限额、人员仍以日志为准，新的策略与命令照新方案执行。", file=sys.stderr)


async def _run(runner: Runner, total: int) -> None:
    said = time.perf_counter()
    inputs = 0
    while await runner.step():
        inputs += 1
        if not inputs % BREATHE_EVERY:
            await asyncio.sleep(0)
        if total and time.perf_counter() - said > PROGRESS_SECONDS:
            said = time.perf_counter()
            engine = runner.engine
            at = show(engine.columns.at) if engine is not None else ""
            print(f"回放 {runner.batches / total:.0%}  {at}", file=sys.stderr)


def summarise(runner: Runner, recording: Recording | None, ended: Ended, *, wall_s: float) -> dict[str, Any]:
    """Return what a replay prints (DESIGN 7), as plain values."""
    state, engine = runner.state, runner.engine
    if engine is None:
        raise UserError("回放没有开始。")
    refused: dict[str, int] = {}
    verdicts: dict[str, int] = {}
    for account in state.accounts.values():
        for code, count in account.refused.items():
            refused[code] = refused.get(code, 0) + count
        for name, count in account.verdicts.items():
            verdicts[name] = verdicts.get(name, 0) + count
    states: Counter[str] = Counter()
    for account in state.accounts.values():
        states.update(str(row.state) for row in account.orders.values())
        states.update({str(name): count for name, count in account.forgotten.orders.items()})
    return {
        "state_hash": state.state_hash(),
        "journal_head": journal_head(runner.journal.heads()),
        "market": runner.gateway.market,
        "ticks": runner.updates,
        "batches": runner.batches,
        "orders": states.total(),
        "fills": sum(account.fills_booked for account in state.accounts.values()),
        "order_states": dict(sorted(states.items())),
        "refused": refused,
        "verdicts": verdicts,
        "positions": _positions(runner),
        "accounts": _accounts(runner),
        "strategies": [
            {
                "strategy": row.strategy,
                "account": row.account,
                "status": str(row.status),
                "reason": row.reason,
                "orders": row.messages,
                "lots": {name: held.lots for name, held in row.lots.items()},
            }
            for row in _strategies(state, ended)
        ],
        "spreads": [
            {"name": spread.name, "buy": _yuan(spread.buy), "sell": _yuan(spread.sell)}
            for spread in engine.columns.spreads
        ],
        "alerts": sum(account.alerts for account in state.accounts.values()),
        "quarantined": dict(recording.quarantined) if recording is not None else {},
        "absent": dict(recording.absent) if recording is not None else {},
        "unknown_orders": states[str(OrderState.UNKNOWN)],
        "vm_hwm_mb": peak_memory_mb(),
        "wall_s": round(wall_s, 3),
    }


def _note_ended(turn: Turn, ended: Ended) -> None:
    # A state forgets a strategy two settlements after its end; a summary of many days names it still.
    for said in turn.said:
        fact = said.fact
        if isinstance(fact, StrategyStopped | StrategyMarked):
            row = turn.state.accounts[fact.account].strategies.get(fact.strategy)
            if row is not None and row.status in OVER:
                ended[fact.account, fact.strategy] = row


def _strategies(state: State, ended: Ended) -> list[StrategyRow]:
    accounts = state.accounts
    gone = [row for (account, name), row in ended.items() if name not in accounts[account].strategies]
    return [*gone, *(row for account in accounts.values() for row in account.strategies.values())]


def _yuan(millionths: int | None) -> str | None:
    return None if millionths is None else f"{Decimal(millionths) / SCALE:f}"


def _positions(runner: Runner) -> list[dict[str, Any]]:
    found = []
    for name, account in sorted(runner.state.accounts.items()):
        for instrument, flag in account.book.positions():
            held = account.book.position(instrument, flag)
            found.append(
                {
                    "account": name,
                    "instrument": instrument,
                    "hedge_flag": str(flag),
                    "long_today": held.long_today,
                    "long_yesterday": held.long_yesterday,
                    "short_today": held.short_today,
                    "short_yesterday": held.short_yesterday,
                    "net": held.net,
                }
            )
    return found


def _accounts(runner: Runner) -> list[dict[str, Any]]:
    engine = runner.engine
    if engine is None:
        return []
    found = []
    for name, account in sorted(runner.state.accounts.items()):
        money = account.book.view(engine.columns.last_price)
        figures = {field: str(value) for field, value in msgspec.structs.asdict(money).items()}
        risk = str(money.risk_degree.quantize(Decimal("0.0001")))
        found.append({"account": name, "trading_day": account.trading_day, **figures, "risk_degree": risk})
    return found


def write_trades(journal: Journal, data: Path, path: Path) -> None:
    """Write every fill of the journal as CSV, UTF-8 with BOM so that spreadsheets show it.

    The lines come from the projections kept in `data`, which are brought up to the journal first.
    """
    hint = "成交都在日志里：用同一 --data 和一个还没有的文件名再运行一次即可写出。"
    with new_file("成交表写不成", path, hint) as partial, closing(Projections(data, journal)) as projections:
        projections.catch_up()
        with partial.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file)
            table.writerow(Trade.__struct_fields__)
            table.writerows(msgspec.structs.astuple(trade) for trade in projections.trades())


def peak_memory_mb() -> float | None:
    """Return the process's peak resident memory in MiB where the system tells it."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1024, 1)
    return None
