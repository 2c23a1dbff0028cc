"""Walk forward over six days of minutes, and hold every window against backtests of tapes of those days alone."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from terminal.backtest.figures import sharpe
from terminal.backtest.report import Report
from terminal.backtest.run import backtest
from terminal.commands.main import main
from terminal.shell.plans.plan import read_plan
from tests import bar_tapes, tapes
from tests.e2e import own_market as own

DAYS: Final = (20231009, 20231010, 20231011, 20231012, 20231013, 20231016)
# How high each day's wave stands: what a grid earns differs from day to day.
BASES: Final = (3705, 3702, 3708, 3699, 3706, 3701)
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
step = {step}
lines = {lines}
lots_per_line = 2
lower = 3600
upper = 3800
stop = 3590
"""
SWEEP: Final = "[walk]\nin_days = 2\nout_days = 3\n[vary.grid]\nstep = [2, 5]\nlines = [3, 8]\n"


def tape(folder: Path, days: tuple[int, ...]) -> Path:
    folder.mkdir(exist_ok=True)
    bars = [bar for day in days for bar in bar_tapes.wave(day, base=BASES[DAYS.index(day)])]
    return bar_tapes.tqsdk(folder / "SHFE.rb2401_1min.csv", bars)


def plan(folder: Path, step: int = 2, lines: int = 3) -> Path:
    return own.write_plan(folder / f"plan-{step}-{lines}.toml", GRID.format(step=step, lines=lines))


def words(folder: Path, sweep: str = SWEEP) -> list[str]:
    (folder / "sweep.toml").write_text(sweep, encoding="utf-8")
    files = ["--tape", str(tape(folder, DAYS)), "--plan", str(plan(folder)), "--sweep", str(folder / "sweep.toml")]
    return ["backtest", *files]


def alone(folder: Path, days: tuple[int, ...], step: int, lines: int) -> Report:
    """Return the backtest of some days alone, as somebody would run it who has no other files."""
    written = read_plan(plan(folder, step, lines), tapes.reference())
    return backtest([tape(folder / "alone", days)], plan=written, reference=tapes.reference()).report


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("walk")
    assert main([*words(folder), "--workers", "1", "--out", str(folder / "one")]) == 0
    return folder, json.loads((folder / "one" / "walk.json").read_bytes())


def test_each_window_chooses_by_its_own_days_and_is_judged_by_the_next(walked: tuple[Path, dict[str, Any]]) -> None:
    folder, walk = walked
    assert [(step["chosen"], step["judged"]) for step in walk["steps"]] == [
        ([DAYS[0], DAYS[1]], [DAYS[2], DAYS[4]]),
        ([DAYS[3], DAYS[4]], [DAYS[5], DAYS[5]]),
    ]
    for step in walk["steps"]:
        chosen = tuple(day for day in DAYS if step["chosen"][0] <= day <= step["chosen"][1])
        judged = tuple(day for day in DAYS if step["judged"][0] <= day <= step["judged"][1])
        assert (step["inside_days"], step["outside_days"]) == (len(chosen), len(judged))
        profits = {(by, of): alone(folder, chosen, by, of).total.profit for by in (2, 5) for of in (3, 8)}
        best = tuple(step["values"])
        assert Decimal(step["inside"]["profit"]) == profits[best] == max(profits.values())
        assert len(set(profits.values())) > 2
        outside = alone(folder, judged, *best).total
        assert Decimal(step["outside"]["profit"]) == outside.profit
        assert step["outside"]["fills"] == outside.activity.fills > 0


def test_the_judged_days_are_put_behind_one_another(walked: tuple[Path, dict[str, Any]]) -> None:
    folder, walk = walked
    assert [day["trading_day"] for day in walk["days"]] == list(DAYS[2:])
    first, second = walk["steps"]
    days = [
        *alone(folder, DAYS[2:5], *first["values"]).total.days,
        *alone(folder, DAYS[5:], *second["values"]).total.days,
    ]
    assert [Decimal(day["profit"]) for day in walk["days"]] == [day.profit for day in days]
    sums = [Decimal(day["sum"]) for day in walk["days"]]
    assert sums[-1] == Decimal(walk["profit"]) == sum(day.profit for day in days)
    peaks = [max(Decimal(0), *sums[: place + 1]) for place in range(len(sums))]
    assert Decimal(walk["drawdown"]) == max(peak - now for peak, now in zip(peaks, sums, strict=True))
    assert walk["sharpe"] == str(sharpe(days))
    assert Decimal(walk["outside"]) == (Decimal(walk["profit"]) / 4).quantize(Decimal("0.01"))


def test_the_table_has_a_row_a_window_with_inside_and_outside_side_by_side(
    walked: tuple[Path, dict[str, Any]],
) -> None:
    folder, walk = walked
    rows = list(csv.DictReader((folder / "one" / "walk.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["inside_profit"], row["outside_profit"]) for row in rows] == [
        (step["inside"]["profit"], step["outside"]["profit"]) for step in walk["steps"]
    ]
    assert [[int(row["grid.step"]), int(row["grid.lines"])] for row in rows] == [s["values"] for s in walk["steps"]]
    page = (folder / "one" / "walk.html").read_text(encoding="utf-8")
    assert "向前检验" in page
    assert str(folder) not in page


def test_the_days_of_a_window_that_chose_nothing_are_told_as_missing(
    walked: tuple[Path, dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a grid that begins on the fourth day, so that there is nothing to choose by in the first two
    given = words(tmp_path, "[walk]\nin_days = 2\nout_days = 2\n[vary.grid]\nstep = [2, 5]\n")
    late = GRID.format(step=2, lines=3).replace('account = "A"', 'account = "A"\nat = "2023-10-12 09:05:00"')
    given[given.index("--plan") + 1] = str(own.write_plan(tmp_path / "late.toml", late))
    assert main([*given, "--workers", "1", "--out", str(tmp_path / "out")]) == 0
    said = "样本外 4 日里缺 2 日（窗口 1），合计不含它们"
    assert said in capsys.readouterr().out
    assert said in (tmp_path / "out" / "walk.html").read_text(encoding="utf-8")
    walk = json.loads((tmp_path / "out" / "walk.json").read_bytes())
    assert (walk["days_to_judge"], walk["missing"]) == (4, list(DAYS[2:4]))
    assert [day["trading_day"] for day in walk["days"]] == list(DAYS[4:])
    # And of a walk that lacks nothing, nothing is said.
    folder, whole = walked
    assert (whole["days_to_judge"], whole["missing"]) == (4, [])
    assert "日里缺" not in (folder / "one" / "walk.html").read_text(encoding="utf-8")


TWAP: Final = """
[[instrument]]
id = "SHFE.rb2401"
broker_margin_add = "0.02"

[[strategy]]
id = "twap"
kind = "execution"
account = "A"
instrument = "SHFE.rb2401"
style = "TWAP"
side = "BUY"
total_lots = 8
limit = 3800
begins_at = "2023-10-10 09:30:00"
ends_at = "2023-10-10 10:10:00"
slice_seconds = 300
"""


def test_what_did_not_start_in_the_days_that_judge_it_has_earned_nothing_there_and_not_zero(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given an execution of the second day, chosen by the first two and judged by the third, where its time is over
    given = words(tmp_path, "[walk]\nin_days = 2\nout_days = 1\n[vary.twap]\nslice_seconds = [300, 600]\n")
    given[given.index("--plan") + 1] = str(own.write_plan(tmp_path / "twap.toml", TWAP))
    assert main([*given, "--workers", "1", "--json"]) == 0
    told = capsys.readouterr()
    walk = json.loads(told.out)
    first = walk["steps"][0]
    # Then that window has no figures, its day is missing, and nobody speaks of a main contract.
    assert (first["inside"]["lots"], first["outside"]) == (8, None)
    assert first["reason"].startswith("策略 twap 没有启动：")
    assert DAYS[2] in walk["missing"]
    assert (walk["outside"], walk["kept"]) == (None, None)
    assert "主力" not in told.err


@pytest.mark.parametrize(
    ("sweep", "said"),
    [
        (SWEEP.replace("in_days = 2", "in_days = 6"), "行情只有 6 个交易日，样本内要 6 日"),
        (SWEEP.replace("out_days = 3", "out_days = 0"), "第 3 行：out_days 应为正的交易日数"),
        (SWEEP.replace("out_days = 3\n", ""), "缺少 out_days"),
        (SWEEP.replace("lines = [3, 8]", "lines = { from = 1, to = 2000, by = 1 }"), "2 个窗口 × 4000 点 = 8000"),
        (SWEEP.replace("lines = [3, 8]", "lines = [0]"), "没有一个窗口选得出设置"),
    ],
)
def test_a_walk_that_cannot_be_walked_is_refused_in_one_sentence(
    sweep: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terminal.commands.walking.MOST_POINTS", 5_000)
    assert main([*words(tmp_path, sweep), "--workers", "1"]) == 2
    assert said in capsys.readouterr().err.splitlines()[-1]
