"""Backtest days whose settlement is far from their last price: what a settlement says is in every figure of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from terminal.backtest.performance import performance
from terminal.backtest.run import Ran, backtest
from terminal.domain.days.calendar import instant
from terminal.shell.plans.plan import read_plan
from tests import bar_tapes, tapes
from tests.e2e import own_market as own

D: Final = Decimal
RULE: Final = """
from terminal.strategies.own.code import Aim, Number
TITLE = "持有"
SAMPLE_SECONDS = 60
WINDOW = 5
NUMBERS = (Number("lots", "手数", "手", least=-50, most=50, value=3),)
def aim(numbers, seen):
    return Aim(numbers["lots"], "持有")
"""
SECOND: Final = """
[[account]]
id = "B"
cash = 1_000_000

[[person]]
id = "other"
roles = { B = ["trader"] }
"""


def steel(symbol: str, day: int, settlement: int) -> str:
    """Return a contract that costs a yuan a lot, and where one of its days settled."""
    said = f"[[instrument.day]]\ntrading_day = {day}\nsettlement = {settlement}\n"
    return own.terms(f"SHFE.{symbol}", "1") + said


def holds(strategy: str, symbol: str, lots: int, account: str = "A") -> str:
    return f"""
[[strategy]]
id = "{strategy}"
kind = "own"
account = "{account}"
code = "hold.py"
instrument = "SHFE.{symbol}"
max_lots = 5
pay_up_ticks = 20
numbers = {{ lots = {lots} }}
"""


def ran(folder: Path, *parts: str) -> Ran:
    (folder / "hold.py").write_text(RULE, encoding="utf-8")
    plan = own.write_plan(folder / "plan.toml", *parts)
    return backtest([*folder.glob("*.csv")], plan=read_plan(plan, tapes.reference()), reference=tapes.reference())


def quiet_days(folder: Path, symbol: str = "rb2401") -> None:
    """Write five days that close at 3700."""
    bar_tapes.tqsdk(folder / f"SHFE.{symbol}_day.csv", bar_tapes.days(20230918, [3700] * 5))


def test_the_deepest_fall_of_one_account_is_the_deepest_fall_of_all_of_them(tmp_path: Path) -> None:
    # Given lots held over a day that settles three hundred yuan below its last price
    quiet_days(tmp_path)
    report = ran(tmp_path, steel("rb2401", 20230920, 3400), holds("h", "rb2401", 3)).report
    # Then the account falls by three lots of ten tonnes at the settlement, and so do all accounts together.
    (account,) = report.accounts
    assert account.drawdown.yuan >= 3 * 10 * 300
    assert report.total.drawdown == account.drawdown
    assert report.total.curve == account.curve
    assert report.total.most_margin == account.most_margin


def test_what_one_account_loses_at_a_settlement_another_may_gain(tmp_path: Path) -> None:
    # Given the same lots bought in one account and sold in another
    quiet_days(tmp_path)
    both = holds("long", "rb2401", 3), holds("short", "rb2401", -3, account="B")
    report = ran(tmp_path, SECOND, steel("rb2401", 20230920, 3400), *both).report
    # Then the settlement moves each, and both together not at all: they lose what their fills cost.
    long, short = report.accounts
    assert long.drawdown.yuan >= 3 * 10 * 300
    assert short.drawdown.yuan >= 3 * 10 * 300  # what it had gained is gone when the price is back
    assert report.total.drawdown.yuan < 1_000


@pytest.mark.parametrize("stopped", [False, True], ids=["alive", "stopped"])
def test_a_strategys_lots_that_a_person_closed_are_worth_in_a_backtest_what_its_journal_says(
    tmp_path: Path, *, stopped: bool
) -> None:
    # Given lots of a strategy that a person sells on the first day, and a price that leaps on the last, unsettled one
    dawns = {20230918: 3700, 20230919: 3710, 20230920: 3720, 20230921: 3800}
    bars = [bar for day, base in dawns.items() for bar in bar_tapes.wave(day, 20, base=base)]
    bar_tapes.tqsdk(tmp_path / "SHFE.rb2401_min.csv", bars)
    sold = own.order("2023-09-18 09:15:00", "SHFE.rb2401", "SELL CLOSE_TODAY", 3, "3680")
    stop = '[[command]]\ndo = "stop"\nat = "2023-09-19 09:12:00"\nby = "trader"\nstrategy = "h"\n'
    parts = own.terms("SHFE.rb2401", "1"), holds("h", "rb2401", 3), sold
    played = ran(tmp_path, *parts, *([stop] if stopped else []))
    assert (played.report.undone, played.report.accounts[0].positions) == ((), ())
    # Then neither has earned anything from the other by the leap, and the journal tells the same of both.
    told = performance(played.journal.replay(), tapes.reference().calendar)
    earned = {one.strategy: one.earned.profit for one in told.strategies if one.earned is not None}
    assert {one.strategy: one.profit for one in played.report.strategies} == earned
    assert {one.strategy: [*one.open_lots.values()] for one in told.strategies} == {None: [-3], "h": [3]}
    assert sum(earned.values()) == played.report.total.profit
    assert abs(earned[None]) < 1_000


def test_lots_held_past_their_last_day_are_delivered_in_the_strategys_figures_too(tmp_path: Path) -> None:
    # Given a copper month in its last days, held past the last one, which settles far below its last price
    days = (20231010, 20231011, 20231012, 20231013, 20231016)
    bars = [(instant(day), 67_000, 67_050, 66_950, 67_000, 5000, 900) for day in days]
    bar_tapes.tqsdk(tmp_path / "SHFE.cu2310_day.csv", bars)
    bar_tapes.tqsdk(tmp_path / "SHFE.rb2401_day.csv", bar_tapes.days(20231016, [3700] * 3))
    fee = "fees.delivery = { by_lot = 2 }\n"
    parts = own.terms("SHFE.cu2310", "1", fee), own.terms("SHFE.rb2401", "1"), holds("h", "cu2310", 3)
    said = "[[instrument.day]]\ntrading_day = 20231016\nsettlement = 66_000\n"
    played = ran(tmp_path, parts[0], said, *parts[1:])
    # Then the strategy holds nothing any more, has lost what the account has lost, and its round is over.
    (account,), (strategy,) = played.report.accounts, played.report.strategies
    assert (account.positions, strategy.open_lots) == ((), {})
    assert strategy.profit == account.profit == played.report.total.profit < -3 * 5 * 900
    assert strategy.activity.fees == sum((day.commission for day in account.days), D(0)) == 3 * (1 + 2)
    rounds = strategy.activity.rounds
    assert (rounds.closed, rounds.won, rounds.profit) == (1, 0, strategy.profit)
    # And so does the performance that its journal tells.
    told = performance(played.journal.replay(), tapes.reference().calendar)
    (again,) = told.strategies
    assert (again.open_lots, again.activity) == ({}, strategy.activity)
    assert again.earned is not None
    assert told.total.earned is not None
    assert again.earned.profit == told.total.earned.profit == strategy.profit
