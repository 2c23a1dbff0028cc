"""Rounds in the sandbox are played by the engine that trades, disturbed, judged, written down and shown again."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from terminal.backtest.sandbox.drill import schedule
from terminal.backtest.sandbox.run import SandboxReport
from terminal.commands.main import main
from terminal.domain.fact.sandbox import Disturbance
from terminal.domain.ids import StrategyId
from tests.e2e import own_market as own

ALL = tuple(Disturbance)
NEVER = """
[[strategy]]
id = "idle"
kind = "grid"
account = "A"
instrument = "CZCE.AP010"
side = "BUY"
anchor = 6900
step = 2
lines = 2
lots_per_line = 1
lower = 6800
upper = 7100
stop = 6790
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sandbox")
    own.wave_tape(folder / "ap.csv", seconds=300)
    own.write_plan(folder / "plan.toml", own.APPLE, own.GRID)
    return folder


def words(folder: Path, plan: str = "plan.toml", *more: str) -> list[str]:
    return ["sandbox", "--tape", str(folder / "ap.csv"), "--plan", str(folder / plan), *more]


@pytest.fixture(scope="module")
def written(folder: Path) -> Path:
    assert main(words(folder, "plan.toml", "--rounds", "3", "--out", str(folder / "rounds.json"))) == 0
    return folder / "rounds.json"


def read(path: Path) -> SandboxReport:
    return msgspec.json.decode(path.read_bytes(), type=SandboxReport)


def test_a_grid_comes_through_a_calm_round_and_two_fault_drills(written: Path) -> None:
    found = read(written)
    assert [(one.strategy, one.full, one.unmet) for one in found.strategies] == [("grid", 3, ())]
    calm, *drilled = found.rounds
    assert (calm.drill, calm.met, calm.faults) == (0, (), ())
    assert [(one.drill, one.met, one.faults) for one in drilled] == [(1, ALL, ()), (2, ALL, ())]
    # It is known who started it, with what, on what: and a disturbed round is another run than the calm one.
    assert {one.person for one in found.rounds} == {"trader"}
    assert {one.tape_sha256 for one in found.rounds} == {found.tape_sha256}
    assert {one.plan_sha256 for one in found.rounds} == {found.plan_sha256}
    assert all(one.orders and one.lots and one.reached_at > one.began_at for one in found.rounds)
    assert len({(one.orders, one.lots) for one in found.rounds}) == 3


def test_the_same_rounds_played_again_are_the_same_bytes(folder: Path, written: Path) -> None:
    again = folder / "again.json"
    assert main(words(folder, "plan.toml", "--rounds", "2", "--first", "1", "--out", str(again))) == 1  # two, not three
    assert read(again).rounds == read(written).rounds[1:]


def test_what_was_written_is_shown_later(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "--result", str(written)]) == 0
    said = capsys.readouterr().out
    assert "A 策略 grid　全流程 3 轮（至少 3 轮），断线、拒单、重启都演练过" in said
    assert "  0 号　委托 " in said
    assert "演练 无　全流程" in said
    assert "演练 断线、拒单、重启　全流程" in said


def test_a_strategy_that_never_trades_has_no_full_round_and_it_is_said_why(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own.write_plan(folder / "idle.toml", own.APPLE, NEVER)
    assert main(words(folder, "idle.toml", "--rounds", "1")) == 1
    said = capsys.readouterr().out
    assert "策略 idle　全流程 0 轮（至少 3 轮），缺断线、拒单、重启演练" in said
    assert "不算：没有成交" in said


def test_an_account_that_asks_for_rounds_asks_for_none_in_the_sandbox_itself(folder: Path) -> None:
    plan = own.write_plan(folder / "live.toml", own.APPLE, own.GRID)
    plan.write_text(plan.read_text(encoding="utf-8").replace("[limits]", "[limits]\nsandbox_rounds = 3"), "utf-8")
    out = folder / "live.json"
    main(words(folder, "live.toml", "--rounds", "1", "--out", str(out)))
    assert [one.full for one in read(out).rounds] == [True]


def test_two_rounds_are_no_number_to_ask_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = own.write_plan(folder / "two.toml", own.APPLE, own.GRID)
    plan.write_text(plan.read_text(encoding="utf-8").replace("[limits]", "[limits]\nsandbox_rounds = 2"), "utf-8")
    assert main(words(folder, "two.toml")) == 2
    assert "sandbox_rounds 应为 0（模拟账户，不要求）或不少于 3，现为 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["sandbox"], "请用 --tape 指定录制文件、目录或通配，用 --plan 指定方案"),
        (["sandbox", "--result", "{folder}/none.json"], "读不出来"),
        (["sandbox", "--result", "{folder}/plan.toml"], "不是本程序写的沙盘结果"),
        (["sandbox", "--result", "{folder}/plan.toml", "--plan", "x"], "--result 只看以前的结果"),
        (["sandbox", "--result", "{folder}/plan.toml", "--hand-in"], "--hand-in 要用 --data"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    folder: Path, given: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word.format(folder=folder) for word in given]) == 2
    assert sentence in capsys.readouterr().err


def test_three_drills_in_a_row_begin_with_each_of_the_disturbances_and_each_has_all() -> None:
    for strategy in map(StrategyId, ("a", "b", "c")):
        drills = [schedule("ab" * 32, drill, strategy) for drill in (1, 2, 3)]
        assert {one[1][0] for one in drills} == set(ALL)
        assert all({what for what, _ in one.values()} == set(ALL) for one in drills)
        assert all(5 <= seconds <= 30 for one in drills for _, seconds in one.values())
    assert schedule("ab" * 32, 0, StrategyId("a")) == {}
