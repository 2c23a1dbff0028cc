"""Ask the backtest whether it may sleep through what a rule of one's own declares: a sentence, and an exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from terminal.commands.main import main
from terminal.domain.days.calendar import show
from tests.e2e import own_market as own
from tests.own_rule import KEEPING, rule
from tests.scan_tapes import NEAR, minute, write

if TYPE_CHECKING:
    from pathlib import Path

MONEY = f'[[instrument]]\nid = "SHFE.{NEAR}"\nbroker_margin_add = "0.02"\n'
PLAN = f"""
[[strategy]]
id = "随价"
kind = "own"
account = "A"
code = "mine.py"
instrument = "SHFE.{NEAR}"
max_lots = 5
"""
ABOVE = rule("""price = seen.prices[-1] if seen.prices else 0
    return Aim(2 if price > 3700 else 0, f"价在 {price:g}")""")
TRUE = "def wakes(numbers, coming):\n    return (coming.prices[coming.first:] > 3700) != (coming.held > 0)\n"
DEAF = "def wakes(numbers, coming):\n    return coming.prices[coming.first:] > 9999\n"


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """The command over a market that rises above 3700 at its thirtieth minute, and a plan whose code is written yet."""
    tape = tmp_path / "tape"
    tape.mkdir()
    prices = [(3690, 3691)] * 30 + [(3710, 3711)] * 30
    write(tape, {NEAR: [(minute(count), price) for count, price in enumerate(prices, 1)]})
    plan = own.write_plan(tmp_path / "plan.toml", MONEY, PLAN)
    return ["backtest", "--tape", str(tape), "--plan", str(plan), "--check-wakes"]


def test_a_true_declaration_is_told_to_change_nothing(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(ABOVE + TRUE, encoding="utf-8")
    assert main(words) == 0
    assert "跨与不跨逐条相同" in capsys.readouterr().out


def test_a_false_one_is_named_with_its_instant_and_what_it_would_have_done(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(ABOVE + DEAF, encoding="utf-8")
    assert main(words) == 1
    said = capsys.readouterr().out
    assert "不相同：第 " in said
    assert "，策略 随价" in said
    assert f"逐批都看：{show(minute(31))} 目标由 空仓 改为 多 2 手（价在 3710.5）" in said
    assert "按声明跨过：20" in said
    assert "什么也没有做" in said
    assert "wakes 在这里应为 True" in said
    assert main([*words, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["difference"]
    assert found["strategy"] == "随价"
    assert found["at"] == minute(31)


def test_a_rule_that_remembers_by_itself_gets_the_result_of_looking_at_every_batch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a rule without `wakes` that keeps the highest price since it bought, and leaves when the price falls from it
    tape = own.wave_tape(tmp_path / "ap.csv", seconds=600)
    (tmp_path / "mine.py").write_text(KEEPING.replace("SECONDS = 1", "SECONDS = 5"), encoding="utf-8")
    plan = own.write_plan(tmp_path / "plan.toml", own.APPLE, PLAN.replace(f"SHFE.{NEAR}", "CZCE.AP010"))
    # When it is checked, then nothing that was to come has moved it.
    assert main(["backtest", "--tape", str(tape), "--plan", str(plan), "--check-wakes"]) == 0
    assert "跨与不跨逐条相同" in capsys.readouterr().out


def test_a_rule_without_a_declaration_is_not_told_to_mend_one(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a rule that tells one run from another
    times = f"""
from pathlib import Path
RUNS = Path({str(tmp_path / "runs")!r})
RUNS.write_text((RUNS.read_text() if RUNS.exists() else "") + "x")
TIMES = len(RUNS.read_text())
"""
    (tmp_path / "mine.py").write_text(times + ABOVE.replace("价在 {price:g}", "{TIMES}"), encoding="utf-8")
    # When it is checked, then both journals are told with their instants, and nothing of a `wakes` that it has not.
    assert main(words) == 1
    said = capsys.readouterr().out
    assert f"逐批都看：{show(minute(31))} 目标由 空仓 改为 多 2 手" in said
    assert f"按声明跨过：{show(minute(31))} 目标由 空仓 改为 多 2 手" in said
    assert "代码没有写 wakes" in said
    assert "应为 True" not in said


def test_it_writes_no_report_and_sweeps_nothing(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--out", "x"]) == 2
    assert "--check-wakes 只核对，不写报告" in capsys.readouterr().err
