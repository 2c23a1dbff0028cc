"""The stop of a grid over a spread in the users' own words: a market that runs, and what stands in its way."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRecorded, OrderRefused
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Offset, OrderState, Side, TimeCondition
from terminal.domain.parameters.strategy import OutOfRange
from terminal.domain.words.risk import Verdict
from terminal.strategies.grid.stage import Stage
from terminal.strategies.spread.memory import SpreadMemory
from tests.engine_world import DAY, FAR, NEXT_DAY, ONE, RB, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.legs import SPREAD, alerts, spread_settings
from tests.scenario.test_spread_grid import basis, begin, costs, ladder, ore, quote
from tests.unit.engine.foreseen import ask

FINISHED = StrategyStatus.FINISHED


def holding(world: World) -> None:
    """Have a grid that has bought all three lines, six sets, and stops at 65."""
    begin(world, ladder())
    assert costs(world, 81) == (6, -6)


def memory(world: World) -> SpreadMemory:
    found = world.account.strategies[SPREAD].memory
    assert isinstance(found, SpreadMemory)
    return found


def show(world: World, spread: int, seconds: int = 1, far: tuple[int | None, int | None] = (3600, 3602)) -> None:
    """Show a spread that costs so much to buy, and sells for three yuan less, for so many seconds."""
    for _ in range(seconds):
        world.show({RB: (3599 + spread, 3600 + spread), FAR: far}, lots=500)
        world.wait(1)


def runs(world: World, spread: int, far: tuple[int | None, int | None] = (3600, 3602), *, seconds: int) -> None:
    """Let the rebar bid fall three yuan while each order of it travels, until it is sold or the time is over."""
    ends = world.at + seconds * SECOND_NS
    while world.net(RB) and world.at < ends:
        sent, world.wire.hold_orders = len(world.wire.sent), True
        while len(world.wire.sent) == sent and world.at < ends:
            show(world, spread, far=far)
        spread -= 3
        show(world, spread, far=far)
        world.arrive()


def test_in_a_spread_that_runs_away_the_stop_pays_up_and_does_not_wait_longer(world: World) -> None:
    holding(world)
    sent = len(world.facts(OrderRecorded))
    # When the spread falls through the stop, and on while each order travels
    runs(world, 60, seconds=12)
    # Then it is out within twelve seconds: each attempt goes further through the market, and none waits longer.
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    tries = [one for one in world.facts(OrderRecorded)[sent:] if one.terms.instrument == RB]
    assert 2 <= len(tries) <= 4
    assert all(one.terms.time_condition is TimeCondition.FAK for one in tries)
    show(world, 40, seconds=5)
    assert world.account.strategies[SPREAD].status is FINISHED


def test_a_hedge_that_was_refused_while_it_bought_does_not_hold_the_stop_back(world: World) -> None:
    # Given one line that holds, and a second one that went back: its hedge would have met an own bid
    begin(world, ladder())
    show(world, 101, seconds=6)
    assert world.net(RB) == 2
    bid = world.buy(5, 3600, instrument=FAR)
    while not memory(world).refusals.held or memory(world).running:
        show(world, 91)
    assert (world.net(RB), world.net(FAR)) == (2, -2)
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=bid.order)).ok
    # When the stop is reached on the same day, then it closes at once.
    show(world, 60, seconds=6)
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert world.account.strategies[SPREAD].status is FINISHED


def test_entries_that_kept_missing_do_not_make_the_stop_wait(world: World) -> None:
    # Given a line that holds, and a second one whose orders find nothing: it tries ever more seldom
    begin(world, ladder())
    show(world, 101, seconds=6)
    for _ in range(7):
        sent = len(world.wire.sent)
        world.wire.hold_orders = True
        while len(world.wire.sent) == sent:
            show(world, 91)
        show(world, 105)
        world.arrive()
    assert world.net(RB) == 2
    # When the spread falls through the stop, then it is out within seconds.
    show(world, 60, seconds=6)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_a_broken_leg_is_taken_back_further_through_the_market_each_time_it_misses(world: World) -> None:
    # Given a line whose far bid is gone when rebar has been bought, and a rebar bid that falls while each order travels
    begin(world, replace(ladder(), hedge_seconds=1, max_chases=1))
    world.wire.hold_orders = True
    while not world.wire.sent:
        show(world, 101)
    show(world, 101, far=(None, 3602))
    world.arrive()
    assert (world.net(RB), world.net(FAR)) == (2, 0)
    # When it is to be unwound, then it is out a few seconds later.
    runs(world, 101, (None, 3602), seconds=14)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_the_stop_is_seen_while_an_order_is_unknown_and_closes_once_it_is_proven(world: World) -> None:
    # Given a grid that holds one line, and an order of its second one that was lost on its way
    begin(world, ladder())
    show(world, 101, seconds=6)
    world.wire.lose_orders = True
    show(world, 91, seconds=5)
    world.wire.lose_orders = False
    assert [row.terms.side for row in world.account.live.values() if row.state is OrderState.UNKNOWN] == [Side.BUY]
    # When the spread falls through the stop, then people are told at once.
    show(world, 60, seconds=2)
    assert memory(world).stage is Stage.FLATTENING
    (told,) = alerts(world, "GRID_STOPPED")
    assert "价差 60 到达止损价 65，价差网格持有" in told.sentence
    # And it closes once the exchange has proven that the order never came.
    show(world, 60, seconds=70)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


# --- what keeps it from closing is told ------------------------------------------------------------------------------


def held_up(world: World) -> list[str]:
    return [one.sentence for one in alerts(world, "FLATTEN_HELD")]


def test_a_leg_that_is_locked_when_the_grid_closes_is_told_once_with_what_to_do(world: World) -> None:
    # Given a grid that reaches its stop while the far month is about to be locked at its upper limit
    holding(world)
    locked = DayFacts(instrument=FAR, trading_day=DAY, upper_limit=3602, lower_limit=3300)
    world.show({RB: (3659, 3660)}, facts=[locked], lots=500)
    world.show({RB: (3659, 3660), FAR: (3602, None)}, lots=500)
    # When nothing is quoted any more
    world.quotes.clear()
    world.wait(8)
    assert not held_up(world)
    world.wait(6)
    # Then ten seconds later people read which leg, why, and what to do; and once only, also over a restart.
    (said,) = held_up(world)
    assert "rb2105）平仓没有进展，价差网格还持有 6 手" in said
    assert "封在涨停；有了对手价接着平；不能等的请人工在停板价排队，或在别处对冲。" in said
    world.restart()
    show(world, 60, far=(3602, None), seconds=20)
    assert len(held_up(world)) == 1
    # And once somebody offers it is out.
    show(world, 60, far=(3598, 3600), seconds=8)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_a_leg_that_is_locked_on_the_next_day_too_is_told_again(world: World) -> None:
    holding(world)
    for day, limit in ((DAY, 3602), (NEXT_DAY, 3700)):
        if day == NEXT_DAY:
            world.show_at(instant(NEXT_DAY, 9), {})
        locked = DayFacts(instrument=FAR, trading_day=day, upper_limit=limit, lower_limit=3300)
        world.show({RB: (3659, 3660)}, facts=[locked], lots=500)
        for _ in range(20):
            world.show({RB: (3659, 3660), FAR: (limit, None)}, lots=500)
    assert world.net(RB) == 6
    assert ["还持有 6 手" in said and "封在涨停" in said for said in held_up(world)] == [True, True]


def test_a_stop_that_would_trade_with_a_persons_own_bid_says_which_order_is_in_the_way(world: World) -> None:
    holding(world)
    bid = world.buy(2, 3659)
    show(world, 60, seconds=40)
    assert (world.net(RB), world.net(FAR)) == (6, -6)
    (said,) = held_up(world)
    assert "rb2101）平仓没有进展，价差网格还持有 6 手" in said
    assert f"{bid.order}（买开 2 手 @ 3659）在对面，平仓会与它自成交；让开后接着平；请撤去那笔委托" in said
    # When the person takes it out
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=bid.order)).ok
    show(world, 60, seconds=40)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_a_wait_for_a_persons_bid_that_is_older_than_the_stop_is_told_there_and_not_as_a_thin_book(
    world: World,
) -> None:
    # Given a grid whose take-profit was refused for a bid of a person
    holding(world)
    bid = world.buy(2, 3680)
    for far, seconds in ((3586, 5), (3622, 15)):
        # When the far month runs the other way, through the stop, and the bid stands where it stood
        for _ in range(seconds):
            world.show({RB: (3680, 3681), FAR: (far - 2, far)}, lots=500)
            world.wait(1)
    assert (world.net(RB), world.net(FAR)) == (6, -6)
    assert len(world.facts(OrderRefused)) == 1
    # Then the stop says that it waits for it.
    (said,) = held_up(world)
    assert "rb2101）平仓没有进展" in said
    assert f"{bid.order}（买开 2 手 @ 3680）在对面，平仓会与它自成交" in said


def test_lots_that_somebody_else_is_closing_are_named_as_what_the_stop_waits_for(world: World) -> None:
    # Given a person whose orders have all of the far lots on their way out, far from the price
    holding(world)
    bid = world.order(Side.BUY, 6, 3590, instrument=FAR, offset=Offset.CLOSE_TODAY)
    assert bid.ok, bid.sentence
    show(world, 60, seconds=20)
    assert (world.net(RB), world.net(FAR)) == (6, -6)
    (said,) = held_up(world)
    assert "rb2105）平仓没有进展" in said
    assert "可平手数只有 0 手，其余被别的平仓委托占用，或已不在" in said


def test_an_order_of_the_closing_that_nobody_can_prove_is_named(world: World) -> None:
    holding(world)
    world.wire.lose_orders = True
    show(world, 60, seconds=3)
    world.wire.lose_orders = False
    show(world, 60, seconds=10)
    (said,) = held_up(world)
    assert "状态未知；交易所证明它的结果之后接着平；请联系交易所或期货公司查询" in said
    # And it is out when that has been proven never to have come.
    show(world, 60, seconds=40)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_a_stop_that_only_misses_says_so(world: World) -> None:
    holding(world)
    # Given bids that are gone whenever an order arrives
    for _ in range(8):
        world.wire.hold_orders = True
        show(world, 60, seconds=2)
        world.show({RB: (None, 3660)}, lots=500)
        world.arrive()
    assert world.net(RB) == 6
    assert ["次都没有成交；每次多让 2 跳接着平" in one for one in held_up(world)].count(True) == 1


def test_books_too_thin_for_a_slice_and_its_hedge_are_told(world: World) -> None:
    # Given three rebar to one of the far month, and a far month of which nobody offers a lot
    settings = ladder()
    legs = (replace(settings.legs[0], lots=1), replace(settings.legs[1], lots=-3, coefficient=Decimal(-1)))
    begin(world, replace(settings, legs=legs, naked_lots=20))
    for _ in range(7):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)}, lots=500)
        world.wait(2)
    assert (world.net(RB), world.net(FAR)) == (2, -6)
    for _ in range(20):
        world.show({RB: (3659, 3660), FAR: (3600, 3602)}, lots=2, after=1)
    assert (world.net(RB), world.net(FAR)) == (2, -6)
    (said,) = held_up(world)
    assert "各腿盘口不够平一手并对冲；盘口够了接着平" in said


def test_a_basis_grid_that_closes_says_that_its_spot_has_no_price_any_more(world: World) -> None:
    quote(world, 900)
    begin(world, basis())
    assert ore(world, 829) == 2
    # When the future falls to its stop, is locked there, and the spot price has expired when it trades again
    locked = DayFacts(instrument=I, trading_day=DAY, upper_limit=2000, lower_limit=1560)
    world.show({I: (788, 789)}, facts=[locked])
    world.show({I: (None, 780)})
    world.wait(1)
    world.show_at(instant(20200825, 10))
    for _ in range(8):
        world.show({I: (788, 789)}, lots=500)
        world.wait(2)
    assert world.net(I) == 2
    said = held_up(world)[-1]
    assert "日照港 没有有效的现货价；有人报了现货价接着平；请报价，或人工平仓" in said
    quote(world, 900)
    assert ore(world, 788) == 0


# --- paused, it has no stop ------------------------------------------------------------------------------------------


def test_who_pauses_it_is_told_that_its_stop_is_off_and_once_more_when_the_spread_is_there(world: World) -> None:
    holding(world)
    pause = c.PauseStrategy(account=ONE, strategy=SPREAD)
    assert ask(world, pause).sentence == "策略 spread：撤销其挂单，暂停；持仓保留；暂停期间没有止损"
    assert world.do(TRADER, pause).sentence == "策略 spread 已暂停，挂单会撤回，持仓不动；暂停期间没有止损"
    show(world, 67, seconds=5)
    assert not alerts(world, "GRID_UNGUARDED")
    # When the spread passes the stop, there and back and there again, then it is told once, and nothing is closed.
    for spread in (60, 70, 55):
        show(world, spread, seconds=3)
    (said,) = alerts(world, "GRID_UNGUARDED")
    assert "策略 spread：价差 60 已到止损价 65，价差网格持有 螺纹钢2101（SHFE.rb2101）6 手" in said.sentence
    assert "策略已暂停（人工暂停），暂停期间没有止损；请人工平仓，或恢复策略由它处理。" in said.sentence
    assert (world.net(RB), world.net(FAR)) == (6, -6)
    # And who is about to resume it reads that it closes at once, and so it does.
    resume = c.ResumeStrategy(account=ONE, strategy=SPREAD)
    told = ask(world, resume)
    assert told.verdict is Verdict.WARN
    assert told.sentence.endswith("；现在价差 55 已到止损价 65：恢复后立即平掉所持 6 套并结束")
    assert world.do(TRADER, resume).ok
    show(world, 55, seconds=8)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_who_resumes_it_where_an_own_order_is_in_its_way_reads_which_and_no_promise(world: World) -> None:
    # Given a paused grid beyond its stop, and a person's bid where rebar would be sold
    holding(world)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    show(world, 60, seconds=2)
    bid = world.buy(2, 3659)
    show(world, 60, seconds=2)
    resume = c.ResumeStrategy(account=ONE, strategy=SPREAD)
    said = ask(world, resume).sentence
    assert "恢复后平掉所持 6 套并结束，但" in said
    assert f"{bid.order}（买开 2 手 @ 3659）在对面，平仓会与它自成交，要等它让开才平得了" in said
    # And of a far offer, where far would be bought back, it reads the same.
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=bid.order)).ok
    offer = world.sell(1, 3602, instrument=FAR)
    assert f"{offer.order}（卖" in ask(world, resume).sentence
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=offer.order)).ok
    assert ask(world, resume).sentence.endswith("恢复后立即平掉所持 6 套并结束")


def test_a_paused_spread_tells_once_that_its_own_stop_is_reached(world: World) -> None:
    settings = replace(spread_settings(), long_stop=Decimal(80))
    begin(world, settings)
    show(world, 101, seconds=5)
    assert world.net(RB) == 3
    done = world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD))
    assert done.sentence.endswith("持仓不动；暂停期间止损止盈不判")
    for spread in (90, 82, 90, 80):
        show(world, spread, seconds=3)
    (said,) = alerts(world, "EXIT_UNGUARDED")
    assert "平仓价差 79 已到止损价 80，价差持有 " in said.sentence


def test_a_grid_that_is_paused_while_it_closes_says_that_the_rest_is_not_closed(world: World) -> None:
    # Given a grid whose closing is stopped half-way: one far lot is offered
    holding(world)
    world.show({RB: (3659, 3660), FAR: (3600, 3602)}, lots=1, after=1)
    world.show({RB: (3659, 3660), FAR: (3600, 3602)}, lots=1, after=1)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    show(world, 90, seconds=5)
    assert 0 < world.net(RB) < 6
    (said,) = alerts(world, "GRID_UNGUARDED")
    assert "平仓没有做完" in said.sentence
    held = world.net(RB)
    told = ask(world, c.ResumeStrategy(account=ONE, strategy=SPREAD)).sentence
    assert told.endswith(f"；它的平仓还没有做完：恢复后立即接着平掉所持 {held} 套")


def test_one_that_is_paused_while_it_closes_says_so_where_a_leg_is_locked_and_there_is_no_price(world: World) -> None:
    holding(world)
    for _ in range(2):
        world.show({RB: (3659, 3660), FAR: (3600, 3602)}, lots=1, after=1)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    show(world, 60, far=(3602, None), seconds=5)
    assert 0 < world.net(RB) < 6
    (said,) = alerts(world, "GRID_UNGUARDED")
    assert "平仓没有做完" in said.sentence


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (OutOfRange.HOLD, ""),
        (OutOfRange.STOP, "；现在价差 70 离开区间 75 至 130：恢复后立即停止，保留所持 6 套"),
        (OutOfRange.FLATTEN, "；现在价差 70 离开区间 75 至 130：恢复后立即平掉所持 6 套并结束"),
    ],
)
def test_who_resumes_it_outside_its_range_reads_what_it_does_there(world: World, choice: OutOfRange, said: str) -> None:
    begin(world, ladder(out_of_range=choice))
    assert costs(world, 81) == (6, -6)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    show(world, 70, seconds=2)
    told = ask(world, c.ResumeStrategy(account=ONE, strategy=SPREAD)).sentence
    assert told == f"策略 spread 恢复运行，从它持有的手数接着做{said}"


def test_who_moves_the_stop_to_where_the_spread_is_reads_when_it_closes(world: World) -> None:
    holding(world)
    wanted = ladder(stop=Decimal(80), lower=Decimal(81))
    body = c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=wanted)
    show(world, 81, seconds=2)  # it is sold for 78: what a person reads is not the middle
    waits = "现在卖出得 78 已到止损价 80：生效后等这样在连续交易里满 5 分钟、或另一边也到了才平掉所持 6 套并结束"
    assert waits in ask(world, body).sentence
    show(world, 80, seconds=2)
    assert "现在价差 80 已到止损价 80：生效后立即平掉所持 6 套并结束" in ask(world, body).sentence


# --- what it cannot see is told --------------------------------------------------------------------------------------


def test_a_grid_that_holds_lots_says_once_that_it_cannot_see_its_stop(world: World) -> None:
    holding(world)
    show(world, 60, seconds=25, far=(None, 3602))
    assert not alerts(world, "EXIT_UNSEEN")
    show(world, 60, seconds=20, far=(None, 3602))
    (said,) = alerts(world, "EXIT_UNSEEN")
    assert "rb2105）只有卖价，止损和区间现在不能判，看得到价格之后再判；要先走请人工平仓。" in said.sentence
    desk = Desk(world)
    desk.look()
    assert "看不到价差，止损和区间暂时不判" in desk.strategies[SPREAD].sentence
    # And once it sees, it closes.
    show(world, 60, seconds=8)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_a_basis_grid_that_holds_lots_says_once_that_its_spot_has_expired(world: World) -> None:
    quote(world, 900)
    begin(world, basis())
    assert ore(world, 829) == 2
    world.show_at(instant(20200825, 10))
    for _ in range(5):
        assert ore(world, 829) == 2
    assert not alerts(world, "GRID_STOPPED")
    for _ in range(3):
        assert ore(world, 760) == 2  # beyond the stop, had the spot still its price
    (said,) = alerts(world, "EXIT_UNSEEN")
    assert "日照港）没有有效的现货价，止损和区间现在不能判，看得到价格之后再判" in said.sentence
