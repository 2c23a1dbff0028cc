"""A parameter at which a rule of one's own fails has no figures to choose by, and says why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from terminal.commands.main import main
from tests import bar_tapes
from tests.e2e import own_market as own
from tests.unit.backtest.sweep.test_space import RULE
from tests.unit.backtest.sweep.test_walk import BASES, DAYS

PLAN: Final = """
[[instrument]]
id = "SHFE.rb2401"
broker_margin_add = "0.02"

[[strategy]]
id = "rule"
kind = "own"
account = "A"
code = "rule.py"
instrument = "SHFE.rb2401"
max_lots = 2
"""
MINUTELY: Final = RULE.replace("SAMPLE_SECONDS = 1", "SAMPLE_SECONDS = 60")


def swept(folder: Path, code: str, sweep: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """Sweep a rule over the days of `test_walk`, and return what the command said."""
    bars = [bar for day, base in zip(DAYS, BASES, strict=True) for bar in bar_tapes.wave(day, base=base)]
    tape = bar_tapes.tqsdk(folder / "SHFE.rb2401_1min.csv", bars)
    (folder / "rule.py").write_text(code, encoding="utf-8")
    plan = own.write_plan(folder / "plan.toml", PLAN)
    (folder / "sweep.toml").write_text(sweep, encoding="utf-8")
    words = ["backtest", "--tape", str(tape), "--plan", str(plan), "--sweep", str(folder / "sweep.toml")]
    ended = main([*words, "--workers", "1", "--json"])
    said = capsys.readouterr().out
    return ended, json.loads(said) if said.startswith("{") else {}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("if span > 10 and seen.held: raise ValueError('够了')", "rule.py 出错：ValueError：够了"),
        ("if span > 10 and seen.held: return Aim(3, '太多')", "rule.py 要持 3 手，超过最多 2 手"),
    ],
)
def test_a_point_at_which_the_code_fails_stands_behind_the_others_with_its_reason(
    fault: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = MINUTELY.replace("    below = sum", f"    {fault}\n    below = sum")
    ended, found = swept(tmp_path, code, 'rank = "fees"\n[vary.rule.numbers]\nspan = [12, 4]\n', capsys)
    # Then the one that traded once and failed has not the lowest fees: it has none.
    assert ended == 0
    failed, whole = found["points"]
    assert (failed["figures"], failed["standing"], whole["standing"]) == (None, 2, 1)
    assert failed["reason"].startswith("策略 rule 中途出错结束：")
    assert said in failed["reason"]
    assert not failed["broken"]
    assert whole["figures"]["fills"] > 2
    assert not whole["reason"]


def test_a_walk_never_chooses_it_and_tells_of_one_that_fails_where_it_is_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a rule that fails with a long span at once, and with a short one on the fourth day
    fault = f"if seen.held and (span > 10 or seen.trading_day >= {DAYS[3]}): raise ValueError('够了')"
    code = MINUTELY.replace("    below = sum", f"    {fault}\n    below = sum")
    sweep = 'rank = "fees"\n[walk]\nin_days = 2\nout_days = 2\n[vary.rule.numbers]\nspan = [12, 4]\n'
    ended, found = swept(tmp_path, code, sweep, capsys)
    assert ended == 0
    first, second = found["steps"]
    # Then the first window chose the one that went through, and what it came to later counts, with its reason.
    assert (first["point"], first["failed"]) == (2, 1)
    assert first["outside"]["fills"] > 0
    assert "ValueError：够了" in first["reason"]
    assert [one["trading_day"] for one in found["days"]] == list(DAYS[2:4])
    # And the second one has none to choose.
    assert (second["point"], second["failed"]) == (None, 2)
    assert "中途出错结束" in second["reason"]
