"""Time the columnar kernels on the plans of `bench backtest`: ticks a second, alone and with their figures, by family.

Compiling is not in it; it is done once and kept. Nothing is shown where numba is not installed.
"""

from __future__ import annotations

import time
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from terminal.commands.benches.backtest import GRID, HEAD, INSTRUMENT, OWN, SPREAD, TICKS, pair, walk
from terminal.commands.benches.figure import RUNS, Figure, timed
from terminal.domain.errors import UserError
from terminal.shell.plans.plan import Plan, plan_of
from terminal.shell.plans.text import PlanText
from terminal.store.reference import load_reference

if TYPE_CHECKING:
    from terminal.domain.market import Recording
    from terminal.domain.products.instrument import Reference

BAR: Final = 5_000_000
DOUBLE_MA: Final = """
from terminal.strategies.own.averages import TwoAverages
from terminal.strategies.own.code import Number

TITLE = "double MA 10/20"
WINDOW = 20
NUMBERS = (
    Number("fast", "fast", "", least=1, most=20, value=10),
    Number("slow", "slow", "", least=2, most=20, value=20),
    Number("lots", "lots", "", least=1, most=9, value=1),
)
aim = TwoAverages()
check = aim.check
"""


class Case(NamedTuple):
    """Hold one family: the name of its figures, what it is in words, its market, and its strategy."""

    name: str
    what: str
    market: Recording
    strategy: str


def measure() -> list[Figure]:
    """Return ticks a second of each family's kernel, and of one point of a sweep by it."""
    if find_spec("numba") is None:
        raise UserError("这里没有 numba，量不了列式内核：请用 pip install -e '.[research]' 装上，或不量 kernel。")
    reference = load_reference()
    alone = walk(TICKS, reference)
    cases = [
        Case("kernel", "200 条线的网格", alone, GRID),
        Case("kernel_averages", "每分钟看一眼的双均线 10/20", alone, OWN),
        Case("kernel_spread", "两个合约的价差", pair(TICKS, reference), SPREAD),
    ]
    return [figure for case in cases for figure in _figures(case, reference)]


def _figures(case: Case, reference: Reference) -> list[Figure]:
    kernel: Any = import_module("terminal.backtest.kernel.play")
    with TemporaryDirectory(prefix="hengduo-bench-") as name:
        path = Path(name) / "plan.toml"
        parts = [HEAD, *(INSTRUMENT.format(name=one) for one in case.market.universe), case.strategy]
        path.write_text("".join(parts), encoding="utf-8")
        path.with_name("double_ma.py").write_text(DOUBLE_MA, encoding="utf-8")
        text = PlanText(path)
        plan_of(text, reference)  # reads what lies beside it

    def plan() -> Plan:
        return plan_of(text, reference)

    market = kernel.market_of(case.market, plan(), reference)
    played = kernel.follow(plan(), market, case.market)  # compiles
    alone, whole = [], []
    for _ in range(RUNS):
        alone.append(TICKS / timed(partial(kernel.follow, plan(), market, case.market)))
        began = time.perf_counter()
        kernel.figures(kernel.follow(plan(), market, case.market), case.market, market)
        whole.append(TICKS / (time.perf_counter() - began))
    what = f"种子行情 {TICKS} 笔，{case.what}，成交 {len(played.fills)} 笔"
    point = f"{what}，连同读方案与算数字"
    return [
        Figure(name=f"{case.name}_ticks", what=what, unit="笔/秒", runs=tuple(alone), bar=BAR, less_is_better=False),
        Figure(name=f"{case.name}_point", what=point, unit="笔/秒", runs=tuple(whole), less_is_better=False),
    ]
