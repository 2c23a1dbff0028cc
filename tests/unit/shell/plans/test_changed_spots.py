"""A plan is edited while a strategy of the journal still leans on a spot that only the plan before knew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests import tapes
from tests.e2e import acceptance as a
from tests.unit.shell.plans.plans import CAST, HEAD, plan_file

APPLE: Final = """\
[[instrument]]
id = "CZCE.AP010"
margin_rate = 0.1
max_lots = 100
fees = { open = { by_lot = 5 }, close = { by_lot = 5 }, close_today = { by_lot = 5 } }
"""
PLACE: Final = "SPOT.AP.栖霞"
QUOTED: Final = f"""\
[[spot]]
at = "+1s"
instrument = "{PLACE}"
price = 7000
source = "示例"
by = "maker"
"""
BASIS: Final = f"""\
[[strategy]]
id = "basis"
kind = "spread"
account = "A"
by = "maker"
at = "+2s"
buy_at = -900
sell_at = 900
sets = 1
max_sets = 1
spot_side = {{ tonnes = 10 }}
legs = [
    {{ instrument = "{PLACE}", coefficient = 1, lots = 0 }},
    {{ instrument = "CZCE.AP010", coefficient = -1, lots = -1, active = true }},
]
"""
STOPPED: Final = """\
[[command]]
do = "stop"
at = "+48600s"
by = "maker"
strategy = "basis"
"""


@pytest.fixture(autouse=True)
def tape(tmp_path: Path) -> Path:
    day = tapes.ctp_day("AP010", "20200731", "20200730")
    return tapes.write_tape(tmp_path / "AP010.csv.gz", tapes.CTP_COLUMNS, day)


def words(tape: Path, *parts: str) -> tuple[str | Path, ...]:
    folder = tape.parent
    return "replay", "--tape", tape, "--plan", plan_file(folder, *parts), "--data", folder / "data", "--changed-plan"


def played(tape: Path, *parts: str) -> Any:
    done = a.hengduo(*words(tape, *parts), "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_strategy_that_runs_on_a_spot_the_new_plan_lacks_is_named_and_nothing_starts(tape: Path) -> None:
    # Given a basis that runs as the recording ends
    before = played(tape, HEAD, CAST, APPLE, QUOTED, BASIS)
    assert [(one["strategy"], one["status"]) for one in before["strategies"]] == [("basis", "RUNNING")]
    # When somebody goes on with a plan that no longer has its spot
    done = a.hengduo(*words(tape, HEAD, CAST, APPLE))
    # Then they are told which strategy lacks what, and how to go on,
    assert done.returncode == 2
    assert done.stderr.rstrip().endswith(
        f"hengduo: 账户 A 的策略 basis 用到 {PLACE}，这份行情和方案里没有，没有开始："
        "请换回原来的行情和方案，先停止这些策略，再换。"
    )
    # and the plan before goes on from where it was.
    assert played(tape, HEAD, CAST, APPLE, QUOTED, BASIS)["strategies"] == before["strategies"]


def test_one_that_was_stopped_before_keeps_nobody_from_the_new_plan(tape: Path) -> None:
    before = played(tape, HEAD, CAST, APPLE, QUOTED, BASIS, STOPPED)
    assert [one["status"] for one in before["strategies"]] == ["STOPPED"]
    assert played(tape, HEAD, CAST, APPLE)["accounts"] == before["accounts"]
