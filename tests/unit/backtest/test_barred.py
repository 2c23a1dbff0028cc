"""A strategy that may not open at all says why at the end, and a sweep does not rank its standing still."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from terminal.backtest.page import page
from terminal.commands.main import main
from tests.e2e import own_market as own
from tests.unit.backtest.test_undone import STEEL, grid, played, tape

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NO_LIMITS: Final = own.HEAD.replace("position_lots = 40\n", "")
WHY: Final = "rb2401 没有设置持仓限额，不能开仓，请风控人员先设置"


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
