"""A way back that gate or exchange would not take, in the users' words: the hedge is sent, and people read what bars.

Each time near has been sold, far cannot follow for a while, and near must not, or may not, be bought back.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRefused, OrderRejected
from terminal.domain.fact.marks import Repair
from terminal.domain.ids import InstrumentId
from terminal.domain.parameters.limits import HedgeBound
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.reports import Accepted, Rejected, Traded
from terminal.engine.ports import WireOrder
from terminal.shell.picture.alerts import ADVICE
from tests.engine_world import DAY, FAR, LIMITS, ONE, RB, RISK, SECOND_RISK, TRADER, Price, Shown, World, run
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, alerts, spread_settings, stop
from tests.scenario.test_break_told_anew import lock, near_sold, told
from tests.scenario.test_spread_uneven_back import broken
from tests.unit.engine.foreseen import start

STOPPED = replace(spread_settings(), long_stop=Decimal(60), hedge_seconds=2, max_chases=2)
QUOTED: dict[InstrumentId, Shown] = {RB: (3700, 3701), FAR: (3600, 3602)}


def limits(world: World, **lots: int) -> None:
    """Let risk set a company's limit for near or far."""
    names = {"near": RB, "far": FAR}
    change_limits(world, position_lots_by_instrument={names[name]: most for name, most in lots.items()})


def change_limits(world: World, **changes: Any) -> None:
    """Let risk, and a second person where one is asked for, change the limits."""
    now = world.account.limits
    assert now is not None
    done = world.do(RISK, c.ChangeLimits(account=ONE, base_version=now.version, limits=replace(now, **changes)))
    if done.code == "CONFIRM2":
        done = world.decide(SECOND_RISK, world.parked)
    assert done.ok, done.sentence


def near_sold_at_the_stop(begin: Begin, **options: Any) -> World:
    """Hold three sets, reach the stop and sell near; far goes to its limit before its hedge is there."""
    world = begin(at=instant(DAY, 9, 30), **options)
    world.show(QUOTED)
    assert world.do(TRADER, start(STOPPED, SPREAD)).ok
    world.show()
    world.wait(10)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    last: dict[InstrumentId, Price] = {RB: 3650, FAR: 3600}
    world.show({RB: (3650, 3651)}, last=last)
    world.wire.hold_orders = True
    world.show(last=last)
    run(world.wire.arrive())
    world.wire.hold_orders = True
    world.drain()
    world.show({FAR: (3640, None)}, last={RB: 3650, FAR: 3640})
    world.arrive()
    assert (world.net(RB), world.net(FAR)) == (0, -3)
    return world


def locked(world: World, seconds: int) -> None:
    for _ in range(seconds):
        world.show({FAR: (3640, None)}, last={RB: 3650, FAR: 3640})


def offered(world: World, seconds: int) -> None:
    for _ in range(seconds):
        world.show({FAR: (3640, 3641)}, last={RB: 3650, FAR: 3640})


def test_at_a_stop_with_half_of_the_days_loss_gone_far_is_bought_back_as_soon_as_it_is_offered(begin: Begin) -> None:
    # Given a stop on a day that has lost more than half of its limit: near may not be opened again without a checker
    world = near_sold_at_the_stop(begin, limits=replace(LIMITS, day_loss_yuan=Decimal(4000)))
    for price in range(20):  # and a loss that moves with every price
        world.show({RB: (3650 - price, 3651 - price)}, last={RB: 3650 - price, FAR: 3640})
    # Then people have read once that far is locked and what bars near; nobody promises to buy near back.
    assert broken(world) == [Repair.PAY_UP]
    (said,) = told(world)
    assert said.startswith("断腿：rb2105 没有对手价，主动腿 rb2101 被风控 C7 拒绝（账户 A1 当日亏损 ")
    assert said.endswith("），能报时再补齐或反平。")
    # When far is offered, then it is bought back, near is not, and nothing was refused.
    offered(world, 30)
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert not world.facts(OrderRefused)


def test_what_bars_a_way_back_that_was_promised_is_told_and_the_hedge_goes_on(begin: Begin) -> None:
    # Given far locked, and near about to be bought back
    world = near_sold_at_the_stop(begin)
    world.wire.hold_orders = True
    locked(world, 8)
    assert told(world) == ["断腿：补齐无望，反向平掉已成交的腿。"]
    # When near's offer is gone before that order is there, and risk lowers near's limit
    world.show({RB: (3700, None)}, last={RB: 3650, FAR: 3640})
    world.arrive()
    limits(world, near=2)
    world.show({RB: (3700, 3701)}, last={RB: 3650, FAR: 3640})
    world.show(last={RB: 3650, FAR: 3640})
    # Then people read so;
    (anew,) = told(world)[-1:]
    assert anew.startswith("断腿：rb2105 没有对手价，主动腿 rb2101 被风控 C4 拒绝（")
    # and when far is offered it is bought back.
    offered(world, 40)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_near_goes_back_as_soon_as_risk_lets_it_while_far_is_still_locked(begin: Begin) -> None:
    world = near_sold(begin)
    lock(world, FAR)
    limits(world, near=2, far=1000)
    world.arrive()
    lock(world, FAR, seconds=20)
    (said,) = told(world)
    assert said.startswith("断腿：rb2105 没有对手价，主动腿 rb2101 被风控 C4 拒绝（")
    assert (world.net(RB), world.net(FAR)) == (0, -3)
    limits(world, near=1000, far=1000)
    lock(world, FAR, seconds=3)
    assert (world.net(RB), world.net(FAR)) == (3, -3)


def test_a_spread_that_is_being_stopped_comes_to_rest_by_its_hedge(begin: Begin) -> None:
    world = near_sold(lambda **options: begin(limits=replace(LIMITS, day_loss_yuan=Decimal(5000)), **options))
    world.show({FAR: (3800, None)}, last={FAR: 3800, RB: 3800})
    world.arrive()
    assert stop(world).code == "WINDING"
    for _ in range(10):
        world.show(last={FAR: 3800, RB: 3800})
    assert world.account.strategies[SPREAD].status is StrategyStatus.WINDING
    for _ in range(40):
        world.show({FAR: (3799, 3801)}, last={FAR: 3800, RB: 3800})
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert world.account.strategies[SPREAD].status is StrategyStatus.STOPPED


def test_what_the_exchange_alone_cannot_pay_for_keeps_no_hedge_from_being_sent(begin: Begin) -> None:
    # Given a stop after which the exchange has too little money of ours to open near again
    world = near_sold_at_the_stop(begin, cash=1_000_000, funds={ONE: Decimal(11_000)})
    locked(world, 40)
    # Then people read that it was tried, and the exchange's own words.
    (rejected, *_) = world.facts(OrderRejected)
    first, anew = told(world)
    assert first == "断腿：补齐无望，反向平掉已成交的腿。"
    assert anew.startswith("断腿：rb2105 没有对手价，主动腿 rb2101 被交易所拒绝（资金不足")
    assert rejected.text[:4] == "资金不足"
    # When far is offered, then it is bought back, and nothing else is tried.
    count = len(world.facts(OrderRejected))
    offered(world, 35)
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert len(world.facts(OrderRejected)) == count


def reject_next(world: World, monkeypatch: pytest.MonkeyPatch, instrument: InstrumentId, text: str) -> None:
    """Let the exchange reject the next order of a contract, and none after it."""
    wire, submit = world.wire, world.wire.submit
    rejected: list[str] = []

    async def answer(order: WireOrder) -> None:
        if order.terms.instrument != instrument or rejected:
            await submit(order)
            return
        rejected.append(text)
        wire.sent.append(order)
        wire.tell(Rejected(account=order.account, wire_key=order.wire_key, code="FLOW", text=text))

    monkeypatch.setattr(wire, "submit", answer)


def test_one_rejection_keeps_near_from_going_back_for_no_longer_than_one_chase_of_far(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given far locked after a stop, and near's way back rejected once, for too many requests in a second
    world = near_sold_at_the_stop(begin)
    reject_next(world, monkeypatch, RB, "每秒发送请求数超过许可数")
    for _ in range(60):
        locked(world, 1)
        if world.facts(OrderRejected):
            break
    assert len(world.facts(OrderRejected)) == 1
    # When far is offered from then on, and runs away from each hedge that is sent
    asked, sent = 3641, len(world.wire.sent)
    for _ in range(60):
        world.wire.hold_orders = True
        world.show({FAR: (3560, asked), RB: (3650, 3651)}, last={RB: 3650, FAR: asked})
        asked += 15 * any(one.terms.instrument == FAR for one in world.wire.sent[sent:])
        sent = len(world.wire.sent)
        world.show({FAR: (3560, asked)}, last={RB: 3650, FAR: asked}, after=0.01)
        world.arrive()
    # Then far was tried first, and near, which was there all the while, has gone back within the minute.
    assert [order.terms.instrument for order in world.wire.sent[-2:]] == [FAR, RB]
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    assert len(world.facts(OrderRejected)) == 1


def test_far_is_not_bought_while_near_may_have_gone_back_already_though_its_book_blinks(begin: Begin) -> None:
    # Given near bought back at the exchange, whose word of it is still on its way
    world = near_sold_at_the_stop(begin)
    locked(world, 3)
    world.wire.hold = (Accepted, Traded)
    locked(world, 5)
    assert told(world) == ["断腿：补齐无望，反向平掉已成交的腿。"]
    assert [order.terms.instrument for order in world.wire.sent[-2:]] == [FAR, RB]
    sent = len(world.wire.sent)
    # When near shows no offer for one quote, and far is offered
    world.show({RB: (3650, None), FAR: (3640, 3641)}, last={RB: 3650, FAR: 3640}, after=0.25)
    world.show(last={RB: 3650, FAR: 3640})
    world.show({RB: (3650, 3651)}, last={FAR: 3640})
    world.wire.tell_held()
    world.drain()
    # Then far was left alone, the round is back where it began, and nobody read that near cannot go back.
    assert len(world.wire.sent) == sent
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    assert len(told(world)) == 1


def test_a_hedge_that_the_gate_refuses_is_never_promised(begin: Begin) -> None:
    # Given rebar bought, a far month whose limit was lowered meanwhile, and nobody who bids for rebar any more
    world = begin()
    world.show(QUOTED)
    assert world.do(TRADER, start(replace(spread_settings(), hedge_seconds=2, max_chases=2), SPREAD)).ok
    world.wire.hold_orders = True
    world.show()
    limits(world, far=2)
    world.arrive()
    for _ in range(60):
        world.show({RB: (None, 3701), FAR: (3600, 3602)}, last={RB: 3701, FAR: 3600})
    assert (world.net(RB), world.net(FAR)) == (3, 0)
    assert len(world.facts(OrderRefused)) == 1
    # Then people read once that neither can be done, and why.
    (said,) = told(world)
    assert said.startswith("断腿：rb2105 被风控 C4 拒绝（螺纹钢2105〔SHFE.rb2105〕未了委托全部成交后空头 3 手")
    assert said.endswith("），主动腿 rb2101 没有对手价，能报时再补齐或反平。")
    # When the limit is raised again, then far follows at once.
    limits(world, far=1000)
    for _ in range(3):
        world.show(last={RB: 3701, FAR: 3600})
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    assert len(alerts(world, "LEG_BROKEN")) == 1


# --- limits that change while it runs -------------------------------------------------------------------------------


def held_three(begin: Begin) -> World:
    """Hold three of six sets, and wait for the price of the next round."""
    world = begin()
    world.show(QUOTED)
    assert world.do(TRADER, start(replace(spread_settings(max_sets=6), pause_seconds=1), SPREAD)).ok
    world.show()
    for _ in range(5):
        world.show({RB: (3730, 3731)}, last={FAR: 3600, RB: 3700})
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    return world


def test_a_limit_lowered_between_rounds_begins_no_round_whose_hedge_it_would_refuse(begin: Begin) -> None:
    # Given three sets held, and a limit of five lots of the far month since
    world = held_three(begin)
    limits(world, far=5)
    # When the price for three more is there for a while
    for _ in range(60):
        world.show(QUOTED)
    # Then nothing was sent and nothing refused, and people read so once.
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    assert not world.facts(OrderRefused)
    (said,) = alerts(world, "HEDGE_BARRED")
    assert "螺纹钢2105（SHFE.rb2105）的对冲过不了风控：" in said.sentence
    assert "超过持仓限额 5 手" in said.sentence
    assert ADVICE["HEDGE_BARRED"]
    # What is held is sold at its price all the same;
    world.show({RB: (3760, 3761)})
    for _ in range(4):
        world.show({RB: (3730, 3731)})
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    # and with the limit raised the next rounds begin by themselves.
    limits(world, far=1000)
    for _ in range(20):
        world.show(QUOTED)
    assert (world.net(RB), world.net(FAR)) == (6, -6)


def test_a_limit_of_the_active_leg_itself_is_told_and_not_run_into_again_and_again(begin: Begin) -> None:
    world = held_three(begin)
    limits(world, near=5)
    for _ in range(60):
        world.show(QUOTED)
    assert not world.facts(OrderRefused)
    (said,) = alerts(world, "HEDGE_BARRED")
    assert "螺纹钢2101（SHFE.rb2101）的委托过不了风控：" in said.sentence


def test_a_hedge_refused_for_a_limit_that_was_lowered_meanwhile_is_taken_back_at_once(begin: Begin) -> None:
    # Given three more lots of rebar on their way, and a limit that no longer lets the far month follow
    world = held_three(begin)
    world.wire.hold_orders = True
    world.show(QUOTED)
    limits(world, far=5)
    world.arrive()
    world.show()
    # Then nobody waits for chases that would all be refused: rebar goes back within seconds, and people read why.
    for _ in range(3):
        world.show()
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    assert broken(world) == [Repair.UNWIND]
    (said,) = told(world)
    assert said.startswith("断腿：rb2105 被风控 C4 拒绝（")
    assert said.endswith("），反向平掉已成交的腿。")
    assert len(alerts(world, "HEDGE_REFUSED")) == 1


def test_a_quote_that_rests_is_withdrawn_when_its_hedge_would_be_refused_by_a_lower_limit(begin: Begin) -> None:
    # Given a quoting spread whose active leg rests at a price of its own
    world = begin()
    world.show({RB: (3710, 3711), FAR: (3600, 3602)})
    quoting = SpreadQuoting(tolerance_ticks=1, reach_ticks=12, rest_seconds=5, max_cancels=30)
    assert world.do(TRADER, start(replace(spread_settings(), quoting=quoting), SPREAD)).ok
    for _ in range(8):
        world.show(last={RB: 3710, FAR: 3600})
    assert [one.terms.instrument for one in world.account.live.values()] == [RB]
    # When risk lowers the far month's limit below what would follow it
    limits(world, far=2)
    for _ in range(20):
        world.show(last={RB: 3710, FAR: 3600})
    # Then it is withdrawn and not quoted again, and people read so once.
    assert not world.account.live
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert len(alerts(world, "HEDGE_BARRED")) == 1


def test_a_quote_whose_hedge_would_pass_stays_where_it_is_under_limits_that_have_changed(begin: Begin) -> None:
    # Given an account short of seven lots of the far month, and a quoting spread that buys near and sells far
    world = begin()
    world.show({RB: (3710, 3711), FAR: (3600, 3602)})
    world.sell(7, 3600, instrument=FAR)
    world.wait(3)
    quoting = SpreadQuoting(tolerance_ticks=1, reach_ticks=12, rest_seconds=5, max_cancels=30)
    assert world.do(TRADER, start(replace(spread_settings(), quoting=quoting), SPREAD)).ok
    for _ in range(8):
        world.show(last={RB: 3710, FAR: 3600})
    (resting,) = world.account.live.values()
    # When risk sets a bound of 100 tonnes of rebar: three lots of far pass it once near is bought, and not without
    product = world.state.tenant.instruments[RB].product
    hedged = HedgeBound(group="rb", physical_tonnes=Decimal(100), weights={product: Decimal(10)})
    change_limits(world, hedge_bounds=(hedged,))
    for _ in range(30):
        world.show(last={RB: 3710, FAR: 3600})
    # Then the same quote rests on: nothing was cancelled, and nobody is told of a hedge that would be refused.
    assert list(world.account.live) == [resting.order]
    assert not world.wire.cancelled
    assert not alerts(world, "HEDGE_BARRED")
    # When it fills, then far follows as it was foreseen.
    world.show({RB: (3697, 3698)})
    world.wait(5)
    assert (world.net(RB), world.net(FAR)) == (3, -10)
    assert not world.facts(OrderRefused)
