"""A spread with a stop and a take-profit of its own: judged on both sides of both books, closed whole, and over."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRecorded, OrderRefused, StrategyMarked
from terminal.domain.fact.marks import ExitReached, RoundBegan
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Offset, Origin, Side
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.domain.words.risk import Level
from tests.engine_world import DAY, FAR, ONE, RB, TRADER, Shown, World
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, alerts, spread_settings
from tests.unit.engine.foreseen import ask, start

FINISHED, RUNNING = StrategyStatus.FINISHED, StrategyStatus.RUNNING


def exiting(**changes: object) -> SpreadSettings:
    """Buy the spread at 101, which it costs; it is sold at 90 or worse to stop, and at 130 or better to take profit."""
    exits = {"long_stop": Decimal(90), "long_take_profit": Decimal(130)}
    return replace(spread_settings(), **{**exits, **changes})


def show(world: World, rebar: int, far: Shown = (3600, 3602), *, lots: int = 500, seconds: int = 20) -> None:
    """Show rebar's bid, its ask a tick above; closing a bought spread gives the bid less 3602."""
    for _ in range(seconds):
        world.show({RB: (rebar, rebar + 1), FAR: far}, lots=lots)


def held(begin: Begin, settings: SpreadSettings | None = None, **options: object) -> World:
    """Let three sets be bought at 101; closing them gives 98."""
    world = begin(**options)
    done = world.do(TRADER, start(exiting() if settings is None else settings, SPREAD))
    assert done.code == "OK", done.sentence
    show(world, 3700)
    assert abs(world.net(RB)) == 3
    return world


def status(world: World) -> StrategyStatus:
    return world.account.strategies[SPREAD].status


def reached(world: World) -> list[ExitReached]:
    return [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, ExitReached)]


def reasons(world: World, name: InstrumentId = RB) -> list[str]:
    found = [one for one in world.facts(OrderRecorded) if one.cause.origin is Origin.STRATEGY]
    return [one.cause.reason for one in found if one.terms.instrument == name]


def test_at_its_stop_it_closes_everything_says_why_and_does_not_begin_again(begin: Begin) -> None:
    world = held(begin)
    # When closing the spread gives 90 and no more
    show(world, 3693)
    assert (world.net(RB), reached(world)) == (3, [])
    show(world, 3692)
    # Then all of it is closed, and the strategy is over, told to people and with the reason on each order;
    assert (world.net(RB), world.net(FAR), status(world)) == (0, 0, FINISHED)
    assert reached(world) == [ExitReached(price=Decimal(90), level=Decimal(90), stopped=True)]
    assert reasons(world)[-1] == "止损平仓：价差 90 到止损价 90，第 2 轮"
    (told,) = alerts(world, "EXIT_REACHED")
    assert (told.level, "平仓价差 90 到止损价 90，持有" in told.sentence) == (Level.ORANGE, True)
    assert "止损平仓：价差 90 到止损价 90，已平完，不再开仓" in world.account.strategies[SPREAD].reason
    # and whatever the price does, it does not begin again.
    sent = len(world.facts(OrderRecorded))
    show(world, 3700, seconds=60)
    assert len(world.facts(OrderRecorded)) == sent


def test_at_its_take_profit_it_closes_and_ends(begin: Begin) -> None:
    world = held(begin)
    show(world, 3731)
    assert world.net(RB) == 3
    show(world, 3735)
    assert (world.net(RB), world.net(FAR), status(world)) == (0, 0, FINISHED)
    assert reached(world) == [ExitReached(price=Decimal(133), level=Decimal(130), stopped=False)]
    (told,) = alerts(world, "EXIT_REACHED")
    assert told.level is Level.YELLOW


@pytest.mark.parametrize(("rebar", "stopped"), [(3709, True), (3669, False)])
def test_a_sold_spread_is_bought_back_at_its_own_exits(begin: Begin, rebar: int, *, stopped: bool) -> None:
    # Given a spread that was sold at 98
    asked = {"buy_at": Decimal(20), "sell_at": Decimal(98), "long_stop": None, "long_take_profit": None}
    exits = {"short_stop": Decimal(110), "short_take_profit": Decimal(70)}
    world = held(begin, exiting(**asked, **exits))
    assert world.net(RB) == -3
    show(world, rebar)  # bought back at 110, or at 70
    assert (world.net(RB), world.net(FAR), status(world)) == (0, 0, FINISHED)
    assert [one.stopped for one in reached(world)] == [stopped]


def test_resumed_beyond_its_stop_it_leaves_at_once_though_none_of_its_legs_says_anything(begin: Begin) -> None:
    # Given a paused spread whose stop was reached meanwhile, in a market that then says nothing more
    world = held(begin)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    show(world, 3692, seconds=2)
    world.quotes.clear()
    # When a person lets it run on, and a batch comes by that quotes none of its legs
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=SPREAD)).ok
    world.show(after=0.25)
    # Then it leaves by the books that stand.
    assert len(reached(world)) == 1


def test_last_prices_reach_no_exit(begin: Begin) -> None:
    world = held(begin)
    for _ in range(30):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)}, last={RB: 3600, FAR: 3602})
    assert (reached(world), world.net(RB)) == ([], 3)


def test_a_crash_between_the_stop_and_the_last_lot_closes_each_lot_once(begin: Begin) -> None:
    # Given a stop that was reached while one lot at a time shows
    world = held(begin)
    show(world, 3690, lots=1, seconds=2)
    assert reached(world)
    world.restart()
    assert world.net(RB) > 0
    # When the price jumps back at once, it goes on closing, and crashes again.
    show(world, 3720, seconds=1)
    world.restart()
    show(world, 3720)
    assert (world.net(RB), world.net(FAR), status(world)) == (0, 0, FINISHED)
    closed = [one for one in world.facts(OrderRecorded) if one.terms.instrument == RB and not one.terms.is_opening]
    assert all(one.cause.reason.startswith("止损平仓") for one in closed)
    assert world.lots_there(RB) == world.lots_there(FAR) == 0


def test_a_jump_over_lunch_is_judged_by_the_first_books_after_it(begin: Begin) -> None:
    world = held(begin, at=instant(DAY, 11, 27))
    world.show_at(instant(DAY, 11, 31))
    # Given books that say in the break what they said, and then something beyond the stop
    for minute in (40, 50):
        world.show_at(instant(DAY, 11, minute), {RB: (3650, 3651)})
    assert (reached(world), status(world)) == ([], RUNNING)
    # When only rebar has been quoted in the afternoon, nothing is judged;
    world.quotes = {}
    world.show_at(instant(DAY, 13, 30) + SECOND_NS, {RB: (3650, 3651)})
    assert reached(world) == []
    # once both have, it closes at what is there.
    show(world, 3650)
    assert [one.price for one in reached(world)] == [Decimal(48)]
    assert (world.net(RB), world.net(FAR), status(world)) == (0, 0, FINISHED)


def test_a_book_with_one_side_is_told_and_nothing_is_closed_until_it_has_both(begin: Begin) -> None:
    world = held(begin)
    # When nobody sells the far month any more, and rebar falls
    show(world, 3650, (3600, None), seconds=70)
    assert (reached(world), world.net(RB), world.net(FAR)) == ([], 3, -3)
    (told,) = alerts(world, "EXIT_UNSEEN")
    assert "只有买价，现在看不到平仓的价，止损止盈等双边报价恢复后再判；要先走请人工平仓" in told.sentence
    desk = Desk(world)
    desk.look()
    assert "看不到平仓的价，止损止盈暂时不判" in desk.strategies[SPREAD].sentence
    show(world, 3650)
    assert (world.net(RB), world.net(FAR), status(world)) == (0, 0, FINISHED)


def test_a_closing_whose_hedge_an_own_order_bars_waits_tells_it_and_goes_on_by_itself(begin: Begin) -> None:
    # Given an own offer in the far month at which its short lots would be bought back
    world = held(begin)
    offer = world.sell(5, 3602, instrument=FAR)
    show(world, 3690, seconds=240)
    # Then neither leg is closed, nothing is refused, and people are told which order to take back.
    assert world.facts(OrderRefused) == []
    assert (world.net(RB), world.net(FAR), status(world)) == (3, -3, RUNNING)
    (told,) = alerts(world, "FLATTEN_HELD")
    assert "价差还持有 3 手" in told.sentence
    assert "请撤去对面的那笔委托" in told.sentence
    # When the offer is gone, then it closes.
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=offer.order)).ok
    show(world, 3690, seconds=10)
    assert (world.net(RB), world.net(FAR), status(world)) == (0, 0, FINISHED)


def test_lots_that_somebody_else_is_closing_are_told_and_the_rest_goes(begin: Begin) -> None:
    # Given a person whose order has one of the far lots on its way out, far from the price
    world = held(begin)
    bid = world.order(Side.BUY, 1, 3590, instrument=FAR, offset=Offset.CLOSE_TODAY)
    assert bid.ok, bid.sentence
    show(world, 3690, seconds=40)
    # Then two sets are closed, the third waits, and people are told which lots it lacks.
    assert (world.net(RB), world.net(FAR), status(world)) == (1, -1, RUNNING)
    (told,) = alerts(world, "POSITION_MISSING")
    assert "要平 3 手，可平只有 2 手" in told.sentence
    assert world.facts(OrderRefused) == []


def test_nothing_is_bought_where_it_would_be_at_its_stop_at_once(begin: Begin) -> None:
    for quoting in (None, SpreadQuoting()):
        world = begin()
        world.show({RB: (3670, 3671)})
        assert world.do(TRADER, start(exiting(quoting=quoting), SPREAD)).ok
        show(world, 3670, seconds=60)
        assert [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, RoundBegan)] == []
        show(world, 3695)
        assert world.net(RB) == 3


def test_a_quote_is_withdrawn_at_the_stop_and_what_it_holds_is_closed(begin: Begin) -> None:
    quoting = SpreadQuoting(tolerance_ticks=1, reach_ticks=20, rest_seconds=3)
    world = held(begin, exiting(sell_at=Decimal(110), quoting=quoting, long_take_profit=None))
    show(world, 3700, seconds=8)
    assert [row.terms.side for row in world.account.live.values()] == [Side.SELL]  # it waits to be sold at 110
    show(world, 3690, seconds=30)
    assert (world.net(RB), world.net(FAR), status(world)) == (0, 0, FINISHED)
    assert not world.account.live


def test_a_paused_spread_judges_its_exits_when_it_is_resumed(begin: Begin) -> None:
    world = held(begin)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    show(world, 3690)
    assert reached(world) == []
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=SPREAD)).ok
    show(world, 3690)
    assert status(world) is FINISHED


# --- what people see and set -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"long_stop": Decimal(101)}, "多头止损价应低于买入价差 101（亏损的一侧），请修改。"),
        ({"long_take_profit": Decimal(100)}, "多头止盈价应高于买入价差 101（盈利的一侧），请修改。"),
        ({"short_stop": Decimal(150)}, "空头止损价应高于卖出价差 150（亏损的一侧），请修改。"),
        ({"short_take_profit": Decimal(150)}, "空头止盈价应低于卖出价差 150（盈利的一侧），请修改。"),
    ],
)
def test_an_exit_on_the_wrong_side_is_refused_with_its_field_and_the_reason(
    begin: Begin, changes: dict[str, Decimal], said: str
) -> None:
    world = begin()
    done = world.do(TRADER, start(exiting(**changes), SPREAD))
    assert (done.ok, said in done.sentence) == (False, True), done.sentence


def test_an_exit_of_exactly_zero_is_a_price_like_any_other(begin: Begin) -> None:
    world = begin()
    done = world.do(TRADER, start(exiting(long_stop=Decimal(0)), SPREAD))
    assert done.ok, done.sentence


def test_exits_are_changed_while_it_holds_and_not_while_it_closes(begin: Begin) -> None:
    world = held(begin)
    change = c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=exiting(long_stop=Decimal(95)))
    assert world.do(TRADER, change).ok
    show(world, 3697, lots=1, seconds=2)
    assert reached(world)
    back = replace(change, base_version=2, settings=exiting())
    assert "正在止损止盈平仓，不能再改设置" in world.do(TRADER, back).sentence


def test_the_preview_says_what_the_stop_costs_with_fees_and_what_it_cannot_promise(begin: Begin) -> None:
    world = begin()
    told = "\n".join(ask(world, start(exiting(), SPREAD)).details)
    # Ten tonnes a lot, three sets, eleven yuan down: 330 yuan beside the fees.
    assert "多头到止损价 90：3 套亏" in told
    assert "（价差亏 330.00 元，手续费" in told
    assert "多头到止盈价 130：3 套" in told
    assert "空头没有止损价：持有后亏多少不限" in told
    assert "跳空越过多少说不出，每越过 1 元多亏 30.00 元；暂停时也不判" in told
    assert "买入后价差的平仓卖价 ≤ 90 止损，≥ 130 止盈，平完结束" in told
    show(world, 3670)
    assert "现在多头一开仓就到止损价" in "\n".join(ask(world, start(exiting(), SPREAD)).details)


def test_the_card_says_how_far_both_exits_are_and_then_that_it_closes(begin: Begin) -> None:
    world = held(begin)
    desk = Desk(world)
    desk.look()
    assert "止损 90（差 8），止盈 130（差 32）" in desk.strategies[SPREAD].sentence
    show(world, 3690, lots=1, seconds=2)
    desk.look()
    assert "止损平仓：价差 88 到止损价 90，平仓中" in desk.strategies[SPREAD].sentence
