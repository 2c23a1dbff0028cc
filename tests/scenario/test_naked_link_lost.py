"""A leg that stands alone while the link to the exchange is lost: nothing hedges it, and people are told at once.

The user: "The line was down for five minutes with three lots naked, and my screen only said that it was down."
"""

from __future__ import annotations

from terminal.domain.fact.facts import AlertRaised, BarrierBegan, Fact, LinkLost
from terminal.domain.reports import LinkDown, Traded
from terminal.domain.words.risk import Level
from tests.engine_world import FAR, RB, World, run
from tests.host_clock import HostClock
from tests.scenario.legs import alerts, show, start_spread, stop
from tests.scenario.test_winding_down import naked
from tests.unit.shell.test_living import played

CODE = "LEG_NAKED"
SAID = (
    "策略 spread：单腿敞口：螺纹钢2105（SHFE.rb2105）还应卖出 3 手（约 108,060.00 元）；"
    "与交易所的连接断开（链路中断），连上之前策略不对冲；不能等的，请在别的交易终端核对持仓与委托之后人工处理。"
)


def test_a_leg_that_stands_alone_when_the_link_is_lost_is_told_before_the_link_is_back() -> None:
    # Given three lots of rebar, nobody who bids for far, and an exchange that stays away for a while
    world, clock, heard = World(), HostClock(), list[Fact]()
    naked(world)
    since = len(world.records())
    world.grow({FAR: (3600, 3602)})
    world.wire.refuses = ["连不上交易所"] * 3
    world.wire.tell(LinkDown(why="链路中断"))
    played(world, clock)
    # Then people read of the leg as the link is lost, and not when it is back;
    heard += [one.fact for one in world.records()[since:]]
    told = [one for one in heard if isinstance(one, AlertRaised) and one.code == CODE]
    assert [(one.sentence, one.level, one.instrument) for one in told] == [(SAID, Level.ORANGE, FAR)]
    kinds = [type(one) for one in heard]
    assert kinds.index(AlertRaised) < kinds.index(LinkLost) < kinds.index(BarrierBegan)
    # and when it is back the leg is hedged.
    for _ in range(3):
        show(world)
    assert (world.net(RB), world.net(FAR)) == (3, -3)


def test_logins_that_are_lost_before_the_exchange_has_answered_are_told_once(world: World) -> None:
    naked(world)
    world.wire.cuts = 4
    world.cut()
    assert len(alerts(world, CODE)) == 1
    # When the link was back, and is lost anew, then people read of it anew.
    world.wait(2)
    world.cut()
    assert len(alerts(world, CODE)) == 2


def test_the_hedge_that_may_still_trade_while_the_link_is_lost_is_named(world: World) -> None:
    start_spread(world)
    world.wire.hold_orders = True
    show(world)
    run(world.wire.arrive())
    world.wire.hold = (Traded,)
    world.wire.hold_orders = True
    world.tell_held()
    assert (world.net(RB), world.net(FAR)) == (3, 0)
    world.wire.hold_orders = False
    world.cut()
    (alert,) = alerts(world, CODE)
    assert "连上之前策略不对冲，它的 1 笔未了委托其间仍可能成交；" in alert.sentence


def test_a_spread_in_balance_is_not_told_of(world: World) -> None:
    start_spread(world)
    for _ in range(4):
        show(world)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    world.cut()
    assert alerts(world, CODE) == []


def test_a_stopped_strategy_that_left_a_naked_leg_is_not_told_of_again(world: World) -> None:
    naked(world)
    for _ in range(2):
        assert stop(world).ok
    assert len(alerts(world, CODE)) == 1
    world.cut()
    assert len(alerts(world, CODE)) == 1
