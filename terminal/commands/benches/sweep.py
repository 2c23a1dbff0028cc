"""Time a sweep of a thousand points in one process and in two: what a second core is worth.

The market is the walk of `bench backtest`, short enough that a thousand grids over it take a minute on one core;
every point is played by the engine itself. Processes are started and the recording is read within the time, as whoever
waits for a sweep waits for them too. The ratio says nothing where there is only one core, or another program has it.
"""

from __future__ import annotations

import os
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

from terminal.backtest.sweep.point import Job, lost, play_point
from terminal.backtest.sweep.pool import spread
from terminal.backtest.sweep.result import tasks_of
from terminal.backtest.sweep.space import read_space
from terminal.commands.benches.backtest import CONTRACT, GRID, HEAD, INSTRUMENT
from terminal.commands.benches.figure import Figure, timed
from terminal.commands.benches.tape import write_walk
from terminal.store.reference import load_reference

TICKS: Final = 3_000
POINTS: Final = 1_000
SWEEP: Final = """
[vary.grid]
step = { from = 1, to = 20, by = 1 }
lines = { from = 1, to = 50, by = 1 }
"""
# Wide enough for twenty yuan times fifty lines.
WIDE: Final = GRID.replace("lower = 3500", "lower = 3400").replace("stop = 3400", "stop = 3300")


def measure() -> list[Figure]:
    """Return how much faster two processes are than one, and points a second in each."""
    with tempfile.TemporaryDirectory(prefix="hengduo-bench-") as name:
        folder = Path(name)
        plan = (HEAD + INSTRUMENT.format(name=CONTRACT) + WIDE).encode()
        tape = write_walk(folder / "walk.csv", TICKS, load_reference())
        (folder / "sweep.toml").write_text(SWEEP, encoding="utf-8")
        job = Job(tapes=(str(tape),), plan_name="plan.toml", plan=plan)
        tasks = tasks_of(read_space(folder / "sweep.toml", job.text()))
        act = partial(play_point, job)

        def seconds(workers: int) -> float:
            # One worker is this process: nothing is started for it, which only two can lose by.
            return timed(lambda: spread(act, tasks, workers=workers, lost=lost, told=lambda _: None))

        one, two = seconds(1), seconds(2)
    what = f"{len(tasks)} 点网格 × 种子行情 {TICKS} 笔，{os.cpu_count()} 个处理器"
    return [
        Figure(
            name="sweep_two_cores", what=f"{what}，两个进程比一个快几倍", unit="倍", runs=(one / two,), bar=1.8,
            less_is_better=False,
        ),
        Figure(name="sweep_one", what=f"{what}，一个进程", unit="点/秒", runs=(POINTS / one,), less_is_better=False),
        Figure(name="sweep_two", what=f"{what}，两个进程", unit="点/秒", runs=(POINTS / two,), less_is_better=False),
    ]  # fmt: skip
