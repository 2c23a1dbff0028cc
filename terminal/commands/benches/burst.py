"""Time a whole-market burst from the gateway's batch to the last of three strategies."""

from __future__ import annotations

import gc
import time

from terminal.commands.benches.desk_of_strategies import bursts, make_engine
from terminal.commands.benches.figure import RUNS, Figure, percentile

INSTRUMENTS = 800
SPREADS = 50
BATCHES = 600
WARM = 50


def measure() -> list[Figure]:
    """Return p50 and p99 of an 800-instrument batch with 50 spreads, in ms."""
    halves, tails = [], []
    for _ in range(RUNS):
        engine = make_engine(INSTRUMENTS, SPREADS)
        taken = []
        gc.collect()
        gc.freeze()
        for batch in bursts(INSTRUMENTS, BATCHES, start=1):
            began = time.perf_counter_ns()
            engine.receive(batch)
            taken.append((time.perf_counter_ns() - began) / 1e6)
        gc.unfreeze()
        halves.append(percentile(taken[WARM:], 0.5))
        tails.append(percentile(taken[WARM:], 0.99))
    what = f"{INSTRUMENTS} 合约一批 → 三个策略中的最后一个（都决策，不下单），{SPREADS} 个价差"
    return [
        Figure(name="burst_p50", what=what, unit="ms", runs=tuple(halves)),
        Figure(name="burst_p99", what=what, unit="ms", runs=tuple(tails), bar=0.6),
    ]
