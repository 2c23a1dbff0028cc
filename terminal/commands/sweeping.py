"""Run a sweep for `hengduo backtest --sweep`: over the processes of this machine or those of a Dask scheduler."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import typer

from terminal.backtest.sweep import cluster, pool
from terminal.backtest.sweep.figures import BY_KERNEL, RANKS
from terminal.backtest.sweep.page import page
from terminal.backtest.sweep.point import Job, kernel_module, lost, play_point
from terminal.backtest.sweep.result import encode, shown, sweep_of, table, tasks_of
from terminal.backtest.sweep.space import read_space
from terminal.backtest.write import put
from terminal.commands.walking import run_walk
from terminal.domain.errors import UserError
from terminal.shell.plans.plan import plan_of
from terminal.shell.plans.text import PlanText, read_bytes
from terminal.store.reference import load_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from terminal.backtest.sweep.point import Row, Task
    from terminal.backtest.sweep.result import Point, Sweep
    from terminal.backtest.sweep.space import Space

SHOWN: Final = 10  # points on the screen


class Where(NamedTuple):
    """Hold where a sweep is to run, so many processes here or the scheduler at an address, and by what."""

    workers: int | None
    dask: str | None
    kernel: bool = False


def run_sweep(tapes: Sequence[Path], plan: Path, sweep: Path, *, where: Where, out: Path | None, json: bool) -> None:
    """Play every point, write and print what they came to; exit 1 where the program itself was found wrong.

    A file with `[walk]` is a walk-forward: see `terminal.commands.walking`.
    """
    if where.workers is not None and where.dask is not None:
        raise UserError("--workers 是本机的进程数，--dask 用别处的进程：请只写一个。")
    text = PlanText(plan, body := read_bytes(plan))
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
    if out is not None:
        put(out / "sweep.html", page(found))
        put(out / "sweep.json", encode(found) + b"\n")
        put(out / "sweep.csv", table(found))
    if json:
        print(encode(found).decode())
    else:
        for line in _lines(found):
            print(line)
    print(f"用时 {time.perf_counter() - began:.1f} 秒", file=sys.stderr)
    if found.failed == len(found.points):
        raise UserError(f"没有一点有结果。第 1 点：{found.points[0].reason}")
    if found.broken:
        raise typer.Exit(1)


def rows_of(job: Job, tasks: Sequence[Task], *, where: Where) -> list[Row]:
    """Play points where they are to be played, and return their rows in order."""
    act = partial(play_point, job)
    with _bar(len(tasks)) as told:
        if where.dask is not None:
            rows = cluster.spread(where.dask, act, tasks, lost=lost, told=told)
        else:
            workers = min(where.workers or os.cpu_count() or 1, len(tasks))
            rows = pool.spread(act, tasks, workers=workers, lost=lost, told=told)
    left = [row for row in rows if row.unplayed]
    if left:
        print(f"{len(rows)} 次里有 {len(left)} 次内核不跑、由引擎跑。第一次：{left[0].unplayed}", file=sys.stderr)
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


def _lines(sweep: Sweep) -> list[str]:
    rank = RANKS[sweep.rank].word
    best = sweep.best_first()
    lines = [f"{sweep.source.market}　{len(best)} 点，没有结果的 {sweep.failed} 点，按{rank}排序"]
    lines += [_line(sweep, one) for one in best[:SHOWN] if one.figures is not None]
    if sweep.failed:
        first = next(one for one in sweep.points if one.figures is None)
        lines.append(f"没有结果的第一点（{_values(sweep, first)}）：{first.reason}")
    if sweep.broken:
        lines.append(f"{sweep.broken} 点有不变量不成立或程序出错，数字不可采信")
    source = sweep.source
    lines.append(f"行情 {source.data_sha256[:16]}　方案 {source.plan_sha256[:16]}　扫描 {source.sweep_sha256[:16]}")
    return lines


def _values(sweep: Sweep, one: Point) -> str:
    return "　".join(f"{key} {shown(value)}" for key, value in zip(sweep.keys, one.values, strict=True))


def _line(sweep: Sweep, one: Point) -> str:
    figures = one.figures
    if figures is None:
        return f"{one.standing:>5}　{_values(sweep, one)}　{one.reason}"
    sharpe = "—" if figures.sharpe is None else f"{figures.sharpe:.2f}"
    return (
        f"{one.standing:>5}　{_values(sweep, one)}　盈亏 {figures.profit:,}　回撤 {figures.drawdown:,}　夏普 {sharpe}"
        f"　手续费 {figures.fees:,}　成交 {figures.lots} 手"
    )
