"""Backtest a grid on the main contract: its lines go with each change, and what a line earned is counted over rolls."""

from __future__ import annotations

import csv
from decimal import ROUND_HALF_UP, Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import pytest

from terminal.backtest.mains import read_with_mains, untold
from terminal.backtest.run import play
from terminal.commands.main import main
from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.fact.facts import StrategyMarked
from terminal.domain.fact.marks import Finished
from terminal.domain.parameters.strategy import GridSettings
from terminal.engine.records.journal import Record
from tests import bar_tapes, tapes
from tests.e2e import own_market as own
from tests.scenario.test_main_contract import MONEY, market, report

LONG: Final = """
[[strategy]]
id = "g"
kind = "grid"
account = "A"
instrument = "SHFE.rb.main"
side = "BUY"
anchor = 3700
step = 5
lines = 3
lots_per_line = 2
lower = 3680
upper = 3720
stop = 3670
"""
SHORT: Final = (
    LONG.replace("BUY", "SELL").replace("3720", "3719").replace("lower = 3680", "lower = 3681").replace("3670", "3731")
)
# Yuan a minute, over and over: three above the first line's exit, and twelve below it.
WAVE: Final = (3, 0, -3, -6, -9, -12, -9, -6, -3, 0)
AT_REST, HOLDING = 0, 4  # where in it a trading day ends: with nothing held, and with the first line filled


def words(folder: Path, ends: int, plan: str = LONG, sign: int = 1) -> list[str]:
    """Return the command's words; with sign -1 the market is the wave's mirror."""
    path = own.write_plan(folder / "plan.toml", MONEY, plan)
    tape = market(folder, lambda count: sign * WAVE[(count + ends) % len(WAVE)])
    return ["backtest", "--tape", str(tape), "--plan", str(path)]


def fills(folder: Path, line: list[str]) -> list[dict[str, str]]:
    assert main([*line, "--out", str(folder / "out")]) == 0
    with (folder / "out" / "trades.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def anchors(line: list[str]) -> list[Decimal]:
    """Return where the grid's lines begin after each roll."""
    plan, recording = read_with_mains(Path(line[4]), [Path(line[2])], tapes.reference())
    ran = play(recording, plan=plan, reference=tapes.reference())
    facts = [one.record.fact for one in ran.journal.replay() if isinstance(one.record, Record)]
    marks = [one.mark for one in facts if isinstance(one, StrategyMarked) and isinstance(one.mark, Finished)]
    settings = [moved.settings for mark in marks for moved in mark.moved]
    return [one.anchor for one in settings if isinstance(one, GridSettings)]


def worth(one: dict[str, str]) -> Decimal:
    return Decimal(one["price"]) * int(one["lots"])


def strategies(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["strategy"]: one for one in found["strategies"]}


def test_an_empty_grid_goes_with_its_lines_and_pays_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given three months a hundred apart that swing alike, and a grid that holds nothing whenever the main one changes
    line = words(tmp_path, AT_REST)
    found = fills(tmp_path, line)
    # Then it trades the same lines of each, a hundred lower each time, and only by its own orders.
    prices = {one["instrument"]: set[str]() for one in found}
    for one in found:
        prices[one["instrument"]].add(one["price"])
    first = {Decimal(price) for price in prices["SHFE.rb2401"]}
    assert first == {Decimal(price) for price in (3690, 3695, 3700)}
    assert {Decimal(price) for price in prices["SHFE.rb2405"]} == {price - 100 for price in first}
    assert {Decimal(price) for price in prices["SHFE.rb2410"]} == {price - 200 for price in first}
    assert {one["strategy"] for one in found} == {"g"}
    capsys.readouterr()
    (grid,) = report(line, capsys)["strategies"]
    assert grid["carried"] is None
    assert [(one["trading_day"], one["far"], one["lots"], Decimal(one["moved"])) for one in grid["changes"]] == [
        (20231011, "SHFE.rb2405", 0, -100),
        (20231013, "SHFE.rb2410", 0, -100),
    ]
    assert grid["activity"]["rounds"]["won"] == grid["activity"]["rounds"]["closed"] > 20


@pytest.mark.parametrize(("plan", "sign", "into"), [(LONG, 1, "BUY"), (SHORT, -1, "SELL")])
def test_what_it_holds_is_rolled_with_real_orders_and_each_line_goes_on(
    plan: str, sign: int, into: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a grid that holds a line or more at each change
    line = words(tmp_path, HOLDING, plan, sign)
    found = fills(tmp_path, line)
    assert "    换月 2 次 " in capsys.readouterr().out
    assert "<h3>换月成本</h3>" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    rolled = [one for one in found if one["strategy"] == "g-换月1"]
    near, far = ([one for one in rolled if one["instrument"] == name] for name in ("SHFE.rb2401", "SHFE.rb2405"))
    lots = sum(int(one["lots"]) for one in near)
    assert lots == sum(int(one["lots"]) for one in far) > 0
    assert {one["side"] for one in far} == {into}
    assert {one["offset"] for one in far} == {"OPEN"}
    # Then its lines stand off the old ones by what the roll really paid, to the tick.
    spread = sum((worth(one) for one in far), Decimal(0)) - sum((worth(one) for one in near), Decimal(0))
    assert anchors(line)[0] == 3700 + (spread / lots).to_integral_value(ROUND_HALF_UP)
    # Then the grid's own result is that of one series, every line it closed has won, and the rolls' cost stands apart.
    told = strategies(whole := report(line, capsys))
    rolls = [one for name, one in told.items() if name.startswith("g-换月")]
    assert len(rolls) == told["g"]["carried"]["rolls"] == 2
    assert Decimal(told["g"]["carried"]["cost"]) == -sum(Decimal(one["profit"]) for one in rolls)
    assert [one["open_lots"] for one in rolls] == [{}, {}]
    assert set(told["g"]["open_lots"]) <= {"SHFE.rb2410"}
    assert sum(Decimal(one["profit"]) for one in told.values()) == Decimal(whole["total"]["profit"])
    rounds = told["g"]["activity"]["rounds"]
    assert rounds["closed"] == sum(one["strategy"] == "g" and one["offset"].startswith("CLOSE") for one in found)
    assert rounds["won"] == rounds["closed"]
    changes = told["g"]["changes"]
    assert [one["roll"] for one in changes] == ["g-换月1", "g-换月2"]
    assert sum(Decimal(one["cost"]) for one in changes) == Decimal(told["g"]["carried"]["cost"])
    assert rounds["across"] > 0


def test_lots_held_over_night_are_rolled_as_yesterdays_and_pay_no_fee_of_todays(tmp_path: Path) -> None:
    # Given a house whose close of today costs a hundred yuan a lot, and a line that is filled when the main one changes
    dear = MONEY.replace("\n[[", "\nfees.close_today = { by_lot = 100 }\n[[")
    line = words(tmp_path, HOLDING)
    own.write_plan(tmp_path / "plan.toml", dear, LONG)
    rolled = [one for one in fills(tmp_path, line) if one["strategy"] == "g-换月1"]
    # Then no order of the day before fills on the first quotes of the new one, and what is rolled is yesterday's.
    assert [one["offset"] for one in rolled] == ["CLOSE_YESTERDAY", "OPEN"]
    assert all(Decimal(one["fee"]) / int(one["lots"]) < 10 for one in rolled)


def test_the_same_twice_is_the_same_bytes_and_asleep_the_same_journal(tmp_path: Path) -> None:
    line = words(tmp_path, HOLDING)
    written = []
    for _ in range(2):
        fills(tmp_path, line)
        written.append([path.read_bytes() for path in sorted((tmp_path / "out").iterdir())])
    assert written[0] == written[1]
    runs = []
    for sleeping in (False, True):
        plan, recording = read_with_mains(Path(line[4]), [Path(line[2])], tapes.reference())
        runs.append(play(recording, plan=plan, reference=tapes.reference(), sleeping=sleeping))
        assert untold(plan) == []
    for before, after in zip_longest(*(run.journal.replay() for run in runs)):
        assert before.record == after.record


def test_a_grid_on_its_way_out_ends_in_its_old_contract(tmp_path: Path) -> None:
    # Given fifteen lots held when the stop is reached in the last minute before a change, which shows fewer
    one = LONG.replace("lines = 3", "lines = 1").replace("lots_per_line = 2", "lots_per_line = 15")
    path = own.write_plan(tmp_path / "plan.toml", MONEY, one.replace("3680", "3694").replace("3670", "3692"))
    tape = market(tmp_path, lambda count: 3 if count < 41 else -6 if count < 50 else -12)
    # When the main contract is another one on the next day
    plan, recording = read_with_mains(path, [tape], tapes.reference())
    ran = play(recording, plan=plan, reference=tapes.reference())
    # Then what is left is sold where it is, and nothing is rolled.
    assert untold(plan) == []
    (grid,) = ran.report.strategies
    assert (grid.strategy, grid.status, grid.open_lots) == ("g", "FINISHED", {})
    assert {fill.instrument for fill in ran.fills} == {"SHFE.rb2401"}
    assert 20231011 in {fill.trading_day for fill in ran.fills}


DIP: Final = {3, 4}  # minutes after the first order of the roll
BARS: Final = (("rb2401", 3700, (900, 100)), ("rb2405", 3600, (100, 901)))


@pytest.mark.parametrize(("chase", "chased"), [("", True), ("main = { chase_seconds = 200 }\n", False)])
def test_on_minute_bars_a_roll_waits_for_its_bar_before_it_chases(chase: str, chased: bool, tmp_path: Path) -> None:
    # Given two months as minute bars, the second the main one from the third day on, and a grid that is filled
    tape = tmp_path / "tape"
    tape.mkdir()
    for symbol, base, interests in BARS:
        bars = []
        for day, interest in zip(
            (20231010, 20231011, 20231012), (interests[0], interests[1], interests[1]), strict=True
        ):
            falls = -6 if day == 20231011 else 0  # a line is filled on the second day, and held to the third
            for count in range(40):
                price = base + (falls if count > 20 else 0)
                if day == 20231012:  # it is to be sold at 3693, and for two bars nobody pays more
                    price -= 10 if count in DIP else 6 if count < 30 else 0
                begin = instant(day, 9) + count * MINUTE_NS
                bars.append((begin, price, price + 3, price - 3, price, 400, interest))
        bar_tapes.tqsdk(tape / f"SHFE.{symbol}_1min.csv", bars)
    path = own.write_plan(tmp_path / "plan.toml", MONEY, LONG + chase)
    # When the main contract changes
    plan, recording = read_with_mains(path, [tape], tapes.reference())
    ran = play(recording, plan=plan, reference=tapes.reference())
    # Then the lots are rolled, and only a roll that would not wait three bars has chased.
    assert untold(plan) == []
    (roll,) = [one for one in ran.report.strategies if one.kind == "roll"]
    assert roll.roll is not None
    assert roll.roll.lots == 2
    assert ("CANCELLED" in roll.activity.states) is chased
    assert {one.instrument for one in ran.fills if one.strategy == "g"} == {"SHFE.rb2401", "SHFE.rb2405"}
