"""Time the columnar kernel on the grid of `bench backtest`: its ticks a second, alone and with its figures.

Compiling is not in it; it is done once and kept. Nothing is shown where numba is not installed.
"""

from __future__ import annotations

import time
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from terminal.commands.benches.backtest import CONTRACT, GRID, HEAD, INSTRUMENT, TICKS, walk
from terminal.commands.benches.figure import RUNS, Figure, timed
from terminal.domain.errors import UserError
from terminal.shell.plans.plan import Plan, plan_of
from terminal.shell.plans.text import PlanText
from terminal.store.reference import load_reference

BAR: Final = 5_000_000


def measure() -> list[Figure]:
    """Return ticks a second of the kernel, and of one point of a sweep by it."""
    if find_spec("numba") is None:
        raise UserError("这里没有 numba，量不了列式内核：请用 pip install 'hengduo[research]' 装上，或不量 kernel。")
    kernel: Any = import_module("terminal.backtest.kernel.play")
    reference = load_reference()
    with TemporaryDirectory(prefix="hengduo-bench-") as name:
        path = Path(name) / "plan.toml"
        path.write_text(HEAD + INSTRUMENT.format(name=CONTRACT) + GRID, encoding="utf-8")
        text = PlanText(path)
    recording = walk(TICKS, reference)

    def plan() -> Plan:
        return plan_of(text, reference)

    market = kernel.market_of(recording, plan(), reference)
    played = kernel.follow(plan(), market, recording)  # compiles
    alone, whole = [], []
    for _ in range(RUNS):
        alone.append(TICKS / timed(partial(kernel.follow, plan(), market, recording)))
        began = time.perf_counter()
        kernel.figures(kernel.follow(plan(), market, recording), recording, market)
        whole.append(TICKS / (time.perf_counter() - began))
    what = f"种子行情 {TICKS} 笔，200 条线的网格，成交 {len(played.fills)} 笔"
    point = f"{what}，连同读方案与算数字"
    return [
        Figure(name="kernel_ticks", what=what, unit="笔/秒", runs=tuple(alone), bar=BAR, less_is_better=False),
        Figure(name="kernel_point", what=point, unit="笔/秒", runs=tuple(whole), less_is_better=False),
    ]  # fmt: skip
