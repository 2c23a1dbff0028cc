"""Sweep settings from the command line: one table whatever the processes, and no point costs another."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from terminal.backtest.run import backtest
from terminal.commands.main import main
from terminal.shell.plans.plan import read_plan
from tests import tapes
from tests.e2e import acceptance as a
from tests.e2e import own_market as own
from tests.e2e.processes import ended, eventually
from tests.unit.backtest.sweep.test_space import OWN, RULE

FILES: Final = ("sweep.html", "sweep.json", "sweep.csv")
# The command line, in a process that notes each time anybody in it or born of it reads the recording.
NOTING: Final = """
import sys
from terminal.backtest.sweep import point
from terminal.commands.main import main

read = point.read_recording

def noted(*words, **more):
    with open(sys.argv[1], "a", encoding="ascii") as file:
        file.write("read\\n")
    return read(*words, **more)

point.read_recording = noted
sys.exit(main(sys.argv[2:]))
"""
# A step of four with eight lines leaves the bounds: the plan refuses that point, and no other.
SWEEP: Final = "[vary.grid]\nstep = [1, 2, 4]\nlines = [2, 8]\n"


def ground(folder: Path, sweep: str = SWEEP) -> list[str]:
    tape = own.wave_tape(folder / "AP010.csv", seconds=120)
    plan = own.write_plan(folder / "plan.toml", own.APPLE, own.GRID)
    (folder / "sweep.toml").write_text(sweep, encoding="utf-8")
    return ["backtest", "--tape", str(tape), "--plan", str(plan), "--sweep", str(folder / "sweep.toml")]


def test_one_process_and_two_write_the_same_bytes_and_a_refused_point_is_a_row(tmp_path: Path) -> None:
    words, runs = ground(tmp_path), []
    for workers in ("1", "2"):
        out = tmp_path / workers
        done = a.hengduo(*words, "--workers", workers, "--out", out, "--json", hash_seed=int(workers))
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        runs.append((done.stdout.encode(), *((out / name).read_bytes() for name in FILES)))
    assert runs[0] == runs[1]
    found = json.loads(runs[0][0])
    assert json.loads(runs[0][2]) == found
    rows = list(csv.DictReader(runs[0][3].decode("utf-8-sig").splitlines()))
    assert [(row["grid.step"], row["grid.lines"]) for row in rows] == [
        (step, lines) for step in ("1", "2", "4") for lines in ("2", "8")
    ]
    assert [row["point"] for row in rows if row["reason"]] == ["6"]
    assert "超出区间" in rows[5]["reason"]
    assert str(tmp_path) not in rows[5]["reason"]
    assert rows[5]["standing"] == "6"
    profits = [Decimal(row["profit"]) for row in sorted(rows[:5], key=lambda row: int(row["standing"]))]
    assert profits == sorted(profits, reverse=True)
    assert len(set(profits)) > 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere every process reads for itself")
def test_the_recording_is_read_once_for_all_processes(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    done = subprocess.run(
        [sys.executable, "-c", NOTING, str(notes), *ground(tmp_path), "--workers", "2"],
        cwd=a.ROOT, env={**a.environment(), "OPENBLAS_NUM_THREADS": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert notes.read_text(encoding="ascii").split() == ["read"]


def test_a_point_is_the_backtest_of_the_plan_with_its_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ground(tmp_path, '[vary.grid]\nside = ["BUY"]\nstep = [3]\n')
    assert main([*words, "--workers", "1", "--json"]) == 0
    (point,) = json.loads(capsys.readouterr().out)["points"]
    plan = own.write_plan(tmp_path / "three.toml", own.APPLE, own.GRID.replace("step = 2", "step = 3"))
    alone = backtest(
        [tmp_path / "AP010.csv"], plan=read_plan(plan, tapes.reference()), reference=tapes.reference()
    ).report
    figures, activity = point["figures"], alone.total.activity
    assert Decimal(figures["profit"]) == alone.total.profit
    assert Decimal(figures["fees"]) == activity.fees
    assert Decimal(figures["drawdown"]) == alone.total.drawdown.yuan
    assert (figures["orders"], figures["fills"], figures["lots"]) == (activity.orders, activity.fills, activity.lots)
    assert activity.fills > 10


def test_a_point_of_a_rule_of_ones_own_is_the_backtest_with_its_parameters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = own.wave_tape(tmp_path / "AP010.csv", seconds=120)
    (tmp_path / "rule.py").write_text(RULE, encoding="utf-8")
    rule = OWN + "numbers = { span = 5 }\n"
    plan = own.write_plan(tmp_path / "plan.toml", own.APPLE, rule)
    (tmp_path / "sweep.toml").write_text("[vary.rule.numbers]\nspan = [4, 12]\n", encoding="utf-8")
    words = ["backtest", "--tape", str(tape), "--plan", str(plan), "--sweep", str(tmp_path / "sweep.toml")]
    assert main([*words, "--workers", "2", "--json"]) == 0
    points = json.loads(capsys.readouterr().out)["points"]
    found = []
    for span in (4, 12):
        own.write_plan(plan, own.APPLE, rule.replace("span = 5", f"span = {span}"))
        ran = backtest([tape], plan=read_plan(plan, tapes.reference()), reference=tapes.reference())
        found.append((str(ran.report.total.profit), ran.report.total.activity.fills))
    assert [(one["figures"]["profit"], one["figures"]["fills"]) for one in points] == found
    assert found[0] != found[1]
    assert found[0][1] > 2


@pytest.mark.parametrize(
    ("more", "sweep", "said"),
    [
        (["--workers", "2", "--dask", "tcp://127.0.0.1:1"], SWEEP, "请只写一个"),
        (["--workers", "1"], "[vary.grid]\nlines = [0]\n", "没有一点有结果。第 1 点"),
        (["--dask", "nonsense"], SWEEP, "不是 Dask 调度器的地址"),
        (["--tape", "nothing.csv", "--workers", "1"], SWEEP, "找不到行情文件"),
    ],
)
def test_what_cannot_be_swept_is_said_in_one_sentence(
    more: list[str], sweep: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ground(tmp_path, sweep), *more]) == 2
    assert said in capsys.readouterr().err.splitlines()[-1]


def test_words_of_a_sweep_are_refused_without_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ground(tmp_path)[:5]
    assert main([*words, "--workers", "2"]) == 2
    assert "只用于参数扫描" in capsys.readouterr().err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are read from /proc")
def test_ctrl_c_ends_a_sweep_and_all_its_processes_and_says_how_far_it_came(tmp_path: Path) -> None:
    words = ground(tmp_path, "[vary.grid]\nstop = { from = 1, to = 6980, by = 1 }\n")
    process = subprocess.Popen(
        a.command(*words, "--workers", "2"), cwd=a.ROOT, env=a.environment(), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    with ended(process):
        children = eventually(lambda: workers_of(process.pid), "two workers")
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: everybody hears it
        out, err = process.communicate(timeout=a.PATIENCE)
    assert process.returncode == 130
    assert out == ""
    assert re.fullmatch(r"已中断：6980 点做完 \d+ 点，各进程已结束；没有写文件，[^\n]*再运行一次[^\n]*\n", err)
    assert not [child for child in children if Path(f"/proc/{child}").exists()]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are read from /proc")
def test_workers_of_a_sweep_that_is_killed_end_with_it(tmp_path: Path) -> None:
    words = ground(tmp_path, "[vary.grid]\nstop = { from = 1, to = 6980, by = 1 }\n")
    process = subprocess.Popen(
        a.command(*words, "--workers", "2"), cwd=a.ROOT, env=a.environment(), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    with ended(process):
        children = eventually(lambda: workers_of(process.pid), "two workers")
        process.kill()
        process.wait()
    eventually(lambda: not any(runs(child) for child in children), "both workers gone")


def runs(process: str) -> bool:
    """Return whether a process is there and more than what nobody has asked for its code yet."""
    try:
        said = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except OSError:
        return False
    return said.rpartition(")")[2].split()[0] != "Z"


def workers_of(process: int) -> list[str] | None:
    """Return the workers once both are there; what watches over what they share, where they share it, is none."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    told = {child: Path(f"/proc/{child}/cmdline").read_bytes() for child in found}
    workers = [child for child, line in told.items() if b"resource_tracker" not in line]
    return workers if len(workers) == 2 else None
