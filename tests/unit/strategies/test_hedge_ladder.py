"""What a hedge may take and cost is told beforehand, measured while it is naked, and ended by its maximum loss."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.facts import OrderRecorded
from terminal.domain.fact.marks import LegBroken, Repair, ResidualOver, RoundEnded, StrategyMark
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.strategy import StrategySettings
from terminal.strategies.legs import Leg
from terminal.strategies.spread.balance import check_legs
from terminal.strategies.spread.escape_plan import Escape, Rung, escape_plan
from terminal.strategies.spread.hedge_ladder import (
    ENOUGH,
    chase_seconds,
    dearest_quote,
    edge_time,
    longest_seconds,
    most_chases,
    p95,
)
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.naked_meter import Naked, naked_meter
from tests.unit.strategies.spreading import FAR, NEAR, calendar, market, nets, trade, world
from tests.unit.strategies.test_balance import MILL
from tests.unit.strategies.test_spread_hedge import break_hedges
from tests.unit.strategies.traded import future
from tests.unit.strategies.world import SECOND, World


def memory(made: World) -> SpreadMemory:
    assert isinstance(made.memory, SpreadMemory)
    return made.memory


# --- time ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 10**6), min_size=20, max_size=100))
def test_the_percentile_is_the_least_sample_that_nineteen_in_twenty_do_not_exceed(samples: list[int]) -> None:
    found = p95(samples)
    assert found in samples
    at_most = sum(one <= found for one in samples)
    below = sum(one < found for one in samples)
    assert 20 * at_most >= 19 * len(samples) > 20 * below


def test_before_twenty_hedges_the_whole_chase_stands_for_the_percentile() -> None:
    settings = calendar(hedge_seconds=4, max_chases=2)
    assert (chase_seconds(settings), longest_seconds(settings)) == (12, 24)
    assert edge_time(settings, [100] * 19) == 12 * SECOND
    assert edge_time(settings, [100] * 19 + [900]) == SECOND // 10
    assert edge_time(settings, [100] * 18 + [900] * 2) == 9 * SECOND // 10
    legs = calendar().legs
    slow = calendar(legs=(legs[0], replace(legs[1], hedge_seconds=10)), hedge_seconds=4, max_chases=2)
    assert (chase_seconds(slow), chase_seconds(slow, 1), edge_time(slow, [])) == (30, 30, 30 * SECOND)
    assert most_chases(calendar(hedge_seconds=3, max_chases=5), 1) == 6
    assert most_chases(calendar(hedge_seconds=10, max_chases=9), 1) == 13
    # Patience longer than half a minute: a broken leg is chased at its pace, not twice as often.
    assert most_chases(calendar(hedge_seconds=60, max_chases=2), 1) == 6


def test_a_spread_measures_its_own_hedges_from_fill_to_fill() -> None:
    made = world(90, sets=1)
    for seconds in (1, 2, 4):
        made.step()
        made.take(made.one("leg:0"))
        made.wait(seconds)
        made.step()
        made.fill(made.one("leg:1"))
        made.step()
        made.wait(6)
        market(made, 90)
    assert memory(made).hedged_ms == [1000, 2000, 4000]
    made.restart()
    assert memory(made).hedged_ms == [1000, 2000, 4000]


def test_a_hedge_that_goes_on_through_a_break_counts_as_the_longest_the_ladder_waits() -> None:
    made = world(90, sets=1)
    made.step()
    made.take(made.one("leg:0"))
    made.step()
    hedge = made.one("leg:1")
    made.accept(hedge)
    made.phase(Phase.BREAK)
    made.wait(7200)
    made.phase(Phase.CONTINUOUS)
    made.refresh()
    made.fill(hedge)
    assert memory(made).hedged_ms == [36_000]


def test_only_the_latest_hundred_hedges_count() -> None:
    made = world(90, sets=1, max_sets=300, pause_seconds=0)
    trade(made, rounds=500)
    assert nets(made)[0] > 100
    assert len(memory(made).hedged_ms) == 100


@pytest.mark.parametrize(("left", "trades"), [(5, False), (7, True)])
def test_after_twenty_hedges_the_active_leg_stands_back_for_their_percentile(left: int, trades: bool) -> None:
    # Hedges of three seconds: the active leg wants three and the three at the very edge, on every leg.
    for edge in (NEAR, FAR):
        made = world(90, sets=1, max_sets=60, pause_seconds=0)
        memory(made).hedged_ms = [3000] * ENOUGH
        made.phase(Phase.CONTINUOUS, ends_in=left, only=edge)
        made.refresh()
        made.step()
        assert (len(made.book) == 1) is trades


# --- price ------------------------------------------------------------------------------------------------------------


def test_the_way_out_of_a_calendar_spread_by_figures() -> None:
    made = world(90)
    chased, paid = ((18, 5), (36, 6))

    def rung(side: Side, price: int, until: int, ticks: int) -> Rung:
        return Rung(until, NEAR, side, 5, Decimal(price + side.sign * ticks), Decimal(ticks * 5 * 10))

    def rungs(side: Side, price: int) -> tuple[Rung, Rung]:
        return rung(side, price, *chased), rung(side, price, *paid)

    assert escape_plan(made, calendar()) == (
        Escape(1, 1, 5, *rungs(Side.SELL, 7000), (Rung(36, FAR, Side.SELL, 5, Decimal(7089), Decimal(50)),)),
        Escape(-1, 1, 5, *rungs(Side.BUY, 7001), (Rung(36, FAR, Side.BUY, 5, Decimal(7090), Decimal(50)),)),
    )


@pytest.mark.parametrize(("upper", "dearest"), [(None, 7010), (7008, 7008)])
def test_a_sale_may_be_left_resting_a_tolerance_beyond_its_reach_and_its_margin_is_reckoned_there(
    upper: int | None, dearest: int
) -> None:
    known = future(FAR)
    quote = world(90).quotes[FAR]._replace(upper_limit=upper)
    quoting = SpreadQuoting(tolerance_ticks=2, reach_ticks=8)
    asked = known.price(7000)
    assert dearest_quote(known, quote, calendar(quoting=quoting), asked) == known.price(dearest)
    assert dearest_quote(known, quote, calendar(), asked) == asked


def test_a_leg_without_a_price_has_no_way_out_to_tell() -> None:
    made = World(calendar(), [future(NEAR), future(FAR)])
    assert escape_plan(made, calendar()) == ()


def test_a_round_that_loses_too_much_on_the_way_back_is_unwound_without_waiting() -> None:
    # Given three lots bought at 7090 and nobody who bids for the other leg
    made = world(90, max_loss_yuan=Decimal(300))
    made.step()
    made.take(made.one("leg:0"))
    made.show(NEAR, None, 7001)
    made.show(FAR, 7081, 7082)
    made.wait(1)
    made.step()
    # 9 x 3 x 10 = 270: it waits.
    assert not made.of(LegBroken)
    made.show(FAR, 7080, 7081)
    made.wait(1)
    made.step()
    # 300: it goes back, in the second second of eighteen.
    assert [(mark.repair, "最大亏损" in mark.plan) for mark in made.of(LegBroken)] == [(Repair.UNWIND, True)]
    made.wait(3)
    trade(made)
    assert nets(made) == [0, 0]
    assert memory(made).breaks == 1


def test_an_order_that_the_exchange_rejected_keeps_no_round_from_losing_too_much() -> None:
    # Given three lots bought at 7090, a hedge that waits at its price, and an answer of the exchange not to take more
    made = world(90, max_loss_yuan=Decimal(300))
    made.step()
    made.take(made.one("leg:0"))
    memory(made).rejected["leg:0"] = "被交易所拒绝（每秒发送请求数超过许可数）"
    made.wait(1)
    made.step()
    assert not made.of(LegBroken)
    made.show(FAR, 7080, 7081)
    made.wait(1)
    made.step()
    assert [(mark.repair, "最大亏损" in mark.plan) for mark in made.of(LegBroken)] == [(Repair.UNWIND, True)]


def test_without_a_maximum_loss_the_ladder_takes_its_time() -> None:
    made = world(90)
    made.step()
    made.take(made.one("leg:0"))
    made.show(NEAR, None, 7001)
    made.show(FAR, 6000, 6001)
    made.wait(2)
    made.step()
    assert not made.of(LegBroken)


def test_what_an_earlier_round_paid_does_not_count_for_this_one() -> None:
    # Given a round of one set at 7090 that was hedged, and a second one at 7040
    made = world(90, sets=1, max_loss_yuan=Decimal(300), pause_seconds=0)
    made.step()
    made.take(made.one("leg:0"))
    made.step()
    made.fill(made.one("leg:1"))
    made.step()
    made.wait(3)
    market(made, 40)
    made.step()
    made.take(made.one("leg:0"))
    assert memory(made).paid["leg:0"].value == 7040
    made.show(NEAR, None, 7001)
    made.show(FAR, 7011, 7012)
    made.wait(1)
    made.step()
    assert not made.of(LegBroken)  # 29 x 10 = 290
    made.show(FAR, 7010, 7011)
    made.wait(1)
    made.step()
    assert [mark.repair for mark in made.of(LegBroken)] == [Repair.UNWIND]
    made.wait(3)
    trade(made)
    assert nets(made) == [1, -1]


@pytest.mark.parametrize("field", ["max_loss_yuan", "residual_yuan"])
@pytest.mark.parametrize("amount", [Decimal(0), Decimal(-1)])
def test_an_amount_that_is_none_is_left_out_and_not_zero(field: str, amount: Decimal) -> None:
    wrong = check_legs(replace(calendar(), **{field: amount}))
    assert wrong is not None
    assert "应为正数" in wrong


# --- what is open ---------------------------------------------------------------------------------------------------


def test_the_naked_value_of_the_worked_example() -> None:
    listed = {leg.instrument: future(leg.instrument, multiplier="100") for leg in MILL.legs[1:]}
    listed[MILL.legs[0].instrument] = future(MILL.legs[0].instrument)
    prices = {"SHFE.rb2510": Decimal(3215), "DCE.i2509": Decimal(780), "DCE.j2509": Decimal(1650)}

    def measure(*held: int, since: int | None = None) -> Naked:
        legs = [Leg(net=net, since=since if place == 2 else None) for place, net in enumerate(held)]
        return naked_meter(MILL, legs, listed.__getitem__, prices.get, 100 * SECOND)

    # Iron ore 0.92 short of its hedge is 71 760, coke 0.15 over is 24 750; a whole lot of coke too many since 12 s.
    assert measure(37, -5, -2, since=88 * SECOND) == Naked(1, Decimal(96_510), 12)
    assert measure(100, -16, -5) == Naked(0, Decimal(0), 0)
    assert measure(37, -5, -1) == Naked(0, Decimal("0.92") * 78_000 + Decimal("0.85") * 165_000, 0)
    del prices["DCE.j2509"]
    assert measure(37, -5, -2).yuan is None


def two_to_three(**changes: object) -> World:
    """Trade three lots of FAR against two of NEAR: one or two lots of FAR leave a part of a lot over."""
    settings = calendar(sets=1, max_sets=4, pause_seconds=0, **changes)
    far, near = settings.legs
    legs = (replace(far, lots=3), replace(near, lots=-2))
    made = World(replace(settings, legs=legs), [future(NEAR), future(FAR)])
    market(made, 90)
    return made


def partial(made: World, lots: int) -> None:
    """Fill so many active lots, take the price away, and let the round end."""
    made.step()
    row = made.one("leg:0")
    made.fill(row, lots)
    if row.live:
        made.cancelled(row)
    made.step()
    for hedge in made.live():
        made.fill(hedge)
    market(made, 100)
    made.wait(3)
    trade(made)
    made.wait(61)


def test_a_residual_beyond_its_tolerance_is_told_once_and_again_only_after_it_was_gone() -> None:
    # One lot of FAR needs two thirds of one of NEAR, of which none is whole: 2/3 x 7000 x 10 = 46 666.67
    made = two_to_three(residual_yuan=Decimal(40_000))
    partial(made, 1)
    (told,) = made.of(ResidualOver)
    assert round(told.value_yuan, 2) == Decimal("46666.67")
    assert [round(part, 2) for part in told.residual] == [0, Decimal("-0.67")]
    assert told.tolerance_yuan == 40_000
    assert [mark.over for mark in made.of(RoundEnded)] == [True]
    # Two lots need one and a third, of which one is held: 23 333.33 is inside. It is told again when it is not.
    market(made, 90)
    partial(made, 1)
    assert nets(made) == [2, -1]
    assert [mark.over for mark in made.of(RoundEnded)] == [True, False]
    market(made, 90)
    partial(made, 2)
    assert nets(made) == [4, -2]
    assert [mark.over for mark in made.of(RoundEnded)] == [True, False, True]
    assert len(made.of(ResidualOver)) == 2


def test_a_residual_inside_its_tolerance_or_without_one_is_carried_in_silence() -> None:
    for tolerance in (Decimal(46_667), None):
        made = two_to_three(residual_yuan=tolerance)
        partial(made, 1)
        assert made.of(ResidualOver) == []
        assert made.of(RoundEnded)[0].residual[1] != 0


def test_the_first_chase_of_a_broken_leg_is_inside_what_was_foretold() -> None:
    # The prices of every hedge of a broken round stay within the ladder that was told before it.
    made = world(90)
    foretold = escape_plan(made, calendar())[0]
    made.step()
    made.take(made.one("leg:0"))
    break_hedges(made, 90)
    recorded = [fact for fact, _, _ in made.journal if isinstance(fact, OrderRecorded)]
    sold = [fact.terms.price for fact in recorded if fact.terms.instrument == NEAR]
    assert sold
    assert min(sold) >= foretold.pay_up.price
    assert InstrumentId(foretold.chase.instrument) == NEAR


# --- what was written before ----------------------------------------------------------------------------------------


def test_settings_and_marks_of_older_journals_are_read_as_they_were_meant() -> None:
    settings = calendar()
    fields = msgspec.json.decode(msgspec.json.encode(settings))
    for name in ("max_loss_yuan", "residual_yuan"):
        del fields[name]
    assert msgspec.json.decode(msgspec.json.encode(fields), type=StrategySettings) == settings
    old = b'{"type":"round_ended","round":3,"residual":["0","-0.5"]}'
    assert msgspec.json.decode(old, type=StrategyMark) == RoundEnded(round=3, residual=(Decimal(0), Decimal("-0.5")))
