"""Time the risk gate: all rules on one order, on an account with work on its hands."""

from __future__ import annotations

import gc
import time
from decimal import Decimal

from terminal.commands.benches.desk_of_strategies import ACCOUNT, DEVICE, TRADER, bursts, make_engine, universe
from terminal.commands.benches.figure import RUNS, Figure, latencies
from terminal.domain.errors import InvariantError
from terminal.domain.ids import ExchangeId, SysId, WireKey
from terminal.domain.orders.order import Cause, Offset, OrderTerms, Origin, Side
from terminal.domain.reports import Accepted
from terminal.engine.orders.gate import Parent, judge
from terminal.engine.orders.intents import record
from terminal.engine.records.journal import Actor
from terminal.engine.turn import Turn

WORKING = 20
CALLS = 4000


def measure() -> list[Figure]:
    """Return p50 and p99 of one judgement, in microseconds."""
    runs = []
    for _ in range(RUNS):
        engine = make_engine(50, 10)
        account = engine.state.accounts[ACCOUNT]
        cause = Cause(origin=Origin.MANUAL, person=TRADER, device=DEVICE)
        # An order a second, as a busy trader sends them: a burst would be refused for its message rate instead.
        for number, batch in enumerate(bursts(50, 2 * WORKING, start=1)):
            engine.receive(batch)
            if number % 2:
                turn = Turn(engine.state, engine.columns.at, "bench", Actor(TRADER, DEVICE))
                record(turn, engine.look, account, _terms(number // 2), cause, (), None)
            for row in list(account.live.values()):
                if row.sys_id is None:
                    engine.receive(_accepted(row.wire_key, row.reference, batch.at))
        asked = _terms(49)
        found = judge(engine.look, asked, cause, parent=Parent(1, Decimal(35_000)), approved=False)
        if found:
            raise InvariantError(f"the measured order was meant to pass: {found[0].sentence}")
        parent = Parent(asked.lots, Decimal(35_000))
        taken = []
        gc.collect()
        for _ in range(CALLS):
            began = time.perf_counter_ns()
            judge(engine.look, asked, cause, parent=parent, approved=False)
            taken.append((time.perf_counter_ns() - began) / 1e3)
        runs.append(taken)
    what = f"全部规则审一笔委托，账户有 {WORKING} 笔在途"
    return latencies("gate", what, "µs", runs, bar=60, half_bar=15)


def _accepted(wire_key: WireKey, number: int, at: int) -> Accepted:
    return Accepted(
        account=ACCOUNT, wire_key=wire_key, exchange=ExchangeId("SHFE"), sys_id=SysId(str(number)), exchange_at=at
    )


def _terms(number: int) -> OrderTerms:
    return OrderTerms(
        account=ACCOUNT,
        instrument=universe(50)[number],
        side=Side.BUY,
        offset=Offset.OPEN,
        lots=1,
        price=Decimal(3450 + number % 7),
    )
