"""The stop of a grid in the users' own words: a falling market, lost orders, and what nobody can close."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised, OrderRefused
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.parameters.strategy import GridSettings, OutOfRange
from terminal.domain.words.risk import Level
from terminal.engine.state import OrderRow
from terminal.strategies.grid.flatten import FLAT
from tests.engine_world import DAY, NEXT_DAY, ONE, RB, TRADER, World
from tests.scenario.legs import GRID
from tests.unit.engine.foreseen import ask


def stopping(**changes: Any) -> GridSettings:
    made = GridSettings(
        account=ONE,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3705),
        step=Decimal(10),
        lines=3,
        lots_per_line=4,
        stop=Decimal(3660),
        lower=Decimal(3665),
        upper=Decimal(3710),
        out_of_range=OutOfRange.FLATTEN,
    )
    return msgspec.structs.replace(made, **changes)


def begun(world: World, **changes: Any) -> None:
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=stopping(**changes))).ok
    world.wait(10)


def holding(world: World, bid: int = 3674, **changes: Any) -> None:
    """Have a grid that has bought the lines at or above a price, all of whose orders are at rest."""
    begun(world, **changes)
    world.show({RB: (bid, bid + 1)})
    world.wait(15)


def closes(world: World) -> list[OrderRow]:
    return [row for row in world.account.orders.values() if row.cause.tag == FLAT]


def told(world: World, code: str = "FLATTEN_HELD") -> list[str]:
    return [one.sentence for one in world.facts(AlertRaised) if one.code == code and one.level is Level.ORANGE]


def test_in_a_market_that_runs_away_the_stop_pays_up_and_does_not_wait_longer(world: World) -> None:
    # Given twelve lots, and a market that has fallen one more tick whenever an order arrives
    holding(world)
    assert world.net(RB) == 12
    bid, begins = 3659, world.at
    while world.net(RB) and bid > 3600:
        world.wire.hold_orders = True
        world.show({RB: (bid, bid + 1)})
        bid -= 3
        world.show({RB: (bid, bid + 1)}, after=0.5)
        world.arrive()
        world.wire.hold_orders = False
    # Then it is out within ten seconds, a few ticks lower: each attempt goes further through the market.
    assert world.net(RB) == 0
    through = closes(world)
    assert 2 <= len(through) <= 4
    assert world.at - begins < 10_000_000_000
    assert through[-1].terms.price >= 3640


def test_lots_that_no_other_close_may_sell_are_sold_while_a_lost_exit_is_unknown(world: World) -> None:
    # Given two lines that hold, and the exit of one was lost on its way: nobody knows whether it is at the exchange
    begun(world)
    world.wire.lose_orders = True
    world.show({RB: (3694, 3695)})
    world.wire.lose_orders = False
    world.show({RB: (3674, 3675)})
    world.wait(12)
    assert world.net(RB) == 12
    unknown = [row for row in world.account.live.values() if row.state is OrderState.UNKNOWN]
    assert [(row.terms.side, row.remaining) for row in unknown] == [(Side.SELL, 4)]
    # When the stop is reached
    world.show({RB: (3655, 3656)})
    world.wait(5)
    # Then what that exit cannot sell is sold at once, and its four lots once the exchange has proven it never came.
    assert unknown[0].state is OrderState.UNKNOWN
    assert world.net(RB) == 4
    world.wait(60)
    assert world.net(RB) == 0
    assert world.account.strategies[GRID].status is StrategyStatus.FINISHED


def test_a_stop_in_a_limit_down_market_says_once_that_nothing_can_be_closed_and_for_how_many_lots(
    world: World,
) -> None:
    # Given a grid that is filled to the last line on the way to a limit-down market, where no quote comes any more
    begun(world)
    locked = DayFacts(instrument=RB, trading_day=DAY, upper_limit=3950, lower_limit=3650)
    world.show({RB: (None, 3650)}, facts=[locked], last={RB: 3650})
    del world.quotes[RB]
    world.wait(8)
    assert not told(world)
    world.wait(4)
    # Then ten seconds later it says so, with the reason and what to do; and once only, also over a restart.
    assert world.net(RB) == 12
    (said,) = told(world)
    assert "网格还持有 12 手" in said
    assert "封在跌停；有了对手价接着平；不能等的请人工在停板价排队，或在别处对冲" in said
    world.restart()
    world.show({RB: (None, 3650)}, last={RB: 3650})
    world.wait(30)
    assert len(told(world)) == 1
    # And once somebody bids it is out.
    world.show({RB: (3651, 3652)})
    world.wait(10)
    assert world.net(RB) == 0


def test_what_is_locked_on_the_next_day_too_is_said_to_whoever_sits_there_then(world: World) -> None:
    # Given twelve lots that nobody bids for on a limit-down day
    begun(world)
    for day, begins in ((DAY, 0), (NEXT_DAY, 9)):
        if begins:
            world.show_at(instant(day, begins), {})
        locked = DayFacts(instrument=RB, trading_day=day, upper_limit=3950, lower_limit=3650)
        world.show({RB: (None, 3650)}, facts=[locked], last={RB: 3650})
        for _ in range(30):
            world.show({RB: (None, 3650)}, last={RB: 3650})
    assert world.account.trading_day == NEXT_DAY
    # Then each day it is said once.
    assert ["网格还持有 12 手" in said and "封在跌停" in said for said in told(world)] == [True, True]


def test_a_close_that_goes_on_a_little_and_stops_again_is_said_of_what_is_left_once_a_minute(world: World) -> None:
    holding(world)
    settled = world.net(RB)
    for lots in (1, 1, 1):
        # When somebody bids for one lot, and then nobody for twenty-five seconds
        world.show({RB: (3655, 3656)}, lots=lots)
        world.wait(1)
        for _ in range(24):
            world.show({RB: (None, 3656)}, last={RB: 3655})
    assert world.net(RB) == settled - 3
    # Then people read how many are left: first at once, and then no sooner than a minute later.
    said = told(world)
    assert [one.partition("还持有 ")[2].partition(" 手")[0] for one in said] == ["11", "9"]


def test_a_stop_that_would_trade_with_a_persons_own_bid_says_which_order_is_in_the_way(world: World) -> None:
    holding(world, 3694, lines=1, stop=Decimal(3660), lower=Decimal(3665))
    assert world.net(RB) == 4
    assert world.order(Side.BUY, 2, 3655).ok
    world.show({RB: (3655, 3656)})
    world.wait(60)
    (said,) = told(world)
    assert "（买开 2 手 @ 3655）在对面，平仓会与它自成交；让开后接着平；请撤去那笔委托" in said
    # When the person takes it out
    assert world.do(TRADER, c.CancelAll(account=ONE, instrument=RB)).ok
    world.wait(60)
    assert world.net(RB) == 0
    assert len(told(world)) == 1


def test_a_persons_lost_bid_that_barred_its_exits_before_the_stop_is_named_there_too(world: World) -> None:
    # Given a bid above the market that was lost on its way: the gate has refused an exit for it, long before the stop
    begun(world)
    world.wire.lose_orders = True
    assert world.order(Side.BUY, 1, 3706).ok
    world.wire.lose_orders = False
    world.wire.lose_requests = True
    for bid in (3694, 3684, 3674):
        world.show({RB: (bid, bid + 1)}, after=3)
    assert world.net(RB) == 12
    # When the stop is reached, and nothing is asked of the gate any more
    asked = len(world.facts(OrderRefused))
    for _ in range(15):
        world.show({RB: (3655, 3656)})
    assert len(world.facts(OrderRefused)) == asked
    assert world.net(RB) == 12
    # Then people read what it waits for, and that nobody knows what has become of it.
    (said,) = told(world)
    assert "（买开 1 手 @ 3706，状态不明）在对面，平仓会与它自成交" in said


def test_an_entry_that_nobody_can_prove_is_named_as_what_the_stop_waits_for(world: World) -> None:
    # The gate counts it like a live one (C14): the lots of the other lines cannot be sold below it.
    begun(world)
    world.show({RB: (3694, 3695)})
    world.wait(5)
    world.wire.lose_orders = True
    world.show({RB: (3706, 3707)})
    world.wait(3)
    world.wire.lose_orders = False
    world.show({RB: (3682, 3683)})
    world.show({RB: (3655, 3656)})
    world.wait(20)
    (said,) = told(world)
    assert "状态未知，平仓会与它自成交；交易所证明它的结果之后立即平" in said
    world.wait(60)
    assert world.net(RB) == 0
    (first,) = told(world, "GRID_STOPPED")
    assert "网格持有 4 手" in first
    assert "另有 8 手入场委托还可能成交" in first


def test_a_stop_that_only_misses_says_so_and_never_that_its_own_lots_are_frozen(world: World) -> None:
    # Given bids that are gone whenever a close arrives
    holding(world, 3694, lines=1)
    for _ in range(15):
        world.wire.hold_orders = True
        world.show({RB: (3655, 3656)})
        world.show({RB: (3600, 3601)}, after=0.5)
        world.arrive()
        world.wire.hold_orders = False
    assert world.net(RB) == 4
    (said,) = told(world)
    assert "次都没有成交；每次多让 2 跳接着平" in said
    # And it goes on trying all the while, at the pace it began with.
    assert len(closes(world)) >= 7


def test_who_pauses_a_grid_is_told_that_its_stop_is_off_and_once_more_when_the_price_is_there(world: World) -> None:
    holding(world, 3694)
    pause = c.PauseStrategy(account=ONE, strategy=GRID)
    assert ask(world, pause).sentence == "策略 grid：撤销其挂单，暂停；持仓保留；暂停期间没有止损"
    assert world.do(TRADER, pause).sentence == "策略 grid 已暂停，挂单会撤回，持仓不动；暂停期间没有止损"
    world.wait(5)
    world.show({RB: (3661, 3662)})
    world.wait(5)
    assert not told(world, "GRID_UNGUARDED")
    # When the price passes the stop, there and back and there again
    for bid in (3650, 3670, 3640):
        world.show({RB: (bid, bid + 1)}, last={RB: bid})
        world.wait(5)
    # Then it is told once, and nothing is closed.
    (said,) = told(world, "GRID_UNGUARDED")
    assert "价格 3650 已到止损价 3660，网格持有 4 手" in said
    assert "策略已暂停（人工暂停），暂停期间没有止损；请人工平仓，或恢复策略由它处理。" in said
    assert world.net(RB) == 4
    # And resumed, it closes: who resumes it has read so.
    before = ask(world, c.ResumeStrategy(account=ONE, strategy=GRID)).sentence
    assert before.endswith("；现在价格 3641 已到止损价 3660：恢复后立即平掉所持 4 手并结束")
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID)).ok
    world.show({RB: (3640, 3641)})
    world.wait(15)
    assert world.net(RB) == 0


def test_who_resumes_a_grid_that_cannot_close_now_reads_what_it_waits_for(world: World) -> None:
    holding(world, 3694)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    resume = c.ResumeStrategy(account=ONE, strategy=GRID)
    # Given a market beyond the stop in which nobody bids
    world.show({RB: (None, 3641)}, last={RB: 3640})
    assert ask(world, resume).sentence.endswith("：恢复后等有对手价就平掉所持 4 手并结束")
    # And then one in which the best bid is a person's own
    world.show({RB: (3640, 3641)})
    bid = world.buy(2, 3640)
    said = ask(world, resume).sentence
    assert "：恢复后平掉所持 4 手并结束，但" in said
    assert f"{bid.order}（买开 2 手 @ 3640）在对面" in said


def test_who_resumes_a_grid_whose_own_entry_nobody_can_prove_reads_that_it_waits_for_it(world: World) -> None:
    # Given a grid that holds its second line, and whose first entry was lost on its way
    begun(world)
    world.show({RB: (3694, 3695)})
    world.wait(5)
    world.wire.lose_orders = True
    world.show({RB: (3706, 3707)})
    world.wait(3)
    world.wire.lose_orders, world.wire.lose_requests = False, True
    world.show({RB: (3682, 3683)})
    (lost,) = (row.order for row in world.account.live.values() if row.state is OrderState.UNKNOWN)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    world.show({RB: (3655, 3656)})
    said = ask(world, c.ResumeStrategy(account=ONE, strategy=GRID)).sentence
    assert f"手并结束，但策略 {GRID} 的委托 {lost}（" in said
    assert "状态不明）在对面" in said


def test_each_pause_beyond_the_stop_is_told_and_a_grid_without_lots_is_not(world: World) -> None:
    holding(world, 3694, lines=1)
    for bid in (3650, 3651):
        assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
        world.show({RB: (bid, bid + 1)})
        world.wait(3)
        world.show({RB: (3694, 3695)})
        assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID)).ok
        world.wait(3)
    assert len(told(world, "GRID_UNGUARDED")) == 2
    world.show({RB: (3706, 3707)})
    world.wait(10)
    assert world.net(RB) == 0
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    world.show({RB: (3650, 3651)})
    world.wait(3)
    assert len(told(world, "GRID_UNGUARDED")) == 2
