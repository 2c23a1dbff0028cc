from __future__ import annotations

import subprocess
import sys
import threading
from itertools import pairwise
from typing import Final

import pytest

from terminal.backtest.sweep import cluster, pool
from terminal.backtest.sweep.pool import SECONDS, copies, handful, spread
from terminal.domain.errors import UserError
from tests import falling

# In a process of its own, which has one thread as the command line has: that of the tests may have any.
COPIED: Final = """
from terminal.backtest.sweep.pool import copies, spread
from tests import falling

def swept(act, tasks):
    assert copies()
    return spread(act, tasks, workers=2, lost=falling.lost, told=lambda _: None)

falling.NOTED.append("before")
print(swept(falling.noted, [1, 2]))
print(swept(falling.square_or_die, [1, 2, falling.DEADLY, 4, 5]))
print(swept(falling.square, list(range(4, 500))) == [number**2 for number in range(4, 500)])
"""


def test_results_come_in_the_order_of_the_tasks_and_every_one_is_told() -> None:
    told: list[int] = []
    found = spread(falling.square, [3, 1, 2], workers=1, lost=falling.lost, told=told.append)
    assert found == [9, 1, 4]
    assert told == [1, 2, 3]


@pytest.mark.parametrize("copied", [True, False])
def test_a_process_that_the_system_kills_loses_its_own_point_and_no_other(
    copied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not copied:
        monkeypatch.setattr(pool, "copies", lambda: False)
    told: list[int] = []
    tasks = [1, 2, falling.DEADLY, 4, 5]
    found = spread(falling.square_or_die, tasks, workers=2, lost=falling.lost, told=told.append)
    assert found == [1, 4, -falling.DEADLY, 16, 25]
    assert told[-1] == len(tasks)


@pytest.mark.parametrize("copied", [True, False])
def test_what_goes_wrong_for_everybody_ends_the_sweep(copied: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not copied:
        monkeypatch.setattr(pool, "copies", lambda: False)
    with pytest.raises(UserError, match="no tape"):
        spread(falling.fault, [1, 2], workers=2, lost=falling.lost, told=lambda _: None)


def test_a_scheduler_gives_what_processes_here_give() -> None:
    distributed = pytest.importorskip("distributed", reason="the research extra is not installed")
    told: list[int] = []
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None, protocol="inproc"
    ) as nearby:
        address = nearby.scheduler_address
        found = cluster.spread(address, falling.square, [3, 1, 2], lost=falling.lost, told=told.append)
    assert found == [9, 1, 4]
    assert told == [1, 2, 3]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere workers are started anew")
def test_workers_are_born_with_what_there_was_and_lose_no_more_than_others() -> None:
    done = subprocess.run([sys.executable, "-c", COPIED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "[(1, ('before',)), (2, ('before',))]",
        f"[1, 4, {-falling.DEADLY}, 16, 25]",
        "True",
    ]


def test_a_process_with_another_thread_is_not_copied() -> None:
    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    try:
        assert not copies()
    finally:
        over.set()
        other.join()


def test_a_handful_takes_a_quarter_of_a_second_and_the_last_ones_are_single() -> None:
    assert handful(1_000, 2, None) == 1
    assert handful(1_000, 2, SECONDS / 10) == 10
    assert handful(1_000, 2, SECONDS * 3) == 1
    assert handful(1_000, 2, 0.0) == 125
    left, sizes = 1_000, []
    while left:
        sizes.append(handful(left, 2, SECONDS / 50))
        left -= sizes[-1]
    assert sizes[0] == 50
    assert all(later <= sooner for sooner, later in pairwise(sizes))
    assert sizes[-8:] == [1] * 8


def test_a_worker_that_is_started_anew_imports_neither_a_database_nor_a_window_nor_a_compiler() -> None:
    text = "import sys, terminal.backtest.sweep.point; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert not {"sqlalchemy", "PySide6", "numba", "pandas", "distributed", "typer"} & set(done.stdout.split())
