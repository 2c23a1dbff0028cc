from __future__ import annotations

import pytest

from terminal.backtest.sweep import cluster
from terminal.backtest.sweep.pool import spread
from terminal.domain.errors import UserError
from tests import falling


def test_results_come_in_the_order_of_the_tasks_and_every_one_is_told() -> None:
    told: list[int] = []
    found = spread(falling.square, [3, 1, 2], workers=1, lost=falling.lost, told=told.append)
    assert found == [9, 1, 4]
    assert told == [1, 2, 3]


def test_a_process_that_the_system_kills_loses_its_own_point_and_no_other() -> None:
    told: list[int] = []
    tasks = [1, 2, falling.DEADLY, 4, 5]
    found = spread(falling.square_or_die, tasks, workers=2, lost=falling.lost, told=told.append)
    assert found == [1, 4, -falling.DEADLY, 16, 25]
    assert told[-1] == len(tasks)


def test_what_goes_wrong_for_everybody_ends_the_sweep() -> None:
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
