"""A way back that could not be sent bars no hedge: a leg alone has one way forward, and people read what bars it.

Each time a far month stops quoting on the side its hedge needs, and something bars the way back. When it quotes again
the hedge goes out at once.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import CancelRecorded, OrderRecorded, OrderRefused
from terminal.domain.fact.marks import Repair
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.cancel_line import CancelLine
from terminal.domain.orders.order import Offset, Side
from terminal.strategies.legs import NOT_OPENED
from tests import engine_market
from tests.engine_world import DAY, FAR, ONE, RB, TRADER, Shown, World, terms
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, alerts, spread_settings
from tests.scenario.test_spread_uneven_back import ONE_TO_FIVE, broken, followed_in_part, shown
from tests.unit.engine.foreseen import start

SETTINGS = replace(spread_settings(), pause_seconds=1, hedge_seconds=3, max_chases=2)
QUOTED: dict[InstrumentId, Shown] = {RB: (3700, 3701), FAR: (3600, 3602)}


def lead_alone(world: World, limit: Decimal | None = None) -> None:
    """Let rebar buy three lots, while nobody bids for the far month any more."""
    world.wire.hold_orders = True
    world.show(QUOTED)
    assert world.do(TRADER, start(replace(SETTINGS, max_loss_yuan=limit), SPREAD)).ok
    world.show()
    world.show({FAR: (None, 3602)}, last={FAR: 3600})
    world.arrive()
    waits(world, 1)
    assert (world.net(RB), world.net(FAR)) == (3, 0)


def waits(world: World, seconds: int) -> None:
    for _ in range(seconds):
        world.show(last={FAR: 3600})


def told(world: World) -> str:
    (one,) = alerts(world, "LEG_BROKEN")
    return one.sentence


def close(world: World, side: Side, lots: int, price: int, instrument: InstrumentId = RB) -> c.CancelOrder:
    """Let a person close lots held, and return what takes it back while it rests."""
    order = replace(terms(side, lots, price, instrument=instrument), offset=Offset.CLOSE_TODAY)
    done = world.do(TRADER, c.SubmitOrder(terms=order))
    assert done.ok, done.sentence
    return c.CancelOrder(account=ONE, order=world.facts(OrderRecorded)[-1].order)


def closed_with_its_lead_barred(begin: Begin, limit: Decimal | None) -> World:
    """Hold three sets; rebar goes ORANGE for its cancels, is sold at the spread's price, and nobody offers the far."""
    line = replace(engine_market.instruments()[RB], cancel_line=CancelLine(10, ()))
    world = begin(changed={(RB, DAY): line})
    world.show(QUOTED)
    assert world.do(TRADER, start(replace(SETTINGS, max_loss_yuan=limit), SPREAD)).ok
    world.wait(8)
    for _ in range(8):
        row = world.buy(1, 3690)
        assert world.do(TRADER, c.CancelOrder(account=ONE, order=row.order)).ok
        world.wait(3)
    assert not world.engine.look.opening_allowed(ONE, SPREAD, RB)
    world.wire.hold_orders = True
    world.show({RB: (3800, 3801)})
    world.show({FAR: (3600, None)}, last={FAR: 3600})
    world.arrive()
    waits(world, 1)
    assert (world.net(RB), world.net(FAR)) == (0, -3)
    return world


@pytest.mark.parametrize("limit", [None, Decimal(100)])
def test_a_lead_that_may_not_be_opened_again_keeps_no_hedge_from_being_sent(
    begin: Begin, limit: Decimal | None
) -> None:
    # Given a spread that closed, whose rebar may not be bought again, and a far month that nobody offers
    world = closed_with_its_lead_barred(begin, limit)
    world.show({RB: (3900, 3901)}, last={FAR: 3600})
    waits(world, 25)
    # Then people read that rebar is not opened again, and why; nobody promises a way back.
    assert broken(world) == [Repair.PAY_UP]
    assert told(world).endswith(f"断腿：rb2105 没有对手价，主动腿 rb2101 {NOT_OPENED}，能报时再补齐或反平。")
    # When somebody offers the far month again, then it is bought back at once.
    world.show({FAR: (3600, 3602)})
    world.wait(2)
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert not world.engine.look.opening_allowed(ONE, SPREAD, RB)


def test_a_lead_whose_lots_another_close_holds_keeps_no_hedge_from_being_sent(world: World) -> None:
    # Given rebar bought, nobody who bids for the far month, and a person who rests a close of all that rebar
    lead_alone(world)
    own = close(world, Side.SELL, 3, 3790)
    waits(world, 30)
    # Then the break names what holds the lots.
    assert broken(world) == [Repair.PAY_UP]
    assert told(world).endswith(
        "断腿：rb2105 没有对手价，主动腿 rb2101 可平手数被别的平仓委托占用，请撤去那些委托，能报时再补齐或反平。"
    )
    # When that close is taken back, then rebar goes back as always.
    assert world.do(TRADER, own).ok
    waits(world, 5)
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert broken(world) == [Repair.PAY_UP, Repair.UNWIND]


def test_while_a_close_holds_the_lots_of_the_lead_the_far_month_is_sold_when_bids_return(world: World) -> None:
    lead_alone(world)
    close(world, Side.SELL, 3, 3790)
    waits(world, 30)
    world.show({FAR: (3600, 3602)})
    world.wait(2)
    assert (world.net(RB), world.net(FAR)) == (3, -3)


def test_what_a_close_leaves_free_goes_back_and_the_rest_is_hedged(world: World) -> None:
    # Given a person's close of two of the three lots
    lead_alone(world)
    close(world, Side.SELL, 2, 3790)
    waits(world, 30)
    # Then the third one has gone back.
    assert (world.net(RB), world.net(FAR)) == (2, 0)
    # When bids return, then the two that cannot go back are hedged.
    world.show({FAR: (3600, 3602)})
    world.wait(2)
    assert (world.net(RB), world.net(FAR)) == (2, -2)


@pytest.mark.parametrize("limit", [None, Decimal(100)])
def test_an_own_order_in_the_way_of_the_lead_keeps_no_hedge_from_being_sent(
    world: World, limit: Decimal | None
) -> None:
    # Given rebar bought, nobody who bids for the far month, and a person's own bid where rebar would be sold
    lead_alone(world, limit)
    own = world.buy(2, 3600)
    world.show({RB: (3600, 3601)}, last={FAR: 3600})
    waits(world, 30)
    # Then people read of it, and that the hedge goes on meanwhile.
    assert broken(world) == [Repair.UNWIND]
    assert told(world).endswith(
        "断腿：反向平仓会与自己的未了委托自成交，不报，能补齐时先补齐；请撤去那笔委托，让开即报；不能等的请先停止它两次，再人工对冲，否则它会再补一遍；"
        f"挡着的是 {WHOSE} 的委托 {own.order}（买开 2 手 @ 3600）。"
    )
    assert len(world.facts(OrderRefused)) == 1
    assert own.order in world.account.live
    # When bids return, then the far month is sold at once.
    world.show({FAR: (3600, 3602)})
    world.wait(2)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    assert len(world.facts(OrderRefused)) == 1


def test_once_the_own_order_makes_way_the_lead_goes_back_and_the_hedge_that_rests_is_withdrawn(world: World) -> None:
    # Given an own bid in the way of rebar, and a hedge that found one bid for three lots and rests with the others
    lead_alone(world)
    own = world.buy(2, 3700)
    waits(world, 30)
    world.show({FAR: (3600, 3602)}, lots=1)
    world.show({FAR: (None, 3602)}, last={FAR: 3600})
    waits(world, 5)
    assert (world.net(RB), world.net(FAR)) == (3, -1)
    assert len([one for one in world.account.live.values() if one.terms.instrument == FAR]) == 1
    # When the bid is taken back, then the two lots without a hedge go back.
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=own.order)).ok
    waits(world, 40)
    assert (world.net(RB), world.net(FAR)) == (1, -1)


def test_with_own_orders_on_both_ways_people_read_that_neither_is_sent(world: World) -> None:
    lead_alone(world)
    bids = [world.buy(2, 3700), world.buy(2, 3600, instrument=FAR)]
    for _ in range(30):
        world.show(QUOTED)
    assert (world.net(RB), world.net(FAR)) == (3, 0)
    read = alerts(world, "LEG_BROKEN")[-1].sentence
    assert "反向平仓会与自己的未了委托自成交，不报，补齐也是；请撤去那笔委托" in read
    # And which two they are, by the numbers of the orders list.
    both = "、".join(
        f"{WHOSE} 的委托 {bid.order}（买开 2 手 @ {price}）" for bid, price in zip(bids, (3700, 3600), strict=True)
    )
    assert read.endswith(f"；挡着的是 {both}。")


WHOSE = "zhao"
STRANDED = "断腿：rb2105 没有对手价；主动腿退回会多出 rb2105 4 手，现在平不掉：rb2105 "


@pytest.mark.parametrize("limit", [None, Decimal(500)])
def test_an_own_sale_that_bars_what_would_be_given_back_keeps_the_lead(world: World, limit: Decimal | None) -> None:
    # Given four of five sold, the fifth resting, and a person's own sale, the only offer of the far month
    followed_in_part(world, replace(ONE_TO_FIVE, max_loss_yuan=limit), 4)
    world.show({FAR: (None, 3590)}, last={FAR: 3590})
    own = world.sell(10, 3590, instrument=FAR)
    world.show({RB: (3400, 3401)}, last={FAR: 3590})
    shown(world, 40)
    # Then rebar stays, the hedge rests, and that is what people read.
    assert (world.net(RB), world.net(FAR)) == (1, -4)
    assert not world.facts(CancelRecorded)
    held = "会与自己的未了委托自成交，请撤去那笔委托，能报时再补齐或反平"
    assert told(world).endswith(f"{STRANDED}{held}；挡着的是 {WHOSE} 的委托 {own.order}（卖开 10 手 @ 3590）。")
    # When the sale is taken back, then all of it goes back.
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=own.order)).ok
    shown(world, 15)
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert broken(world) == [Repair.PAY_UP, Repair.UNWIND]


def test_its_own_hedge_that_rests_bars_nothing_of_what_is_given_back(world: World) -> None:
    # Given the fifth lot's sale as the best offer there is, behind it one of somebody else
    followed_in_part(world, ONE_TO_FIVE, 4)
    world.show({FAR: (None, 3601)}, last={FAR: 3600})
    for _ in range(20):
        world.show(last={FAR: 3600})
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert not world.facts(OrderRefused)


@pytest.mark.parametrize("lots", [4, 3, 1])
def test_a_close_that_holds_the_lots_to_be_given_back_keeps_the_lead(world: World, lots: int) -> None:
    # Given four of five sold, one lacks, and a person's buy that closes some of the four and rests
    followed_in_part(world, ONE_TO_FIVE, 4)
    world.show({FAR: (None, 3590)}, last={FAR: 3590})
    own = close(world, Side.BUY, lots, 3500, instrument=FAR)
    shown(world, 30)
    # Then going back would leave as many alone as now, or more: rebar stays, and people read which lots are held.
    assert (world.net(RB), world.net(FAR)) == (1, -4)
    frozen = STRANDED.replace("4 手", f"{lots} 手")
    assert told(world).endswith(frozen + "可平手数被别的平仓委托占用，请撤去那些委托，能报时再补齐或反平。")
    # When that buy is taken back, then all of it goes back.
    assert world.do(TRADER, own).ok
    shown(world, 15)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_fewer_lots_held_by_a_close_than_lack_do_not_keep_the_lead(world: World) -> None:
    # Given two of five sold, three lack, and a close that holds one of the two
    followed_in_part(world, ONE_TO_FIVE, 2)
    world.show({FAR: (None, 3590)}, last={FAR: 3590})
    own = close(world, Side.BUY, 1, 3500, instrument=FAR)
    shown(world, 30)
    # Then one lot alone is better than three: rebar and the free lot go back.
    assert (world.net(RB), world.net(FAR)) == (0, -1)
    # And of the one that is left people read what holds it, until it is free.
    assert alerts(world, "LEG_BROKEN")[-1].sentence.endswith(
        "断腿：rb2105 可平手数被别的平仓委托占用，请撤去那些委托，没有主动腿可退，能报时再补齐。"
    )
    assert world.do(TRADER, own).ok
    shown(world, 5)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def sold_over_a_close(world: World) -> c.CancelOrder:
    """Hold three sets, let a person rest a close of the far month, and sell the rebar before that is known."""
    world.show(QUOTED)
    assert world.do(TRADER, start(SETTINGS, SPREAD)).ok
    world.wait(8)
    world.wire.hold_orders = True
    world.show({RB: (3800, 3801)})
    own = close(world, Side.BUY, 3, 3500, instrument=FAR)
    world.arrive()
    world.show()
    assert (world.net(RB), world.net(FAR)) == (0, -3)
    return own


def test_a_hedge_that_would_close_lots_another_close_holds_is_told_so(world: World) -> None:
    # Given rebar sold, a close of the far month by hand that holds its lots, and nobody who offers rebar
    own = sold_over_a_close(world)
    world.show({RB: (None, None)}, last={RB: 3800})
    for _ in range(40):
        world.show(last={RB: 3800})
    # Then it is no chase in vain that people read of, but what holds the lots.
    assert told(world).endswith(
        "断腿：rb2105 可平手数被别的平仓委托占用，请撤去那些委托，主动腿 rb2101 没有对手价，能报时再补齐或反平。"
    )
    assert world.do(TRADER, own).ok
    for _ in range(40):
        world.show(last={RB: 3800})
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_where_the_lead_can_be_bought_back_people_read_what_holds_the_lots_before_it_is(world: World) -> None:
    sold_over_a_close(world)
    world.wait(12)
    assert told(world).endswith("断腿：追价未成，加价补齐；rb2105 可平手数被别的平仓委托占用，请撤去那些委托。")
    world.wait(30)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    assert broken(world) == [Repair.PAY_UP, Repair.UNWIND]
