"""Measure how long a newcomer waits for a living desk, and what memory it takes: embedded runner, empty folders.

The child is the real command line with a home of its own; only the window says when it has shown live prices twice, so
that they have been seen to move. The runner it starts is ended with it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from tempfile import TemporaryDirectory

from terminal.commands.benches.figure import RUNS, Figure
from terminal.commands.benches.own_home import WHEN_STARTED, own_home
from terminal.domain.errors import UserError

CHILD = (
    WHEN_STARTED
    + """
def watch():
    from pathlib import Path
    from PySide6.QtCore import QTimer
    from terminal.engine.screen import LinkState
    from terminal.widgets.window.main import MainWindow
    take, seen = MainWindow.take, {"live": False, "quotes": 0, "told": False}
    def told(self, drained):
        take(self, drained)
        if drained.link is not None:
            seen["live"] = drained.link.state is LinkState.LIVE
        seen["quotes"] += bool(drained.quotes) and seen["live"]
        if seen["quotes"] == 2 and not seen["told"]:
            seen["told"] = True
            print("LIVING", flush=True)
            QTimer.singleShot(20_000 if kind == "memory" else 0, say)
    def say():
        lines = Path("/proc/self/status").read_text().splitlines()
        print(next(line.split()[1] for line in lines if line.startswith("VmHWM")), flush=True)
        os._exit(0)
    MainWindow.take = told
kind = sys.argv[1]
open_desk(watch)
"""
)
LONGEST = 90.0


def measure() -> list[Figure]:
    """Return seconds to moving prices, and the desk's peak memory after twenty seconds of them."""
    with TemporaryDirectory() as cache:
        runs = [_run("time", cache)[0] for _ in range(RUNS + 1)][1:]
        peaks = [_run("memory", cache)[1] for _ in range(3)]
    return [
        Figure(
            name="living_desk",
            what="空目录：进程启动 → 内嵌运行器起来、行情在窗口里动（离屏，模块已编译）",
            unit="s",
            runs=tuple(runs),
            bar=2.5,
        ),
        Figure(
            name="desk_memory",
            what="工作台进程 VmHWM，行情动了 20 秒",
            unit="MiB",
            runs=tuple(peaks),
            bar=220,
            judged_by="worst",
        ),
    ]


def _run(kind: str, cache: str) -> tuple[float, float]:
    with own_home(cache) as environment:
        began = time.perf_counter()
        with subprocess.Popen(  # noqa: S603  # our own interpreter and our own text
            [sys.executable, "-c", CHILD, kind],
            env=environment,
            cwd=environment["HOME"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as child:
            line = child.stdout.readline() if child.stdout else ""
            took = time.perf_counter() - began
            rest, errors = child.communicate(timeout=LONGEST)
    if line.strip() != "LIVING":
        raise UserError(f"工作台没有活起来：{errors.strip().splitlines()[-1] if errors.strip() else '没有说明'}")
    return took, int(rest.strip() or 0) / 1024
