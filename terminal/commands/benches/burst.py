"""Time a whole-market burst from the gateway's batch to the last of three strategies."""

from __future__ import annotations

import gc
import time

from terminal.commands.benches.desk_of_strategies import bursts, make_engine
from terminal.commands.benches.figure import RUNS, Figure, latencies

INSTRUMENTS = 800
SPREADS = 50
BATCHES = 600
WARM = 50


def measure() -> list[Figure]:
    """Return p50 and p99 of an 800-instrument batch with 50 spreads, in ms."""
    runs = []
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
        runs.append(taken[WARM:])
    what = f"{INSTRUMENTS} 合约一批 → 三个策略中的最后一个（都决策，不下单），{SPREADS} 个价差"
    return latencies("burst", what, "ms", runs, bar=0.6)
