"""Hold backtests that pass over what cannot matter against the same ones that look at every batch."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from random import Random

import pytest

from terminal.backtest import sleep
from terminal.backtest.report import encode
from terminal.backtest.run import Ran, play
from terminal.domain.market import Recording
from terminal.shell.plans.plan import read_plan
from tests import tapes
from tests.random_plan import CONTRACT, HEAD, SEEDS, grid, ladders_of, plan_of, spread
from tests.random_tape import FAR, NEAR, RandomTape
from tests.two_contracts import pair_of, spread_of


def both(recording: Recording, path: Path) -> tuple[Ran, Ran]:
    def ran(*, sleeping: bool) -> Ran:
        plan = read_plan(path, tapes.reference())  # its script keeps its place: one run each
        return play(recording, plan=plan, reference=tapes.reference(), sleeping=sleeping)

    return ran(sleeping=False), ran(sleeping=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_who_sleeps_misses_nothing(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)  # every chance to sleep is taken
    recording = RandomTape(seed).recording()
    path = tmp_path / "plan.toml"
    path.write_text(plan_of(seed) if seed != 17 else ladders_of(seed), encoding="utf-8")
    awake, asleep = both(recording, path)
    for before, after in zip_longest(awake.journal.replay(), asleep.journal.replay()):
        assert before.record == after.record
    assert encode(asleep.report) == encode(awake.report)
    assert asleep.fills == awake.fills
    assert awake.passed == 0


def test_who_dozes_is_woken_by_what_the_sleep_passed_over(tmp_path: Path) -> None:
    # One leg leaves what the strategy declared when it fell asleep within a stretch that is passed over, and the price
    # is reached by the other leg alone: it is asked.
    recording = pair_of(74)
    path = tmp_path / "plan.toml"
    path.write_text(spread_of(74, recording.universe), encoding="utf-8")
    awake, asleep = both(recording, path)
    assert asleep.passed
    assert asleep.fills == awake.fills
    assert encode(asleep.report) == encode(awake.report)


@pytest.mark.parametrize(("strategy", "least"), [("grid", 0.8), ("spread", 0.2)])
def test_a_strategy_sleeps_where_nothing_is_near(strategy: str, least: float, tmp_path: Path) -> None:
    recording = RandomTape(40).recording()
    head = HEAD.format(seed=1, cash=10_000_000, position=1000, loss=1_000_000)
    one = grid(Random(5), 0) if strategy == "grid" else spread(Random(6))
    path = tmp_path / "plan.toml"
    path.write_text("\n".join([head, *(CONTRACT.format(name=name) for name in (NEAR, FAR)), one]), encoding="utf-8")
    _, asleep = both(recording, path)
    assert asleep.report.total.activity.orders > 0
    assert asleep.passed / len(recording) > least
