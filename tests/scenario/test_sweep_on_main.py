"""Sweep a grid on the main contract, and walk it forward: each point is the backtest that it stands for."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from shutil import rmtree
from typing import Final

import pytest

from terminal.commands.main import main
from terminal.domain.parameters.strategy import GridSettings
from tests.e2e import own_market as own
from tests.scenario.sweeping_on_main import (
    WALK,
    begun_on,
    judged_on_each_day,
    rows_by_any_workers,
    with_sweep,
    write_instead,
)
from tests.scenario.test_grid_on_main import HOLDING, words
from tests.scenario.test_main_contract import MONEY, report
from tests.unit.backtest.sweep.test_space import OWN, RULE

SWEEP: Final = "[vary.g]\nstep = [4, 5]\n"


def swept(folder: Path, sweep: str, *more: str) -> list[str]:
    return with_sweep(folder, words(folder, HOLDING), sweep, *more)


def test_each_point_is_its_own_backtest_whatever_the_processes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = swept(tmp_path, SWEEP)
    rows, plan = rows_by_any_workers(tmp_path, line), Path(line[4])
    for row in rows:
        write_instead(plan, "step = 5", f"step = {row['g.step']}")
        capsys.readouterr()
        alone = report(line[:5], capsys)
        assert Decimal(alone["total"]["profit"]) == Decimal(row["profit"])
        assert len(alone["strategies"]) == 3, "the grid and two rolls"
        write_instead(plan, f"step = {row['g.step']}", "step = 5")
    assert rows[0]["profit"] != rows[1]["profit"]


def test_a_walk_judges_each_day_on_the_main_contract_of_that_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(swept(tmp_path, SWEEP + WALK, "--workers", "1", "--json")) == 0
    judged_on_each_day(json.loads(capsys.readouterr().out), least_fills=4)


@pytest.mark.parametrize(
    ("days", "first", "moved"),
    [
        (None, "SHFE.rb2401", 0),
        ((20231010, 20231011), "SHFE.rb2401", 0),
        ((20231011, 20231012), "SHFE.rb2405", -100),
        ((20231012, 20231013), "SHFE.rb2405", -100),
        ((20231013, 20231013), "SHFE.rb2410", -200),
    ],
)
def test_a_grid_of_later_days_stands_where_it_would_have_come_to(
    days: tuple[int, int] | None, first: str, moved: int, tmp_path: Path
) -> None:
    wish = begun_on(words(tmp_path, HOLDING), days)
    assert isinstance(wish.settings, GridSettings)
    assert (wish.settings.instrument, wish.settings.anchor) == (first, 3700 + moved)
    assert (wish.settings.stop, wish.settings.upper) == (3670 + moved, 3720 + moved)


def test_the_kernel_leaves_it_to_the_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("numba")
    assert main(swept(tmp_path, SWEEP, "--engine", "kernel", "--workers", "1", "--json")) == 0
    found = json.loads(capsys.readouterr().out)
    assert {one["unplayed"] for one in found["points"]} == {
        "列式内核不跑这个方案：策略以主力连续为合约，换月由引擎推演"
    }
    assert all(one["figures"]["profit"] for one in found["points"])


def test_what_cannot_be_followed_is_said_once_and_not_by_every_point(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = swept(tmp_path, SWEEP, "--workers", "1")
    write_instead(Path(line[4]), "rb.main", "cu.main")
    assert main(line) == 2
    assert "行情里没有品种 SHFE.cu 的合约（有 SHFE.rb）" in capsys.readouterr().err


def test_a_point_that_stands_still_before_a_change_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given a first month that is quoted no more from the day another is the main one, while the grid holds lots of it
    line = swept(tmp_path, SWEEP, "--workers", "1", "--json")
    tape = tmp_path / "tape" / "rb2401.csv"
    head, *rows = tape.read_text(encoding="utf-8").splitlines()
    early = [one for one in rows if one.startswith(("20231009", "20231010"))]
    tape.write_text("\n".join([head, *early]) + "\n", encoding="utf-8")
    assert main(line) == 0
    told = capsys.readouterr()
    assert all("策略 g 还没有换到 SHFE.rb2405" in one["reason"] for one in json.loads(told.out)["points"])
    assert "2 次里有 2 次有策略没有跑到最后" in told.err


def test_numbers_of_a_rule_are_swept_on_the_main_contract_with_its_file_in_the_hash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = []
    for more in ("", "# another file\n"):
        line = swept(tmp_path, "[vary.rule]\nnumbers = { span = [3, 9] }\n", "--workers", "1", "--json")
        (tmp_path / "rule.py").write_text(RULE.replace("= 1\n", "= 50\n", 1) + more, encoding="utf-8")
        own.write_plan(Path(line[4]), MONEY, OWN.replace("CZCE.AP010", "SHFE.rb.main"))
        assert main(line) == 0
        found.append(json.loads(capsys.readouterr().out))
        rmtree(tmp_path / "tape")
    assert all(one["figures"]["fills"] > 4 and not one["reason"] for one in found[0]["points"])
    assert [one["figures"]["profit"] for one in found[0]["points"]] == [
        one["figures"]["profit"] for one in found[1]["points"]
    ]
    assert found[0]["source"]["plan_sha256"] != found[1]["source"]["plan_sha256"]
