"""Backtest a spread of two products on their main contracts: each leg goes with its own change, and no leg is alone."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import pytest

from terminal.backtest.mains import read_with_mains, untold
from terminal.backtest.run import Ran, play
from terminal.commands.main import main
from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.fact.control import StrategyPaused
from terminal.domain.fact.facts import Fact, StrategyChanged, StrategyMarked, StrategyResumed
from terminal.domain.fact.marks import Finished, RoundBegan
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.engine.records.journal import Record
from tests import tapes
from tests.e2e import own_market as own
from tests.scan_tapes import row
from tests.scenario.test_main_contract import DAYS, report

Months = dict[str, tuple[int, tuple[int, ...]]]
# Each month of hot coil stands a hundred and ten below the one before, of rebar a hundred; the open interest of days.
SAME_DAY: Final[Months] = {
    "rb2401": (3700, (900, 900, 1, 1, 1)),
    "rb2405": (3600, (100, 901, 900, 900, 900)),
    "hc2401": (3800, (900, 900, 1, 1, 1)),
    "hc2405": (3690, (100, 901, 900, 900, 900)),
}
OTHER_DAY: Final[Months] = SAME_DAY | {
    "hc2401": (3800, (900, 900, 900, 900, 1)),
    "hc2405": (3690, (100, 100, 100, 901, 900)),
}
MONEY: Final = "".join(f'[[instrument]]\nid = "SHFE.{name}"\nbroker_margin_add = "0.02"\n' for name in SAME_DAY)
PLAN: Final = """
[[strategy]]
id = "s"
kind = "spread"
account = "A"
buy_at = -105
sell_at = -100
sets = 2
max_sets = 2
naked_lots = 4
hedge_seconds = 120
legs = [
    { instrument = "SHFE.rb.main", coefficient = 1, lots = 1, active = true },
    { instrument = "SHFE.hc.main", coefficient = -1, lots = -1 },
]
"""
# Yuan a minute, of rebar alone: the spread is bought below -5 and sold above 0.
WAVE: Final = (3, 0, -3, -6, -9, -12, -9, -6, -3, 0)
QUIET: Final = -3
AT_REST, HOLDING = 0, 4  # where in it a trading day ends: with nothing held, and with a round open


def market(folder: Path, months: Months, wave: Callable[[int], int]) -> Path:
    tape = folder / "tape"
    tape.mkdir()
    for symbol, (price, interests) in months.items():
        rows = []
        for before, day, interest in zip((None, *DAYS), DAYS, interests, strict=False):
            night = [] if before is None else [instant(before, 21) + count * MINUTE_NS for count in range(1, 11)]
            morning = [instant(day, 9) + count * MINUTE_NS for count in range(1, 41)]
            for count, at in enumerate([*night, *morning], 1):
                bid = price + (wave(count) if symbol.startswith("rb") else count % 2)
                quoted = row(symbol, at, (bid, bid + 1))
                rows.append(quoted | {"Volume": str(100 + count), "OpenInterest": f"{interest}.00"})
        tapes.write_tape(tape / f"{symbol}.csv", tapes.CTP_COLUMNS, rows)
    return tape


def words(folder: Path, months: Months, ends: int, plan: str = PLAN) -> list[str]:
    """Return the command's words; `ends` is where in the wave a trading day ends. Nights stand still in its middle."""
    path = own.write_plan(folder / "plan.toml", MONEY, plan)
    tape = market(folder, months, lambda count: QUIET if count <= 10 else WAVE[(count + ends) % len(WAVE)])
    return ["backtest", "--tape", str(tape), "--plan", str(path)]


def fills(folder: Path, line: list[str]) -> list[dict[str, str]]:
    assert main([*line, "--out", str(folder / "out")]) == 0
    with (folder / "out" / "trades.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def played(line: list[str], *, sleeping: bool = True) -> tuple[Ran, list[str]]:
    """Return the run itself, and who has not arrived at its main contract."""
    plan, recording = read_with_mains(Path(line[4]), [Path(line[2])], tapes.reference())
    return play(recording, plan=plan, reference=tapes.reference(), sleeping=sleeping), untold(plan)


def facts(ran: Ran) -> list[Fact]:
    return [one.record.fact for one in ran.journal.replay() if isinstance(one.record, Record)]


def owner(fact: Fact) -> str:
    return str(getattr(fact, "strategy", ""))


def settings_of(ran: Ran) -> list[SpreadSettings]:
    """Return the spread's settings after each change of one of its contracts."""
    found: list[object] = []
    for fact in facts(ran):
        if isinstance(fact, StrategyMarked) and isinstance(fact.mark, Finished):
            found += [moved.settings for moved in fact.mark.moved]
        elif isinstance(fact, StrategyChanged):
            found.append(fact.settings)
    return [one for one in found if isinstance(one, SpreadSettings)]


def legs(settings: SpreadSettings) -> list[str]:
    return [leg.instrument[5:] for leg in settings.legs]


def rolled(found: list[dict[str, str]], name: str) -> list[tuple[str, str, str, str, str]]:
    mine = [one for one in found if one["strategy"] == name]
    return [(one["trading_day"], one["instrument"][5:], one["side"], one["offset"][:5], one["lots"]) for one in mine]


def apart(found: list[dict[str, str]], name: str) -> Decimal:
    """Return far less near, as a roll traded them."""
    near, far = (
        [one for one in found if one["strategy"] == name and one["offset"][:4] == what] for what in ("CLOS", "OPEN")
    )
    paid = [sum((Decimal(one["price"]) * int(one["lots"]) for one in of), Decimal(0)) for of in (near, far)]
    return (paid[1] - paid[0]) / sum(int(one["lots"]) for one in near)


def strategies(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["strategy"]: one for one in found["strategies"]}


def test_both_legs_change_on_one_day_and_the_spread_is_rolled_leg_after_leg(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given rebar against hot coil, two lots each held when the main contracts of both change on one day
    line = words(tmp_path, SAME_DAY, HOLDING)
    found = fills(tmp_path, line)
    # Then on the first quotes of that day each leg is one roll, with real orders, and nothing else trades between them.
    assert rolled(found, "s-换月1") == [
        ("20231011", "rb2401", "SELL", "CLOSE", "2"),
        ("20231011", "rb2405", "BUY", "OPEN", "2"),
    ]
    assert rolled(found, "s-换月2") == [
        ("20231011", "hc2401", "BUY", "CLOSE", "2"),
        ("20231011", "hc2405", "SELL", "OPEN", "2"),
    ]
    names = [one["strategy"] for one in found]
    assert names[names.index("s-换月1") :][:5] == ["s-换月1"] * 2 + ["s-换月2"] * 2 + ["s"]
    # Then its two prices stand off the old ones by what each roll really paid, by the coefficient of its leg;
    ran, late = played(line)
    assert late == []
    first, second = settings_of(ran)
    assert (legs(first), legs(second)) == (["rb2405", "hc2401"], ["rb2405", "hc2405"])
    rebar, coil = apart(found, "s-换月1"), apart(found, "s-换月2")
    assert (first.buy_at, first.sell_at) == (-105 + rebar, -100 + rebar)
    assert (second.buy_at, second.sell_at) == (-105 + rebar - coil, -100 + rebar - coil)
    # and it trades the new months by them, without a leg alone: everything it closed has won, the round over the
    # change like all others, and what the changes cost stands apart.
    assert {one["instrument"] for one in found if one["strategy"] == "s" and one["trading_day"] > "20231010"} == {
        "SHFE.rb2405",
        "SHFE.hc2405",
    }
    capsys.readouterr()
    told = strategies(whole := report(line, capsys))
    rounds = told["s"]["activity"]["rounds"]
    assert rounds["won"] == rounds["closed"] > 10
    assert told["s"]["carried"]["rolls"] == 2
    rolls = [one for name, one in told.items() if name.startswith("s-换月")]
    assert Decimal(told["s"]["carried"]["cost"]) == -sum(Decimal(one["profit"]) for one in rolls)
    assert sum(Decimal(one["profit"]) for one in told.values()) == Decimal(whole["total"]["profit"])
    assert "LEGGED" not in told["s"]["activity"]["wrong"]


def test_no_round_begins_while_a_leg_is_moved(tmp_path: Path) -> None:
    ran, _ = played(words(tmp_path, SAME_DAY, HOLDING))
    said = [
        type(fact) if not isinstance(fact, StrategyMarked) else type(fact.mark)
        for fact in facts(ran)
        if owner(fact) == "s"
    ]
    # It rests once for both legs, and goes on when both are there.
    assert said.count(StrategyPaused) == said.count(StrategyResumed) == 1
    assert said.count(RoundBegan) > 10
    assert said[said.index(StrategyPaused) :][:2] == [StrategyPaused, StrategyResumed]


def test_legs_that_change_on_different_days_go_each_on_its_own(tmp_path: Path) -> None:
    line = words(tmp_path, OTHER_DAY, HOLDING)
    found = fills(tmp_path, line)
    assert [one[:2] for one in rolled(found, "s-换月1")] == [("20231011", "rb2401"), ("20231011", "rb2405")]
    assert [one[:2] for one in rolled(found, "s-换月2")] == [("20231013", "hc2401"), ("20231013", "hc2405")]
    ran, late = played(line)
    assert late == []
    assert [legs(one) for one in settings_of(ran)] == [["rb2405", "hc2401"], ["rb2405", "hc2405"]]
    # In the days between, the new month of one leg trades against the old one of the other.
    between = {one["instrument"] for one in found if one["trading_day"] == "20231012"}
    assert between == {"SHFE.rb2405", "SHFE.hc2401"}
    assert all(one.open_lots in ({}, {"SHFE.rb2405": 2, "SHFE.hc2405": -2}) for one in ran.report.strategies)


def test_with_nothing_held_its_contracts_alone_change_and_it_costs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = words(tmp_path, SAME_DAY, AT_REST)
    found = fills(tmp_path, line)
    assert {one["strategy"] for one in found} == {"s"}
    ran, late = played(line)
    assert late == []
    # A hundred lower is rebar, a hundred and ten is hot coil, which is sold: by their closes of the day before.
    first, second = settings_of(ran)
    assert (first.buy_at, first.sell_at) == (-205, -200)
    assert (second.buy_at, second.sell_at) == (-95, -90)
    prices = {one["instrument"]: set[str]() for one in found}
    for one in found:
        prices[one["instrument"]].add(one["price"])
    old, new = ({Decimal(price) for price in prices[f"SHFE.rb{month}"]} for month in (2401, 2405))
    assert {price - 100 for price in old} >= new
    capsys.readouterr()
    (spread,) = report(line, capsys)["strategies"]
    assert spread["carried"] is None
    assert spread["activity"]["rounds"]["won"] == spread["activity"]["rounds"]["closed"] > 10


def test_the_same_twice_is_the_same_bytes_and_asleep_the_same_journal(tmp_path: Path) -> None:
    line = words(tmp_path, OTHER_DAY, HOLDING)
    written = []
    for _ in range(2):
        fills(tmp_path, line)
        written.append([path.read_bytes() for path in sorted((tmp_path / "out").iterdir())])
    assert written[0] == written[1]
    awake, asleep = (played(line, sleeping=sleeping)[0] for sleeping in (False, True))
    for before, after in zip_longest(awake.journal.replay(), asleep.journal.replay()):
        assert before.record == after.record
