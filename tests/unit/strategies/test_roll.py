"""A roll goes through its batches: near is closed first, far follows, and its cost is told."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain.fact.marks import BatchBegan, Chased, Finished
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import DaysToExpiry, OpenInterestCrossover, SpreadPercentile
from terminal.strategies.roll.cost import cost_sentence, roll_cost, roll_yield
from terminal.strategies.table import ROLL
from tests.unit.strategies.rolling import FAR, NEAR, begin, settings, work, world
from tests.unit.strategies.traded import future


def test_near_is_closed_first_and_far_opened_for_what_was_closed() -> None:
    made = world()
    begin(made)
    made.step()
    near = made.one()
    assert (near.tag, near.terms.side, near.terms.lots) == ("batch:1:near", Side.SELL, 3)
    assert near.terms.offset is not Offset.OPEN
    assert int(near.terms.price) == 3211, "it rests at its own side first"
    made.fill(near, 1)
    made.step()
    far = made.one("far")
    assert (far.terms.side, far.terms.offset, far.terms.lots) == (Side.BUY, Offset.OPEN, 1)
    assert int(far.terms.price) == 3252


def test_far_follows_each_fill_at_once_though_its_orders_are_the_same() -> None:
    made = world()
    begin(made)
    made.step()
    near = made.one()
    for _ in range(3):
        made.fill(near, 1)
        made.step()
        made.fill(made.one("far"))
        made.step()
        assert made.net("far") == -made.net("near")


def test_near_never_runs_further_ahead_than_naked_lots() -> None:
    made = world()
    begin(made)
    made.step()
    made.fill(made.one("near"))
    for _ in range(20):
        made.wait(1)
        made.step()
    assert made.net("near") == -3
    assert made.under_way("near") == 0
    made.fill(made.one("far"), 1)
    made.wait(3)
    made.step()
    assert made.one("near").terms.lots == 1


def test_a_roll_goes_through_its_batches_and_ends_with_its_cost() -> None:
    made = world()
    work(made, 200)
    assert [mark.lots for mark in made.of(BatchBegan)] == [4, 4, 2]
    assert (made.long, made.short) == ({NEAR: 0, FAR: 10}, {})
    (finished,) = made.of(Finished)
    assert finished.summary.startswith("移仓完成：rb2510 → rb2601 10 手，每吨成本 41.00 元")
    assert "（中间价差 40.50，滑点 0.50）" in finished.summary
    made.restart()


def test_once_begun_the_roll_goes_on_when_its_timing_is_no_longer_met() -> None:
    made = world()
    work(made, 5)
    made.expiry[NEAR] = 99
    work(made, 200)
    assert made.finished


def test_a_short_roll_buys_near_and_sells_far() -> None:
    made = world(side=Side.SELL)
    work(made, 200)
    assert (made.short, made.long) == ({NEAR: 0, FAR: 10}, {})
    (finished,) = made.of(Finished)
    assert "每吨成本 −40.00 元" in finished.summary, "a short hedger receives"


def test_the_cost_of_a_long_roll_is_far_ask_less_near_bid() -> None:
    values = {"near_value": Decimal(3210 * 100), "far_value": Decimal(3252 * 100), "fees": Decimal("646.20")}
    cost = roll_cost(future(NEAR), Side.BUY, lots=100, **values, near_mid=Decimal("3210.5"), far_mid=Decimal(3251))
    assert (cost.per_tonne, cost.mid, cost.slippage) == (Decimal(42), Decimal("40.5"), Decimal("1.5"))
    assert (cost.fees_yuan, cost.all_in_yuan) == (Decimal("646.20"), Decimal("42646.20"))
    short = roll_cost(
        future(NEAR),
        Side.SELL,
        lots=100,
        near_value=Decimal(3211 * 100),
        far_value=Decimal(3250 * 100),
        fees=Decimal(0),
        near_mid=None,
        far_mid=None,
    )
    assert short.per_tonne == Decimal(-39)
    boards = roll_cost(future(NEAR, tonnes=None), Side.BUY, lots=1, **values, near_mid=None, far_mid=None)
    assert boards.per_tonne is None
    for unit, told in (
        ("元/张", "每张成本 4,200.00 元，"),
        ("点", "成本 4,200.00 点，"),
        ("元", "单位成本 4,200.00 元，"),
    ):
        assert cost_sentence(boards._replace(quote_unit=unit)).startswith(told)


def test_contango_costs_the_long_roll_a_yield_and_pays_the_short_one() -> None:
    near, far, days = Decimal("3210.5"), Decimal(3251), 122 - 30
    long, short = (roll_yield(side, near, far, days) * 100 for side in (Side.BUY, Side.SELL))
    assert long.quantize(Decimal("0.0001")) == Decimal("-4.9425")
    assert short == -long


def test_a_slow_near_order_is_chased_from_its_own_side_to_the_opposite_and_beyond() -> None:
    made = world(naked_lots=4)
    begin(made)
    prices = []
    for _ in range(4):
        made.step()
        near = made.one("near")
        made.accept(near)
        prices.append(int(near.terms.price))
        made.wait(5)
        made.step()
        assert near.cancel_asked
        made.cancelled(near)
    assert prices == [3211, 3210, 3209, 3208]
    assert len(made.of(Chased)) == 4


def test_remaining_lots_survive_restart_and_the_night() -> None:
    made = world()
    begin(made)
    made.step()
    made.fill(made.one("near"), 2)
    made.step()
    made.fill(made.one("far"), 1)
    made.restart()
    made.end_day()
    made.step()
    assert made.live() == []
    made.refresh()
    made.step()
    assert made.one("far").terms.lots == 1
    assert made.one("near").terms.lots == 2
    work(made, 200)
    assert made.finished
    assert (made.net("near"), made.net("far")) == (-10, 10)


def test_each_batch_rests_at_its_own_side_again() -> None:
    made = world(lots=8, naked_lots=4)
    begin(made)
    made.step()
    slow = made.one("near")
    made.accept(slow)
    made.wait(5)
    made.step()
    made.cancelled(slow)
    work(made, 4)
    assert made.net("near") == -4
    made.wait(10)
    made.step()
    made.step()
    assert (made.one("near").tag, int(made.one("near").terms.price)) == ("batch:2:near", 3211)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"far": NEAR}, "同一合约"),
        ({"lots": 0}, "手数"),
        ({"batch_lots": -1}, "手数"),
        ({"naked_lots": 0}, "单腿敞口"),
        ({"chase_seconds": 0}, "追价"),
        ({"pay_up_ticks": -1}, "加价"),
        ({"timings": ()}, "时机"),
        ({"timings": (DaysToExpiry(days=-1),)}, "交易日"),
        ({"timings": (OpenInterestCrossover(ratio=Decimal(0)),)}, "持仓量"),
        ({"timings": (SpreadPercentile(permille=1001),)}, "分位"),
        ({"timings": (SpreadPercentile(at_least=400),)}, "分位"),
    ],
)
def test_settings_that_make_no_roll_are_named_in_one_sentence(changes: dict[str, object], word: str) -> None:
    problem = ROLL.check(settings(**changes))
    assert problem is not None
    assert word in problem
    assert ROLL.check(settings()) is None
