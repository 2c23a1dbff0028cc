"""Spread work over processes of this machine.

Workers are started anew and not forked: the same on every system, and in a frozen program. They leave Ctrl-C to the
process that started them, which ends them. A worker that the system kills takes the whole pool with it, and nobody can
tell whose work it was: what is left then runs one by one, and what kills its worker alone is `lost`.
"""

from __future__ import annotations

import signal
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
R = TypeVar("R")


def spread(
    act: Callable[[T], R],
    tasks: Sequence[T],
    *,
    workers: int,
    lost: Callable[[T], R],
    told: Callable[[int], None],
) -> list[R]:
    """Return what `act` makes of each task, in the order of the tasks; `told` hears how many are done.

    `act` must be importable by name and its arguments must pickle. One worker is this process itself.
    """
    if workers == 1:
        return [_counted(act(task), place + 1, told) for place, task in enumerate(tasks)]
    found: dict[int, R] = {}
    _together(act, tasks, found, min(workers, len(tasks)), told)
    while missing := [place for place in range(len(tasks)) if place not in found]:
        with _pool(1) as pool:
            _one_by_one(pool, act, tasks, found, missing, lost=lost, told=told)
    return [found[place] for place in range(len(tasks))]


def _counted(made: R, done: int, told: Callable[[int], None]) -> R:
    told(done)
    return made


def _together(
    act: Callable[[T], R], tasks: Sequence[T], found: dict[int, R], workers: int, told: Callable[[int], None]
) -> None:
    with _pool(workers) as pool:
        try:
            with _unheard():
                futures = {pool.submit(act, task): place for place, task in enumerate(tasks)}
            for future in as_completed(futures):
                found[futures[future]] = future.result()
                told(len(found))
        except BrokenProcessPool:
            return


def _one_by_one(
    pool: ProcessPoolExecutor,
    act: Callable[[T], R],
    tasks: Sequence[T],
    found: dict[int, R],
    missing: Sequence[int],
    *,
    lost: Callable[[T], R],
    told: Callable[[int], None],
) -> None:
    for place in missing:
        try:
            with _unheard():
                future = pool.submit(act, tasks[place])
            found[place] = future.result()
        except BrokenProcessPool:
            found[place] = lost(tasks[place])
            return
        finally:
            told(len(found))


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    before = set(active_children())
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_ignore_interrupts)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(active_children()) - before:
            child.terminate()
        raise
    finally:
        pool.shutdown()


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _unheard() -> Iterator[None]:
    # A process started here is deaf to Ctrl-C from its first instruction, not only from `_ignore_interrupts` on.
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
