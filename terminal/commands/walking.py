"""Run a walk-forward for `hengduo backtest --sweep` with a `[walk]`: choose in some days, judge in the next."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import typer

from terminal.backtest.sweep.point import Row, opened
from terminal.backtest.sweep.result import check_same, tasks_of
from terminal.backtest.sweep.space import MOST_POINTS
from terminal.backtest.sweep.walk import choose, choosing_tasks, encode, judging_tasks, table, walk_of
from terminal.backtest.sweep.walk_page import walk_page
from terminal.backtest.sweep.window import days_of, windows
from terminal.commands.swept import show, walk_lines
from terminal.domain.errors import UserError
from terminal.store.new_file import replace_all

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from terminal.backtest.sweep.point import Job, Task
    from terminal.backtest.sweep.space import Space
    from terminal.backtest.sweep.window import Window
    from terminal.shell.plans.text import PlanText


def run_walk(
    job: Job, text: PlanText, space: Space, play: Callable[[Sequence[Task]], list[Row]], *, out: Path | None, json: bool
) -> None:
    """Play every window, print and write what they came to; exit 1 where the program itself was found wrong."""
    began = time.perf_counter()
    there = opened(job)
    days = days_of(there.recording, there.reference.calendar)
    found = _windows(space, days)
    whole = Row(place=0, data_sha256=there.names.data_sha256, market=there.recording.name, span=there.span)
    points = tasks_of(space)
    rows = play(choosing_tasks(found, points))
    _check(found, rows, len(points))
    tasks = judging_tasks(found, choose(space, rows), points)
    judged = play(tasks) if tasks else []
    walk = walk_of(space, text, whole, found, rows, judged, days)
    try:  # printed first: a disk that refuses the files loses no result, and a reader that leaves no file
        show(encode(walk), walk_lines(walk), json=json, began=began)
    finally:
        if out is not None:
            json_text = encode(walk) + b"\n"
            replace_all(out, {"walk.html": walk_page(walk), "walk.json": json_text, "walk.csv": table(walk)})
    if not judged:
        raise UserError(f"没有一个窗口选得出设置。第 1 个窗口：{walk.steps[0].reason}")
    if walk.broken:
        raise typer.Exit(1)


def _windows(space: Space, days: Sequence[int]) -> list[Window]:
    walk = space.walk
    if walk is None:
        raise TypeError("a walk without its days")
    found = windows(days, in_days=walk.in_days, out_days=walk.out_days)
    if not found:
        raise UserError(
            f"行情只有 {len(days)} 个交易日，样本内要 {walk.in_days} 日，其后至少 1 日：请改小 in_days，或加长行情。"
        )
    count = len(space.points())
    if len(found) * count > MOST_POINTS:
        raise UserError(
            f"{len(found)} 个窗口 × {count} 点 = {len(found) * count}，至多 {MOST_POINTS}：请减少取值或加大 out_days。"
        )
    return found


def _check(found: Sequence[Window], rows: Sequence[Row], count: int) -> None:
    # What processes read may differ from window to window, and from one process to another it may not.
    for number in range(len(found)):
        check_same(rows[number * count : (number + 1) * count])
