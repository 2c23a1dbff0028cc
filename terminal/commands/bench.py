"""Measure every performance figure the project claims, with machine and versions."""

from __future__ import annotations

import json as plain_json
import os
import platform
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Final

import typer

from terminal import __version__
from terminal.domain.errors import UserError

BENCHES: Final = (
    "burst",
    "updates",
    "gate",
    "hub",
    "wire",
    "replay",
    "backtest",
    "sweep",
    "kernel",
    "recompute",
    "stress",
    "grid",
    "chart",
    "first_paint",
    "living",
    "desks",
    "handover",
)


def bench(
    *,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="项目", help=f"量哪几项：{'、'.join(BENCHES)}；不写是全部")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Measure each figure several times; tails, stalls, peaks and promised waits are judged by the worst run.

    The others are judged by the median. The span of the runs stands beside it either way.
    """
    wanted = names or list(BENCHES)
    unknown = [name for name in wanted if name not in BENCHES]
    if unknown:
        raise UserError(f"没有名为 {unknown[0]} 的测量，可选：{'、'.join(BENCHES)}。")
    figures = []
    for name in wanted:
        print(f"测量 {name} …", file=sys.stderr)
        found = import_module(f"terminal.commands.benches.{name}").measure()
        if not found:
            print(f"{name}：没有录制行情，跳过（见 HENGDUO_SHARED）", file=sys.stderr)
        figures += found
        if not json:
            for figure in found:
                low, high = min(figure.runs), max(figure.runs)
                by = "最差一次" if figure.judged_by == "worst" else "中位数"
                met = "达到" if figure.met else "未达到"
                bar = "" if figure.bar is None else f"  门槛 {figure.bar:g} {by}{met}"
                span = f"{figure.median:>12.3f} {figure.unit}（{low:.3f}–{high:.3f}）"
                print(f"{figure.name:<16} {span}{bar}  {figure.what}")
    if json:
        print(plain_json.dumps({"machine": machine(), "figures": [f.plain() for f in figures]}, ensure_ascii=False))


def machine() -> dict[str, object]:
    """Return what the figures were taken on."""
    return {
        "hengduo": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "numpy": version("numpy"),
        "msgspec": version("msgspec"),
        "sqlalchemy": version("sqlalchemy"),
    }
