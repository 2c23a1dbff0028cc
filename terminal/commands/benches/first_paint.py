"""Measure how long the desk takes from the start of its process to its first painted window.

The child runs the real command line; only the window is told to say so when it is painted, and to end there. Nothing
is kept from run to run but compiled modules, which an installed program has too, and its home is a folder of its own.
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
    from PySide6.QtCore import QTimer
    from terminal.widgets.window.main import MainWindow
    paint = MainWindow.paintEvent
    def told(self, event):
        QTimer.singleShot(0, lambda: (print("PAINTED", flush=True), os._exit(0)))
        paint(self, event)
    MainWindow.paintEvent = told
open_desk(watch)
"""
)
LONGEST = 60.0


def measure() -> list[Figure]:
    """Return seconds to the first picture; a first run only fills the cache of compiled modules."""
    with TemporaryDirectory() as cache:
        runs = [_run(cache) for _ in range(RUNS + 1)][1:]
    what = "进程启动 → 第一幅画面（离屏，模块已编译，内嵌运行器同时启动）"
    return [Figure(name="first_paint", what=what, unit="s", runs=tuple(runs), bar=0.6)]


def _run(cache: str) -> float:
    with own_home(cache) as environment:
        began = time.perf_counter()
        with subprocess.Popen(  # noqa: S603  # our own interpreter and our own text
            [sys.executable, "-c", CHILD], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as child:
            # The first line is the only one, or there is none because the child failed.
            line = child.stdout.readline() if child.stdout else ""
            took = time.perf_counter() - began
            _, errors = child.communicate(timeout=LONGEST)
    if line.strip() != "PAINTED":
        raise UserError(f"桌面没有画出第一幅画面：{errors.strip().splitlines()[-1] if errors.strip() else '没有说明'}")
    return took
