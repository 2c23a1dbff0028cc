"""Sweep a spread on main contracts, walk it forward, and refuse what cannot be followed, with its line."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from terminal.commands.main import main
from terminal.domain.parameters.strategy import SpreadSettings
from tests.scenario.sweeping_on_main import (
    WALK,
    begun_on,
    judged_on_each_day,
    rows_by_any_workers,
    with_sweep,
    write_instead,
)
from tests.scenario.test_main_contract import report
from tests.scenario.test_spread_on_main import HOLDING, OTHER_DAY, PLAN, SAME_DAY, legs, words
from tests.scenario.test_spread_on_main_kinds import AGAINST_SPOT, FORMULA

SWEEP: Final = "[vary.s]\nbuy_at = [-106, -105]\n"


def swept(folder: Path, sweep: str, *more: str) -> list[str]:
    return with_sweep(folder, words(folder, OTHER_DAY, HOLDING), sweep, *more)


def test_each_point_is_its_own_backtest_whatever_the_processes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = swept(tmp_path, SWEEP)
    rows = rows_by_any_workers(tmp_path, line)
    write_instead(Path(line[4]), "buy_at = -105", f"buy_at = {rows[0]['s.buy_at']}")
    capsys.readouterr()
    alone = report(line[:5], capsys)
    assert Decimal(alone["total"]["profit"]) == Decimal(rows[0]["profit"])
    assert len(alone["strategies"]) == 3, "the spread and two rolls"


def test_a_walk_judges_each_day_on_the_main_contracts_of_that_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(swept(tmp_path, SWEEP + WALK, "--workers", "1", "--json")) == 0
    judged_on_each_day(json.loads(capsys.readouterr().out), least_fills=8)


@pytest.mark.parametrize(
    ("days", "first", "moved"),
    [
        (None, ["rb2401", "hc2401"], 0),
        ((20231010, 20231011), ["rb2401", "hc2401"], 0),
        ((20231011, 20231012), ["rb2405", "hc2401"], -100),
        ((20231012, 20231013), ["rb2405", "hc2401"], -100),
        ((20231013, 20231013), ["rb2405", "hc2405"], 10),
    ],
)
def test_a_spread_of_later_days_stands_where_it_would_have_come_to(
    days: tuple[int, int] | None, first: list[str], moved: int, tmp_path: Path
) -> None:
    wish = begun_on(words(tmp_path, OTHER_DAY, HOLDING), days)
    assert isinstance(wish.settings, SpreadSettings)
    assert legs(wish.settings) == first
    assert (wish.settings.buy_at, wish.settings.sell_at) == (-105 + moved, -100 + moved)


def test_passing_over_batches_is_proved_for_spreads_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words(tmp_path, OTHER_DAY, HOLDING), "--check-wakes"]) == 0
    assert "跨与不跨逐条相同" in capsys.readouterr().out


def test_the_report_lists_each_change_with_what_it_moved_and_cost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = words(tmp_path, OTHER_DAY, HOLDING)
    found = {one["strategy"]: one for one in report(line, capsys)["strategies"]}
    spread, changes = found["s"], found["s"]["changes"]
    assert [(one["trading_day"], one["near"][5:], one["far"][5:], one["lots"], one["roll"]) for one in changes] == [
        (20231011, "rb2401", "rb2405", 2, "s-换月1"),
        (20231013, "hc2401", "hc2405", -2, "s-换月2"),
    ]
    # Ten tonnes a lot: what a tonne cost is what the roll lost, by its twenty tonnes.
    for one in changes:
        lost = -Decimal(found[one["roll"]]["profit"])
        assert Decimal(one["cost"]) == lost
        assert Decimal(one["per_tonne"]) == lost / 20
    assert sum(Decimal(one["cost"]) for one in changes) == Decimal(spread["carried"]["cost"])
    assert [Decimal(one["moved"]) for one in changes] == [Decimal(changes[0]["apart"]), -Decimal(changes[1]["apart"])]
    # Its rounds go over the changes: two were open when a month changed, and have been closed since.
    assert spread["activity"]["rounds"]["across"] == 2
    assert main([*line, "--out", str(tmp_path / "out")]) == 0
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<h3>逐次换月</h3>" in page
    assert "SHFE.rb2401 → SHFE.rb2405" in page


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (
            PLAN.replace("hc.main", "rb.main"),
            "SHFE.rb.main 写了两腿：两腿都是它的主力，总是同一个合约，没有价差",
        ),
        (PLAN.replace("hc.main", "rb2410"), "SHFE.rb2410 里有与主力连续同一品种的合约：另一腿是 rb 的主力"),
        (FORMULA.replace("SHFE.hc.main", "RB2410"), "rb.main - RB2410 里有与主力连续同一品种的合约"),
        (PLAN.replace("hc.main", "cu.main"), "行情里没有品种 SHFE.cu 的合约（有 SHFE.hc、SHFE.rb）"),
        (FORMULA.replace("hc.main", "cu.main"), "行情里没有品种 SHFE.cu 的合约"),
        (f'{PLAN}route = "CHEAPER"\n', "以主力连续为合约的价差只能拆腿"),
        (PLAN + 'conversion = { verb = "SYNTHETIC" }\n', "互转只做一次，不换月；请写真实合约"),
        (AGAINST_SPOT.replace("tonnes = 10", "tonnes = 10, storage_yuan = 0.5"), "含持有成本的价差换月后要持有更久"),
        (f'{PLAN}at = "2023-10-10 09:10:00"\n', "从行情的第一日开始，请删去 at"),
        (f"{PLAN}main = {{ ratio = 0.5 }}\n", "main 的 ratio 应为 1 至 1000 的数"),
        (FORMULA.replace('active = "rb.main"', 'active = "i.main"'), "行情里没有品种 i 的合约"),
        (PLAN + PLAN.replace('"s"', '"s-换月1"').replace(".main", "2401"), "编号 s-换月1 留给策略 s 换月时的移仓"),
    ],
)
def test_what_cannot_be_followed_is_said_with_the_line(
    plan: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(tmp_path, SAME_DAY, HOLDING, plan)) == 2
    found = capsys.readouterr().err
    assert said in found
    assert f"{tmp_path / 'plan.toml'} 第 " in found


@pytest.mark.parametrize("plan", [PLAN, FORMULA])
def test_no_other_verb_takes_it_for_a_contract(plan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, *line = words(tmp_path, SAME_DAY, HOLDING, plan)
    assert main(["replay", *line, "--data", str(tmp_path / "data")]) == 2
    assert "主力连续只能在 hengduo backtest 里当网格、价差各腿与看一个合约的自编策略的合约" in capsys.readouterr().err
