"""Time how soon a colleague can carry on: a new desk on a running runner, and an order that waits for the supervisor.

Real processes all of them, each with the real command line: the runner of the sample market, the trader's and the
supervisor's desk, and for every run a desk of the operator's with an empty store. That this one had what the runner
has is not taken from its word: the runner's own journal, folded as far as the desk says it reaches, must hash to what
the desk's fold hashes to.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import select

from terminal.commands.benches.figure import RUNS, Figure
from terminal.commands.benches.places import ROOT
from terminal.domain.errors import UserError
from terminal.engine.fold import apply
from terminal.engine.records.chain import read_record
from terminal.engine.records.journal import Record
from terminal.engine.state import State
from terminal.store.database import connect_readonly
from terminal.store.journal import JOURNAL_FILE
from terminal.store.schema import RECORDS

NEW_DESK_WITHIN: Final = 5.0  # seconds from the start of a desk's process to the runner's state
CARD_WITHIN: Final = 2.0  # seconds from the press to the supervisor's window
LONGEST: Final = 120.0  # seconds
BETWEEN: Final = 1.0  # seconds between two presses
CHILD: Final = "terminal.commands.benches.handover_child"


class _Process:
    """Hold a child and what it says; one that says nothing for too long is ended."""

    def __init__(self, module: str, *words: str, environment: dict[str, str]) -> None:
        self.begun = time.monotonic_ns()
        self._child = subprocess.Popen(  # noqa: S603  # our own interpreter and our own words
            [sys.executable, "-m", module, *words],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def press(self) -> None:
        if self._child.stdin is not None:
            self._child.stdin.write("\n")
            self._child.stdin.flush()

    def hear(self, *words: str) -> dict[str, Any]:
        """Return the next thing said that has one of these words."""
        watchdog = threading.Timer(LONGEST, self._child.kill)
        watchdog.start()
        try:
            for line in self._child.stdout or ():
                said: dict[str, Any] = json.loads(line)
                if any(word in said for word in words):
                    return said
        finally:
            watchdog.cancel()
        raise UserError(f"被测进程没有说出 {'、'.join(words)} 就结束了，或超过 {LONGEST:g} 秒没有动静。")

    def end(self) -> None:
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()


def measure() -> list[Figure]:
    """Return seconds from a new desk's start to the runner's state, and from a press to the supervisor's desk."""
    with TemporaryDirectory(prefix="hengduo-bench-") as home, ExitStack() as stack:
        return figures_of(*_measured(Path(home), stack))


def figures_of(joins: list[float], cards: list[float]) -> list[Figure]:
    """Return both figures, each beside what is promised of it."""
    return [
        Figure(
            name="new_desk_state",
            what="空目录的新工作台：进程启动 → 与运行器状态哈希相同（样例行情，真实进程）",
            unit="s",
            runs=tuple(joins),
            bar=NEW_DESK_WITHIN,
            judged_by="worst",
        ),
        Figure(
            name="approval_shown",
            what="交易员按下大单 → 主管工作台的窗口里有它（样例行情，真实进程）",
            unit="s",
            runs=tuple(cards),
            bar=CARD_WITHIN,
            judged_by="worst",
        ),
    ]


def _measured(home: Path, stack: ExitStack) -> tuple[list[float], list[float]]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPYCACHEPREFIX": str(home / "cache"),
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
    }

    def begin(module: str, *words: str) -> _Process:
        process = _Process(module, *words, environment=environment)
        stack.callback(process.end)
        return process

    data = home / "data"
    place = data / "runner" / "sample"
    runner = begin("terminal", "runner", "--data", str(place), "--listen", "127.0.0.1:0", "--json")
    url = f"ws://{runner.hear('listen')['listen']}"

    def seat(person: str) -> _Process:
        return begin(CHILD, "run", "--runner", url, "--profile", person, "--data", str(data), "--after", "3600")

    trader, supervisor = seat("trader"), seat("supervisor")
    for desk in (trader, supervisor):
        desk.hear("live")
    supervisor.hear("card")  # the sample's own large order: its past, in which what waits expires at once, is over
    joins, cards = [], []
    for run in range(RUNS + 1):
        card = _card(trader, supervisor)
        operator = seat("operator")
        live = operator.hear("live")
        _compare(place, live)
        operator.end()
        for folder in data.glob("desk/*/operator"):
            shutil.rmtree(folder)  # the next one has an empty store again
        if run:  # the first of each has brought the modules in
            joins.append((live["at"] - operator.begun) / 1e9)
            cards.append(card)
    return joins, cards


def _card(trader: _Process, supervisor: _Process) -> float:
    # Pressed again until the market takes it: the sample is closed at times.
    until, code = time.monotonic() + LONGEST, ""
    while time.monotonic() < until:
        time.sleep(BETWEEN)
        trader.press()
        pressed = trader.hear("pressed")
        told = trader.hear("result")
        while told["result"] != pressed["pressed"] and time.monotonic() < until:
            told = trader.hear("result")
        code = told["code"]
        if code != "CONFIRM2":
            continue
        while time.monotonic() < until:
            seen = supervisor.hear("card")
            if f"（编号 {seen['card']}）" in told["sentence"]:
                return float((seen["at"] - pressed["at"]) / 1e9)
        code = f"{code}，主管的窗口里一直没有它"
    raise UserError(f"没有可测的委托：样例行情 {LONGEST:g} 秒里没有收下要复核的大单，最后的回答是 {code}。")


def _compare(place: Path, live: dict[str, Any]) -> None:
    state, heads = State(), live["heads"]
    with closing(connect_readonly(place / JOURNAL_FILE)) as journal:
        for data in journal.execute(select(RECORDS.c.bytes).order_by(RECORDS.c.position)).scalars():
            record = read_record(data)
            if isinstance(record, Record) and record.seq <= heads.get(record.stream, 0):
                apply(state, record.fact, record.utc)
    if state.visible_hash(frozenset(state.accounts), frozenset(state.persons)) != live["live"]:
        raise UserError("新工作台的状态与运行器日志折叠出来的不同：没有可报的数字。")
