"""Run whole backtests over recordings of our own making and hold them against a replay of the same."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from terminal.backtest.report import Report, encode
from terminal.backtest.run import Ran, backtest
from terminal.backtest.watch import Watch
from terminal.commands.main import main
from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.ids import InstrumentId, TenantId
from terminal.domain.orders.order import Side
from terminal.engine.state import AccountState, State
from terminal.runner.replay import replay
from terminal.shell.plans.plan import read_plan
from terminal.shell.runner import fold_journal
from terminal.store.journal import SqliteJournal
from tests import bar_tapes, tapes
from tests.e2e import own_market as own

ZERO: Final = Decimal(0)
SPREAD: Final = """
[[instrument]]
id = "CZCE.AP101"
broker_margin_add = "0.02"
fees.close_today = { by_lot = 20 }

[[strategy]]
id = "calendar"
kind = "spread"
account = "A"
buy_at = 150
sell_at = 160
legs = [
    { instrument = "CZCE.AP101", coefficient = 1, lots = 1, active = true },
    { instrument = "CZCE.AP010", coefficient = -1, lots = -1 },
]
"""
CUT: Final = """
[[command]]
do = "cut"
at = "2020-07-31 09:02:30"
seconds = 20
"""
# Two days, so that one is settled: bought on the first, sold as yesterday's lots on the second.
HELD: Final = (
    own.order("2020-07-31 09:00:00", "CZCE.AP010", "BUY OPEN", 2, "7010"),
    own.order("2020-08-03 09:00:00", "CZCE.AP010", "SELL CLOSE", 1, "6990"),
)
STEEL: Final = """
[[instrument]]
id = "SHFE.rb2401"
broker_margin_add = "0.02"

[[strategy]]
id = "grid"
kind = "grid"
account = "A"
instrument = "SHFE.rb2401"
side = "BUY"
anchor = 3710
step = 3
lines = 8
lots_per_line = 2
lower = 3600
upper = 3800
stop = 3590
"""
TWO_MONTHS: Final = """
[[instrument]]
id = "SHFE.rb2010"
broker_margin_add = "0.02"
fees.close_today = { by_value = "0.0001" }

[[instrument]]
id = "SHFE.rb2101"
broker_margin_add = "0.02"
fees.close_today = { by_value = "0.0001" }

[[strategy]]
id = "calendar"
kind = "spread"
account = "A"
formula = "rb2010 - rb2101"
active = "rb2101"
buy_at = 50
sell_at = 60
sets = 2
max_sets = 4
hedge_seconds = 120
pause_seconds = 60
"""


def wave(folder: Path) -> list[Path]:
    return [own.wave_tape(folder / "ap.csv")]


def minute_bars(folder: Path) -> list[Path]:
    bars = [*bar_tapes.wave(20231009, base=3705), *bar_tapes.wave(20231010, base=3705)]
    return [bar_tapes.tqsdk(folder / "SHFE.rb2401_1min.csv", bars)]


def day_bars(folder: Path) -> list[Path]:
    closes = [3710 + (-6, 0, 8, 3, -4)[day % 5] for day in range(5)]
    return [bar_tapes.tqsdk(folder / "SHFE.rb2401_day.csv", bar_tapes.days(20230918, closes))]


def two_legs(folder: Path) -> list[Path]:
    begin = instant(20200817, 9)
    minutes = [
        (begin + minute * MINUTE_NS, 3820 + minute % 7, 3820 + minute % 7 - (45 if minute // 9 % 2 else 65))
        for minute in range(60)
    ]
    return [bar_tapes.spread(folder / "RB.csv", "RB2010-RB2101", minutes)]


STORIES: Final[dict[str, tuple[Any, tuple[str, ...]]]] = {
    "a grid": (wave, (own.APPLE, own.GRID)),
    "a grid whose link is cut": (wave, (own.APPLE, own.GRID, CUT)),
    "two days, a spread, orders by hand": (tapes.ctp_tape, (own.APPLE, SPREAD, *HELD)),
    "minutes of two days, a grid": (minute_bars, (STEEL,)),
    "bars of five days, a grid": (day_bars, (STEEL,)),
    "minutes of two legs, a spread": (two_legs, (TWO_MONTHS,)),
}


def run(folder: Path, story: str) -> Ran:
    write, parts = STORIES[story]
    folder.mkdir(exist_ok=True)
    write(folder)
    plan = own.write_plan(folder / "plan.toml", *parts)
    return backtest([*folder.glob("*.csv*")], plan=read_plan(plan, tapes.reference()), reference=tapes.reference())


@pytest.fixture(scope="module", params=STORIES)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Ran]:
    folder = tmp_path_factory.mktemp("story")
    return request.param, folder, run(folder, request.param)


def test_a_backtest_writes_the_very_journal_a_replay_writes(told: tuple[str, Path, Ran], tmp_path: Path) -> None:
    _, folder, ran = told
    summary = asyncio.run(
        replay(
            tapes=[*folder.glob("*.csv*")],
            plan=read_plan(folder / "plan.toml", tapes.reference()),
            reference=tapes.reference(),
            data=tmp_path,
            trades=None,
            exchange=None,
        )
    )
    journal = SqliteJournal(tmp_path, TenantId("OWN"))
    for ours, theirs in zip_longest(ran.journal.replay(), journal.replay()):
        assert ours is not None
        assert theirs is not None
        assert ours.record == theirs.record
    journal.close()
    source, activity = ran.report.source, ran.report.total.activity
    assert (source.state_hash, source.journal_head) == (summary["state_hash"], summary["journal_head"])
    assert (activity.orders, activity.fills) == (summary["orders"], summary["fills"])
    assert sum(activity.states.values()) == activity.orders
    assert activity.orders > 1


def test_two_backtests_are_the_same_bytes(told: tuple[str, Path, Ran]) -> None:
    story, folder, ran = told
    again = run(folder, story)
    assert encode(again.report) == encode(ran.report)
    assert again.fills == ran.fills


def test_both_views_give_one_equity_every_day(told: tuple[str, Path, Ran]) -> None:
    _, _, ran = told
    for account in (*ran.report.accounts, ran.report.total):
        before = account.days[0].start_equity
        for day in account.days:
            assert day.start_equity == before
            by_day = day.close_profit + day.position_profit + day.premium - day.commission
            assert day.start_equity + day.moved + by_day == day.equity
            assert day.balance + day.floating_profit == day.equity
            before = day.equity
        assert account.curve[-1].equity == account.days[-1].equity == account.equity


def test_what_strategies_and_people_earned_is_what_the_account_earned(told: tuple[str, Path, Ran]) -> None:
    _, _, ran = told
    report = ran.report
    assert sum((one.profit for one in report.strategies), ZERO) == report.accounts[0].profit == report.total.profit
    assert sum((fill.fee for fill in ran.fills), ZERO) == report.total.activity.fees
    assert sum((day.commission for day in report.total.days), ZERO) == report.total.activity.fees
    held = {
        one.instrument: one.long_today + one.long_yesterday - one.short_today - one.short_yesterday
        for one in report.accounts[0].positions
    }
    lots: dict[InstrumentId, int] = {}
    for strategy in report.strategies:
        for name, open_lots in strategy.open_lots.items():
            lots[name] = lots.get(name, 0) + open_lots
    assert {name: net for name, net in lots.items() if net} == {name: net for name, net in held.items() if net}


def test_every_day_and_the_end_are_checked(told: tuple[str, Path, Ran]) -> None:
    _, _, ran = told
    assert ran.report.checks == len(ran.report.total.days)  # each settlement, and the end
    assert ran.report.violations == ()


def test_a_grid_closes_line_by_line_and_each_round_pays_its_own_fees(tmp_path: Path) -> None:
    ran = run(tmp_path, "a grid")
    (grid,) = ran.report.strategies
    rounds = grid.activity.rounds
    closes = [fill for fill in ran.fills if fill.side is Side.SELL]
    assert rounds.closed == len(closes) > 10
    # A step of two yuan on ten tonnes is twenty yuan, and both fees are twice that.
    assert {fill.fee / fill.lots for fill in ran.fills} == {Decimal(20)}
    assert rounds.profit == -20 * sum(fill.lots for fill in closes)
    assert (rounds.won, rounds.win_rate) == (0, 0)


def test_slippage_is_what_a_fill_paid_beyond_the_middle(tmp_path: Path) -> None:
    ran = run(tmp_path, "two days, a spread, orders by hand")
    bought = next(fill for fill in ran.fills if fill.strategy is None and fill.side is Side.BUY)
    # Decided at 7000 to 7002, filled at the ask.
    assert (bought.mid, bought.price, bought.lots) == (Decimal(7001), Decimal(7002), 2)
    assert bought.slippage == 1 * 2 * 10
    hand = next(one for one in ran.report.strategies if one.strategy is None)
    known = [fill.slippage for fill in ran.fills if fill.strategy is None and fill.slippage is not None]
    assert hand.activity.slippage.yuan == sum(known, ZERO)


def test_a_report_comes_back_from_its_json(told: tuple[str, Path, Ran]) -> None:
    _, _, ran = told
    assert msgspec.json.decode(encode(ran.report), type=Report) == ran.report


def test_an_invariant_that_does_not_hold_is_told(tmp_path: Path) -> None:
    ran = run(tmp_path, "two days, a spread, orders by hand")
    state, at = fold_journal(ran.journal)
    watch = Watch()
    watch.check(state, at)
    assert not watch.violations
    spoil(state)
    watch.check(state, at)
    assert watch.violations
    assert {one.at for one in watch.violations} == {at}
    assert watch.checks == 2


def test_a_backtest_of_a_broken_program_says_so_and_exits_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    booked = AccountState.__init__

    def born_wrong(self: AccountState, *what: Any) -> None:
        booked(self, *what)
        self.filled_lots[InstrumentId("CZCE.AP010")] = (1, 0)  # a lot that no order ever filled

    monkeypatch.setattr(AccountState, "__init__", born_wrong)
    tape = own.wave_tape(tmp_path / "ap.csv", seconds=60)
    plan = own.write_plan(tmp_path / "plan.toml", own.APPLE, own.GRID)
    words = ["backtest", "--tape", str(tape), "--plan", str(plan), "--out", str(tmp_path / "out")]
    assert main(words) == 1
    assert "不成立 1 处" in capsys.readouterr().out
    assert "1 处不成立" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def spoil(state: State) -> None:
    # More lots were filled than the book holds.
    (account,) = state.accounts.values()
    account.filled_lots[InstrumentId("CZCE.AP010")] = (99, 0)
