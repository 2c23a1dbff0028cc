"""Sweep by the kernel, and hold every figure it tells against the same sweep by the engine."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from terminal.commands.main import main
from tests.e2e import own_market as own
from tests.e2e.own_market import order

GRID = own.GRID.replace("anchor = 7020", "anchor = 7018")
SWEEP = "[vary.grid]\nstep = [1, 2, 3]\nlots_per_line = [1, 2]\nlines = [4, 300]\n"


def words(folder: Path, *parts: str, sweep: str = SWEEP) -> list[str]:
    own.wave_tape(folder / "AP010.csv", seconds=240)
    apple = f"{own.APPLE}fees.close = {{ by_lot = 20 }}\n"  # whose lots are closed makes no difference
    plan = own.write_plan(folder / "plan.toml", apple, *parts)
    (folder / "sweep.toml").write_text(sweep, encoding="utf-8")
    tape = str(folder / "AP010.csv")
    return ["backtest", "--tape", tape, "--plan", str(plan), "--sweep", str(folder / "sweep.toml"), "--workers", "1"]


def swept(line: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main([*line, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.xdist_group("kernel")
def test_the_kernel_tells_what_the_engine_tells_where_it_tells_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("numba", reason="the research extra is not installed: numba")
    line = words(tmp_path, GRID)
    ours, theirs = swept([*line, "--engine", "kernel"], capsys), swept([*line, "--engine", "engine"], capsys)
    assert [one["values"] for one in ours["points"]] == [one["values"] for one in theirs["points"]]
    told = 0
    for one, other in zip(ours["points"], theirs["points"], strict=True):
        if one["figures"] is None:
            assert one["reason"]
            continue
        known = {name: value for name, value in one["figures"].items() if value not in {None, ""}}
        assert known == {name: other["figures"][name] for name in known}
        told += one["figures"]["fills"]
    assert told > 100
    assert [one["figures"] is None for one in ours["points"]] == [one["figures"] is None for one in theirs["points"]]


@pytest.mark.xdist_group("kernel")
def test_what_the_kernel_does_not_play_the_engine_does_and_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("numba", reason="the research extra is not installed: numba")
    manual = order("2020-07-31 09:00:00", "CZCE.AP010", "BUY OPEN", 2, "7010")
    line = words(tmp_path, GRID, manual, sweep="[vary.grid]\nstep = [1, 2]\n")
    theirs = swept([*line, "--engine", "engine"], capsys)
    assert main([*line, "--engine", "kernel", "--out", str(tmp_path / "out"), "--json"]) == 0
    said = capsys.readouterr()
    assert "2 次里有 2 次内核不跑、由引擎跑" in said.err
    ours = json.loads(said.out)
    assert all("没有别的命令" in one["unplayed"] for one in ours["points"])
    assert [one["figures"] for one in ours["points"]] == [one["figures"] for one in theirs["points"]]
    assert "没有别的命令" in (tmp_path / "out" / "sweep.html").read_text(encoding="utf-8")
    assert "没有别的命令" in (tmp_path / "out" / "sweep.csv").read_text(encoding="utf-8-sig")


@pytest.mark.xdist_group("kernel")
def test_a_rank_that_the_kernel_does_not_reckon_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("numba", reason="the research extra is not installed: numba")
    assert main([*words(tmp_path, GRID, sweep='rank = "sharpe"\n' + SWEEP), "--engine", "kernel"]) == 2
    assert "列式内核不算 sharpe" in capsys.readouterr().err.splitlines()[-1]


def test_without_numba_a_sentence_says_how_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "terminal.backtest.kernel.play", None)
    assert main([*words(tmp_path, GRID), "--engine", "kernel"]) == 2
    assert ".[research]" in capsys.readouterr().err
