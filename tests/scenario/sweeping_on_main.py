"""Sweep a plan whose strategy follows a main contract: what the scenarios of a grid and of a spread have in common."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Final

from terminal.backtest.mains import contracts_in, plan_with_mains
from terminal.commands.main import main
from terminal.domain.commands import StartStrategy
from terminal.gateways.replay.open import read_recording
from terminal.shell.opening import resolver
from terminal.shell.plans.listing import PlanListing
from terminal.shell.plans.text import PlanText
from tests import tapes

FILES: Final = ("sweep.html", "sweep.json", "sweep.csv")
WALK: Final = "[walk]\nin_days = 2\nout_days = 1\n"
PLAN: Final = 4  # the place of the plan among the words of a backtest


def with_sweep(folder: Path, backtest: list[str], sweep: str, *more: str) -> list[str]:
    """Return the words of a backtest with a sweep file beside its plan."""
    (folder / "sweep.toml").write_text(sweep, encoding="utf-8")
    return [*backtest, "--sweep", str(folder / "sweep.toml"), *more]


def rows_by_any_workers(folder: Path, line: list[str]) -> list[dict[str, str]]:
    """Run a sweep by one process and by two, which write the same bytes; return the rows of its table."""
    runs = []
    for workers in ("1", "2"):
        out = folder / workers
        assert main([*line, "--workers", workers, "--out", str(out)]) == 0
        runs.append([(out / name).read_bytes() for name in FILES])
    assert runs[0] == runs[1]
    rows = list(csv.DictReader(runs[0][2].decode("utf-8-sig").splitlines()))
    assert [row["reason"] for row in rows] == ["", ""]
    return rows


def write_instead(plan: Path, before: str, after: str) -> None:
    """Write a plan that says something else in one place."""
    plan.write_text(plan.read_text(encoding="utf-8").replace(before, after), "utf-8")


def judged_on_each_day(walk: dict[str, Any], *, least_fills: int) -> None:
    """Expect the third, fourth and fifth day judged: who stood at another month's prices would trade nothing."""
    assert [one["judged"][0] for one in walk["steps"]] == [20231011, 20231012, 20231013]
    assert all(one["outside"] is not None and one["outside"]["fills"] > least_fills for one in walk["steps"])
    assert [one["reason"] for one in walk["steps"]] == ["", "", ""]


def begun_on(line: list[str], days: tuple[int, int] | None) -> StartStrategy:
    """Return how the one strategy of a backtest's plan is started where only some of the days are played."""
    text, reference = PlanText(Path(line[PLAN])), tapes.reference()
    resolve = resolver(PlanListing(text, reference))
    recording = read_recording([Path(line[2])], instruments=resolve, calendar=reference.calendar)
    plan = plan_with_mains(text, contracts_in(text, recording, reference), reference, days)
    (wish,) = [one.wish for one in plan.script.entries]
    assert isinstance(wish, StartStrategy)
    return wish
