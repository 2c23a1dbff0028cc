from __future__ import annotations

from importlib import import_module

import pytest

from terminal.commands.bench import BENCHES
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


def test_a_desk_that_paints_nothing_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal.commands.benches.first_paint.CHILD", "raise SystemExit('no window')")
    with pytest.raises(UserError, match="no window"):
        _run("/nowhere")
