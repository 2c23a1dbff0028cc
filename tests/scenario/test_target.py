"""A target in the users' own words: the ratio stays in its band, one hand keeps it, and nothing is done twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import AlertRaised, OrderRecorded
from terminal.domain.fact.marks import MarketFlows, MarketStuck
from terminal.domain.fact.target_marks import (
    Obstacle,
    RatioFrozen,
    TargetEnd,
    TargetEnded,
    TargetHindered,
    TargetProposed,
)
from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.parameters.target import Aim, FixedBand, TargetMode
from terminal.domain.reports import Accepted, QueryAnswer, Traded
from terminal.domain.words.risk import Scope
from tests.engine_world import (
    CHECKER,
    DAY,
    FAR,
    ONE,
    RB,
    TRADER,
    DiedError,
    I,
    World,
)
from tests.scenario.conftest import Begin
from tests.scenario.targets import (
    KEEPER,
    SECOND,
    STEEL,
    change,
    marks,
    memory,
    ore_limits,
    start,
    target,
    tonnes,
)
from tests.scenario.test_grid import grid

EXECUTE, PROPOSE = TargetMode.EXECUTE, TargetMode.PROPOSE


@pytest.fixture
def yard(begin: Begin) -> World:
    """Give a world with ten thousand tonnes of ore to hedge and nothing hedged."""
    return begin(limits=ore_limits())


def orders(world: World) -> list[tuple[Side, str, int]]:
    """Return what the target sent, in order: side, offset, lots."""
    return [
        (fact.terms.side, str(fact.terms.offset), fact.terms.lots)
        for fact in world.facts(OrderRecorded)
        if fact.cause.strategy == KEEPER
    ]


def alerts(world: World, code: str) -> list[str]:
    return [fact.sentence for fact in world.facts(AlertRaised) if fact.code == code]


@pytest.mark.parametrize(("aim", "lots"), [(Aim.EDGE, 80), (Aim.CENTRE, 85)])
def test_an_executing_target_brings_the_ratio_to_the_chosen_place_of_its_band_and_rests_inside(
    yard: World, aim: Aim, lots: int
) -> None:
    assert start(yard, target(aim=aim)).ok
    yard.wait(5)
    # Then it has sold exactly what was lacking, in one order, and says so.
    assert (yard.net(I), orders(yard)) == (-lots, [(Side.SELL, "OPEN", lots)])
    (ended,) = marks(yard, TargetEnded)
    assert (ended.why, ended.lots, ended.ratio) == (TargetEnd.REACHED, lots, Decimal(lots))
    # And inside the band it does nothing, wherever the price goes.
    yard.show({I: (900, "900.5")})
    yard.wait(30)
    assert yard.net(I) == -lots


def test_stock_that_leaves_the_yard_has_its_hedge_closed_and_not_locked(yard: World) -> None:
    assert start(yard, target()).ok
    yard.wait(5)
    # When half of the ore is sold, the hedge is 160 %
    tonnes(yard, 5_000)
    yard.wait(15)
    # Then what is too much is closed, to the upper edge, and no long lot is opened beside it.
    assert orders(yard)[1:] == [(Side.BUY, "CLOSE", 35)]
    position = yard.account.book.position(I, target().hedge_flag)
    assert (position.long, position.short) == (0, 45)


def test_a_proposal_says_lots_and_reason_and_one_gesture_has_it_traded_once(yard: World) -> None:
    assert start(yard, target(mode=PROPOSE)).ok
    yard.wait(20)
    # Given a proposal, told to people, and nothing traded
    (proposed,) = marks(yard, TargetProposed)
    assert (proposed.number, proposed.side, proposed.lots) == (1, Side.SELL, 80)
    assert (proposed.ratio, proposed.after) == (Decimal(0), Decimal(80))
    (alert,) = alerts(yard, "TARGET_PROPOSAL")
    assert "第 1 号建议：卖 i2101 80 手，比例 0.0% → 80.0%" in alert
    assert not orders(yard)
    # When a person agrees to that very one
    done = change(yard, go=1)
    assert done.ok, done.sentence
    yard.wait(20)
    # Then it is traded, once; the next one waits for a word of its own.
    assert yard.net(I) == -80
    tonnes(yard, 20_000)
    yard.wait(20)
    assert (yard.net(I), marks(yard, TargetProposed)[-1].number) == (-80, 2)


def test_a_person_can_agree_to_no_proposal_but_the_one_that_stands(yard: World) -> None:
    assert start(yard, target(mode=PROPOSE)).ok
    yard.wait(2)
    refused = change(yard, go=2)
    assert (refused.code, refused.ok) == ("NOT_CHANGEABLE", False)
    assert "第 2 号建议已不在，现在是第 1 号" in refused.sentence
    assert not orders(yard)


def test_what_was_agreed_to_is_never_exceeded_though_more_is_lacking_meanwhile(yard: World) -> None:
    assert start(yard, target(mode=PROPOSE, batch_lots=50)).ok
    yard.wait(2)
    tonnes(yard, 20_000)  # 160 lots would be lacking now; 80 were proposed
    assert change(yard, go=1).ok
    yard.wait(30)
    assert yard.net(I) == -80


def test_a_target_a_checker_has_approved_needs_none_for_one_proposal_but_for_trading_by_itself(begin: Begin) -> None:
    world = begin(limits=ore_limits(confirm_value_yuan=Decimal(1_000_000)))
    assert start(world, target(mode=PROPOSE)).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).ok
    world.wait(3)
    assert change(world, go=1).code == "OK"
    world.wait(20)
    assert world.net(I) == -80
    assert change(world, mode=EXECUTE).code == "CONFIRM2"


def test_a_proposal_goes_when_somebody_else_has_brought_the_ratio_back(yard: World) -> None:
    assert start(yard, target(mode=PROPOSE)).ok
    yard.wait(2)
    yard.sell(85, 830, instrument=I)
    yard.wait(2)
    (ended,) = marks(yard, TargetEnded)
    assert (ended.why, ended.lots, ended.ratio) == (TargetEnd.INSIDE, 0, Decimal(85))
    assert change(yard, go=1).code == "NOT_CHANGEABLE"


# --- one owner -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, "i2101 已由自动配平 keeper 管着，一个合约只能有一个"),
        ({"instrument": InstrumentId("DCE.i2101"), "group": STEEL}, ""),
    ],
)
def test_a_second_target_over_the_same_contract_is_refused_and_the_owner_named(
    yard: World, changes: dict[str, Any], why: str
) -> None:
    assert start(yard, target()).ok
    yard.wait(3)
    refused = start(yard, target(**changes), SECOND)
    assert not refused.ok
    assert why in refused.sentence
    assert SECOND not in yard.account.strategies
    # When the owner has ended, the contract is free again.
    assert yard.do(TRADER, c.StopStrategy(account=ONE, strategy=KEEPER)).ok
    assert start(yard, target(), SECOND).ok


def test_a_second_target_over_the_same_group_is_refused_though_it_trades_another_contract(yard: World) -> None:
    steel = {"group": STEEL, "instrument": RB}
    assert start(yard, target(**steel)).ok
    refused = start(yard, target(group=STEEL, instrument=FAR), SECOND)
    assert refused.code == "TARGET_OWNED"
    assert f"套保组 {STEEL} 已由自动配平 keeper 管着" in refused.sentence


def test_two_that_were_asked_for_together_and_wait_for_a_checker_do_not_both_begin(begin: Begin) -> None:
    world = begin(limits=ore_limits(confirm_value_yuan=Decimal(1_000_000)))
    assert start(world, target()).code == "CONFIRM2"
    first = world.parked
    assert start(world, target(), SECOND).code == "CONFIRM2"
    second = world.parked
    assert world.decide(CHECKER, first).ok
    refused = world.decide(CHECKER, second)
    assert not refused.ok
    assert "已由自动配平 keeper 管着" in refused.sentence
    assert list(world.account.strategies) == [KEEPER]


def test_an_order_of_somebody_else_that_rests_counts_so_the_gap_is_not_filled_twice(yard: World) -> None:
    yard.sell(60, 900, instrument=I)  # rests far above
    assert start(yard, target()).ok
    yard.wait(10)
    assert yard.net(I) == -20
    yard.show({I: (900, "900.5")})
    yard.wait(10)
    assert yard.net(I) == -80


# --- trouble ---------------------------------------------------------------------------------------------------


def test_while_nobody_can_say_what_became_of_its_order_it_sends_no_other(yard: World) -> None:
    # Given an order that reached the exchange, of which no answer comes
    yard.wire.lose = (Accepted, Traded, QueryAnswer)
    assert start(yard, target()).ok
    yard.wait(30)
    assert [row.state for row in yard.account.live.values()] == [OrderState.UNKNOWN]
    assert len(yard.wire.sent) == 1
    # When the exchange is heard again
    yard.wire.lose = ()
    yard.cut()
    yard.wait(10)
    # Then there is one hedge, and it was sent once.
    assert (yard.net(I), len(yard.wire.sent)) == (-80, 1)


def go_on(world: World) -> None:
    """Agree to the first proposal, and let it be traded."""
    change(world, go=1)
    world.wait(3)


@pytest.mark.parametrize(("die", "sent"), [("before", 1), ("after", 0)])
def test_killed_while_it_sends_it_hedges_once_after_the_restart(begin: Begin, die: str, sent: int) -> None:
    world = begin(limits=ore_limits())
    assert start(world, target(mode=PROPOSE)).ok
    world.wait(2)
    world.wire.die = die
    with pytest.raises(DiedError):
        go_on(world)
    world.wire.die = ""
    reached = len(world.wire.sent)
    world.restart()
    world.wait(60)
    assert world.net(I) == -80
    assert len(world.wire.sent) == reached + sent


def test_a_restart_in_the_middle_of_a_rebalancing_goes_on_from_what_the_book_holds(yard: World) -> None:
    assert start(yard, target(batch_lots=30)).ok
    while not yard.net(I):
        yard.wait(1)
    assert -80 < yard.net(I) < 0
    yard.restart()
    yard.wait(30)
    assert yard.net(I) == -80
    assert [lots for _, _, lots in orders(yard)] == [30, 30, 20]
    assert len(marks(yard, TargetProposed)) == 1  # the same one, not a new one
    assert len(marks(yard, RatioFrozen)) == 1


def test_at_a_limit_it_takes_its_order_back_waits_says_so_and_goes_on(yard: World) -> None:
    band = DayFacts(instrument=I, trading_day=DAY, upper_limit=1820, lower_limit=1500)
    yard.show({I: (None, 750)}, last={I: 750}, facts=[band])
    assert start(yard, target()).ok
    yard.wait(10)
    assert not orders(yard)
    (stuck,) = marks(yard, MarketStuck)
    assert stuck.why == "封在跌停"
    assert "还差 80 手，停止配平" in alerts(yard, "MARKET_STUCK")[0]
    # When it opens again
    yard.show({I: (760, "760.5")})
    yard.wait(70)
    assert len(marks(yard, MarketFlows)) == 1
    assert yard.net(I) == -80


def test_a_level_that_locks_opening_holds_it_back(yard: World) -> None:
    assert yard.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="演练")).ok
    refused = start(yard, target())
    assert not refused.ok
    assert not orders(yard)


def test_lots_of_a_grid_count_in_the_ratio_and_are_never_closed(yard: World) -> None:
    # Given a short grid that has sold 88 lots of the ore contract
    made = grid(
        instrument=I, side=Side.SELL, anchor=Decimal(826), step=Decimal(5), lines=1, lots_per_line=88,
        stop=Decimal(900), lower=Decimal(700), upper=Decimal(890),
    )  # fmt: skip
    assert yard.do(TRADER, c.StartStrategy(account=ONE, strategy=SECOND, settings=made)).ok
    yard.wait(3)
    yard.show({I: (832, "832.5")})
    yard.show({I: (830, "830.5")})
    yard.wait(3)
    assert yard.account.strategies[SECOND].lots[I].lots == -88
    assert yard.do(TRADER, c.PauseStrategy(account=ONE, strategy=SECOND)).ok  # an exit that rests would count
    # When the ratio, the grid's lots with it, is above the band
    assert start(yard, target(source=FixedBand(low=Decimal(60), high=Decimal(70)))).ok
    yard.wait(20)
    # Then it says that those are not its to close, and closes none.
    assert not orders(yard)
    assert [mark.obstacle for mark in marks(yard, TargetHindered)] == [Obstacle.NOT_FREE]
    assert "别的策略的持仓" in alerts(yard, "TARGET_HINDERED")[0]
    assert yard.do(TRADER, c.ResumeStrategy(account=ONE, strategy=SECOND)).ok


def test_it_trades_no_more_on_balance_than_it_may_and_says_so(yard: World) -> None:
    assert start(yard, target(most_lots=50)).ok
    yard.wait(20)
    assert yard.net(I) == -50
    assert [(mark.obstacle, mark.lots) for mark in marks(yard, TargetHindered)] == [(Obstacle.NO_ROOM, 30)]


def test_what_it_bought_on_balance_it_may_sell_again_though_it_has_bought_all_it_may(yard: World) -> None:
    # Given 85 lots sold by hand, and half the ore gone: the target buys back its forty
    yard.sell(85, 830, instrument=I)
    assert start(yard, target(most_lots=40)).ok
    yard.wait(5)
    tonnes(yard, 5_000)
    yard.wait(20)
    assert yard.net(I) == -45
    # When the ore is there again, 35 lots are lacking, which bring its own net back towards nothing
    tonnes(yard, 10_000)
    yard.wait(20)
    # Then it sells them, and nothing is in its way.
    assert yard.net(I) == -80
    assert marks(yard, TargetHindered) == []


def test_wrong_way_lots_are_closed_before_a_hedge_is_opened(yard: World) -> None:
    yard.buy(10, "830.5", instrument=I)
    assert start(yard, target()).ok
    yard.wait(20)
    assert orders(yard) == [(Side.SELL, "CLOSE", 10), (Side.SELL, "OPEN", 80)]


def test_a_pause_takes_its_order_back_and_a_resumed_one_goes_on(yard: World) -> None:
    assert start(yard, target(chase_seconds=600)).ok
    while not yard.net(I):
        yard.show(lots=30)
    yard.show({I: (820, "830.5")})
    assert yard.do(TRADER, c.PauseStrategy(account=ONE, strategy=KEEPER)).ok
    yard.wait(5)
    assert not yard.account.live
    held = yard.net(I)
    assert yard.do(TRADER, c.ResumeStrategy(account=ONE, strategy=KEEPER)).ok
    yard.wait(20)
    assert held > yard.net(I) == -80


def test_when_the_exposure_goes_it_stands_still_and_asks_for_people(yard: World) -> None:
    assert start(yard, target()).ok
    yard.wait(5)
    tonnes(yard, 0)
    yard.wait(10)
    assert yard.net(I) == -80
    assert [mark.obstacle for mark in marks(yard, TargetHindered)] == [Obstacle.NO_EXPOSURE]
    assert memory(yard).proposal is None
