"""Hold what a journal tells of a performance against stories worked out by hand, and against the backtest itself."""

from __future__ import annotations

import json
import statistics
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec
import pytest

from terminal.backtest.chained import DayEarned
from terminal.backtest.earned import deepest_fall, earned
from terminal.backtest.naked_time import NakedTime, summed
from terminal.backtest.performance import Performance, performance
from terminal.commands.main import main
from terminal.domain.fact import facts as f
from terminal.domain.ids import AccountId, DeviceId, OrderId, PersonId, SysId, WireKey
from terminal.domain.orders.order import OrderTerms, TimeCondition
from terminal.domain.parameters.limits import Limits
from terminal.engine.records.memory import MemoryJournal
from terminal.store.journal import SqliteJournal
from tests import tapes
from tests.books import BUY, OPEN, REBAR, SELL, YESTERDAY
from tests.told_days import ACCOUNT, AFTER, DAYS, TENANT, Story
from tests.told_marks import corrected
from tests.unit.backtest.test_backtest import run

ZERO: Final = Decimal(0)
D: Final = Decimal


def told(story: Story, *, first: int | None = None, last: int | None = None) -> Performance:
    return performance(story.journal.replay(), tapes.reference().calendar, first=first, last=last)


def three_days() -> Story:
    """Buy a lot of ten tonnes at 3000 and sell it two days later: 97, −600 and 197.03 yuan, fees of 3 and 2.97 paid."""
    story = Story(MemoryJournal(TENANT), REBAR)
    story.trade(REBAR, BUY, OPEN, 1, 3000)
    story.settle({REBAR: 3010}, DAYS[1])
    story.settle({REBAR: 2950}, DAYS[2])
    story.trade(REBAR, SELL, YESTERDAY, 1, 2970)
    story.settle({REBAR: 2960}, AFTER)
    return story


@pytest.mark.parametrize(
    "name", ["two days, a spread, orders by hand", "minutes of two legs, a spread", "bars of five days, a grid"]
)
def test_a_backtest_and_the_journal_of_the_same_run_give_the_same_figures(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, data = tmp_path / "tape", tmp_path / "data"
    ran = run(folder, name)
    of_backtest = performance(ran.journal.replay(), tapes.reference().calendar)
    tape = [word for path in folder.glob("*.csv*") for word in ("--tape", str(path))]
    assert main(["replay", *tape, "--plan", str(folder / "plan.toml"), "--data", str(data), "--json"]) == 0
    capsys.readouterr()
    assert main(["performance", "--data", str(data), "--json"]) == 0
    assert msgspec.json.decode(capsys.readouterr().out, type=Performance) == of_backtest
    # And the report of the backtest says the same of what both can see: all but the open day and the minutes.
    report = ran.report
    assert of_backtest.total.activity == report.total.activity
    settled = [day for day in report.accounts[0].days if day.settled]
    (account,) = of_backtest.accounts
    assert (account.earned is None) == (not settled)
    if account.earned is not None:
        assert (account.earned.days, account.equity) == (len(settled), settled[-1].equity)
        assert account.earned.profit == sum((day.profit for day in settled), ZERO)
    for ours, theirs in zip(of_backtest.strategies, report.strategies, strict=True):
        assert (ours.strategy, ours.activity) == (theirs.strategy, theirs.activity)
        assert (ours.naked is None) == (theirs.naked is None)
        if ours.naked is not None and theirs.naked is not None:
            assert (ours.naked.seconds, ours.naked.lot_seconds) == (theirs.naked.seconds, theirs.naked.lot_seconds)


def test_settled_days_give_return_fall_and_sharpe() -> None:
    (account,) = told(three_days()).accounts
    assert (account.start_equity, account.equity) == (1_000_000, D("999694.03"))
    found = account.earned
    assert found is not None
    assert (found.first, found.last, found.days, found.profit) == (DAYS[0], DAYS[2], 3, D("-305.97"))
    assert found.total_return == D("-0.000306")
    # From 1 000 097 after the first settlement down by the second day's 600.
    fall = found.drawdown
    assert (fall.yuan, fall.share, fall.peak_day, fall.trough_day) == (600, D("0.000600"), DAYS[0], DAYS[1])
    returns = [97 / 1_000_000, -600 / 1_000_097, 197.03 / 999_497]
    expected = statistics.mean(returns) / statistics.stdev(returns) * 242**0.5
    assert found.sharpe is not None
    assert float(found.sharpe) == pytest.approx(expected, abs=1e-6)
    rounds = account.activity.rounds
    assert (rounds.closed, rounds.won, rounds.profit) == (1, 0, D("-305.97"))


def test_a_fall_from_what_it_began_with_has_no_peak_day() -> None:
    days = [DayEarned(1, D(1000), D(-100)), DayEarned(2, D(900), D(50)), DayEarned(3, D(950), D(-70))]
    fall = deepest_fall(days)
    assert (fall.yuan, fall.share, fall.peak_day, fall.trough_day) == (120, D("0.12"), None, 3)
    assert deepest_fall([DayEarned(1, D(1000), D(5))]).trough_day is None
    assert earned([]) is None


def test_cash_that_moves_is_no_profit() -> None:
    story = Story(MemoryJournal(TENANT), REBAR)
    story.move(50_000)
    story.settle({}, DAYS[1])
    (account,) = told(story).accounts
    assert (account.start_equity, account.moved, account.equity) == (1_000_000, 50_000, 1_050_000)
    assert account.earned is not None
    assert (account.earned.profit, account.earned.drawdown.yuan) == (0, 0)


def test_some_days_count_their_own_deeds_and_know_what_was_held_before() -> None:
    story = three_days()
    before, after = told(story, last=DAYS[0]), told(story, first=DAYS[1])
    assert before.accounts[0].earned is not None
    assert before.accounts[0].earned.profit == 97
    assert (before.total.activity.orders, before.total.activity.rounds.closed) == (1, 0)
    assert before.strategies[0].open_lots == {REBAR.id: 1}
    assert after.accounts[0].earned is not None
    assert (after.accounts[0].start_equity, after.accounts[0].earned.profit) == (1_000_097, D("-402.97"))
    activity = after.total.activity
    assert (activity.orders, activity.fees, activity.states) == (1, D("2.97"), {"FILLED": 1})
    assert (activity.rounds.closed, activity.rounds.profit) == (1, D("-305.97"))  # the round knows what it began with
    assert after.strategies[0].open_lots == {}


@pytest.mark.parametrize("day", DAYS)
def test_what_is_ordered_by_hand_earns_what_the_account_earns_also_when_a_price_comes_late(day: int) -> None:
    story = Story(MemoryJournal(TENANT), REBAR)
    story.trade(REBAR, BUY, OPEN, 3, 3000)
    story.settle({REBAR: 3010}, DAYS[1])
    prices = {REBAR.id: D(3010)}
    story.say(
        f.DaySettled(account=ACCOUNT, trading_day=DAYS[1], next_day=DAYS[2], prices=prices, provisional=(REBAR.id,))
    )
    late = corrected({REBAR.id: (D(3010), D(3050), D(1200))})  # three lots, forty yuan a tonne
    story.say(f.SettlementCorrected(account=ACCOUNT, trading_day=DAYS[1], prices=late))
    story.trade(REBAR, SELL, YESTERDAY, 1, 3040)
    story.settle({REBAR: 3030}, AFTER)
    found = told(story, first=day, last=day)
    (account,), (hand,) = found.accounts, found.strategies
    assert account.earned is not None
    assert hand.earned == account.earned
    assert account.earned.profit != 0


def test_an_order_the_exchange_refuses_or_takes_out_is_wrong_and_one_that_was_not_to_wait_is_not() -> None:
    story = Story(MemoryJournal(TENANT), REBAR)
    story.trade(REBAR, BUY, OPEN, 1, 3000)
    (first,) = [one.record.fact for one in story.journal.replay() if isinstance(one.record.fact, f.OrderRecorded)]  # type: ignore[union-attr]  # all are known

    def record(number: int, condition: TimeCondition = TimeCondition.GFD) -> OrderId:
        terms: OrderTerms = msgspec.structs.replace(first.terms, time_condition=condition)
        order = OrderId(f"x{number}")
        more = {"order": order, "wire_key": WireKey(order), "reference": 90 + number, "terms": terms}
        story.say(msgspec.structs.replace(first, **more))
        return order

    story.say(f.OrderRejected(account=ACCOUNT, order=record(1), code="31", text="资金不足"))
    story.say(f.OrderCancelled(account=ACCOUNT, order=record(2), unfilled=1, why="交易所"))
    story.say(f.OrderCancelled(account=ACCOUNT, order=record(3, TimeCondition.FAK), unfilled=1, why="FAK"))
    story.say(f.OrderExpired(account=ACCOUNT, order=record(4), unfilled=1))
    there = f.ExternalOrderSeen(
        account=ACCOUNT, exchange=REBAR.exchange, sys_id=SysId("e1"), wire_key=WireKey("e1"), terms=first.terms,
        filled=0,
    )  # fmt: skip
    story.say(there)
    story.say(msgspec.structs.replace(there, filled=1))  # told again, one order all the same
    activity = told(story).total.activity
    assert activity.wrong == {"REJECTED": 1, "TAKEN_OUT": 1}
    assert (activity.orders, activity.external, activity.error_rate) == (5, 1, D("0.4"))
    assert activity.auto_rate == 0
    assert (activity.slippage.lots, activity.slippage.unknown) == (0, 1)  # an old journal tells no middle


def test_the_command_says_what_it_found_and_refuses_what_is_no_trading_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(SqliteJournal(tmp_path, TENANT)) as journal:
        story = Story(journal, REBAR)
        story.trade(REBAR, BUY, OPEN, 1, 3000)
        story.settle({REBAR: 3010}, DAYS[1])
    words = ["performance", "--data", str(tmp_path)]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "盈亏 97.00" in said
    assert "自动化率 0.00%　差错率 0.00%" in said
    assert "经营单位" not in said
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accounts"][0]["earned"]["profit"] == "97.00"
    assert main([*words, "--from", "20250706"]) == 2
    assert "不是交易日" in capsys.readouterr().err
    assert main([*words, "--from", str(DAYS[1]), "--to", str(DAYS[0])]) == 2
    assert "晚于" in capsys.readouterr().err


def beside(story: Story, account: AccountId, unit: str, *, on: int = DAYS[0]) -> None:
    """Open another account in the same journal, and let the story go on in it."""
    opened = f.AccountOpened(
        account=account, name=str(account), cash=D(1_000_000), trading_day=on, investor="9", unit=unit
    )
    story.say(opened)
    story.account = account
    story.say(f.LimitsSet(account=account, limits=Limits(position_lots=1000)))
    story.say(f.BarrierBegan(account=account, session="1", at=0))
    story.say(f.BarrierPassed(account=account, session="1"))


def assign(story: Story, account: AccountId, unit: str) -> None:
    story.say(f.UnitAssigned(account=account, unit=unit, person=PersonId("local:zhang"), device=DeviceId("d")))


def test_units_add_the_days_and_deeds_of_their_accounts_and_together_are_the_total() -> None:
    # Given one account that earns 97 on its day, and two that end it without a deed
    story = Story(MemoryJournal(TENANT), REBAR)
    story.trade(REBAR, BUY, OPEN, 1, 3000)
    idle, alone = AccountId("IDLE"), AccountId("ALONE")
    for name in (idle, alone):
        beside(story, name, "")
        story.say(f.DaySettled(account=name, trading_day=DAYS[0], next_day=DAYS[1], prices={}))
    story.account = ACCOUNT
    story.settle({REBAR: 3010}, DAYS[1])
    assert told(story).units == ()  # no account belongs to one
    # When two of them belong to one unit
    assign(story, ACCOUNT, "套保部")
    assign(story, idle, "套保部")
    hedgers, others = told(story).units
    assert (hedgers.unit, hedgers.accounts) == ("套保部", (ACCOUNT, idle))
    assert (others.unit, others.accounts) == ("", (alone,))
    # Then the return is of the equity of both, not the mean of theirs.
    assert (hedgers.start_equity, hedgers.equity) == (2_000_000, 2_000_097)
    assert hedgers.earned is not None
    assert (hedgers.earned.profit, hedgers.earned.total_return) == (
        97,
        D("0.000048"),
    )  # 97 of two millions, half to even
    assert (hedgers.activity.orders, hedgers.activity.automatic, hedgers.activity.auto_rate) == (1, 0, 0)
    assert hedgers.activity.error_rate == 0
    assert hedgers.naked is None  # it has no strategy with legs
    assert others.activity.orders == 0
    assert others.activity.auto_rate is None
    whole = told(story).total
    assert whole.earned is not None
    assert others.earned is not None
    assert hedgers.earned.profit + others.earned.profit == whole.earned.profit
    # And whoever moves an account moves its past with it.
    assign(story, ACCOUNT, "自营部")
    assert [(one.unit, one.accounts) for one in told(story).units] == [
        ("套保部", (idle,)),
        ("自营部", (ACCOUNT,)),
        ("", (alone,)),
    ]


def test_the_time_of_naked_legs_of_a_unit_is_the_sum_of_its_strategies() -> None:
    times = [NakedTime(seconds=D("1.5"), lot_seconds=D(3)), NakedTime(seconds=D(2), lot_seconds=D("4.25"))]
    assert summed(times) == NakedTime(seconds=D("3.5"), lot_seconds=D("7.25"))
    assert summed([]) is None


def test_the_command_tells_each_unit_before_the_accounts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(SqliteJournal(tmp_path, TENANT)) as journal:
        story = Story(journal, REBAR)
        story.trade(REBAR, BUY, OPEN, 1, 3000)
        story.settle({REBAR: 3010}, DAYS[1])
        beside(story, AccountId("ALONE"), "")
        assign(story, ACCOUNT, "套保部")
    assert main(["performance", "--data", str(tmp_path)]) == 0
    heads = [line.partition("　")[0] for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert heads[:5] == [
        "合计",
        "经营单位 套保部（HEDGE）",
        "经营单位 （未归属）（ALONE）",
        "ALONE ALONE",
        "HEDGE 套保",
    ]


def test_an_account_whose_last_day_is_another_is_in_what_its_unit_ends_with() -> None:
    # Given one account that is settled on two days, earns 97 and pays in a thousand, and one settled on the first alone
    story = Story(MemoryJournal(TENANT), REBAR)
    story.trade(REBAR, BUY, OPEN, 1, 3000)
    story.settle({REBAR: 3010}, DAYS[1])
    story.move(1_000)
    story.settle({REBAR: 3010}, DAYS[2])
    idle = AccountId("IDLE")
    beside(story, idle, "套保部")
    story.say(f.DaySettled(account=idle, trading_day=DAYS[0], next_day=DAYS[1], prices={}))
    assign(story, ACCOUNT, "套保部")
    # When both are told together
    found = told(story)
    (unit,) = found.units
    # Then what it began with, what came in and what was earned is what it ends with, of both.
    for one in (unit, found.total):
        assert one.earned is not None
        assert (one.start_equity, one.moved, one.earned.profit, one.equity) == (2_000_000, 1_000, 97, D(2_001_097))
    # And days that only one of them has tell of that one alone.
    late = told(story, first=DAYS[1]).total
    assert (late.start_equity, late.equity) == (1_000_097, 1_001_097)
