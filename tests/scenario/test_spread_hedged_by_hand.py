"""A paused spread whose missing leg a person has traded by hand, in the users' words: nothing is hedged twice.

The user: "The switch was pulled with three lots of rebar alone. I sold the far month myself, and stopped the spread the
next hour: it sold the far month once more."
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.marks import Repair
from terminal.domain.ids import InstrumentId, StrategyId, WireKey
from terminal.domain.orders.conditional import ConditionalState
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.domain.parameters.strategy import SpreadLeg
from terminal.domain.reports import Traded
from terminal.domain.words.risk import Scope, Verdict
from terminal.engine.ports import WireOrder
from terminal.engine.state import StrategyRow
from terminal.strategies.spread.memory import SpreadMemory
from tests.engine_world import FAR, ONE, RB, RISK, TRADER, I, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import PAUSED, SPREAD, STOPPED, alerts, show, spread_settings, start_spread, stop
from tests.scenario.test_roll_rests_over import release
from tests.scenario.test_spread_one_leg import naked
from tests.scenario.waiting_orders import place, reaches, send, wanted
from tests.unit.engine.foreseen import ask, start

STOP = c.StopStrategy(account=ONE, strategy=SPREAD)
RESUME = c.ResumeStrategy(account=ONE, strategy=SPREAD)
ORE = SpreadLeg(instrument=I, coefficient=Decimal(-1), lots=-1)
THREE = replace(spread_settings(), legs=(*spread_settings().legs, ORE), buy_at=Decimal(-729), sell_at=Decimal(0))


def kill(world: World) -> StrategyRow:
    """Let a kill switch pause the spread that holds three lots of rebar alone, and release it."""
    assert world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练")).ok
    world.wait(3)
    release(world, ONE)
    show(world)
    world.wait(1000)  # until the level of risk has fallen back
    row = world.account.strategies[SPREAD]
    assert (row.status, {name: held.lots for name, held in row.lots.items()}) == (PAUSED, {RB: 3})
    return row


def alone(world: World) -> None:
    """Start a spread that has bought three lots of rebar, of which it hears while nobody bids for the far month."""
    start_spread(world)
    world.wire.hold = (Traded,)
    show(world)
    show(world, (None, 3602))
    world.tell_held()
    world.wait(1)


def of_two_legs(world: World) -> StrategyRow:
    alone(world)
    return kill(world)


def of_three_legs(world: World) -> StrategyRow:
    world.show({I: ("830", "830.5")})
    assert world.do(TRADER, start(THREE, SPREAD)).ok
    world.wire.hold = (Traded,)
    show(world)
    world.show({RB: (3700, 3701), FAR: (None, 3602), I: (None, "830.5")})
    world.tell_held()
    world.wait(1)
    row = kill(world)
    world.show({I: ("830", "830.5")})
    return row


def stopped(world: World) -> str:
    """Stop the spread once, and return the answer: it is stopped at once, and nothing is sent any more."""
    sent = len(world.wire.sent)
    done = stop(world)
    show(world)
    world.wait(10)
    assert (done.code, world.account.strategies[SPREAD].status) == ("OK", STOPPED)
    assert len(world.wire.sent) == sent
    return done.sentence


def told(world: World) -> str:
    """Return the latest word of the naked leg."""
    return alerts(world, "LEG_NAKED")[-1].sentence


@pytest.mark.parametrize("restarts", [False, True])
def test_one_stop_after_selling_by_hand_what_lacks_sells_nothing_more(world: World, *, restarts: bool) -> None:
    # Given a spread that a kill switch has paused with three lots alone, and a person who sells the other leg
    of_two_legs(world)
    world.sell(3, 3600, instrument=FAR)
    show(world)
    if restarts:
        world.restart()
        show(world)
    # When the person stops it, once
    asked = ask(world, STOP)
    answer = stopped(world)
    # Then nothing is sold a second time, and preview and answer say what the account holds.
    has = "rb2105 应卖出 3 手，账户里另有空 3 手（不记在任何策略名下），够补"
    assert f"缺的 3 手不再由它补（{has}；不是来补的请人工补），立即停止" in asked.sentence
    assert f"还缺 3 手，不再由它补：{has}；不是来补的请人工补" in answer
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    # Nor is a person told to close what the lots sold by hand hedge.
    assert f"账户里另有的：{has}；是来补的请勿再平、再补" in told(world)


def test_one_stop_after_a_part_was_sold_by_hand_sells_nothing_more_and_says_what_is_left(world: World) -> None:
    of_two_legs(world)
    world.sell(2, 3600, instrument=FAR)
    show(world)
    has = "rb2105 应卖出 3 手，账户里另有空 2 手（不记在任何策略名下），还差 1 手没有对冲"
    asked = ask(world, STOP)
    assert (asked.verdict, has in asked.sentence) == (Verdict.WARN, True)
    assert has in stopped(world)
    assert has in told(world)
    assert (world.net(RB), world.net(FAR)) == (3, -2)


def test_a_resume_is_told_beforehand_to_hedge_once_more(world: World) -> None:
    of_two_legs(world)
    assert ask(world, RESUME).verdict is Verdict.ALLOW
    world.sell(3, 3600, instrument=FAR)
    show(world)
    asked = ask(world, RESUME)
    assert asked.verdict is Verdict.WARN
    assert "但它会照原来的缺口再对冲一遍：rb2105 应卖出 3 手，账户里另有空 3 手" in asked.sentence
    # And that is what it does.
    assert world.do(TRADER, RESUME).ok
    show(world)
    world.wait(3)
    assert (world.net(RB), world.net(FAR)) == (3, -6)


def test_of_three_legs_all_sold_by_hand_one_stop_sells_nothing_more(world: World) -> None:
    of_three_legs(world)
    world.sell(3, 3600, instrument=FAR)
    world.sell(3, 830, instrument=I)
    show(world)
    answer = stopped(world)
    assert "还缺 6 手，不再由它补：rb2105 应卖出 3 手，账户里另有空 3 手（不记在任何策略名下），够补" in answer
    assert "；i2101 应卖出 3 手，账户里另有空 3 手（不记在任何策略名下），够补；不是来补的请人工补" in answer
    assert (world.net(RB), world.net(FAR), world.net(I)) == (3, -3, -3)


def test_of_three_legs_one_sold_by_hand_one_stop_names_the_leg_that_is_left(world: World) -> None:
    of_three_legs(world)
    world.sell(3, 3600, instrument=FAR)
    show(world)
    assert ask(world, STOP).verdict is Verdict.WARN
    assert "够补；i2101 应卖出 3 手，账户里没有，还差 3 手没有对冲；" in stopped(world)
    assert (world.net(RB), world.net(FAR), world.net(I)) == (3, -3, 0)


def by_a_strategy(world: World) -> None:
    other = StrategyId("other")
    assert world.do(TRADER, start(spread_settings(), other)).ok
    for _ in range(4):
        show(world)
    assert world.account.strategies[other].lots[FAR].lots == -3


def by_the_wrong_side(world: World) -> None:
    world.buy(3, 3602, instrument=FAR)
    show(world)


@pytest.mark.parametrize("held", [show, by_the_wrong_side, by_a_strategy])
def test_a_stop_of_a_paused_spread_that_no_lots_of_a_person_cover_still_hedges_first(
    world: World, held: Callable[[World], None]
) -> None:
    held(world)
    before = world.net(FAR)
    alone(world)
    row = kill(world)
    assert "先补平 3 手单腿，再停止" in ask(world, STOP).sentence
    assert ask(world, RESUME).verdict is Verdict.ALLOW
    assert "账户里另有" not in told(world)
    assert stop(world).code == "WINDING"
    for _ in range(5):
        show(world)
    assert (row.status, world.net(FAR)) == (STOPPED, before - 3)


def by_hand(side: Side, name: InstrumentId = FAR, price: int = 3600) -> c.SubmitOrder:
    """Return an order by hand of two lots, of the far month where nothing is said, as the desk sends it."""
    flag = spread_settings().hedge_flag
    return c.SubmitOrder(
        terms=OrderTerms(
            account=ONE, instrument=name, side=side, offset=Offset.OPEN, lots=2, price=Decimal(price), hedge_flag=flag
        )
    )


def test_a_hand_that_sells_what_a_running_spread_is_to_sell_is_told_beforehand(world: World) -> None:
    # Given a running spread that has bought three lots of rebar, and whose sale of the far month nobody answers
    alone(world)
    world.wire.hold_orders = True
    show(world)
    assert world.account.strategies[SPREAD].status is StrategyStatus.RUNNING
    # When a person is about to sell two of them himself, he reads that he would sell them twice
    says = "策略 spread 要卖出 3 手补齐或退回一腿，能做时会自己做，两边都成交就多出 2 手；要人工来做请先停止它"
    seen = ask(world, by_hand(Side.SELL))
    (finding,) = seen.findings
    assert (seen.verdict, says in finding.sentence) == (Verdict.WARN, True)
    assert not any(one.code == "HEDGED_TWICE" for one in ask(world, by_hand(Side.BUY)).findings)
    # And of one that has been stopped twice, as he was told to, nothing is said.
    stop(world)
    stop(world)
    assert world.account.strategies[SPREAD].status is STOPPED
    assert not any(one.code == "HEDGED_TWICE" for one in ask(world, by_hand(Side.SELL)).findings)


def test_of_a_spread_that_goes_back_the_active_leg_is_named_and_not_the_one_that_broke(world: World) -> None:
    # Given three lots of rebar whose far leg has broken, and the way back under way
    naked(world)
    world.wire.hold_orders = True
    memory = world.account.strategies[SPREAD].memory
    assert isinstance(memory, SpreadMemory)
    while not any(leg.broken is Repair.UNWIND for leg in memory.legs):
        world.wait(1)
    world.wait(3)
    show(world)
    # Then who sells rebar is told that it is sold already, and who sells the far month is told nothing.
    twice = [one.sentence for one in ask(world, by_hand(Side.SELL, RB, 3700)).findings if one.code == "HEDGED_TWICE"]
    assert ["策略 spread 要卖出 3 手补齐或退回一腿" in one for one in twice] == [True]
    assert not any(one.code == "HEDGED_TWICE" for one in ask(world, by_hand(Side.SELL)).findings)


def test_an_order_that_waited_is_told_of_when_it_goes_out_on_what_a_spread_is_to_sell(world: World) -> None:
    # Given a sale of the far month that waits for its price since before there was a spread: nothing lacked then
    row = place(world, wanted(reaches(3610, instrument=FAR), send(Side.SELL, 2, 3600, instrument=FAR)))
    # When a spread has bought three lots of rebar, its own sale is on its way, and the price is reached
    alone(world)
    world.wire.hold_orders = True
    show(world)
    show(world, (3610, 3612))
    # Then the order goes out, and people read what it comes to together with the spread's own.
    assert row.state is ConditionalState.RELEASED
    (told,) = alerts(world, "HEDGED_TWICE")
    assert "策略 spread 要卖出 3 手补齐或退回一腿，能做时会自己做，两边都成交就多出 2 手" in told.sentence


def test_an_order_of_another_terminal_on_what_a_spread_is_to_sell_is_told_of_before_both_have_sold(
    begin: Begin,
) -> None:
    # Given a spread that has bought three lots of rebar, and a far month that nobody bids for
    world = begin(sound=False)  # what is traded elsewhere is not booked here
    alone(world)
    # When somebody offers three lots of it from another terminal
    elsewhere = replace(by_hand(Side.SELL).terms, lots=3, price=Decimal(3601))
    world.host.place(WireOrder(account=ONE, wire_key=WireKey("elsewhere/1"), terms=elsewhere))
    for _ in range(6):
        show(world, (None, 3602))
    # Then people read, while nothing of it is filled, that the spread is to sell as many, and what to do.
    (told,) = alerts(world, "HEDGED_TWICE")
    assert told.sentence.startswith("其他终端的委托 ")
    assert "策略 spread 要卖出 3 手补齐或退回一腿，能做时会自己做，两边都成交就多出 3 手" in told.sentence
    assert (world.net(FAR), world.lots_there(FAR)) == (0, 0)
    # When they stop it, twice as it says, then nothing is sold twice.
    stop(world)
    stop(world)
    for _ in range(6):
        show(world, (3601, 3602))
    assert (world.net(FAR), world.lots_there(FAR)) == (0, -3)
