"""Time the risk gate: all rules on one order, on an account with work on its hands."""

from __future__ import annotations

import gc
import time
from decimal import Decimal

from terminal.commands.benches.desk_of_strategies import ACCOUNT, DEVICE, TRADER, bursts, make_engine, universe
from terminal.commands.benches.figure import RUNS, Figure, percentile
from terminal.domain.order import Cause, Offset, OrderTerms, Origin, Side
from terminal.engine.gate import Parent, judge
from terminal.engine.journal import Actor
from terminal.engine.orders import record
from terminal.engine.turn import Turn

WORKING = 20
CALLS = 4000


def measure() -> list[Figure]:
    """Return p50 and p99 of one judgement, in microseconds."""
    halves, tails = [], []
    for _ in range(RUNS):
        engine = make_engine(50, 10)
        engine.receive(bursts(50, 1, start=1)[0])
        account = engine.state.accounts[ACCOUNT]
        cause = Cause(origin=Origin.MANUAL, person=TRADER, device=DEVICE)
        turn = Turn(engine.state, engine.columns.at, "bench", Actor(TRADER, DEVICE))
        for number in range(WORKING):
            record(turn, account, _terms(number), cause, (), None)
        asked = _terms(49)
        parent = Parent(asked.lots, Decimal(35_000))
        taken = []
        gc.collect()
        for _ in range(CALLS):
            began = time.perf_counter_ns()
            judge(engine.look, asked, cause, parent=parent, approved=False)
            taken.append((time.perf_counter_ns() - began) / 1e3)
        halves.append(percentile(taken, 0.5))
        tails.append(percentile(taken, 0.99))
    what = f"全部规则审一笔委托，账户有 {WORKING} 笔在途"
    return [
        Figure(name="gate_p50", what=what, unit="µs", runs=tuple(halves), bar=15),
        Figure(name="gate_p99", what=what, unit="µs", runs=tuple(tails), bar=60),
    ]


def _terms(number: int) -> OrderTerms:
    return OrderTerms(
        account=ACCOUNT,
        instrument=universe(50)[number],
        side=Side.BUY,
        offset=Offset.OPEN,
        lots=1,
        price=Decimal(3450 + number % 7),
    )
