"""Two actors of one house meet: what a strategy's order would trade with is an own one, and it waits for that one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRefused, StrategyMarked
from terminal.domain.fact.way_marks import WayBarred
from terminal.domain.orders.order import Offset, Side
from terminal.domain.words.risk import Level
from terminal.shell.picture.alerts import ADVICE
from terminal.strategies.roll.memory import RollMemory
from tests.engine_world import FAR, NEXT_DAY, ONE, OTHER, RB, STRANGER, TRADER, World, terms
from tests.picture_desk import Desk
from tests.scenario.between import alerts_in, ask_for, between, held
from tests.scenario.conftest import Begin
from tests.scenario.legs import GRID, ROLL, alerts, start_grid, start_spread
from tests.scenario.test_roll import hold, roll, start


def card(world: World) -> str:
    desk = Desk(world)
    desk.look()
    return desk.strategies[ROLL].sentence


def flat(world: World, seconds: int) -> None:
    """Let the market stand still: whoever wants to trade must go to the opposite price."""
    for _ in range(seconds):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)})


def ways(world: World) -> list[WayBarred]:
    return [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, WayBarred)]


def closed(world: World) -> int:
    memory = world.account.strategies[ROLL].memory
    assert isinstance(memory, RollMemory)
    return memory.closed


def barred(world: World) -> None:
    """Begin a roll of six near lots that goes to the bid, where a person's own order to buy rests."""
    hold(world)
    flat(world, 1)
    assert world.order(Side.BUY, 2, 3700).ok
    assert "已启动" in start(world, roll(chase_seconds=2))
    flat(world, 20)


# --- one refusal, and the name of what stands there -----------------------------------------------------------------


def test_a_roll_in_whose_way_a_persons_order_stands_is_refused_once_says_whose_it_is_and_goes_on_without_it(
    world: World,
) -> None:
    # Given a roll that must sell at the bid, where the trader's own order to buy rests
    barred(world)
    (resting,) = world.account.live
    # When it stands there for ten minutes
    flat(world, 600)
    # Then the gate was asked once, the roll runs, and its card names the order, and who wrote it.
    assert len(world.facts(OrderRefused)) == 1
    assert world.account.strategies[ROLL].status is StrategyStatus.RUNNING
    assert f"等待{TRADER} 的委托 {resting}（买开 2 手 @ 3700）让开（会自成交），让开即报" in card(world)
    # When it is withdrawn, near is sold at once, and nothing more is waited for.
    world.do(TRADER, c.CancelOrder(account=ONE, order=resting))
    flat(world, 5)
    assert closed(world) == 6
    assert "让开" not in card(world)
    assert [bool(one.why) for one in ways(world)] == [True, False]
    assert len(world.facts(OrderRefused)) == 1


def test_the_order_of_another_strategy_is_named_with_the_strategy(world: World) -> None:
    # Given a grid whose first line rests at 3695, where the market has come to
    hold(world)
    start_grid(world)
    assert world.account.live
    (line,) = (row for row in world.account.live.values() if int(row.terms.price) == 3695)
    assert "已启动" in start(world, roll(chase_seconds=2))
    # When a roll goes to the bid to sell
    for _ in range(60):
        world.show({RB: (3695, 3696), FAR: (3600, 3602)})
    # Then it waits for that line, and after one refusal asks the gate no more.
    assert len(world.facts(OrderRefused)) == 1
    assert f"等待策略 {GRID} 的委托 {line.order}" in card(world)


def test_a_restart_forgets_neither_the_wait_nor_the_wish(world: World) -> None:
    barred(world)
    (resting,) = world.account.live
    world.restart()
    flat(world, 120)
    assert len(world.facts(OrderRefused)) == 1
    assert f"的委托 {resting}（" in card(world)
    world.do(TRADER, c.CancelOrder(account=ONE, order=resting))
    flat(world, 5)
    assert closed(world) == 6


def test_another_order_that_takes_its_place_is_named_instead_and_costs_no_refusal(world: World) -> None:
    barred(world)
    (first,) = world.account.live
    second = world.buy(1, 3700)
    world.do(TRADER, c.CancelOrder(account=ONE, order=first))
    flat(world, 10)
    assert len(world.facts(OrderRefused)) == 1
    assert f"的委托 {second.order}（买开 1 手 @ 3700）" in card(world)


def test_a_price_that_no_longer_meets_the_order_is_sent_while_that_one_stays(world: World) -> None:
    # Given a wait for an order to buy at 3700
    barred(world)
    # When the market rises away from it
    for _ in range(30):
        world.show({RB: (3710, 3711), FAR: (3600, 3602)})
    # Then near is sold up there.
    assert closed(world) == 6
    assert "让开" not in card(world)
    assert len(world.facts(OrderRefused)) == 1


def test_a_pause_and_a_new_trading_day_ask_the_gate_once_more(world: World) -> None:
    barred(world)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL)).ok
    assert "让开" not in card(world)
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=ROLL)).ok
    flat(world, 30)
    assert len(world.facts(OrderRefused)) == 2
    # Nor does a wait outlive its day: an order of yesterday's reason is asked about anew.
    look = world.engine.look
    assert look.way_barred(ONE, ROLL, RB, Side.SELL, Decimal(3700), closing=True)
    assert not look.way_barred(ONE, ROLL, RB, Side.SELL, Decimal(3701), closing=True)
    today, world.account.trading_day = world.account.trading_day, NEXT_DAY
    assert not look.way_barred(ONE, ROLL, RB, Side.SELL, Decimal(3700), closing=True)
    world.account.trading_day = today


def test_of_an_order_of_another_account_nothing_is_told_but_that_it_is_there(begin: Begin) -> None:
    # Given near of one account, and a bid for it in the other one
    world = held(begin)
    resting = terms(Side.BUY, 3, 3700, instrument=RB, account=OTHER)
    assert world.do(STRANGER, c.SubmitOrder(terms=resting)).ok
    ask_for(world, between(chase_seconds=1, pay_up_ticks=3))
    flat(world, 300)
    # Then one refusal, and a card that names neither order nor account.
    assert world.state.accounts[ONE].refused == {"SELF_MATCH": 1}
    assert "等待实际控制关系账户的一笔未了委托让开" in card(world)
    assert OTHER not in card(world).replace(str(ROLL), "")
    assert all(one.order is None for one in ways(world))


# --- a leg alone never waits silently -------------------------------------------------------------------------------


@pytest.fixture
def hedging(begin: Begin) -> World:
    """Begin a spread whose hedge, to be sold at the bid of far, meets a person's own order to buy there."""
    world = begin()
    world.buy(5, 3600, instrument=FAR)
    start_spread(world, sets=1)
    for _ in range(5):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    return world


def test_a_hedge_that_an_own_order_bars_is_told_at_once_with_the_order_and_what_to_do(hedging: World) -> None:
    # Given the active leg filled, and its hedge refused
    world = hedging
    assert world.net(RB) != 0
    (resting,) = (row.order for row in world.account.live.values() if row.cause.strategy is None)
    # Then people read at once which leg is alone, who stands in its way, and what helps;
    (told,) = alerts(world, "WAY_BARRED")
    assert told.level is Level.ORANGE
    assert f"卖不出：{TRADER} 的委托 {resting}（买开 5 手 @ 3600）在对面，会自成交。" in told.sentence
    assert "单腿敞口还缺 1 手未对冲；请撤去那笔委托" in told.sentence
    assert ADVICE["WAY_BARRED"]
    # and the leg breaks and is told of as ever, though the gate is not asked again.
    for _ in range(120):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    assert alerts(world, "LEG_BROKEN")
    assert len(alerts(world, "HEDGE_REFUSED")) == 1
    assert len(world.facts(OrderRefused)) == 1


def test_the_hedge_goes_out_at_once_when_the_person_has_taken_the_order_back(hedging: World) -> None:
    world = hedging
    (resting,) = (row.order for row in world.account.live.values() if row.cause.strategy is None)
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=resting)).ok
    for _ in range(5):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    assert (world.net(RB), world.net(FAR)) == (1, -1)
    assert len(world.facts(OrderRefused)) == 1


def test_the_half_that_opens_far_tells_its_own_people_what_stands_in_its_way(begin: Begin) -> None:
    # Given a roll between two accounts, and far lots that somebody of the second one holds
    world = held(begin)
    bought = terms(Side.BUY, 4, 3602, instrument=FAR, account=OTHER)
    assert world.do(STRANGER, c.SubmitOrder(terms=bought)).ok
    flat(world, 3)
    ask_for(world)
    flat(world, 3)
    # When they are offered in the moment before near is sold
    offered = replace(bought, side=Side.SELL, lots=2, offset=Offset.CLOSE_TODAY)
    assert world.do(STRANGER, c.SubmitOrder(terms=offered)).ok
    world.show({RB: (3702, 3703)})
    flat(world, 60)
    # Then the people of that account read what is in the way; those of the other one only that their roll waits.
    told = alerts_in(world, OTHER, "WAY_BARRED")
    assert told
    assert f"买不进：{STRANGER} 的委托" in told[0]
    assert alerts_in(world, ONE, "WAY_BARRED") == []
    assert world.state.accounts[OTHER].refused == {"SELF_MATCH": 1}
