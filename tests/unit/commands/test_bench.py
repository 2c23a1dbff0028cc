from __future__ import annotations

from importlib import import_module

import pytest

from terminal.commands.bench import BENCHES
from terminal.commands.benches import grid
from terminal.commands.benches.figure import Figure, latencies
from terminal.commands.benches.first_paint import _run
from terminal.commands.benches.grid import CELLS_PER_S
from terminal.commands.benches.handover import figures_of
from terminal.domain.errors import UserError


@pytest.mark.parametrize("name", BENCHES)
def test_every_bench_that_can_be_named_is_a_module_that_measures(name: str) -> None:
    assert callable(import_module(f"terminal.commands.benches.{name}").measure)


def test_the_grid_is_measured_at_the_load_that_is_claimed() -> None:
    assert CELLS_PER_S == 20_000


@pytest.mark.parametrize(
    ("joins", "cards", "met"), [([4.9] * 5, [1.9] * 5, [True, True]), ([5.1] * 5, [2.1] * 5, [False, False])]
)
def test_a_new_desk_has_the_runners_state_in_five_seconds_and_an_approval_is_shown_in_two(
    joins: list[float], cards: list[float], met: list[bool]
) -> None:
    assert [figure.met for figure in figures_of(joins, cards)] == met


def test_one_run_that_is_too_slow_breaks_what_a_person_is_promised() -> None:
    slow_once = figures_of([1.0, 1.0, 5.1, 1.0, 1.0], [0.1, 0.1, 0.1, 0.1, 2.1])
    assert [figure.met for figure in slow_once] == [False, False]


def test_one_stall_of_one_run_is_not_hidden_by_the_median_of_the_runs() -> None:
    busy, stall = grid.figures_of([(10.0, 20.0), (25.0, 20.0), (10.0, 20.0), (10.0, 50.1), (10.0, 20.0)])
    assert (busy.met, stall.met) == (True, False)
    assert [stall.plain()[name] for name in ("median", "max", "judged_by", "met")] == [20.0, 50.1, "worst", False]


def test_a_run_with_a_slow_tail_is_not_hidden_by_the_median_of_the_tails() -> None:
    usual, once = [1.0] * 98 + [2.0] * 2, [1.0] * 98 + [5.1] * 2
    half, tail = latencies("fact", "", "ms", [usual, once, usual, usual, usual], bar=5, half_bar=1)
    assert (half.runs, half.met) == ((1.0,) * 5, True)
    assert (tail.runs, tail.met) == ((2.0, 5.1, 2.0, 2.0, 2.0), False)


def test_the_worst_run_is_the_slowest_where_more_is_better() -> None:
    speed = Figure(name="", what="", unit="", runs=(49.0, 60.0, 70.0), bar=50, less_is_better=False, judged_by="worst")
    assert (speed.worst, speed.met) == (49.0, False)


def test_a_desk_that_paints_nothing_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal.commands.benches.first_paint.CHILD", "raise SystemExit('no window')")
    with pytest.raises(UserError, match="no window"):
        _run("/nowhere")
