from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import tapes
from tests.e2e import acceptance as a
from tests.unit.shell.plans.plans import CAST, HEAD, plan_file

RICHER = CAST.replace("cash = 1_000_000", "cash = 2_000_000")


@pytest.fixture(autouse=True)
def tape(tmp_path: Path) -> Path:
    day = tapes.ctp_day("AP010", "20200731", "20200730")
    return tapes.write_tape(tmp_path / "AP010.csv.gz", tapes.CTP_COLUMNS, day)


def words(tape: Path, *parts: str) -> tuple[str | Path, ...]:
    folder = tape.parent
    return "replay", "--tape", tape, "--plan", plan_file(folder, *parts), "--data", folder / "data"


def accounts(tape: Path, *parts: str, more: tuple[str, ...] = ()) -> tuple[Any, str]:
    done = a.hengduo(*words(tape, *parts), *more, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["accounts"], done.stderr


def test_a_changed_plan_is_refused_before_it_is_half_applied(tape: Path) -> None:
    first, _ = accounts(tape, HEAD, CAST)
    sentence = a.refused(*words(tape, HEAD, CAST, "# one more line"))
    assert "--changed-plan" in sentence
    assert "新的 --data 目录" in sentence
    again, said = accounts(tape, HEAD, CAST)
    assert again == first, "the refused plan left no trace"
    assert "方案" not in said


def test_a_changed_plan_that_is_meant_goes_on_with_the_accounts_of_the_journal(tape: Path) -> None:
    first, _ = accounts(tape, HEAD, CAST)
    then, said = accounts(tape, HEAD, RICHER, more=("--changed-plan",))
    assert then == first
    assert "仍以日志为准" in said
    assert accounts(tape, HEAD, RICHER)[0] == first, "the plan that was meant is now the last one"
