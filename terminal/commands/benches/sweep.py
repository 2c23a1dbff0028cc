"""Time a sweep of a thousand points in one process and in two: what a second core is worth.

The market is the walk of `bench backtest`, short enough that a thousand grids over it take some ten seconds on one
core; every point is played by the engine itself. Each sweep is that of the command line, in a program of its own that
has nothing from the one before: plan and recording are read, processes started, points played and files written within
the time, as whoever waits for a sweep waits for all of it. What the second core is worth of the whole command, with the
start of the program, stands beside it. The ratio says nothing where there is only one core, or another program has it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from terminal.commands.benches.backtest import CONTRACT, GRID, HEAD, INSTRUMENT
from terminal.commands.benches.figure import Figure, timed
from terminal.commands.benches.tape import write_walk
from terminal.domain.errors import UserError
from terminal.store.reference import load_reference

REPEATS: Final = 3
LONGEST: Final = 600  # seconds for one sweep
TICKS: Final = 3_000
POINTS: Final = 1_000
SWEEP: Final = """
[vary.grid]
step = { from = 1, to = 20, by = 1 }
lines = { from = 1, to = 50, by = 1 }
"""
# Wide enough for twenty yuan times fifty lines.
WIDE: Final = GRID.replace("lower = 3500", "lower = 3400").replace("stop = 3400", "stop = 3300")
CHILD: Final = """
import sys, time
from pathlib import Path
from terminal.commands.sweeping import Where, run_sweep

folder, workers = Path(sys.argv[1]), int(sys.argv[2])
began = time.perf_counter()
run_sweep(
    [folder / "walk.csv"], folder / "plan.toml", folder / "sweep.toml",
    where=Where(workers, None), out=folder / str(workers), json=False,
)
print(time.perf_counter() - began)
"""


class Swept(NamedTuple):
    """Hold what one sweep took, in seconds: all of the program's, and from its plan to its last file."""

    command: float
    sweep: float


def measure() -> list[Figure]:
    """Return how much faster two processes are than one, and points a second in each."""
    with tempfile.TemporaryDirectory(prefix="hengduo-bench-") as name:
        folder = Path(name)
        (folder / "plan.toml").write_text(HEAD + INSTRUMENT.format(name=CONTRACT) + WIDE, encoding="utf-8")
        write_walk(folder / "walk.csv", TICKS, load_reference())
        (folder / "sweep.toml").write_text(SWEEP, encoding="utf-8")
        for workers in (1, 2):
            (folder / str(workers)).mkdir()
        # One after the other, so that what else the machine does falls on both.
        runs = [(_swept(folder, 1), _swept(folder, 2)) for _ in range(REPEATS)]
        _check_alike(folder)
    what = f"{POINTS} 点网格 × 种子行情 {TICKS} 笔，{os.cpu_count()} 个处理器"
    sweeps = tuple(one.sweep / two.sweep for one, two in runs)
    commands = tuple(one.command / two.command for one, two in runs)
    ones, twos = (tuple(POINTS / pair[place].sweep for pair in runs) for place in range(2))
    return [
        Figure(
            name="sweep_two_cores", what=f"{what}，两个进程比一个快几倍", unit="倍", runs=sweeps, bar=1.8,
            less_is_better=False,
        ),
        Figure(
            name="sweep_command", what=f"{what}，连同启动程序，整条命令快几倍", unit="倍", runs=commands,
            less_is_better=False,
        ),
        Figure(name="sweep_one", what=f"{what}，一个进程", unit="点/秒", runs=ones, less_is_better=False),
        Figure(name="sweep_two", what=f"{what}，两个进程", unit="点/秒", runs=twos, less_is_better=False),
    ]  # fmt: skip


def _swept(folder: Path, workers: int) -> Swept:
    said: list[str] = []

    def run() -> None:
        done = subprocess.run(  # noqa: S603  # our own interpreter and our own text
            [sys.executable, "-c", CHILD, str(folder), str(workers)],
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            timeout=LONGEST,
            check=False,
        )
        if done.returncode:
            raise UserError(f"{workers} 个进程的扫描没有做完：{done.stderr.strip()[-200:]}")
        said.extend(done.stdout.split())

    return Swept(timed(run), float(said[-1]))


def _check_alike(folder: Path) -> None:
    for name in ("sweep.csv", "sweep.json", "sweep.html"):
        if (folder / "1" / name).read_bytes() != (folder / "2" / name).read_bytes():
            raise UserError(f"一个进程与两个进程写出的 {name} 不同：快慢没有意义，请报告这个错误。")
