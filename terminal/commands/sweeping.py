"""Run a sweep for `hengduo backtest --sweep`: over the processes of this machine or those of a Dask scheduler."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from terminal.backtest.main_table import asked_of, read_files
from terminal.backtest.sweep import cluster, pool
from terminal.backtest.sweep.figures import BY_KERNEL
from terminal.backtest.sweep.page import page
from terminal.backtest.sweep.point import Job, kernel_module, lost, opened, plan_at, play_point
from terminal.backtest.sweep.result import encode, sweep_of, table, tasks_of
from terminal.backtest.sweep.space import read_space
from terminal.commands.swept import show, sweep_lines
from terminal.commands.walking import run_walk
from terminal.domain.errors import UserError
from terminal.shell.plans.plan import plan_of
from terminal.shell.plans.text import PlanText, read_bytes
from terminal.store.new_file import replace_all
from terminal.store.reference import load_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from terminal.backtest.sweep.point import Row, Task
    from terminal.backtest.sweep.space import Space


class Where(NamedTuple):
    """Hold where a sweep is to run, so many processes here or the scheduler at an address, and by what."""

    workers: int | None
    dask: str | None
    kernel: bool = False


def run_sweep(tapes: Sequence[Path], plan: Path, sweep: Path, *, where: Where, out: Path | None, json: bool) -> None:
    """Play every point, print and write what they came to; exit 1 where the program itself was found wrong.

    A file with `[walk]` is a walk-forward: see `terminal.commands.walking`.
    """
    if where.workers is not None and where.dask is not None:
        raise UserError("--workers 是本机的进程数，--dask 用别处的进程：请只写一个。")
    text = PlanText(plan, body := read_bytes(plan))
    follows = bool(asked_of(text))
    if follows:
        read_files(text)
    else:
        plan_of(text, load_reference())  # what is wrong with the plan itself is said before anything starts
    # Rows name the plan's file and not its folder: they are the same bytes wherever it lies.
    job = Job(
        tapes=tuple(str(tape.absolute()) for tape in tapes),
        plan_name=plan.name,
        plan=body,
        files=tuple(text.files.items()),
        kernel=where.kernel,
    )
    space = read_space(sweep, text)
    if follows:
        plan_at(job, text, None)  # the same, as soon as the recording tells the contracts
    if where.kernel:
        kernel_module()
        if space.rank not in BY_KERNEL:
            raise UserError(f"列式内核不算 {space.rank}，rank 可用：{'、'.join(BY_KERNEL)}；或用 --engine engine。")
    if space.walk is not None:
        run_walk(job, text, space, partial(rows_of, job, where=where), out=out, json=json)
    else:
        _sweep(job, text, space, where, out=out, json=json)


def _sweep(job: Job, text: PlanText, space: Space, where: Where, *, out: Path | None, json: bool) -> None:
    began = time.perf_counter()
    found = sweep_of(space, text, rows_of(job, tasks_of(space), where=where))
    try:  # printed first: a disk that refuses the files loses no result, and a reader that leaves no file
        show(encode(found), sweep_lines(found), json=json, began=began)
    finally:
        if out is not None:
            json_text = encode(found) + b"\n"
            replace_all(out, {"sweep.html": page(found), "sweep.json": json_text, "sweep.csv": table(found)})
    if found.failed == len(found.points):
        raise UserError(f"没有一点有结果。第 1 点：{found.points[0].reason}")
    if found.broken:
        raise typer.Exit(1)


def rows_of(job: Job, tasks: Sequence[Task], *, where: Where) -> list[Row]:
    """Play points where they are to be played, and return their rows in order; Ctrl-C says how far they came."""
    done = 0

    def count(now: int) -> None:
        nonlocal done
        done = now

    try:
        return _spread(job, tasks, where, count)
    except KeyboardInterrupt:
        print(
            f"已中断：{len(tasks)} 点做完 {done} 点，各进程已结束；没有写文件，做完的点也不留。"
            "要结果请把同一条命令再运行一次，嫌久就减少取值、缩短行情，或加大 --workers。",
            file=sys.stderr,
        )
        raise


def _spread(job: Job, tasks: Sequence[Task], where: Where, count: Callable[[int], None]) -> list[Row]:
    act = partial(play_point, job)
    with _bar(len(tasks)) as draw:

        def told(done: int) -> None:
            count(done)
            draw(done)

        if where.dask is not None:
            rows = cluster.spread(where.dask, act, tasks, lost=lost, told=told)
        else:
            workers = min(where.workers or os.cpu_count() or 1, len(tasks))
            if workers > 1 and pool.copies():
                opened(job)  # read once, and shared: the workers are born with it
            rows = pool.spread(act, tasks, workers=workers, lost=lost, told=told)
    left = [row for row in rows if row.unplayed]
    if left:
        print(f"{len(rows)} 次里有 {len(left)} 次内核不跑、由引擎跑。第一次：{left[0].unplayed}", file=sys.stderr)
    still = [row for row in rows if row.figures is not None and row.reason]
    if still:
        print(f"{len(rows)} 次里有 {len(still)} 次有策略没有跑到最后。第一次：{still[0].reason}", file=sys.stderr)
    return rows


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    # For a terminal only: a file of logs is no place for a bar.
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with typer.progressbar(length=total, label=f"扫描 {total} 点", file=sys.stderr, show_pos=True) as bar:
        bar.render_progress()
        yield lambda done: bar.update(done - bar.pos)
