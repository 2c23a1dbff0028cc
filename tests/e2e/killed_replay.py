"""Run `hengduo replay` against an exchange process and kill this process at one exact point of its work.

    python killed_replay.py HOST:PORT PLAN DATA KIND COUNT

KIND is what is counted: `append`, `appended`, `submit`, `submitted`, `cancelled`, `asked` or `input`; at the COUNT-th
one the process kills itself with SIGKILL, before the act or just after it as the word says.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from terminal.gateways.sim.wire.client import TcpGateway
from terminal.runner import replay as product
from terminal.shell.plans.plan import read_plan
from terminal.store.journal import SqliteJournal
from terminal.store.reference import load_reference

KINDS = ("append", "appended", "submit", "submitted", "cancelled", "asked", "input")


class Bomb:
    def __init__(self, kind: str, count: int) -> None:
        self.kind = kind
        self.left = count

    def at(self, kind: str) -> None:
        if kind == self.kind:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def main(address: str, plan: Path, data: Path, kind: str, count: int) -> None:
    bomb = Bomb(kind, count)

    class Journal(SqliteJournal):
        def append(self, *args, **kwargs):
            bomb.at("append")
            entries = super().append(*args, **kwargs)
            bomb.at("appended")
            return entries

    class Gateway(TcpGateway):
        async def next(self):
            bomb.at("input")
            return await super().next()

        async def submit(self, order):
            bomb.at("submit")
            await super().submit(order)
            bomb.at("submitted")

        async def cancel(self, cancel):
            await super().cancel(cancel)
            bomb.at("cancelled")

        async def query(self, account, query):
            await super().query(account, query)
            bomb.at("asked")

    vars(product).update(SqliteJournal=Journal, TcpGateway=Gateway)
    reference = load_reference()
    host, _, port = address.rpartition(":")
    data.mkdir(parents=True, exist_ok=True)
    asyncio.run(
        product.replay(
            tapes=[],
            plan=read_plan(plan, reference),
            reference=reference,
            data=data,
            trades=None,
            exchange=(host, int(port)),
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
