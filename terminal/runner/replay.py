"""Play recorded files through the whole of the product and say what came of it."""

from __future__ import annotations

import asyncio
import csv
import sys
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terminal import __version__
from terminal.domain.calendar import show
from terminal.domain.errors import InvariantError, UserError
from terminal.domain.facts import OrderFilled, OrderRecorded
from terminal.domain.order import Offset, OrderState
from terminal.engine.chain import journal_head
from terminal.engine.check import check_all
from terminal.engine.columns import SCALE
from terminal.engine.journal import Record
from terminal.gateways.sim.client import TcpGateway
from terminal.gateways.sim.local import LocalGateway
from terminal.runner.exchange import host_over, identity_of
from terminal.runner.market import open_tape
from terminal.shell.plans.cuts import CutGateway
from terminal.shell.runner import Runner
from terminal.store.journal import SqliteJournal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from terminal.domain.ids import OrderId
    from terminal.domain.instrument import Reference
    from terminal.domain.market import Recording
    from terminal.engine.journal import Journal
    from terminal.engine.ports import Gateway
    from terminal.shell.plans.plan import Plan

TRADE_COLUMNS = (
    "account",
    "instrument",
    "side",
    "offset",
    "lots",
    "price",
    "fee",
    "trading_day",
    "at_ns",
    "order_id",
    "trade_id",
)
PROGRESS_SECONDS = 2.0
BREATHE_EVERY = 64  # inputs: an exchange in this process never makes us wait, and Ctrl-C is heard only between waits


async def replay(
    *,
    tapes: Sequence[Path],
    plan: Plan,
    reference: Reference,
    data: Path,
    trades: Path | None,
    exchange: tuple[str, int] | None,
) -> dict[str, Any]:
    """Play the tapes with a plan into `data`, continuing what is there; return the summary `hengduo replay` prints."""
    began = time.perf_counter()
    recording: Recording | None = None
    gateway: Gateway
    if exchange is None:
        recording = open_tape(
            tapes,
            listing=plan.listing,
            reference=reference,
            data=data,
            plan_sha256=plan.opening.plan_sha256,
        )
        folder = data / "exchange"
        try:
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        except OSError as problem:
            raise UserError(f"交易所目录 {folder} 建不成（{problem.strerror}），请检查磁盘空间与权限。") from problem
        host = host_over(
            recording, listing=plan.listing, reference=reference, folder=folder, identity=identity_of(recording)
        )
        gateway = LocalGateway(host)
    else:
        gateway = TcpGateway(*exchange)
    if plan.cuts:
        gateway = CutGateway(gateway, plan.cuts)
    journal = SqliteJournal(data, plan.opening.tenant)
    runner = Runner(
        journal=journal,
        gateway=gateway,
        calendar=reference.calendar,
        opening=plan.opening,
        listing=plan.listing,
        script=plan.script,
        version=__version__,
    )
    before = runner.state.tenant.plan_sha256
    if before and before != plan.opening.plan_sha256:
        print("方案与此目录上次所用的不同：账户、限额、人员仍以日志为准，新的策略与命令照新方案执行。", file=sys.stderr)
    try:
        await runner.begin()
        total = len(recording) if recording is not None else 0
        await _run(runner, total)
        faults = check_all(runner.state)
        if faults:
            raise InvariantError("；".join(faults))
        summary = summarise(runner, recording, wall_s=time.perf_counter() - began)
        if trades is not None:
            write_trades(journal, trades)
    finally:
        await gateway.close()
        journal.close()
    return summary


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


def summarise(runner: Runner, recording: Recording | None, *, wall_s: float) -> dict[str, Any]:
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
    orders = [row for account in state.accounts.values() for row in account.orders.values()]
    return {
        "state_hash": state.state_hash(),
        "journal_head": journal_head(runner.journal.heads()),
        "market": runner.gateway.market,
        "ticks": runner.updates,
        "batches": runner.batches,
        "orders": len(orders),
        "fills": sum(len(account.fills) for account in state.accounts.values()),
        "order_states": _count(str(row.state) for row in orders),
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
            for account in state.accounts.values()
            for row in account.strategies.values()
        ],
        "spreads": [
            {"name": spread.name, "buy": _yuan(spread.buy), "sell": _yuan(spread.sell)}
            for spread in engine.columns.spreads
        ],
        "alerts": sum(account.alerts for account in state.accounts.values()),
        "quarantined": dict(recording.quarantined) if recording is not None else {},
        "absent": dict(recording.absent) if recording is not None else {},
        "unknown_orders": sum(row.state is OrderState.UNKNOWN for row in orders),
        "vm_hwm_mb": peak_memory_mb(),
        "wall_s": round(wall_s, 3),
    }


def _yuan(millionths: int | None) -> str | None:
    return None if millionths is None else f"{Decimal(millionths) / SCALE:f}"


def _count(words: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return found


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
        figures = {field: str(value) for field, value in money._asdict().items()}
        risk = str(money.risk_degree.quantize(Decimal("0.0001")))
        found.append({"account": name, "trading_day": account.trading_day, **figures, "risk_degree": risk})
    return found


def write_trades(journal: Journal, path: Path) -> None:
    """Write every fill of the journal as CSV, UTF-8 with BOM so that spreadsheets show it."""
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file)
            table.writerow(TRADE_COLUMNS)
            table.writerows(_trade_rows(journal))
        partial.replace(path)
    except OSError as problem:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise UserError(
            f"成交表写不进 {path}（{problem.strerror}）。成交都在日志里：腾出空间或换一个位置，"
            "用同一 --data 再运行一次即可写出。"
        ) from problem


def _trade_rows(journal: Journal) -> Iterator[tuple[object, ...]]:
    offsets: dict[OrderId, Offset] = {}
    for entry in journal.replay():
        fact = entry.record.fact if isinstance(entry.record, Record) else None
        if isinstance(fact, OrderRecorded):
            offsets[fact.order] = fact.terms.offset
        elif isinstance(fact, OrderFilled):
            yield (
                fact.account,
                fact.instrument,
                fact.side,
                offsets[fact.order],
                fact.lots,
                fact.price,
                fact.fee,
                fact.trading_day,
                fact.exchange_at,
                fact.order,
                fact.trade,
            )


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
