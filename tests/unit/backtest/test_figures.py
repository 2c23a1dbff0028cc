"""Work out rounds, falls, Sharpe and naked time of small stories by hand."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Final

import pytest

from terminal.backtest.curve import MOST_POINTS, Curve
from terminal.backtest.figures import added, sharpe
from terminal.backtest.report import Day, Drawdown
from terminal.backtest.rounds import ByContract, Together
from terminal.backtest.trades import Fill
from terminal.domain.ids import AccountId, InstrumentId, OrderId, TradeId
from terminal.domain.orders.order import Offset, Side

ZERO: Final = Decimal(0)
RB, HC, CU = InstrumentId("SHFE.rb2010"), InstrumentId("SHFE.hc2010"), InstrumentId("SHFE.cu2010")


def fill(side: Side, lots: int, *, fee: int = 0, instrument: InstrumentId = RB) -> Fill:
    return Fill(
        account=AccountId("A"), strategy=None, instrument=instrument, side=side, offset=Offset.OPEN, lots=lots,
        price=ZERO, fee=Decimal(fee), trading_day=20200821, at_ns=0, order_id=OrderId("A-1"), trade_id=TradeId("1"),
        mid=None, slippage=None,
    )  # fmt: skip


def day(number: int, start: int, equity: int, moved: int = 0) -> Day:
    return Day(
        trading_day=number, settled=True, start_equity=Decimal(start), moved=Decimal(moved), close_profit=ZERO,
        position_profit=Decimal(equity - start - moved), premium=ZERO, commission=ZERO, equity=Decimal(equity),
        trade_close_profit=ZERO, floating_profit=ZERO, balance=Decimal(equity), margin=ZERO,
    )  # fmt: skip


def test_what_opened_first_is_closed_first() -> None:
    rounds = ByContract()
    rounds.take(fill(Side.BUY, 2, fee=2), Decimal(100), "")
    rounds.take(fill(Side.BUY, 1, fee=1), Decimal(110), "")
    rounds.take(fill(Side.SELL, 2, fee=2), Decimal(105), "")  # 2 × 5 less four fees
    assert (rounds.closed, rounds.won, rounds.profit) == (1, 1, 6)
    rounds.take(fill(Side.SELL, 3, fee=3), Decimal(105), "")  # closes one at a loss of 5 and 2 fees, opens two short
    assert (rounds.closed, rounds.won, rounds.profit) == (2, 1, -1)
    rounds.take(fill(Side.BUY, 2, fee=2), Decimal(100), "")
    assert (rounds.closed, rounds.won, rounds.profit) == (3, 2, 5)


def test_a_line_of_a_grid_closes_what_it_opened() -> None:
    rounds = ByContract()
    rounds.take(fill(Side.BUY, 1), Decimal(100), "line:1")
    rounds.take(fill(Side.BUY, 1), Decimal(90), "line:2")
    rounds.take(fill(Side.SELL, 1), Decimal(95), "line:2")
    assert (rounds.won, rounds.profit) == (1, 5)
    rounds.take(fill(Side.SELL, 1), Decimal(95), "flat")  # no line of its own: what is there
    assert (rounds.closed, rounds.won, rounds.profit) == (2, 1, 0)


def test_a_fill_that_closes_several_lines_of_a_grid_is_one_round_of_each() -> None:
    # Given three lines of two lots, the first one's in two fills
    rounds = ByContract()
    for line, lots, worth in ((1, 1, 100), (1, 1, 100), (2, 2, 90), (3, 2, 80)):
        rounds.take(fill(Side.BUY, lots, fee=lots), Decimal(worth), f"line:{line}")
    # When five lots go at once, and then the last one
    rounds.take(fill(Side.SELL, 5, fee=5), Decimal(85), "")  # -30 and -10 less four fees each, 5 less two
    assert (rounds.closed, rounds.won, rounds.profit) == (3, 1, -45)
    rounds.take(fill(Side.SELL, 1, fee=1), Decimal(85), "")
    assert (rounds.closed, rounds.won, rounds.profit) == (4, 2, -42)


def test_legs_close_a_round_together() -> None:
    rounds = Together()
    rounds.take(fill(Side.BUY, 1, fee=1), Decimal(100), "")
    rounds.take(fill(Side.SELL, 1, fee=1, instrument=HC), Decimal(120), "")
    rounds.take(fill(Side.SELL, 1, fee=1), Decimal(90), "")  # one leg lost ten
    assert rounds.closed == 0
    rounds.take(fill(Side.BUY, 1, fee=1, instrument=HC), Decimal(100), "")  # the other one won twenty
    assert (rounds.closed, rounds.won, rounds.profit) == (1, 1, 6)


def test_what_a_roll_took_along_closes_its_round_in_the_new_month() -> None:
    # Given two lots bought at a hundred, whose month gives way to one that stands thirty lower
    rounds = ByContract()
    rounds.take(fill(Side.BUY, 2, fee=2), Decimal(100), "line:1")
    rounds.go_along(RB, HC, Decimal(-30))
    rounds.take(fill(Side.SELL, 2, fee=2, instrument=HC), Decimal(75), "line:1")  # 2 x 5 less four fees
    assert (rounds.closed, rounds.won, rounds.profit, rounds.across) == (1, 1, 6, 1)
    rounds.go_along(RB, HC, Decimal(-30))  # nothing is left to go
    rounds.take(fill(Side.SELL, 1, instrument=HC), Decimal(75), "line:1")
    assert rounds.closed == 1
    rounds.take(fill(Side.BUY, 1, instrument=HC), Decimal(70), "line:1")  # begun and ended in the new month
    assert (rounds.closed, rounds.across) == (2, 1)
    # And a spread whose bought leg goes along: it has won the fifteen of that leg, and lost the ten of the other.
    legs = Together()
    legs.take(fill(Side.BUY, 1), Decimal(100), "")
    legs.take(fill(Side.SELL, 1, instrument=CU), Decimal(120), "")
    legs.go_along(RB, HC, Decimal(-30))
    legs.take(fill(Side.SELL, 1, instrument=HC), Decimal(85), "")
    legs.take(fill(Side.BUY, 1, instrument=CU), Decimal(130), "")
    assert (legs.closed, legs.profit, legs.across) == (1, 5, 1)
    for side in (Side.BUY, Side.SELL):
        legs.take(fill(side, 1, instrument=HC), Decimal(85), "")
    assert (legs.rounds().closed, legs.rounds().across) == (2, 1)


def test_sharpe_is_of_daily_returns_and_a_year_of_242_days() -> None:
    # Returns of 1 % and 3 %: mean 2 %, deviation of a sample √2 %; √242 = 11√2, so 2/√2 × 11√2 = 22.
    assert sharpe([day(20200803, 1000, 1010), day(20200804, 1000, 1030)]) == 22
    # Cash is no profit; what came in worked that day, 15 of 1500.
    assert sharpe([day(20200803, 1000, 1515, moved=500), day(20200804, 1000, 1030)]) == 22
    assert sharpe([day(20200803, 1000, 1010)]) is None
    assert sharpe([day(20200803, 1000, 1010), day(20200804, 1000, 1010)]) is None


def test_days_of_several_accounts_are_added_and_one_that_joins_moves_its_own_in() -> None:
    both = added([[day(20200803, 1000, 1010), day(20200804, 1010, 1020)], [day(20200804, 500, 400)]])
    assert [(one.trading_day, one.start_equity, one.moved, one.profit, one.equity) for one in both] == [
        (20200803, 1000, 0, 10, 1010),
        (20200804, 1010, 500, -90, 1420),
    ]


def test_an_account_that_is_not_settled_on_a_day_of_another_still_holds_what_it_held() -> None:
    both = added(
        [[day(20200803, 1000, 1010), day(20200805, 1010, 1030)], [day(n, 500, 500) for n in range(20200803, 20200807)]]
    )
    assert [(one.start_equity, one.profit, one.equity) for one in both] == [
        (1500, 10, 1510),
        (1510, 0, 1510),
        (1510, 20, 1530),
        (1530, 0, 1530),
    ]


def test_the_deepest_fall_is_from_the_peak_before_it_and_cash_is_no_fall() -> None:
    curve = Curve()
    for at, equity, moved in ((1, 100, 0), (2, 120, 0), (3, 90, 0), (4, 190, 100), (5, 100, 0), (6, 130, 0)):
        curve.see(at, Decimal(equity), ZERO, margin=Decimal(at), moved=Decimal(moved))
    fall = curve.drawdown
    assert (fall.yuan, fall.share, fall.peak_at, fall.trough_at) == (30, Decimal("0.25"), 2, 3)
    assert curve.most_margin == 6


def test_the_share_of_a_fall_is_its_own_return_whatever_money_moves_meanwhile() -> None:
    # 1000, then 1000 more come in and 10 % of 2000 are lost: 10 %, although 200 of the 1000 at the peak would be 20 %.
    curve = Curve()
    for at, equity, moved in ((1, 1000, 0), (2, 1800, 1000)):
        curve.see(at, Decimal(equity), ZERO, margin=ZERO, moved=Decimal(moved))
    assert (curve.drawdown.yuan, curve.drawdown.share) == (200, Decimal("0.1"))
    # A tenth more is lost, and half of what is left goes out at the end of that minute: 0.9 × 0.9.
    curve.see(3, Decimal(810), ZERO, margin=ZERO, moved=Decimal(190))
    assert (curve.drawdown.yuan, curve.drawdown.share) == (380, Decimal("0.19"))


def seen(*looks: tuple[int, int]) -> Drawdown:
    curve = Curve()
    for at, (equity, moved) in enumerate(looks):
        curve.see(at, Decimal(equity), ZERO, margin=ZERO, moved=Decimal(moved))
    return curve.drawdown


def test_the_deepest_share_is_looked_for_by_itself_and_is_never_below_nothing() -> None:
    # Half of 100 is lost; 1000 come in and are doubled with it; 200 of 2100 are lost: more yuan, a smaller share.
    fall = seen((100, 0), (50, 0), (2100, 1000), (1900, 1000))
    assert (fall.yuan, fall.share) == (200, Decimal("0.5"))
    # A tenth is lost, all but 10 goes out and half as much is won: a unit is worth 1.35. 10 000 come in, 60 are lost:
    # in yuan that is the deepest, while a unit is still worth more than at the peak.
    fall = seen((1000, 0), (900, 0), (10, -890), (15, -890), (9955, 9110))
    assert (fall.yuan, fall.share) == (155, Decimal("0.1"))


def test_nobody_can_say_the_share_once_money_comes_to_where_nothing_was_left() -> None:
    assert seen((1000, 0), (0, 0)).share == 1
    assert seen((1000, 0), (0, 0), (500, 500), (400, 500)) == Drawdown(
        yuan=Decimal(1100), share=None, peak_at=0, trough_at=3
    )
    # The first money of an account that began with none is all there is.
    assert seen((0, 0), (1000, 1000), (900, 1000)).share == Decimal("0.1")


@pytest.mark.parametrize("count", [1, MOST_POINTS, 5 * MOST_POINTS + 3])
def test_a_long_curve_is_thinned_and_keeps_both_ends(count: int) -> None:
    curve = Curve()
    for at in range(count):
        curve.see(at, Decimal(at), ZERO, margin=ZERO, moved=ZERO)
    stamps = [point.at for point in curve.points()]
    assert stamps[0] == 0
    assert stamps[-1] == count - 1
    assert len(stamps) <= MOST_POINTS + 1
    steps = {later - earlier for earlier, later in pairwise(stamps[:-1])}
    assert len(steps) <= 1
