"""What a roll cost and would cost, by the figures of DOMAIN 5.5."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain.fact.marks import Finished
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Combine, DaysToExpiry, Manual, OpenInterestCrossover
from terminal.domain.products.product import Fee, Fees
from terminal.strategies.roll.report import cost_of, crossed, forecast, untaken
from tests.unit.strategies.rolling import FAR, NEAR, market, memory, settings, work, world
from tests.unit.strategies.traded import future

RATE = Fee(by_value=Decimal("0.0001"))


@pytest.mark.parametrize(
    ("side", "near_fee", "told"),
    [
        (
            Side.BUY,
            "321.00",
            (
                "按现价移完：每吨成本 42.00 元（中间价差 40.50，滑点 1.50），手续费 646.20 元，合计 42,646.20 元；"
                "年化展期收益 −4.9425%"
            ),
        ),
        (
            Side.SELL,
            "321.10",
            (
                "按现价移完：每吨成本 −39.00 元（中间价差 −40.50，滑点 1.50），手续费 646.10 元，合计 −38,353.90 元；"
                "年化展期收益 4.9425%"
            ),
        ),
    ],
)
def test_the_cost_foreseen_crosses_both_books(side: Side, near_fee: str, told: str) -> None:
    made = world(lots=100, side=side)
    fees = Fees(open=RATE, close=RATE, close_today=RATE)
    for name, expiry in ((NEAR, 20250115), (FAR, 20250417)):  # 92 days apart
        made.instruments[name] = replace(future(name), fees=fees, expiry=expiry)
    assert forecast(settings(lots=100, side=side), made, Decimal(near_fee)) == told


def test_no_cost_is_foreseen_from_one_side_of_a_book() -> None:
    made = world()
    made.show(FAR, 3250, None)
    assert crossed(settings(), made) is None
    assert forecast(settings(), made, Decimal(0)) is None


def test_a_timing_met_earlier_is_compared_by_the_middles_of_that_moment() -> None:
    # Given a roll that two timings must call: one is met while far is ten yuan dearer, the other 100 s later
    timings = (OpenInterestCrossover(), Manual())
    made = world(days=99, timings=timings, combine=Combine.ALL)
    made.show(NEAR, 3210, 3211, interest=9000)
    made.show(FAR, 3260, 3262, interest=9001)
    made.step()
    met_at = made.at
    made.wait(100)
    market(made, near=9000, far=9001)
    made.settings = settings(timings=(timings[0], Manual(go=True)), combine=Combine.ALL)
    work(made, 200)
    assert made.finished
    near = made.instruments[NEAR]
    known = memory(made)
    cost = cost_of(made.settings, known, near)
    # Paid 41.00 against 40.50 at arrival and 50.50 at the crossover: 9.50 saved by having waited.
    assert (cost.per_tonne, cost.mid, cost.slippage) == (Decimal(41), Decimal("40.5"), Decimal("0.5"))
    (one,) = untaken(made.settings, known, cost)
    assert (one.met_at, one.mid, one.paid_beyond) == (met_at, Decimal("50.5"), Decimal("-9.5"))
    (finished,) = made.of(Finished)
    assert finished.summary.endswith("满足时中间价差 50.50，比它少付 9.50 元")


def test_a_timing_that_was_never_met_is_named_and_has_no_figure() -> None:
    made = world(timings=(DaysToExpiry(days=3), OpenInterestCrossover()))
    work(made, 200)
    (finished,) = made.of(Finished)
    assert finished.summary.endswith("。对照没有在满足那一刻开始的时机：“远月持仓量达近月 1 倍”没有满足过")


def test_a_timing_met_while_the_roll_goes_on_is_compared_too() -> None:
    made = world(timings=(DaysToExpiry(days=3), OpenInterestCrossover()))
    work(made, 20)
    made.show(NEAR, 3210, 3211, interest=9000)
    made.show(FAR, 3240, 3242, interest=9001)
    work(made, 200)
    (finished,) = made.of(Finished)
    assert "满足时中间价差 30.50，比它多付 " in finished.summary


def test_prices_per_lot_are_told_per_tonne() -> None:
    made = world(timings=(DaysToExpiry(days=3), OpenInterestCrossover()))
    for name in (NEAR, FAR):  # quoted per half tonne: ten units a lot are five tonnes
        made.instruments[name] = future(name, tonnes="5")
    work(made, 20)
    made.show(NEAR, 3210, 3211, interest=9000)
    made.show(FAR, 3240, 3242, interest=9001)
    work(made, 200)
    (finished,) = made.of(Finished)
    assert "满足时中间价差 61.00" in finished.summary


def test_a_timing_met_while_far_showed_one_side_only_is_named_with_its_moment_and_has_no_figure() -> None:
    # Given a roll whose days have come while nobody offers far, and that begins by a word given later
    timings = (DaysToExpiry(days=3), Manual())
    made = world(timings=timings, combine=Combine.ALL)
    made.show(FAR, 3250, None)
    made.step()
    met_at = made.at
    made.wait(100)
    market(made)
    made.settings = settings(timings=(timings[0], Manual(go=True)), combine=Combine.ALL)
    work(made, 200)
    # Then it is none that was never met, and nothing is made up of the middle it had not.
    (one,) = untaken(made.settings, memory(made), cost_of(made.settings, memory(made), made.instruments[NEAR]))
    assert (one.met_at, one.mid, one.paid_beyond) == (met_at, None, None)
    (finished,) = made.of(Finished)
    assert finished.summary.endswith(" 满足时没有双边报价，无从比较")
    assert "没有满足过" not in finished.summary
