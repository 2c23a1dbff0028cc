"""Link daily returns by hand: money that moves, accounts that join, and what nobody can say."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.backtest.chained import DayEarned, base_of, returns, total_return, worths
from terminal.backtest.earned import deepest_fall, earned
from terminal.backtest.performance import Performance, performance
from terminal.domain.fact import facts as f
from terminal.domain.ids import AccountId
from terminal.engine.records.memory import MemoryJournal
from tests import tapes
from tests.books import BUY, OPEN, REBAR
from tests.told_days import ACCOUNT, AFTER, DAYS, TENANT, Story
from tests.unit.backtest.test_performance import assign, beside

D: Final = Decimal
FIRST: Final = DayEarned(1, D(1000), D(100))  # ten per cent


def told(story: Story) -> Performance:
    return performance(story.journal.replay(), tapes.reference().calendar)


def test_what_came_in_worked_from_the_beginning_of_its_day_and_what_went_out_until_its_end() -> None:
    assert base_of(D(1000), D(500)) == 1500
    assert base_of(D(1000), D(-500)) == 1000


def test_a_deposit_before_a_loss_does_not_make_the_loss_larger() -> None:
    # 1000 → 1100; 1100 come in; a tenth of 2200 is lost. 1.1 × 0.9 − 1 = −1 %; the loss of 120 is no 12 % of the 1000.
    days = [FIRST, DayEarned(2, base_of(D(1100), D(1100)), D(-220))]
    found = earned(days)
    assert found is not None
    assert (found.profit, found.total_return, found.sharpe) == (-120, D("-0.01"), 0)
    assert (found.drawdown.yuan, found.drawdown.share) == (220, D("0.1"))


def test_a_withdrawal_after_a_gain_does_not_make_the_next_gain_smaller() -> None:
    # 1000 → 1100 of which 600 go out; 500 → 550: twice ten per cent.
    days = [DayEarned(1, base_of(D(1000), D(-600)), D(100)), DayEarned(2, base_of(D(500), D(0)), D(50))]
    assert total_return(days) == D("0.21")


def test_a_fall_over_a_deposit_is_the_product_of_its_days() -> None:
    # Ten per cent down, money comes in, ten per cent down: 0.9 × 0.9. In yuan 100 and 290.
    days = [DayEarned(1, D(1000), D(-100)), DayEarned(2, base_of(D(900), D(2000)), D(-290))]
    fall = deepest_fall(days)
    assert (fall.yuan, fall.share, fall.peak_day, fall.trough_day) == (390, D("0.19"), None, 2)


def test_the_deepest_share_of_days_is_looked_for_by_itself() -> None:
    # 100 → 50; 1000 come in and are doubled with it; 200 of 2100 are lost: more yuan, a smaller share.
    days = [DayEarned(1, D(100), D(-50)), DayEarned(2, D(1050), D(1050)), DayEarned(3, D(2100), D(-200))]
    fall = deepest_fall(days)
    assert (fall.yuan, fall.share, fall.peak_day, fall.trough_day) == (200, D("0.5"), 2, 3)


def test_without_money_to_earn_with_there_is_no_return() -> None:
    nothing = [FIRST, DayEarned(2, D(0), D(5))]
    assert (returns(nothing), total_return(nothing)) == (None, None)
    lost = [DayEarned(1, D(1000), D(-1000)), DayEarned(2, base_of(D(0), D(500)), D(50))]  # nothing left to link
    assert total_return(lost) is None
    found = earned(lost)
    assert found is not None
    assert (found.total_return, found.drawdown.yuan, found.drawdown.share) == (None, 1000, None)
    assert total_return(lost[:1]) == -1
    assert total_return([]) is None


@given(st.integers(1, 10**12), st.lists(st.integers(-(10**10), 10**10), min_size=1, max_size=60))
def test_without_money_moved_it_is_profit_over_what_there_was_at_the_beginning(start: int, profits: list[int]) -> None:
    days, equity = list[DayEarned](), start
    for number, profit in enumerate(profits):
        if equity <= 0:
            break
        days.append(DayEarned(number, D(equity), D(profit)))
        equity += profit
    assert total_return(days) == pytest.approx(D(equity) / start - 1, abs=D("1e-20"))
    worth = worths(days)
    assert worth is not None
    assert len(worth) == len(days)


def test_an_account_pays_in_before_it_loses_and_its_strategy_is_measured_by_the_same() -> None:
    # Given a lot of ten tonnes at 3000 that earns 97 on a million, then a million that comes in, then 600 lost
    story = Story(MemoryJournal(TENANT), REBAR)
    story.trade(REBAR, BUY, OPEN, 1, 3000)
    story.settle({REBAR: 3010}, DAYS[1])
    story.move(1_000_000)
    story.settle({REBAR: 2950}, DAYS[2])
    found = told(story)
    expected = (1 + D(97) / 1_000_000) * (1 - D(600) / 2_000_097) - 1
    for one in (found.accounts[0], found.strategies[0], found.total):
        assert one.earned is not None
        assert one.earned.profit == -503
        assert one.earned.total_return == expected.quantize(D("0.000001")) == D("-0.000203")


def test_an_account_that_joins_a_unit_later_dilutes_no_day_before_it() -> None:
    # Given an account that earns 97 on a million; another with a million joins; 600 are lost and the unit has both
    story = Story(MemoryJournal(TENANT), REBAR)
    story.trade(REBAR, BUY, OPEN, 1, 3000)
    story.settle({REBAR: 3010}, DAYS[1])
    later = AccountId("LATER")
    beside(story, later, "套保部", on=DAYS[1])
    story.say(f.DaySettled(account=later, trading_day=DAYS[1], next_day=DAYS[2], prices={}))
    story.account = ACCOUNT
    story.settle({REBAR: 2950}, DAYS[2])
    story.settle({REBAR: 2950}, AFTER)  # a day on which the other one is not settled: it still holds its million
    assign(story, ACCOUNT, "套保部")
    (unit,) = told(story).units
    assert unit.earned is not None
    assert (unit.start_equity, unit.moved, unit.earned.profit, unit.equity) == (1_000_000, 1_000_000, -503, 1_999_497)
    expected = (1 + D(97) / 1_000_000) * (1 - D(600) / 2_000_097) - 1
    assert unit.earned.total_return == expected.quantize(D("0.000001"))
    assert unit.earned.drawdown.share == (D(600) / 2_000_097).quantize(D("0.000001"))
