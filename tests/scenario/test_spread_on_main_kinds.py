"""Backtest spreads of every kind on main contracts: grids, against spot, by a formula, a leg alone, on the way out."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from terminal.commands.main import main
from tests import tapes
from tests.e2e import own_market as own
from tests.scenario.test_main_contract import DAYS, report
from tests.scenario.test_spread_on_main import (
    AT_REST,
    HOLDING,
    MONEY,
    OTHER_DAY,
    PLAN,
    SAME_DAY,
    apart,
    fills,
    legs,
    market,
    played,
    rolled,
    settings_of,
    strategies,
    words,
)

LEGS: Final = PLAN[PLAN.index("legs = [") :]
GRID: Final = PLAN.replace(
    "max_sets = 2\n", 'grid = { side = "BUY", lines = 2, stop = -125, lower = -120, upper = 50 }\n'
)
FORMULA: Final = PLAN.replace(LEGS, 'formula = "rb.main - SHFE.hc.main"\nactive = "rb.main"\n')
QUOTES: Final = "".join(
    f'\n[[spot]]\nat = "{day // 10000}-{day // 100 % 100:02}-{day % 100:02} 09:00:30"\ninstrument = "SPOT.rb.上海"\n'
    'price = 3750\nsource = "示例：自编"\n'
    for day in DAYS
)
# Spot less rebar is 50 while it stands at 3700: bought above 55, which sells rebar, and given back below 50.
AGAINST_SPOT: Final = f"""
[[strategy]]
id = "s"
kind = "spread"
account = "A"
buy_at = 49
sell_at = 56
sets = 2
max_sets = 2
spot_side = {{ tonnes = 10 }}
legs = [
    {{ instrument = "SPOT.rb.上海", coefficient = 1, lots = 0 }},
    {{ instrument = "SHFE.rb.main", coefficient = -1, lots = -1, active = true }},
]
{QUOTES}"""


def test_a_formula_follows_the_main_contracts_as_its_legs_would(tmp_path: Path) -> None:
    found = []
    for name, plan in (("legs", PLAN), ("formula", FORMULA)):
        folder = tmp_path / name
        folder.mkdir()
        found.append(fills(folder, words(folder, OTHER_DAY, HOLDING, plan)))
    assert {one["strategy"] for one in found[0]} == {"s", "s-换月1", "s-换月2"}
    assert found[0] == found[1]


def test_a_grid_of_spreads_takes_its_stop_and_bounds_with_each_leg(tmp_path: Path) -> None:
    ran, late = played(words(tmp_path, OTHER_DAY, AT_REST, GRID))
    assert late == []
    first, second = settings_of(ran)
    for settings, moved in ((first, -100), (second, 10)):
        grid = settings.grid
        assert grid is not None
        assert (settings.buy_at, settings.sell_at) == (-105 + moved, -100 + moved)
        assert (grid.stop, grid.lower, grid.upper) == (-125 + moved, -120 + moved, 50 + moved)


def test_a_spread_against_spot_rolls_its_future_and_people_keep_their_tonnes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given spot bought against two lots of rebar sold, which nobody has bought yet, over the change of rebar
    line = words(tmp_path, SAME_DAY, 2, AGAINST_SPOT)
    found = fills(tmp_path, line)
    assert rolled(found, "s-换月1") == [
        ("20231011", "rb2401", "BUY", "CLOSE", "2"),
        ("20231011", "rb2405", "SELL", "OPEN", "2"),
    ]
    # Then its two prices stand where they did from the market, and the tonnes to do are the same.
    ran, late = played(line)
    assert late == []
    (settings,) = settings_of(ran)
    assert legs(settings) == ["rb.上海", "rb2405"]
    paid = apart(found, "s-换月1")
    assert (settings.buy_at, settings.sell_at) == (49 - paid, 56 - paid)
    capsys.readouterr()
    told = strategies(report(line, capsys))["s"]
    held = -told["open_lots"].get("SHFE.rb2405", 0)
    assert Decimal(told["spot"]["undone"]) == 10 * held


def test_a_leg_that_lacks_lots_over_night_is_balanced_in_its_old_month_and_then_rolled(tmp_path: Path) -> None:
    # Given two lots of rebar bought just after somebody has sold all the hot coil that is bid for; nobody bids again
    by_hand = own.order("2023-10-10 09:35:00", "SHFE.hc2401", "SELL OPEN", 5, "3800")
    line = words(tmp_path, SAME_DAY, 7, PLAN.replace("naked_lots = 4", "naked_lots = 4\nmax_chases = 15") + by_hand)
    rewrite(tmp_path / "tape" / "rb2401.csv", earlier)
    rewrite(tmp_path / "tape" / "hc2401.csv", without_bid)
    found = fills(tmp_path, line)
    # Then on the day of the change the lacking leg is sold in its old month first, and only then both are rolled.
    new = [one for one in found if one["trading_day"] == "20231011"]
    assert [(one["strategy"], one["instrument"][5:], one["side"]) for one in new[:5]] == [
        ("s", "hc2401", "SELL"),
        ("s-换月1", "rb2401", "SELL"),
        ("s-换月1", "rb2405", "BUY"),
        ("s-换月2", "hc2401", "BUY"),
        ("s-换月2", "hc2405", "SELL"),
    ]
    ran, late = played(line)
    assert late == []
    assert [legs(one) for one in settings_of(ran)] == [["rb2405", "hc2401"], ["rb2405", "hc2405"]]


def rewrite(path: Path, change: Callable[[dict[str, str]], Iterable[dict[str, str]]]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    tapes.write_tape(path, tapes.CTP_COLUMNS, [new for one in rows for new in change(one)])


def at_day(one: dict[str, str], begin: str, end: str = "10:00") -> bool:
    return one["TradingDay"] == "20231010" and begin <= one["UpdateTime"] < end


def earlier(one: dict[str, str]) -> list[dict[str, str]]:
    return [one | {"UpdateTime": "09:35:40"}, one] if at_day(one, "09:36:00", "09:36:01") else [one]


def without_bid(one: dict[str, str]) -> list[dict[str, str]]:
    return [one | {"BidPrice1": "0.00", "BidVolume1": "0"} if at_day(one, "09:36") else one]


def test_a_spread_on_its_way_out_ends_in_its_old_contracts(tmp_path: Path) -> None:
    # Given fifteen sets bought when the spread falls through its stop in the last two minutes before the change
    many = PLAN.replace("sets = 2", "sets = 15").replace("naked_lots = 4", "naked_lots = 15\nlong_stop = -112")
    path = own.write_plan(tmp_path / "plan.toml", MONEY, many)
    tape = market(tmp_path, SAME_DAY, lambda count: -3 if count < 41 else -6 if count < 49 else -20)
    line = ["backtest", "--tape", str(tape), "--plan", str(path)]
    # Then what is left is closed where it is, and nothing is rolled.
    ran, late = played(line)
    assert late == []
    (spread,) = ran.report.strategies
    assert (spread.strategy, spread.status, spread.open_lots) == ("s", "FINISHED", {})
    assert {fill.instrument for fill in ran.fills} == {"SHFE.rb2401", "SHFE.hc2401"}
    assert 20231011 in {fill.trading_day for fill in ran.fills}


def test_who_has_not_arrived_at_the_end_says_which_leg_and_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a first month of hot coil that is quoted no more from the day both change, while two lots of it are sold
    line = words(tmp_path, SAME_DAY, HOLDING)
    rewrite(tmp_path / "tape" / "hc2401.csv", lambda one: [one] if one["TradingDay"] < "20231011" else [])
    assert main(line) == 0
    assert (
        "注意：策略 s 还没有换到 SHFE.hc2405：移仓 s-换月2 运行，SHFE.hc2401 还有 2 手没有平，SHFE.hc2405 已开 0 手"
        in capsys.readouterr().err
    )
    # Then the spread rests meanwhile, and no leg of it is alone.
    ran, _ = played(line)
    (spread,) = [one for one in ran.report.strategies if one.strategy == "s"]
    assert (spread.status, spread.open_lots) == ("PAUSED", {"SHFE.rb2405": 2, "SHFE.hc2401": -2})
