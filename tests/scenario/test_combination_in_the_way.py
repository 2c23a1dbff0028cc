"""A close of a leg and an order on its combination: only one that the close could trade with holds it back (C14, I22).

Near shows 830 at 830.5 and far 800 at 800.5, so that buying the combination costs 30.5. An order that buys it at a
difference of d would be derived in near at far's bid + d; the margin is 5 yuan.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import AlertRaised, CancelRecorded, CommandDone, OrderRecorded
from terminal.domain.ids import InstrumentId
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState
from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.domain.words.risk import Scope, Verdict
from terminal.engine.conditional.combined_way import WAITED
from terminal.engine.conditional.release import FAILED
from tests.engine_market import FAR_ORE, ORE_SPREAD, OTHER, terms
from tests.engine_world import ONE, RISK, STRANGER, TRADER, I, World
from tests.scenario.combining import ore, show
from tests.scenario.conftest import Begin
from tests.scenario.waiting_orders import close, reaches, wanted
from tests.unit.engine.foreseen import ask, order


def spread(world: World, side: Side, lots: int, price: str, *, offset: Offset = Offset.OPEN) -> CommandDone:
    return world.order(side, lots, price, instrument=ORE_SPREAD, offset=offset)


def guarded(begin: Begin) -> World:
    """Hold two lots of near with a stop at 825."""
    world = ore(begin)
    assert world.buy(2, "830.5", instrument=I).state is OrderState.FILLED
    stop = wanted(reaches("825", d.Way.AT_OR_BELOW, quoted=d.Quoted.BID, instrument=I), close(2, instrument=I))
    assert world.do(TRADER, c.GuardPosition(account=ONE, exits=(stop,))).ok
    return world


def stop_of(world: World) -> ConditionalState:
    (row,) = world.account.conditionals.rows.values()
    return row.state


def combined(world: World) -> set[OrderState]:
    return {row.state for row in world.account.orders.values() if row.leg is not None}


# --- stops ------------------------------------------------------------------------------------------------------------


def test_a_stop_goes_out_past_an_order_on_the_combination_that_cannot_reach_it(begin: Begin) -> None:
    world = guarded(begin)
    assert spread(world, Side.BUY, 1, "-10").ok
    # When near falls through its stop while far stands
    show(world, near=("820", "820.5"))
    # Then the lots are sold at once, and the order on the combination goes on working.
    assert stop_of(world) is ConditionalState.RELEASED
    assert world.net(I) == 0
    assert world.facts(OrderRecorded)[-1].terms.price == 819
    assert combined(world) == {OrderState.LIVE}
    assert world.facts(CancelRecorded) == []


def test_a_stop_takes_back_an_order_on_the_combination_that_it_could_trade_with_and_then_goes_out(begin: Begin) -> None:
    world = guarded(begin)
    assert spread(world, Side.BUY, 1, "29").ok
    # When both months fall: 790 and 29 are 819, where the stop sells
    show(world, near=("820", "820.5"), far=("790", "790.5"))
    world.wait(1)
    # Then the whole combination is taken back with one cancel, and the stop sells.
    assert len(world.wire.cancelled) == 1
    assert {one.reason for one in world.facts(CancelRecorded)} == {"条件单 A1-T000001 先撤可能与它自成交的组合委托"}
    assert combined(world) == {OrderState.CANCELLED}
    assert stop_of(world) is ConditionalState.RELEASED
    assert world.net(I) == 0


def test_a_stop_that_the_cancel_is_not_answered_for_is_told_of_soon(begin: Begin) -> None:
    world = guarded(begin)
    assert spread(world, Side.BUY, 1, "29").ok
    world.wire.lose_cancels = True
    show(world, near=("820", "820.5"), far=("790", "790.5"))
    world.wait(1)
    assert stop_of(world) is ConditionalState.TRIGGERED
    for _ in range(WAITED // 1_000_000_000):
        show(world, near=("820", "820.5"), far=("790", "790.5"))
    assert stop_of(world) is ConditionalState.FAILED
    assert [one.code for one in world.facts(AlertRaised)] == [FAILED]
    assert "自成交" in world.facts(AlertRaised)[0].sentence
    assert world.net(I) == 2


def test_whoever_enters_the_combination_is_told_of_the_stop_on_its_leg_beforehand(begin: Begin) -> None:
    world = guarded(begin)
    found = ask(world, order(Side.BUY, 1, "-10", instrument=ORE_SPREAD))
    assert found.verdict is Verdict.ALLOW
    assert any("i2101 上有卖平仓的条件单 A1-T000001" in one for one in found.details)
    # Nobody is told where both go the same way.
    found = ask(world, order(Side.SELL, 1, "60", instrument=ORE_SPREAD))
    assert not any("条件单" in one for one in found.details)


# --- closes by hand ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "price", "passes"),
    [("-10", "830", True), ("-10", "795.5", True), ("-10", "795", False), ("25", "830", False), ("24.5", "830", True)],
)
def test_a_close_by_hand_is_refused_only_where_the_combination_could_reach_it(
    begin: Begin, at: str, price: str, *, passes: bool
) -> None:
    world = ore(begin)
    assert world.buy(2, "830.5", instrument=I).state is OrderState.FILLED
    assert spread(world, Side.BUY, 1, at).ok
    done = world.order(Side.SELL, 2, price, offset=Offset.CLOSE, instrument=I)
    assert done.ok is passes, done.sentence
    if not passes:
        reach = Decimal(805) + Decimal(at)
        assert f"（组合委托的一腿，买入 1 手 @ {reach}，" in done.sentence


def test_it_is_the_same_of_the_second_leg(begin: Begin) -> None:
    # Far would be sold at near's ask less the difference: 840.5, less the margin of 5.
    world = ore(begin)
    assert world.order(Side.SELL, 2, "800", instrument=FAR_ORE).ok
    assert spread(world, Side.BUY, 1, "-10").ok
    refused = world.order(Side.BUY, 1, "835.5", offset=Offset.CLOSE, instrument=FAR_ORE)
    assert (refused.ok, "自成交" in refused.sentence) == (False, True)
    assert world.order(Side.BUY, 1, "835", offset=Offset.CLOSE, instrument=FAR_ORE).ok


def test_an_order_of_another_account_that_cannot_trade_holds_back_no_close_also_under_the_kill_switch(
    begin: Begin,
) -> None:
    world = ore(begin)

    def there(side: Side, price: str, offset: Offset, name: InstrumentId = I) -> CommandDone:
        wish = terms(side, 2, price, instrument=name, offset=offset, account=OTHER)
        return world.do(STRANGER, c.SubmitOrder(terms=wish))

    assert there(Side.BUY, "830.5", Offset.OPEN).ok
    assert spread(world, Side.BUY, 1, "-10").ok
    world.do(RISK, c.Kill(account=OTHER, scope=Scope(), reason="x"))
    near = there(Side.SELL, "795", Offset.CLOSE)
    assert (near.ok, "实际控制关系账户" in near.sentence) == (False, True)
    assert there(Side.SELL, "830", Offset.CLOSE).ok
    assert world.state.accounts[OTHER].book.position(I, terms(Side.BUY, 1, 1).hedge_flag).net == 0


def test_what_opens_meets_a_leg_wherever_it_may_trade_today(begin: Begin) -> None:
    world = ore(begin)
    assert spread(world, Side.BUY, 1, "-10").ok
    assert "自成交" in world.order(Side.SELL, 1, "890", instrument=I).sentence


def test_the_combination_is_closed_past_a_close_of_one_leg_that_rests_far_away(begin: Begin) -> None:
    # Selling the combination sells near and buys far at near's bid less the difference: 800.5, and 5 more.
    world = ore(begin)
    assert spread(world, Side.BUY, 3, "30.5").ok
    assert world.buy(1, "800.5", instrument=FAR_ORE).state is OrderState.FILLED
    assert world.order(Side.SELL, 1, "805.5", offset=Offset.CLOSE, instrument=FAR_ORE).ok
    refused = spread(world, Side.SELL, 2, "29.5", offset=Offset.CLOSE)
    assert (refused.ok, "自成交" in refused.sentence) == (False, True)
    world.do(TRADER, c.CancelAll(account=ONE, instrument=FAR_ORE))
    assert world.order(Side.SELL, 1, "806", offset=Offset.CLOSE, instrument=FAR_ORE).ok
    assert spread(world, Side.SELL, 2, "29.5", offset=Offset.CLOSE).ok


def test_a_close_that_would_rest_beside_an_own_combination_is_refused_for_the_market_may_bring_them_together(
    begin: Begin,
) -> None:
    # Given two lots of near, and a person's own combination far below what shows
    world = ore(begin)
    assert world.buy(2, "830.5", instrument=I).state is OrderState.FILLED
    assert spread(world, Side.BUY, 2, "-10").ok
    # When they would offer their lots at 850, and far might come so near that both trade
    rests = world.order(Side.SELL, 2, "850", instrument=I, offset=Offset.CLOSE)
    # Then that is refused, and what trades at once is not.
    assert (rests.ok, rests.code) == (False, "SELF_MATCH")
    assert world.order(Side.SELL, 2, "830", instrument=I, offset=Offset.CLOSE).ok
    assert world.net(I) == 0
