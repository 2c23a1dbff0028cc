"""Backtest a rule on the main contract: its average never sees a roll, its orders are real, and rolling costs money."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import pytest

from terminal.backtest import sleep
from terminal.backtest.mains import read_with_mains, untold
from terminal.backtest.run import play
from terminal.commands.main import main
from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.stock import StocksStated
from terminal.engine.records.journal import Record
from tests import tapes
from tests.e2e import own_market as own
from tests.scan_tapes import row

DAYS: Final = (20231009, 20231010, 20231011, 20231012, 20231013)
# Each month stands still a hundred below the one before; the open interest of each day.
MONTHS: Final = {
    "rb2401": (3700, (900, 900, 1, 1, 1)),
    "rb2405": (3600, (100, 901, 900, 900, 1)),
    "rb2410": (3500, (1, 1, 100, 901, 900)),
}
HEAD: Final = """
from terminal.strategies.own.code import Aim
TITLE = "均线"
SAMPLE_SECONDS = 50
WINDOW = 12

def aim(numbers, seen):
"""
# In the market while the price is not far from its mean: a step of a hundred would throw it out.
STEADY: Final = """
    if len(seen.prices) < 6:
        return Aim(0, f"只看过 {len(seen.prices)} 个")
    apart = seen.prices[-1] - seen.mean(len(seen.prices))
    return Aim({lots} if abs(apart) < 20 else 0, f"离均值 {apart:g}")
"""
# Out of the market whenever the main contract changes, and in again on the last day alone.
LAST_DAY: Final = """
    if len(seen.prices) < 6 or seen.trading_day < 20231013:
        return Aim(0, f"只看过 {len(seen.prices)} 个")
    apart = seen.prices[-1] - seen.mean(len(seen.prices))
    return Aim(2 if abs(apart) < 20 else 0, f"离均值 {apart:g}")
"""
MONEY: Final = "".join(f'[[instrument]]\nid = "SHFE.{name}"\nbroker_margin_add = "0.02"\n' for name in MONTHS)
PLAN: Final = """
[[strategy]]
id = "ma"
kind = "own"
account = "A"
code = "mean.py"
instrument = "SHFE.rb.main"
max_lots = 5
"""


def market(folder: Path, wave: Callable[[int], int] = lambda _: 0) -> Path:
    """Write the three months: a quote every minute of forty in the morning, and of ten in the night before but once.

    `wave` says how far all of them stand from where they began, by the number of the minute in its trading day.
    """
    tape = folder / "tape"
    tape.mkdir()
    for symbol, (price, interests) in MONTHS.items():
        rows = []
        for before, day, interest in zip((None, *DAYS), DAYS, interests, strict=False):
            night = [] if before is None else [instant(before, 21) + count * MINUTE_NS for count in range(1, 11)]
            morning = [instant(day, 9) + count * MINUTE_NS for count in range(1, 41)]
            for count, at in enumerate([*night, *morning], 1):
                bid = price + wave(count)
                quoted = row(symbol, at, (bid, bid + 1))
                rows.append(quoted | {"Volume": str(100 + count), "OpenInterest": f"{interest}.00"})
        tapes.write_tape(tape / f"{symbol}.csv", tapes.CTP_COLUMNS, rows)
    return tape


def words(folder: Path, rule: str, plan: str = PLAN) -> list[str]:
    (folder / "mean.py").write_text(HEAD + rule, encoding="utf-8")
    path = own.write_plan(folder / "plan.toml", MONEY, plan)
    return ["backtest", "--tape", str(market(folder)), "--plan", str(path)]


def report(line: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main([*line, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["violations"] == []
    return found


def trades(folder: Path, line: list[str]) -> list[tuple[str, ...]]:
    assert main([*line, "--out", str(folder / "out")]) == 0
    text = (folder / "out" / "trades.csv").read_text(encoding="utf-8-sig").splitlines()
    names = text[0].split(",")
    rows = [dict(zip(names, one.split(","), strict=True)) for one in text[1:]]
    return [(r["trading_day"], r["strategy"], r["instrument"][5:], r["side"], r["offset"][:5], r["lots"]) for r in rows]


@pytest.mark.parametrize(("lots", "into", "out_of"), [(2, "BUY", "SELL"), (-2, "SELL", "BUY")])
def test_it_holds_through_both_changes_and_trades_nothing_but_the_rolls(
    lots: int, into: str, out_of: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given three months that stand still, of which another is the main one from the third and from the fifth day on
    # When a rule holds two lots of the main contract
    found = trades(tmp_path, words(tmp_path, STEADY.replace("{lots}", str(lots))))
    # Then it goes in once, and each change is one roll of two lots: out of the old month, into the new one.
    assert found == [
        ("20231009", "ma", "rb2401", into, "OPEN", "2"),
        ("20231011", "ma-换月1", "rb2401", out_of, "CLOSE", "2"),
        ("20231011", "ma-换月1", "rb2405", into, "OPEN", "2"),
        ("20231013", "ma-换月2", "rb2405", out_of, "CLOSE", "2"),
        ("20231013", "ma-换月2", "rb2410", into, "OPEN", "2"),
    ]
    capsys.readouterr()


def test_asleep_it_writes_the_same_journal_as_awake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a rule that says when it must be asked, so that samples on both sides of a change are passed over
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)
    wakes = "\ndef wakes(numbers, coming):\n    return coming.lowest(6) * (coming.held == 0) > 0\n"
    line = words(tmp_path, STEADY.replace("{lots}", "2") + wakes)
    runs = []
    for sleeping in (False, True):
        plan, recording = read_with_mains(Path(line[4]), [Path(line[2])], tapes.reference())
        runs.append(play(recording, plan=plan, reference=tapes.reference(), sleeping=sleeping))
        assert untold(plan) == []
    # Then every record is the same, and most of the market was passed over.
    for before, after in zip_longest(*(run.journal.replay() for run in runs)):
        assert before.record == after.record
    assert runs[1].passed > len(recording) // 2
    assert len(runs[1].fills) == 5
    # The new day's contract stands from its night on: nothing waits for the morning.
    assert [one.at_ns < instant(one.trading_day, 9) for one in runs[1].fills] == [False, True, True, True, True]


def test_a_report_counts_what_each_change_costs_apart_from_what_the_rule_earns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {
        one["strategy"]: one for one in report(words(tmp_path, STEADY.replace("{lots}", "2")), capsys)["strategies"]
    }
    # The market stands still: a roll of 2 lots pays half a tick on either side, 2 x 2 x 0.5 x 10 = 20, and its fees.
    first = found["ma-换月1"]
    assert (first["roll"]["near"], first["roll"]["far"]) == ("SHFE.rb2401", "SHFE.rb2405")
    assert (first["roll"]["slippage"], first["roll"]["fees"]) == ("1.0000", "14.60")
    assert first["activity"]["slippage"]["yuan"] == "20.00"
    assert first["profit"] == "-34.60"
    assert found["ma"]["activity"]["fills"] == 1
    # Twenty tonnes of it: 34.60 / 20 a tonne, and a rule has no prices of its own that would move.
    (change, _) = found["ma"]["changes"]
    assert (change["lots"], change["apart"], change["moved"]) == (2, "-99", None)
    assert (change["cost"], change["per_tonne"]) == ("34.60", "1.7300")


def test_with_nothing_held_it_changes_its_contract_and_still_sees_one_series(tmp_path: Path) -> None:
    # Two hundred yuan lie between the month it began to look at and the one it buys: its mean has seen neither step.
    assert trades(tmp_path, words(tmp_path, LAST_DAY)) == [("20231013", "ma", "rb2410", "BUY", "OPEN", "2")]


def test_the_main_contract_is_judged_by_what_the_plan_says(tmp_path: Path) -> None:
    # Ten times the open interest is asked for: the third month never has as much.
    plan = f"{PLAN}main = {{ ratio = 5 }}\n"
    found = trades(tmp_path, words(tmp_path, STEADY.replace("{lots}", "2"), plan))
    assert {one[2] for one in found} == {"rb2401", "rb2405"}


def test_a_roll_that_waits_for_a_second_person_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tighter = """
[[person]]
id = "chief"
roles = { A = ["risk"] }

[[command]]
do = "limits"
at = "2023-10-10 09:30:00"
by = "chief"
account = "A"
limits = { confirm_value_yuan = 1000 }
"""
    line = words(tmp_path, STEADY.replace("{lots}", "2"), PLAN + tighter)
    assert main(line) == 0
    said = capsys.readouterr().err
    assert "注意：策略 ma 还没有换到 SHFE.rb2405：" in said
    assert "需复核" in said


def test_a_roll_that_is_still_under_way_at_the_end_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given a first month that is quoted no more from the day another is the main one
    line = words(tmp_path, STEADY.replace("{lots}", "2"))
    tape = tmp_path / "tape" / "rb2401.csv"
    head, *rows = tape.read_text(encoding="utf-8").splitlines()
    early = [one for one in rows if one.startswith(("20231009", "20231010"))]
    assert 0 < len(early) < len(rows)
    tape.write_text("\n".join([head, *early]) + "\n", encoding="utf-8")
    # When the rule holds two lots of it to the end
    assert main(line) == 0
    # Then it is said, with what the roll has done: nobody refused it, it only never came to close.
    assert (
        "注意：策略 ma 还没有换到 SHFE.rb2405：移仓 ma-换月1 运行，SHFE.rb2401 还有 2 手没有平，SHFE.rb2405 已开 0 手"
        in capsys.readouterr().err
    )


def test_what_the_plan_states_of_stocks_is_stated_here_too(tmp_path: Path) -> None:
    (tmp_path / "ports.csv").write_text("day,tonnes\n2023-10-06,900\n2023-10-10,1000\n", encoding="utf-8")
    stated = '\n[[stock]]\nfile = "ports.csv"\nseries = "港口"\nsource = "示例：自编"\n'
    line = words(tmp_path, STEADY.replace("{lots}", "2"), PLAN + stated)
    plan, recording = read_with_mains(Path(line[4]), [Path(line[2])], tapes.reference())
    ran = play(recording, plan=plan, reference=tapes.reference())
    facts = [entry.record.fact for entry in ran.journal.replay() if isinstance(entry.record, Record)]
    found = [one.readings[0].day for one in facts if isinstance(one, StocksStated)]
    assert found == [20231006, 20231010]


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (PLAN.replace("rb.main", "cu.main"), "行情里没有品种 SHFE.cu 的合约（有 SHFE.rb）"),
        (f'{PLAN}at = "2023-10-10 09:10:00"\n', "从行情的第一日开始，请删去 at"),
        (f'{PLAN}main = {{ by = "lots" }}\n', "main 的 by 应为 open_interest 或 volume，现为 lots"),
        (f"{PLAN}main = {{ ratio = 0.5 }}\n", "main 的 ratio 应为 1 至 1000 的数"),
        (f"{PLAN}main = {{ when = 3 }}\n", "main 应写成表"),
        (f"{PLAN}main = {{ by = [1] }}\n", "main 的 by 应为 open_interest 或 volume，现为 [1]"),
        (f"{PLAN}main = {{ ratio = nan }}\n", "main 的 ratio 应为 1 至 1000 的数，现为 NaN"),
        (f"{PLAN}main = {{ ratio = inf }}\n", "main 的 ratio 应为 1 至 1000 的数，现为 Infinity"),
        (
            PLAN + PLAN.replace('"ma"', '"ma-换月1"').replace("rb.main", "rb2410"),
            "编号 ma-换月1 留给策略 ma 换月时的移仓",
        ),
        (f"{PLAN}main = {{ chase_seconds = 0 }}\n", "main 的 chase_seconds 应为 1 至 86400 的整数（秒），现为 0"),
        (f"{PLAN}main = {{ pay_up_ticks = -1 }}\n", "main 的 pay_up_ticks 应为 0 至 1000 的整数（跳），现为 -1"),
        (
            PLAN.replace('kind = "own"', 'kind = "execution"'),
            "只有网格、价差的各腿与看一个合约的自编策略能以主力连续为合约",
        ),
    ],
)
def test_what_cannot_be_followed_is_said_with_the_line(
    plan: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(tmp_path, STEADY.replace("{lots}", "2"), plan)) == 2
    found = capsys.readouterr().err
    assert said in found
    assert f"{tmp_path / 'plan.toml'} 第 " in found


def test_passing_over_batches_is_proved_on_the_main_contract_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words(tmp_path, STEADY.replace("{lots}", "2")), "--check-wakes"]) == 0
    assert "跨与不跨逐条相同" in capsys.readouterr().out


def test_no_other_verb_takes_it_for_a_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, *line = words(tmp_path, STEADY.replace("{lots}", "2"))
    assert main(["replay", *line, "--data", str(tmp_path / "data")]) == 2
    assert "主力连续只能在 hengduo backtest 里当网格、价差各腿与看一个合约的自编策略的合约" in capsys.readouterr().err
