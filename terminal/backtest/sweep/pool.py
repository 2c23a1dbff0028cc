"""Spread work over processes of this machine.

Where that is safe a worker is a copy of this process, which has everything imported and the recording in memory: on
Linux, while no other thread could hold a lock that a copy would wait for in vain. Elsewhere it is started anew, as on
Windows every process is, and in a program whose libraries have threads. Either way workers leave Ctrl-C to the process
that started them, which ends them, and end with it where it is killed. A worker that the system kills takes the whole
pool with it, and nobody can tell whose work it was: what is left then runs one by one, and what kills its worker alone
is `lost`.

Work goes out by the handful, as much as takes a quarter of a second: a message for each task of ten milliseconds costs
a share of the processors that is seen. Handfuls grow smaller towards the end, so that nobody waits for another's last.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
R = TypeVar("R")

SECONDS: Final = 0.25  # what a handful is to take: a bar moves smoothly, and little is done again if a worker is killed
SHARES: Final = 4  # a handful is at most this part of each worker's share of what is left
JOINED_WITHIN: Final = 50  # milliseconds in which a thread that was joined is gone from the system's list too
AHEAD: Final = 2  # handfuls out for each worker: one that is played, and one that waits for it


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


def copies() -> bool:
    """Return whether workers begin as copies of this process, with all it has in memory by then."""
    if not sys.platform.startswith("linux"):
        return False
    for _ in range(JOINED_WITHIN):
        try:
            # Those of libraries too, which Python does not know.
            threads = sum(1 for _ in Path("/proc/self/task").iterdir())
        except OSError:
            return False
        if threads == 1 or threading.active_count() > 1:
            return threads == 1
        time.sleep(0.001)
    return False


def handful(left: int, workers: int, seconds_each: float | None) -> int:
    """Return how many tasks go out together: `seconds_each` is what one takes, `None` before anybody knows."""
    if seconds_each is None:
        return 1
    fair = left // (SHARES * workers)
    return max(1, fair if seconds_each * fair <= SECONDS else int(SECONDS / seconds_each))


def _counted(made: R, done: int, told: Callable[[int], None]) -> R:
    told(done)
    return made


def _together(
    act: Callable[[T], R], tasks: Sequence[T], found: dict[int, R], workers: int, told: Callable[[int], None]
) -> None:
    out: dict[Future[tuple[list[R], float]], range] = {}
    sent, seconds_each = 0, None
    with _pool(workers) as pool:
        try:
            while len(found) < len(tasks):
                while sent < len(tasks) and len(out) < AHEAD * workers:
                    size = handful(len(tasks) - sent, workers, seconds_each)
                    places = range(sent, min(sent + size, len(tasks)))
                    with _unheard():
                        out[pool.submit(_play, act, tasks[places.start : places.stop])] = places
                    sent = places.stop
                for future in wait(out, return_when=FIRST_COMPLETED).done:
                    places = out.pop(future)
                    made, seconds = future.result()
                    seconds_each = seconds / len(places)
                    found.update(zip(places, made, strict=True))
                    told(len(found))
        except BrokenProcessPool:
            return


def _play(act: Callable[[T], R], tasks: Sequence[T]) -> tuple[list[R], float]:
    """Return what becomes of some tasks, and the seconds they took; in a worker."""
    began = time.perf_counter()
    return [act(task) for task in tasks], time.perf_counter() - began


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
    before, threads = set(active_children()), set(threading.enumerate())
    context = get_context("fork" if copies() else "spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(active_children()) - before:
            child.terminate()
        for thread in set(threading.enumerate()) - threads:
            if not thread.daemon:  # the pool's own: it closes what the end of the interpreter would write to
                thread.join()
        raise
    finally:
        pool.shutdown()


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.freeze()  # what a copy was born with it never collects: looking at it would make the memory its own


def _end_with_parent() -> None:
    # Nobody else ends a worker whose parent was killed: it would wait for more work, with its memory, for ever.
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _unheard() -> Iterator[None]:
    # A process started here is deaf to Ctrl-C from its first instruction, not only from `_begin` on.
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
