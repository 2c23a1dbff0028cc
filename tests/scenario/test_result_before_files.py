"""A result that took hours is on the screen before the files: a disk that refuses those costs nobody the result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from terminal.commands.main import main
from tests import bar_tapes
from tests.e2e import own_market as own

if TYPE_CHECKING:
    from pathlib import Path

DAYS: Final = (20231009, 20231010, 20231011)
GRID: Final = """
[[instrument]]
id = "SHFE.rb2401"
broker_margin_add = "0.02"

[[strategy]]
id = "grid"
kind = "grid"
account = "A"
instrument = "SHFE.rb2401"
side = "BUY"
anchor = 3712
step = 2
lines = 3
lots_per_line = 2
lower = 3600
upper = 3800
stop = 3590
"""
VARY: Final = "[vary.grid]\nstep = [2, 5]\n"
SWEEPS: Final = {
    "report.json": None,
    "sweep.json": VARY,
    "walk.json": f"[walk]\nin_days = 1\nout_days = 1\n{VARY}",
}


def ground(folder: Path) -> list[str]:
    bars = [bar for day in DAYS for bar in bar_tapes.wave(day)]
    tape = bar_tapes.tqsdk(folder / "SHFE.rb2401_1min.csv", bars)
    return ["--tape", str(tape), "--plan", str(own.write_plan(folder / "plan.toml", GRID))]


def words(folder: Path, result: str) -> list[str]:
    sweep, found = SWEEPS[result], ["backtest", *ground(folder), "--out", str(folder / "out"), "--json"]
    if sweep is None:
        return found
    (folder / "sweep.toml").write_text(sweep, encoding="utf-8")
    return [*found, "--sweep", str(folder / "sweep.toml"), "--workers", "1"]


@pytest.mark.parametrize("result", SWEEPS)
def test_a_result_whose_files_the_disk_refuses_is_told_all_the_same(
    result: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a folder that cannot take one of the files
    (tmp_path / "out" / result).mkdir(parents=True)
    # When the work is done, then it ends with the refusal, and with the whole of the result printed
    assert main(words(tmp_path, result)) == 2
    said = capsys.readouterr()
    assert f"写不进去：{tmp_path / 'out' / result}：这里要的是文件" in said.err.splitlines()[-1]
    (tmp_path / "out" / result).rmdir()
    assert main(words(tmp_path, result)) == 0
    again = capsys.readouterr().out
    assert said.out == again
    assert json.loads(said.out) == json.loads((tmp_path / "out" / result).read_bytes())


@pytest.mark.parametrize("result", SWEEPS)
def test_what_the_screen_does_not_take_costs_no_file(
    result: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise RuntimeError("nobody reads")

    monkeypatch.setattr("builtins.print", gone)
    with pytest.raises(RuntimeError, match="nobody reads"):
        main(words(tmp_path, result))
    monkeypatch.undo()
    assert json.loads((tmp_path / "out" / result).read_bytes())


def summary_of(folder: Path, *more: str) -> list[str]:
    return ["replay", *ground(folder), "--data", str(folder / "data"), "--json", *more]


def test_a_replay_tells_its_summary_before_it_writes_the_fills(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a name for the table of fills that is free at first, and is that of the journal once there is one
    assert main(summary_of(tmp_path, "--trades", str(tmp_path / "data" / "journal.db"))) == 2
    said = capsys.readouterr()
    assert "成交表写不成" in said.err.splitlines()[-1]
    summary: dict[str, Any] = json.loads(said.out)
    assert summary["batches"] > 0


def test_a_replay_writes_its_fills_into_the_folder_of_its_data_which_it_makes(tmp_path: Path) -> None:
    trades = tmp_path / "data" / "trades.csv"
    assert main(summary_of(tmp_path, "--trades", str(trades))) == 0
    assert trades.read_text(encoding="utf-8-sig").startswith("account,instrument,")


def test_a_table_of_fills_that_cannot_be_leaves_no_folder_of_data(tmp_path: Path) -> None:
    assert main(summary_of(tmp_path, "--trades", str(tmp_path / "data" / "nowhere" / "trades.csv"))) == 2
    assert not (tmp_path / "data").exists()
