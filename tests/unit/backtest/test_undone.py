"""A backtest says what of its plan came to nothing, and a sweep gives no figures to a strategy that never started."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from terminal.backtest.page import page
from terminal.backtest.report import Report
from terminal.backtest.run import backtest
from terminal.commands.main import main
from terminal.shell.plans.plan import read_plan
from tests import bar_tapes, tapes
from tests.e2e import own_market as own
from tests.unit.backtest.sweep.test_walk import BASES, DAYS

STEEL: Final = """
[[instrument]]
id = "SHFE.rb2401"
broker_margin_add = "0.02"
"""


def grid(lots: int = 1, *, begins: str = "") -> str:
    when = f'at = "{begins}"\n' if begins else ""
    return f"""
[[strategy]]
id = "grid"
kind = "grid"
account = "A"
instrument = "SHFE.rb2401"
{when}side = "BUY"
anchor = 3710
step = 3
lines = 8
lots_per_line = {lots}
lower = 3600
upper = 3800
stop = 3590
"""


def tape(folder: Path) -> Path:
    bars = [bar for day, base in zip(DAYS, BASES, strict=True) for bar in bar_tapes.wave(day, base=base)]
    return bar_tapes.tqsdk(folder / "SHFE.rb2401_1min.csv", bars)


def played(folder: Path, *parts: str) -> Report:
    plan = own.write_plan(folder / "plan.toml", STEEL, *parts)
    return backtest([tape(folder)], plan=read_plan(plan, tapes.reference()), reference=tapes.reference()).report


def said(report: Report) -> list[tuple[str | None, str]]:
    return [(one.strategy, one.sentence) for one in report.undone]


def test_a_strategy_that_is_refused_is_told_with_its_reason_and_so_is_an_order(tmp_path: Path) -> None:
    # Given a grid beyond what may be worth so much, and an order beyond what the exchange takes
    report = played(tmp_path, grid(500), own.order(at("05"), "SHFE.rb2401", "BUY OPEN", 5000, "3700"))
    # Then both are told, in the report and on its page, and no strategy is in it.
    (strategy, why), (nobody, order) = said(report)
    assert (strategy, nobody) == ("grid", None)
    assert "超过" in why
    assert "超过交易所每次最大下单量" in order
    assert [one.strategy for one in report.strategies] == [None] or report.strategies == ()
    shown = page(report).decode()
    assert "没有做成的" in shown
    assert "策略 grid 没有启动：" in shown


def test_what_is_due_after_the_market_and_what_nobody_approves_are_told_too(tmp_path: Path) -> None:
    report = played(
        tmp_path, grid(begins="2024-01-04 09:01:00"), own.order(at("05"), "SHFE.rb2401", "BUY OPEN", 2, "3740")
    )
    (_, why), (strategy, late) = said(report)
    assert why.endswith("到期没有获批准；要批准的，在方案里写复核。")
    assert (strategy, late) == ("grid", "行情在这之前就结束了，没有轮到。")


def test_an_order_that_was_edited_is_told_by_what_became_of_the_edit(tmp_path: Path) -> None:
    checker = '\n[[person]]\nid = "chk"\nroles = { A = ["checker"] }\n'
    parked = own.order(at("05"), "SHFE.rb2401", "BUY OPEN", 2, "3740")
    edited = own.order(at("06"), "SHFE.rb2401", "BUY OPEN", 2, "3745").replace('"submit"', '"edit"')
    approved = f'\n[[command]]\ndo = "approve"\nat = "{at("07")}"\nby = "chk"\naccount = "A"\n'
    refused = approved.replace('"approve"', '"reject"') + 'reason = "不同意"\n'
    assert played(tmp_path, checker, parked, edited, approved).undone == ()
    (one,) = said(played(tmp_path, checker, parked, edited, refused))
    assert one[1].endswith("复核没有同意。")


def test_a_part_of_a_batch_that_nobody_approves_is_told_with_its_account(tmp_path: Path) -> None:
    # Given an order for a group at a price that needs a second person
    checker = '\n[[person]]\nid = "chk"\nroles = { A = ["checker"] }\n'
    group = '\n[[group]]\nname = "g"\nby = "trader"\nmembers = { A = 1 }\n'
    order = own.order(at("05"), "SHFE.rb2401", "BUY OPEN", 2, "3740")
    batch = order.replace('"submit"', '"batch"').replace('account = "A"', 'group = "g"')
    approved = f'\n[[command]]\ndo = "approve"\nat = "{at("06")}"\nby = "chk"\naccount = "A"\n'
    assert played(tmp_path, checker, group, batch, approved).undone == ()
    (one,) = played(tmp_path, checker, group, batch).undone
    assert one.account == "A"
    assert one.sentence.startswith("账户 A：")
    assert one.sentence.endswith("到期没有获批准；要批准的，在方案里写复核。")


def test_a_second_start_is_told_and_takes_no_figures_from_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = f'\n[[command]]\ndo = "start"\nat = "{at("05")}"\nby = "trader"\nstrategy = "grid"\n'
    later = grid(begins="2024-01-04 09:01:00").replace('"grid"\nkind', '"later"\nkind')
    assert [why for _, why in said(played(tmp_path, grid(), again))] == ["策略 grid 已存在，请换一个编号。"]
    plan = own.write_plan(tmp_path / "plan.toml", STEEL, grid(), again, later)
    (tmp_path / "sweep.toml").write_text("[vary.grid]\nlots_per_line = [2]\n", encoding="utf-8")
    words = ["--sweep", str(tmp_path / "sweep.toml"), "--workers", "1", "--json"]
    assert main(["backtest", "--tape", str(tape(tmp_path)), "--plan", str(plan), *words]) == 0
    (one,) = _points(capsys)
    assert one["figures"] is not None


def test_a_plan_that_was_carried_out_tells_of_nothing(tmp_path: Path) -> None:
    report = played(tmp_path, grid(), own.order(at("05"), "SHFE.rb2401", "BUY OPEN", 2, "3700"))
    assert report.undone == ()
    assert "没有做成的" not in page(report).decode()


def test_the_command_prints_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = own.write_plan(tmp_path / "plan.toml", STEEL, grid(500))
    assert main(["backtest", "--tape", str(tape(tmp_path)), "--plan", str(plan)]) == 0
    assert "没有做成　" in capsys.readouterr().out


def test_a_point_whose_strategy_never_started_has_no_figures_and_is_never_the_best(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = own.write_plan(tmp_path / "plan.toml", STEEL, grid())
    (tmp_path / "sweep.toml").write_text("[vary.grid]\nlots_per_line = [2, 500]\n", encoding="utf-8")
    for engine in ("engine", "kernel"):
        words = ["--sweep", str(tmp_path / "sweep.toml"), "--workers", "1", "--json", "--engine", engine]
        assert main(["backtest", "--tape", str(tape(tmp_path)), "--plan", str(plan), *words]) == 0
        few, many = _points(capsys)
        assert few["figures"] is not None
        assert (many["figures"], many["standing"]) == (None, 2), engine
        assert many["reason"].startswith("策略 grid 没有启动：")


def test_a_strategy_left_to_a_person_is_told_and_a_sweep_of_it_has_no_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a grid that runs, and one that waits for somebody to start it: nobody does in a backtest
    waits = grid(begins="manual").replace('"grid"\nkind', '"waits"\nkind')
    report = played(tmp_path, grid(), waits)
    ((strategy, why),) = said(report)
    assert strategy == "waits"
    assert "没有 start 命令" in why
    assert "策略 waits 没有启动：" in page(report).decode()
    # Then no point that varies the one that waits has figures, by whatever it is played; the other one's have.
    plan = own.write_plan(tmp_path / "plan.toml", STEEL, grid(), waits)
    for engine, name, ended in (("engine", "waits", 2), ("kernel", "waits", 2), ("engine", "grid", 0)):
        (tmp_path / "sweep.toml").write_text(f"[vary.{name}]\nlots_per_line = [2, 1]\n", encoding="utf-8")
        words = ["--sweep", str(tmp_path / "sweep.toml"), "--workers", "1", "--json", "--engine", engine]
        assert main(["backtest", "--tape", str(tape(tmp_path)), "--plan", str(plan), *words]) == ended
        for one in _points(capsys):
            assert (one["figures"] is None) == (name == "waits")
            assert one["reason"].startswith("策略 waits 没有启动：") == (name == "waits")


def test_a_start_command_bids_it(tmp_path: Path) -> None:
    begin = f'\n[[command]]\ndo = "start"\nat = "{at("05")}"\nby = "trader"\nstrategy = "grid"\n'
    assert said(played(tmp_path, grid(begins="manual"), begin)) == []


def test_a_walk_chooses_nothing_in_days_before_the_varied_strategy_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = grid(begins=at("05")).replace('"grid"\nkind', '"late"\nkind')
    plan = own.write_plan(tmp_path / "plan.toml", STEEL, grid(), late)
    (tmp_path / "sweep.toml").write_text(
        "[walk]\nin_days = 1\nout_days = 1\n[vary.late]\nlots_per_line = [2, 1]\n", encoding="utf-8"
    )
    words = ["--sweep", str(tmp_path / "sweep.toml"), "--workers", "1", "--json"]
    assert main(["backtest", "--tape", str(tape(tmp_path)), "--plan", str(plan), *words]) == 0
    first, second, *_ = json.loads(capsys.readouterr().out)["steps"]
    assert (first["point"], first["outside"]) == (None, None)
    assert first["reason"].startswith("策略 late 没有启动：行情在这之前就结束了")
    assert second["point"] is not None


def _points(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["points"]
    return found


def at(minute: str) -> str:
    """Return a minute of the second day."""
    text = str(DAYS[1])
    return f"{text[:4]}-{text[4:6]}-{text[6:]} 09:{minute}:00"
