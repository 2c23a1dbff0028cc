"""Time an order from the press to the wire, its intent made durable on the way with a FULL commit."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import msgspec

from terminal.commands.benches.desk_of_strategies import ACCOUNT, DEVICE, TENANT, TRADER, bursts, make_engine, universe
from terminal.commands.benches.figure import RUNS, Figure, latencies
from terminal.domain.commands import Command, SubmitOrder
from terminal.domain.ids import CommandId
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.engine.ports import WireOrder
from terminal.engine.records.journal import records_of
from terminal.store.journal import SqliteJournal

ORDERS = 300


def measure() -> list[Figure]:
    """Return p50 and p99 from `receive` to the moment the bytes would be written, in ms."""
    runs = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(prefix="hengduo-bench-") as folder:
            runs.append(asyncio.run(_press(Path(folder))))
    what = "人工委托：规则、意图落盘（WAL，FULL）、编码并写入套接字"
    return latencies("wire", what, "ms", runs, bar=20)


async def _press(folder: Path) -> list[float]:
    engine = make_engine(400, 10)
    journal = SqliteJournal(folder, TENANT)
    taken = []
    names = universe(400)
    near, far = socket.socketpair()
    for number, batch in enumerate(bursts(400, ORDERS, start=1)):
        engine.receive(batch)
        terms = OrderTerms(
            account=ACCOUNT,
            instrument=names[number % 390 + 5],
            side=Side.BUY,
            offset=Offset.OPEN,
            lots=1,
            price=Decimal(3400),
        )
        command = Command(
            command=CommandId(f"p{number}"), person=TRADER, device=DEVICE, at=batch.at, body=SubmitOrder(terms=terms)
        )
        began = time.perf_counter_ns()
        turn = engine.receive(command)
        records = records_of(turn.said, journal.heads(), tenant=TENANT, epoch=journal.epoch, utc=turn.at)
        journal.append(records)
        orders = [effect for effect in turn.effects if isinstance(effect, WireOrder)]
        for order in orders:
            near.sendall(msgspec.msgpack.encode(order))
        if orders:
            taken.append((time.perf_counter_ns() - began) / 1e6)
    journal.close()
    near.close()
    far.close()
    return taken
