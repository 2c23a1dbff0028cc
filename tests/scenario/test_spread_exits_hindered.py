"""A spread that reaches its own stop while something stands in its way: it closes, or says why it cannot."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact.facts import OrderRefused
from terminal.domain.orders.order import Side
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.parameters.strategy import DaysToExpiry, RollSettings, SpreadLeg, SpreadSettings
from terminal.domain.words.risk import Verdict
from terminal.shell.picture.alerts import ADVICE
from tests.engine_market import FAR_ORE, ORE_SPREAD, WITH_FAR_ORE
from tests.engine_world import DAY, FAR, NEXT_DAY, ONE, RB, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.combining import children, memory, nets, ore, ore_settings
from tests.scenario.combining import show as show_ore
from tests.scenario.combining import start as begin_ore
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL, SPREAD, alerts
from tests.scenario.test_spread_exits import FINISHED, RUNNING, exiting, held, reached, show, status
from tests.unit.engine.foreseen import ask, start

# --- what hindered an opening does not hinder the closing ------------------------------------------------------------


def refused_once(begin: Begin) -> World:
    """Let one set be held, and a second one go back: its hedge would have met an own bid, which is gone again."""
    world = begin()
    assert world.do(TRADER, start(exiting(sets=1, pause_seconds=5, long_take_profit=None), SPREAD)).ok
    show(world, 3700, seconds=3)
    bid = world.buy(5, 3600, instrument=FAR)
    while not memory(world).refusals.held or memory(world).running:
        show(world, 3700, seconds=1)
    assert (world.net(RB), world.net(FAR), memory(world).breaks) == (1, -1, 1)
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=bid.order)).ok
    return world


def test_a_refused_opening_hedge_and_its_broken_leg_do_not_delay_the_stop(begin: Begin) -> None:
    # Given a spread that opens nothing more today, and would pause for a minute after its broken leg
    world = refused_once(begin)
    show(world, 3700, seconds=3)
    assert world.net(RB) == 1
    # When it reaches its stop, then it closes at once.
    show(world, 3690, seconds=6)
    assert (world.net(RB), world.net(FAR), status(world)) == (0, 0, FINISHED)


def test_an_own_order_in_the_way_of_the_closing_after_one_in_that_of_an_opening_holds_it_back_and_says_so(
    begin: Begin,
) -> None:
    world = refused_once(begin)
    # When an own offer is where the far lots would be bought back
    offer = world.sell(5, 3602, instrument=FAR)
    show(world, 3690, seconds=240)
    assert (world.net(RB), world.net(FAR), status(world)) == (1, -1, RUNNING)
    (told,) = alerts(world, "FLATTEN_HELD")
    assert "对冲会与自己的未了委托自成交" in told.sentence
    # Then it closes as soon as that is gone.
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=offer.order)).ok
    show(world, 3690, seconds=10)
    assert (world.net(RB), world.net(FAR), status(world)) == (0, 0, FINISHED)


def test_an_opening_that_is_under_way_at_the_stop_does_not_hold_the_closing_back(begin: Begin) -> None:
    # Given a second set whose hedge is being refused
    world = begin()
    assert world.do(TRADER, start(exiting(sets=1, pause_seconds=5, long_take_profit=None), SPREAD)).ok
    show(world, 3700, seconds=3)
    bid = world.buy(5, 3600, instrument=FAR)
    while not memory(world).refusals.why:
        show(world, 3700, seconds=1)
    # When the stop is reached before it has gone back, and the bid goes only after that
    while not memory(world).cut or memory(world).running:
        show(world, 3690, seconds=1)
    assert reached(world)
    assert (memory(world).breaks, memory(world).refusals.held) == (0, [])
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=bid.order)).ok
    show(world, 3690, seconds=10)
    assert (world.net(RB), world.net(FAR), status(world)) == (0, 0, FINISHED)


# --- a combination that cannot be ordered ----------------------------------------------------------------------------

BOTH = (SpreadRoute.CHEAPER, SpreadRoute.COMBINATION)
FALLEN = ("815", "815.5")  # closing gives 14.5


def ore_with_stop(route: SpreadRoute) -> SpreadSettings:
    return replace(ore_settings(route), long_stop=Decimal(20))


def refusals(world: World) -> int:
    return sum(one.combination == ORE_SPREAD for one in world.facts(OrderRefused))


def barred_by_own_bid(begin: Begin, route: SpreadRoute) -> World:
    # Far from the market, and yet the gate takes it to meet the combination.
    world = ore(begin)
    assert world.order(Side.BUY, 1, Decimal(780), instrument=FAR_ORE).ok
    assert begin_ore(world, ore_with_stop(route)).ok
    for _ in range(60):
        show_ore(world)
    return world


def test_what_would_meet_an_own_order_as_a_combination_goes_leg_after_leg_where_it_may(begin: Begin) -> None:
    world = barred_by_own_bid(begin, SpreadRoute.CHEAPER)
    assert (nets(world), refusals(world)) == ((3, -3), 0)
    assert "拆腿：组合 SP i2101&i2105 会与自己的未了委托自成交" in children(world)[0].cause.reason
    assert alerts(world, "COMBINATION_BARRED") == []


def test_what_may_trade_as_a_combination_only_waits_and_people_are_told_once_why(begin: Begin) -> None:
    world = barred_by_own_bid(begin, SpreadRoute.COMBINATION)
    assert nets(world) == (0, 0)
    assert refusals(world) == 1
    (told,) = alerts(world, "COMBINATION_BARRED")
    assert "自成交；请先撤去该委托" in told.sentence
    assert told.sentence.endswith("它只按组合合约报单，不拆腿，只能等待；到止损、止盈才拆腿平。")
    assert ADVICE["COMBINATION_BARRED"]
    assert not memory(world).refusals.why


@pytest.mark.parametrize("route", BOTH)
def test_a_stop_whose_combination_would_be_refused_closes_leg_after_leg_unasked(
    begin: Begin, route: SpreadRoute
) -> None:
    world = ore(begin)
    assert begin_ore(world, ore_with_stop(route)).ok
    for _ in range(3):
        show_ore(world)
    assert nets(world) == (3, -3)
    # Beyond what the legs trade at one by one, and within the margin of what the combination may reach.
    assert world.order(Side.SELL, 1, Decimal(804), instrument=FAR_ORE).ok
    for _ in range(30):
        show_ore(world, FALLEN)
    assert (nets(world), refusals(world), status(world)) == ((0, 0), 0, FINISHED)


def test_a_stop_closes_leg_after_leg_where_nobody_knows_the_limit_prices(begin: Begin) -> None:
    # Given lots that were bought leg after leg, and then the combination alone, of which no order can be made
    world = begin(universe=WITH_FAR_ORE)
    show_ore(world)
    assert begin_ore(world, ore_with_stop(SpreadRoute.SYNTHETIC)).ok
    for _ in range(10):
        show_ore(world)
    alone = ore_with_stop(SpreadRoute.COMBINATION)
    assert world.do(TRADER, c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=alone)).ok
    for _ in range(30):
        show_ore(world, FALLEN)
    assert (nets(world), status(world)) == ((0, 0), FINISHED)


def test_without_limit_prices_what_may_trade_as_a_combination_only_says_once_that_it_cannot(begin: Begin) -> None:
    world = begin(universe=WITH_FAR_ORE)
    show_ore(world)
    assert begin_ore(world, ore_with_stop(SpreadRoute.COMBINATION)).ok
    for _ in range(20):
        show_ore(world)
    (told,) = alerts(world, "COMBINATION_BARRED")
    assert (nets(world), "行情没有给出 i2101 的涨跌停价" in told.sentence) == ((0, 0), True)


# --- a price that cannot be seen -------------------------------------------------------------------------------------


def test_a_leg_that_is_not_quoted_any_more_is_told_once_it_has_lasted(begin: Begin) -> None:
    # Given a spread whose far month nobody quotes any more
    world = held(begin)
    world.quotes = {}

    def rebar(bid: int, seconds: int) -> None:
        for _ in range(seconds):
            world.show({RB: (bid, bid + 1)})

    rebar(3700, 100)
    assert alerts(world, "EXIT_UNSEEN") == []
    # When that has lasted for a minute beyond the one in which a quote counts, and rebar falls beyond the stop
    rebar(3640, 300)
    # Then people are told once, nothing is closed, and the card says it.
    (told,) = alerts(world, "EXIT_UNSEEN")
    assert "rb2105）报价过旧，现在看不到平仓的价" in told.sentence
    desk = Desk(world)
    desk.look()
    assert "报价过旧，看不到平仓的价，止损止盈暂时不判" in desk.strategies[SPREAD].sentence
    assert (reached(world), world.net(RB)) == ([], 3)
    # Once it is quoted again, it is judged at once.
    show(world, 3640)
    assert (world.net(RB), status(world)) == (0, FINISHED)


def test_a_leg_that_is_not_quoted_after_lunch_is_told(begin: Begin) -> None:
    world = held(begin, at=instant(DAY, 11, 27))
    world.quotes = {}
    world.show_at(instant(DAY, 13, 30) + SECOND_NS, {RB: (3700, 3701)})
    for _ in range(59):
        world.show({RB: (3700, 3701)})
    assert alerts(world, "EXIT_UNSEEN") == []
    for _ in range(65):
        world.show({RB: (3700, 3701)})
    (told,) = alerts(world, "EXIT_UNSEEN")
    assert "rb2105）没有报价，" in told.sentence


def test_a_leg_that_is_locked_while_it_closes_is_told_on_the_next_day_too(begin: Begin) -> None:
    # Given a spread that closes at its stop, and a far month of which nobody offers a lot
    world = held(begin)
    world.show({RB: (3690, 3691), FAR: (3600, 3602)})
    assert reached(world)
    locked = world.net(RB)
    for _ in range(90):
        world.show({RB: (3690, 3691), FAR: (3602, None)})
    assert len(alerts(world, "EXIT_UNSEEN")) == 1
    assert alerts(world, "FLATTEN_HELD") == []
    # When it is the same on the next day
    world.show_at(instant(NEXT_DAY, 9), {})
    for _ in range(30):
        world.show({RB: (3690, 3691), FAR: (3602, None)})
    # Then whoever sits there then reads it.
    assert world.net(RB) == locked
    (said,) = alerts(world, "FLATTEN_HELD")
    assert "rb2105）平仓没有进展" in said.sentence
    assert "只有买价；有了对手价接着平" in said.sentence


def test_what_cannot_be_seen_is_told_on_each_trading_day_that_it_lasts_and_to_each_holding_anew(begin: Begin) -> None:
    # Given a spread of three sets, whose far month nobody offers for some minutes
    world = held(begin, exiting(long_take_profit=None))
    show(world, 3700, (3600, None), seconds=300)
    assert len(alerts(world, "EXIT_UNSEEN")) == 1
    # When it is the same on the next trading day, it is told once to whoever sits there then.
    world.show_at(instant(NEXT_DAY, 9), {RB: (3700, 3701), FAR: (3600, None)})
    show(world, 3700, (3600, None), seconds=50)
    assert len(alerts(world, "EXIT_UNSEEN")) == 1
    show(world, 3700, (3600, None), seconds=300)
    assert len(alerts(world, "EXIT_UNSEEN")) == 2
    # When all is sold as soon as it is offered again, and bought again a moment later
    show(world, 3752, seconds=5)
    assert (world.net(RB), world.net(FAR), status(world)) == (0, 0, RUNNING)
    while world.net(FAR) != -3:
        show(world, 3700, seconds=1)
    # Then what is not to be seen of these lots is told as well.
    show(world, 3700, (3600, None), seconds=125)
    assert len(alerts(world, "EXIT_UNSEEN")) == 3


def test_a_side_that_is_gone_for_a_second_now_and_then_is_told_to_nobody(begin: Begin) -> None:
    world = held(begin)
    for _ in range(4):
        show(world, 3700, seconds=69)
        show(world, 3700, (3600, None), seconds=1)
    assert alerts(world, "EXIT_UNSEEN") == []
    # What goes wrong before a break and goes on after it has not lasted through it.
    show(world, 3700, seconds=69)
    show(world, 3700, (3600, None), seconds=2)
    assert memory(world).doubted_at
    world.show_at(instant(DAY, 13, 30) + SECOND_NS, {RB: (3700, 3701), FAR: (3600, None)})
    show(world, 3700, (3600, None), seconds=50)
    assert alerts(world, "EXIT_UNSEEN") == []
    show(world, 3700, (3600, None), seconds=15)
    assert len(alerts(world, "EXIT_UNSEEN")) == 1


# --- what a preview says of lots that are at an exit already ---------------------------------------------------------


def test_the_preview_of_a_change_says_that_it_closes_what_is_held_at_once(begin: Begin) -> None:
    # Given three sets that can be closed at 98
    world = held(begin)
    change = c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=exiting(long_stop=Decimal(95)))
    assert "立即平掉" not in ask(world, change).sentence
    # When the stop is to be 99, or the take-profit what is to be had
    told = ask(world, replace(change, settings=exiting(long_stop=Decimal(99))))
    assert told.verdict is Verdict.WARN
    assert told.sentence.endswith("，但现在平仓价 98 已到止损价 99：生效后立即平掉所持 3 套并结束")
    show(world, 3720, seconds=1)
    told = ask(world, replace(change, settings=exiting(long_take_profit=Decimal(110))))
    assert "现在平仓价 118 已到止盈价 110：生效后立即平掉所持 3 套并结束" in told.sentence
    # Then that is what it does.
    assert world.do(TRADER, replace(change, settings=exiting(long_take_profit=Decimal(110)))).ok
    show(world, 3720, seconds=5)
    assert (world.net(RB), status(world)) == (0, FINISHED)


def test_the_preview_of_resuming_says_that_it_closes_what_is_held_at_once(begin: Begin) -> None:
    world = held(begin)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    resume = c.ResumeStrategy(account=ONE, strategy=SPREAD)
    told = ask(world, resume)
    assert (told.verdict, "平掉" in told.sentence) == (Verdict.ALLOW, False)
    show(world, 3690, seconds=5)
    told = ask(world, resume)
    assert told.verdict is Verdict.WARN
    assert told.sentence.endswith("接着做；现在平仓价 88 已到止损价 90：恢复后立即平掉所持 3 套并结束")
    change = c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=exiting(long_stop=Decimal(89)))
    assert "已到止损价 89：恢复运行后立即平掉所持 3 套并结束" in ask(world, change).sentence


def test_the_card_of_a_paused_spread_says_that_its_exits_are_not_judged(begin: Begin) -> None:
    def card() -> str:
        desk = Desk(world)
        desk.look()
        return desk.strategies[SPREAD].sentence

    world = held(begin)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    show(world, 3700, seconds=1)
    assert card().endswith("止损 90（差 8），止盈 130（差 32），止损止盈暂停，不判")
    # When it was closing, it does not go on.
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=SPREAD)).ok
    show(world, 3690, lots=1, seconds=2)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    show(world, 3690, seconds=5)
    assert card().endswith("止损平仓：价差 88 到止损价 90，平仓中，止损止盈暂停，不再平仓")


def test_the_preview_of_a_roll_says_that_it_judges_no_exit_of_the_spread_it_takes_along(begin: Begin) -> None:
    # Given a spread of rebar against ore, and a roll of its rebar
    legs = (
        SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=1, active=True),
        SpreadLeg(instrument=I, coefficient=Decimal(-1), lots=-1),
    )
    settings = exiting(legs=legs, buy_at=Decimal(2871), sell_at=Decimal(2950), long_stop=Decimal(2840))
    world = begin()
    assert world.do(TRADER, start(replace(settings, long_take_profit=None), SPREAD)).ok
    for _ in range(5):
        world.show({RB: (3700, 3701), FAR: (3600, 3602), I: (830, "830.5")})
    assert world.net(RB) == 3
    roll = RollSettings(
        account=ONE,
        near=RB,
        far=FAR,
        side=Side.BUY,
        lots=3,
        batch_lots=1,
        timings=(DaysToExpiry(days=900),),
        strategies=(SPREAD,),
    )
    told = "\n".join(ask(world, start(roll, ROLL)).details)
    assert "止损止盈价随它走；移仓期间它暂停，止损止盈不判" in told
