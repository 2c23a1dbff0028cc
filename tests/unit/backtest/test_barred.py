"""A strategy that may not open at all says why at the end, and a sweep does not rank its standing still."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from terminal.backtest.page import page
from terminal.commands.main import main
from tests import bar_tapes
from tests.e2e import own_market as own
from tests.own_rule import DOUBLE_MA
from tests.unit.backtest.test_undone import STEEL, grid, played, tape

if TYPE_CHECKING:
    from pathlib import Path

NO_LIMITS: Final = own.HEAD.replace("position_lots = 40\n", "")
WHY: Final = "rb2401 没有设置持仓限额，不能开仓，请风控人员先设置"


RULE: Final = """
[[strategy]]
id = "rule"
kind = "own"
account = "A"
code = "rule.py"
instrument = "SHFE.rb2401"
max_lots = 5
"""


def limits(at: str, lots: int) -> str:
    return f"""
[[person]]
id = "risk"
roles = {{ A = ["risk"] }}

[[command]]
do = "limits"
at = "{at}"
by = "risk"
account = "A"
limits = {{ position_lots = {lots} }}
"""


def words(folder: Path, *parts: str, head: str = own.HEAD) -> list[str]:
    plan = folder / "plan.toml"
    plan.write_text("".join((head, STEEL, *parts)), encoding="utf-8")
    return ["backtest", "--tape", str(tape(folder)), "--plan", str(plan)]


def swept(folder: Path, given: list[str], sweep: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (folder / "sweep.toml").write_text(sweep, encoding="utf-8")
    main([*given, "--sweep", str(folder / "sweep.toml"), "--workers", "1", "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_plan_without_limits_says_so_on_the_screen_on_the_page_and_to_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [*words(tmp_path, grid(), head=NO_LIMITS), "--out", str(tmp_path / "out")]
    assert main(given) == 0
    assert f"    运行：{WHY}" in capsys.readouterr().out.splitlines()
    assert f"<li>A grid：{WHY}</li>" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    (one,) = json.loads((tmp_path / "out" / "report.json").read_bytes())["strategies"]
    assert (one["status"], one["barred"], one["reason"]) == ("RUNNING", True, WHY)


def test_nothing_is_said_of_a_strategy_that_may_open(tmp_path: Path) -> None:
    report = played(tmp_path, grid())
    assert [(one.strategy, one.barred, one.reason) for one in report.strategies] == [("grid", False, "")]
    assert "不能开仓" not in page(report).decode()


def thin(folder: Path, aim: str, *, every: int, minutes: int = 60) -> tuple[list[str], str]:
    """Return the words that play minutes of which one in so many was traded enough, with a rule of one's own."""
    bars = [
        (*bar[:5], 200 if count % every == 0 else 5, bar[6])
        for count, bar in enumerate(bar_tapes.wave(20231009, minutes))
    ]
    bar_tapes.tqsdk(folder / "SHFE.rb2401_1min.csv", bars)
    (folder / "rule.py").write_text(aim, encoding="utf-8")
    (folder / "plan.toml").write_text(f"{own.HEAD}{STEEL}{RULE}", encoding="utf-8")
    return ["--tape", str(folder / "SHFE.rb2401_1min.csv"), "--plan", str(folder / "plan.toml")], "rule"


COUNTING: Final = DOUBLE_MA.replace(
    "    if seen.days_to_expiry", "    if len(seen.prices) < 20:\n        return None\n    if seen.days_to_expiry"
)
SHIPPED: Final = DOUBLE_MA.partition("def check")[0] + (
    "from terminal.strategies.own.averages import TwoAverages\naim = TwoAverages()\ncheck = aim.check\n"
)


@pytest.mark.parametrize(
    ("aim", "wants"),
    [(DOUBLE_MA, "规则要 20 个"), (SHIPPED, "规则要 20 个"), (COUNTING, "规则最多看 200 个")],
    ids=["the manual's", "the shipped one", "one that counts by itself"],
)
def test_a_rule_that_saw_too_few_two_sided_bars_says_so_and_how_many_it_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], aim: str, wants: str
) -> None:
    # Given an hour of minutes, and the day's last, of which every fourth was traded in enough lots to have sides; in
    # the first of them the rule is started, and after the last nobody trades
    given, name = thin(tmp_path, aim, every=4)
    assert main(["backtest", *given, "--out", str(tmp_path / "out")]) == 0
    # Then the report does not show a calm zero, but why nothing was ever said.
    why = (
        "有买卖价的 K 线太少：rb2401 的 61 根里只有 16 根（成交不足 10 手的一根没有买卖价，不取价），"
        f"看到 14 个价格，{wants}，一次也没有说话"
    )
    assert f"    运行：{why}" in capsys.readouterr().out.splitlines()
    assert f"<li>A {name}：{why}</li>" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    (one,) = json.loads((tmp_path / "out" / "report.json").read_bytes())["strategies"]
    assert (one["status"], one["barred"], one["reason"]) == ("RUNNING", True, why)
    # And a sweep does not rank it.
    found = swept(tmp_path, ["backtest", *given], "[vary.rule.numbers]\nfast = [3, 5]\n", capsys)
    assert [one["figures"] for one in found["points"]] == [None, None]


@pytest.mark.parametrize("aim", [DOUBLE_MA, SHIPPED, COUNTING])
def test_a_rule_that_saw_enough_is_not_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str], aim: str) -> None:
    given, _ = thin(tmp_path, aim, every=1)
    assert main(["backtest", *given, "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["strategies"]
    assert (one["barred"], one["reason"]) == (False, "")


def test_a_point_that_sent_nothing_and_may_not_open_has_no_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = words(tmp_path, grid(), head=NO_LIMITS)
    found = swept(tmp_path, given, "[vary.grid]\nstep = [2, 3]\n", capsys)
    assert [(one["figures"], one["reason"]) for one in found["points"]] == [
        (None, f"策略 grid 没有报过单：{WHY}。")
    ] * 2  # fmt: skip


def test_one_that_traded_before_it_was_barred_keeps_its_figures_and_one_that_is_not_varied_takes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a grid that trades until its limit is 0 lots, and another that begins after it and may never open
    later = grid(begins="2023-10-12 09:30:00").replace('"grid"\nkind', '"later"\nkind')
    given = words(tmp_path, grid(), later, limits("2023-10-12 09:20:00", 0))
    found = swept(tmp_path, given, "[vary.grid]\nstep = [2, 3]\n", capsys)
    assert all(one["figures"]["fills"] > 0 and not one["reason"] for one in found["points"])
    # When it is the other that is varied, then there is nothing to choose by.
    found = swept(tmp_path, given, "[vary.later]\nstep = [2, 3]\n", capsys)
    assert all(one["reason"].startswith("策略 later 没有报过单：rb2401 持仓限额为 0 手") for one in found["points"])
    # And the report tells of both.
    assert main([*given, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {one["strategy"]: one["barred"] for one in report["strategies"]} == {"grid": True, "later": True}
