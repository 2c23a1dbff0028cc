"""What people are told of an order on a combination: why not, how many, and what is still to be heard of it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.fact.facts import OrderRefused
from terminal.domain.market import Batch
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.reports import Report, Traded
from terminal.engine.turn import RUNNER
from terminal.shell.picture.events import word
from tests.engine_market import FAR_ORE, ORE_SPREAD, WITH_FAR_ORE
from tests.engine_world import LIMITS, ONE, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.combining import FACTS, nets, ore, show
from tests.scenario.conftest import Begin
from tests.scenario.test_complaints_sessions import AUCTION
from tests.unit.engine.foreseen import ask, order


def spread(world: World, side: Side, price: str, lots: int = 1) -> str:
    done = world.order(side, lots, price, instrument=ORE_SPREAD)
    return done.sentence


def test_in_an_auction_nobody_is_told_to_use_the_limit_order_that_it_is(begin: Begin) -> None:
    world = begin(at=AUCTION - 5 * SECOND_NS, universe=WITH_FAR_ORE, facts=FACTS)
    show(world)
    world.show_at(AUCTION + 10 * SECOND_NS, {I: ("830", "830.5"), FAR_ORE: ("800", "800.5")})
    said = spread(world, Side.BUY, "20")
    assert "组合委托只在连续交易时段接受；请等开盘后再报。" in said
    assert "限价委托" not in said


def test_without_limit_prices_nothing_is_said_of_what_would_be_frozen(begin: Begin) -> None:
    world = begin(universe=WITH_FAR_ORE)
    show(world)
    assert "行情没有给出涨停价，组合委托无从按最坏价核算；请等行情给出后再报。" in spread(world, Side.BUY, "20")
    found = ask(world, order(Side.BUY, 1, "20", instrument=ORE_SPREAD))
    assert (found.margin, [child.margin for child in found.children]) == (None, [None, None])
    assert "保证金未知" in found.sentence
    assert found.fee == 6  # of the prices on display, which are known


def test_the_same_again_is_said_once_by_the_number_that_is_listed(begin: Begin) -> None:
    world = ore(begin)
    spread(world, Side.BUY, "20")
    first, second = world.account.orders
    said = spread(world, Side.BUY, "20")
    assert said.count("可能是重复下单") == 1
    assert said.startswith("需复核：组合 SP i2101&i2105 买入开仓 1 手与 ")
    assert (first in said, second in said) == (True, False)


def test_an_order_that_would_meet_its_second_leg_is_told_the_number_that_is_listed(begin: Begin) -> None:
    world = ore(begin)
    spread(world, Side.BUY, "20")
    first, second = world.account.orders
    said = world.order(Side.BUY, 1, "801", instrument=FAR_ORE).sentence
    assert "自成交" in said
    assert (first in said, second in said) == (True, False)


def test_a_refusal_is_told_of_the_whole(begin: Begin) -> None:
    world = ore(begin, limits=replace(LIMITS, position_lots_by_instrument={FAR_ORE: 2}))
    world.order(Side.SELL, 3, "29.5", instrument=ORE_SPREAD)
    (refused,) = world.facts(OrderRefused)
    assert refused.terms.instrument == FAR_ORE
    told = word(world.state, refused, RUNNER)
    assert told is not None
    assert told.sentence.startswith("未报出 卖开 SP i2101&i2105 3 手：")


def test_cancels_count_orders_and_not_legs(begin: Begin) -> None:
    world = ore(begin, limits=replace(LIMITS, messages_in_one_second=3))
    for price in ("20", "21", "22"):
        spread(world, Side.BUY, price)
    assert ask(world, c.CancelAll(account=ONE)).sentence == "撤 3 笔未了委托，共 3 手"
    assert world.do(TRADER, c.CancelAll(account=ONE)).sentence == "3 笔按报撤频率依次撤出"


def test_one_of_which_nobody_knows_is_one(begin: Begin) -> None:
    world = ore(begin)
    world.wire.hold_orders = True
    spread(world, Side.BUY, "20")
    world.wait(5)
    assert {row.state for row in world.account.orders.values()} == {OrderState.UNKNOWN}
    assert world.do(TRADER, c.CancelAll(account=ONE)).sentence == "1 笔状态未知，待交易所确认后撤出"
    world.sound = False


# --- a leg of which everything is told, and one of which nothing is ---------------------------------------------------


def lose_far_trades(world: World) -> None:
    told = world.wire._pass

    def tell(item: Batch | Report) -> None:
        if not isinstance(item, Traded) or item.instrument != FAR_ORE:
            told(item)

    world.wire._pass = tell  # type: ignore[method-assign]


@pytest.mark.parametrize("place", [0, 1])
def test_one_whose_second_leg_is_still_to_be_heard_of_says_so_when_it_is_cancelled(begin: Begin, place: int) -> None:
    world = ore(begin)
    lose_far_trades(world)
    spread(world, Side.BUY, "30.5", 3)
    assert nets(world) == (3, 0)
    cancel = c.CancelOrder(account=ONE, order=[*world.account.orders][place])
    said = f"{cancel.order} 在交易所已经了结，没有可撤的：i2101 已全部成交，i2105 的成交还没有报到。"
    assert ask(world, cancel).sentence == said
    assert world.do(TRADER, cancel).sentence == said
    assert ask(world, c.CancelAll(account=ONE)).sentence == "撤 0 笔未了委托，共 0 手；1 笔已经了结，等成交回报"
    assert world.do(TRADER, c.CancelAll(account=ONE)).sentence == "1 笔已经了结，等成交回报"
    assert world.wire.cancelled == []
    (line,) = Desk(world).orders.values()
    assert (line.state, line.note) == (OrderState.PARTIAL, "i2101 已全部成交，i2105 的成交还没有报到")
    # A complete answer brings the trade.
    world.cut()
    world.wait(3)
    assert nets(world) == (3, -3)


def test_either_legs_number_cancels_the_whole_and_none_does_afterwards(begin: Begin) -> None:
    world = ore(begin)
    spread(world, Side.BUY, "20")
    first, second = world.account.orders
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=second)).sentence == "已撤 1 笔"
    assert {row.state for row in world.account.orders.values()} == {OrderState.CANCELLED}
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=first)).sentence == f"{first} 不在可撤委托中。"
