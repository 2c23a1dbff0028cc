"""Who pauses or stops a strategy leaves no leg naked, or is told which one (DOMAIN 4.9, SAFETY 6, I12)."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec
import pytest

from terminal.backtest.journal_reader import JournalReader
from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import (
    CancelRecorded,
    CommandDone,
    OrderRefused,
    StrategyPaused,
    StrategyResumed,
    StrategyStopped,
    StrategyWinding,
)
from terminal.domain.ids import DeviceId, InstrumentId, PersonId, StrategyId
from terminal.domain.orders.order import Cause, Origin, Side
from terminal.domain.reports import Traded
from terminal.domain.words.risk import Level, Scope
from terminal.engine.orders.gate import Parent, judge
from terminal.engine.state import StrategyRow
from tests.engine_market import DAY, reference
from tests.engine_world import CHECKER, FAR, LIMITS, MORNING, ONE, RB, RISK, TRADER, World, terms
from tests.scenario.conftest import Begin
from tests.scenario.legs import (
    GRID,
    PAUSED,
    ROLL,
    SPREAD,
    STOPPED,
    alerts,
    roll_settings,
    show,
    start_grid,
    start_spread,
    stop,
)

RUNNING, WINDING = StrategyStatus.RUNNING, StrategyStatus.WINDING

FACTS: Final = (StrategyWinding, StrategyPaused, StrategyResumed, StrategyStopped)


def in_the_middle(world: World, **changes: int) -> StrategyRow:
    """Start a spread whose active leg has traded three lots, though nobody has been told yet."""
    row = start_spread(world, **changes)
    world.wire.hold = (Traded,)
    show(world)
    assert world.lots_there(RB) == 3
    assert world.net(RB) == 0
    return row


def naked(world: World, **changes: int) -> StrategyRow:
    """Start a spread that has bought three lots of rebar and cannot sell the far month: nobody bids."""
    row = in_the_middle(world, **changes)
    show(world, (None, 3602))
    world.tell_held()
    world.wait(1)
    assert (world.net(RB), world.net(FAR)) == (3, 0)
    return row


def pause(world: World, name: StrategyId = SPREAD) -> CommandDone:
    return world.do(TRADER, c.PauseStrategy(account=ONE, strategy=name))


def resume(world: World, name: StrategyId = SPREAD) -> CommandDone:
    return world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=name))


def steps(world: World) -> list[str]:
    """Return what was said about strategies coming to rest, in order."""
    return [type(one.fact).__name__ for one in world.records() if isinstance(one.fact, FACTS)]


# --- by a person -----------------------------------------------------------------------------------------------


def test_a_strategy_in_balance_rests_at_once(world: World) -> None:
    row = start_spread(world)
    show(world)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    assert pause(world).code == "OK"
    assert row.status is PAUSED
    assert resume(world).ok
    assert stop(world).code == "OK"
    assert row.status is STOPPED
    assert steps(world) == ["StrategyPaused", "StrategyResumed", "StrategyStopped"]


@pytest.mark.parametrize(("ask", "end", "word"), [(pause, PAUSED, "暂停"), (stop, STOPPED, "停止")])
def test_one_in_the_middle_of_a_round_hedges_first(
    world: World, ask: Callable[[World], CommandDone], end: StrategyStatus, word: str
) -> None:
    # Given an active leg that bought three lots, and the far month without a bid
    row = naked(world)
    # When somebody pauses or stops it
    done = ask(world)
    # Then it is told what is still missing, and hedges when it can,
    assert (done.ok, done.code) == (True, "WINDING")
    assert "还缺 3 手" in done.sentence
    assert word in done.sentence
    assert row.status is WINDING
    show(world)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    # and rests in balance.
    assert row.status is end
    assert steps(world) == ["StrategyWinding", f"Strategy{end.value.title()}"]
    assert alerts(world, "LEG_NAKED") == []
    sent = len(world.wire.sent)
    for _ in range(30):
        show(world)
    assert len(world.wire.sent) == sent


def test_an_active_order_nobody_has_answered_for_is_waited_for(world: World) -> None:
    # Given an order under way, and no fill yet
    row = in_the_middle(world)
    assert pause(world).code == "WINDING"
    # When it turns out to have filled, Then that is hedged before the strategy rests.
    world.tell_held()
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    show(world)
    assert row.status is PAUSED


def test_one_that_the_kill_switch_paused_naked_stays_paused_when_it_is_paused_again(world: World) -> None:
    # Given three naked lots, and the kill switch that paused their spread as it stood and was released since
    row = naked(world)
    assert world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练")).ok
    assert row.status is PAUSED
    for person in (RISK, CHECKER):
        assert world.do(person, c.Release(account=ONE, scope=Scope(), reason="演练完")).ok
    # When a person pauses it, Then that is what it is: it does not begin to trade again for being paused.
    assert pause(world).code == "OK"
    show(world)
    world.wait(5)
    assert row.status is PAUSED
    assert (world.net(RB), world.net(FAR)) == (3, 0)
    assert "StrategyWinding" not in steps(world)


def test_winding_down_begins_nothing_new(world: World) -> None:
    # Given a round of three that has come to one lot, the others still to buy at a good price
    start_spread(world)
    world.wire.hold = (Traded,)
    show(world, lots=1)
    show(world, (None, 3602))
    world.tell_held()
    assert (world.net(RB), world.net(FAR)) == (1, 0)
    stop(world)
    show(world)
    show(world)
    assert (world.net(RB), world.net(FAR)) == (1, -1)
    assert world.account.strategies[SPREAD].status is STOPPED


def test_asking_again_changes_nothing_and_a_stop_outranks_a_pause(world: World) -> None:
    row = naked(world)
    pause(world)
    assert pause(world).code == "WINDING"
    assert steps(world) == ["StrategyWinding"]
    assert "停止" in stop(world).sentence
    assert "停止" in pause(world).sentence
    assert resume(world).code == "NOT_PAUSED"
    show(world)
    assert row.status is STOPPED
    assert steps(world) == ["StrategyWinding", "StrategyWinding", "StrategyStopped"]


def test_a_second_stop_ends_the_winding_down_and_names_the_naked_leg(world: World) -> None:
    # Given a spread that lacks three lots nobody bids for, and is being stopped
    row = naked(world)
    assert "手工补了请再按一次停止，不再由它补" in stop(world).sentence
    # When it is stopped a second time
    done = stop(world)
    # Then it rests at once as it is, people are told, and it hedges no more.
    assert (done.code, row.status) == ("OK", STOPPED)
    assert "还缺 3 手，不再由它补" in done.sentence
    (alert,) = alerts(world, "LEG_NAKED")
    assert "已停止（人工停止，不再收尾）" in alert.sentence
    show(world)
    assert (world.net(RB), world.net(FAR)) == (3, 0)


def test_the_time_a_leg_stands_naked_goes_on_counting_after_its_strategy_has_left_it(world: World) -> None:
    # Given a spread that was stopped with three lots nobody bids for
    naked(world)
    stop(world)
    stop(world)
    world.wait(31)
    lasted = []
    # When nothing else happens for two minutes, and the journal is read at both ends of them
    for _ in range(2):
        reader = JournalReader(reference().calendar, DAY, DAY)
        for entry in world.journal.replay():
            reader.take(entry)
        reader.finish()
        lasted.append(reader.clocks[ONE, SPREAD].time().seconds)
        world.wait(120)
    # Then it knows of all of it, but for what the last half a minute has not agreed on yet.
    assert 90 <= lasted[1] - lasted[0] <= 120


def test_who_changes_his_mind_resumes_a_strategy_that_winds_down_to_a_pause(world: World) -> None:
    row = naked(world)
    pause(world)
    assert resume(world).ok
    assert (row.status, row.then) == (RUNNING, None)
    show(world)
    assert (world.net(RB), world.net(FAR)) == (3, -3)


def test_a_paused_strategy_with_a_naked_leg_hedges_before_it_is_stopped(world: World) -> None:
    # Given a leg left naked, within its limit, by a kill that has been released, and somebody bids again
    row = naked(world, naked_lots=3)
    world.do(RISK, c.Kill(account=ONE, scope=Scope(strategy=SPREAD), reason="演练"))
    for person in (RISK, TRADER):
        world.do(person, c.Release(account=ONE, scope=Scope(strategy=SPREAD), reason="演练结束"))
    assert row.status is PAUSED
    world.wait(121)  # the release leaves the strategy at orange, where nothing opens by itself (SAFETY 6)
    show(world)
    assert stop(world).code == "WINDING"
    show(world)
    assert row.status is STOPPED
    assert (world.net(RB), world.net(FAR)) == (3, -3)


def test_a_restart_in_the_middle_winds_down_to_the_same_end(world: World) -> None:
    naked(world)
    stop(world)
    world.restart()
    world.wait(2)
    row = world.account.strategies[SPREAD]
    assert (row.status, world.net(FAR)) == (WINDING, 0)
    show(world)
    world.wait(2)
    show(world)
    assert (row.status, world.net(FAR)) == (STOPPED, -3)


def test_a_leg_that_cannot_follow_is_unwound_while_winding_down(world: World) -> None:
    row = naked(world)
    stop(world)
    for _ in range(40):
        show(world, (None, 3602))
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert row.status is STOPPED
    (broken,) = alerts(world, "LEG_BROKEN")
    assert broken.level is Level.ORANGE
    assert broken.instrument == FAR
    assert "3 手" in broken.sentence
    assert "108,060.00 元" in broken.sentence  # 3 lots x 10 t x 3602, the price that is shown
    assert "反向平掉" in broken.sentence


def test_at_orange_the_hedge_waits_and_people_see_that_the_leg_is_broken(begin: Begin) -> None:
    # Given a naked leg, and a loss of four fifths of the day's limit
    world = begin(limits=msgspec.structs.replace(LIMITS, day_loss_yuan=Decimal(2_500)))
    row = naked(world)
    for _ in range(3):
        world.show({RB: (3630, 3631)})
    assert stop(world).code == "WINDING"
    # When the far month could be sold again, Then opening it would need a checker: nothing is sent.
    sent = len(world.wire.sent)
    for _ in range(12):
        world.show({RB: (3630, 3631), FAR: (3600, 3602)})
    assert len(world.wire.sent) == sent
    assert row.status is WINDING
    # When the hedge has lagged for all its chases, it may go back: that is closing.
    for _ in range(60):
        world.show({RB: (3630, 3631), FAR: (3600, 3602)})
    assert alerts(world, "LEG_BROKEN")
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert row.status is STOPPED


def test_a_roll_takes_its_near_order_back_at_once_and_lets_far_catch_up(world: World) -> None:
    # Given a roll that rests at the ask with four lots, one of them filled
    world.buy(6, 3701)
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll_settings()))
    for _ in range(3):
        show(world)
    (near,) = world.account.live.values()
    assert (near.terms.side, near.terms.price, near.terms.lots) == (Side.SELL, 3701, 4)
    world.wire.hold = (Traded,)
    world.show({RB: (3701, 3702)}, lots=1)
    # When it is paused
    assert pause(world, ROLL).code == "WINDING"
    # Then its near order is cancelled in the same turn, and what had filled is opened far.
    assert [one.reason for one in world.facts(CancelRecorded)] == ["策略撤单：收尾：不再平近月"]
    world.tell_held()
    world.wait(35)
    show(world)
    assert (world.net(RB), world.net(FAR)) == (5, 1)
    assert world.account.strategies[ROLL].status is PAUSED


def test_a_grid_rests_at_once_and_its_orders_are_taken_back(world: World) -> None:
    start_grid(world)
    assert world.account.live
    assert pause(world, GRID).code == "OK"
    assert world.account.live == {}
    assert steps(world) == ["StrategyPaused"]


def refusals(world: World, side: Side, lots: int, price: int, instrument: InstrumentId) -> set[str]:
    cause = Cause(origin=Origin.STRATEGY, person=PersonId("runner"), device=DeviceId("runner"), strategy=SPREAD)
    order = terms(side, lots, price, instrument=instrument)
    found = judge(world.engine.look, order, cause, parent=Parent(6, Decimal(200_000)), approved=False)
    return {finding.code for finding in found}


# --- by the gate -----------------------------------------------------------------------------------------------


def test_the_gate_lets_a_winding_strategy_balance_and_nothing_else(world: World) -> None:
    naked(world)
    stop(world)
    no = "STRATEGY_NOT_RUNNING"
    assert no not in refusals(world, Side.SELL, 3, 3600, FAR)
    assert no not in refusals(world, Side.SELL, 1, 3600, FAR)
    assert no in refusals(world, Side.SELL, 4, 3600, FAR)
    assert no in refusals(world, Side.BUY, 1, 3602, FAR)
    assert no in refusals(world, Side.BUY, 1, 3701, RB)
    # Once its own hedge is under way, and be it that nobody answers, a second one would be too much.
    world.wire.lose_orders = True
    show(world)
    world.wait(3)
    assert no in refusals(world, Side.SELL, 1, 3600, FAR)
    assert world.facts(OrderRefused) == []


# --- by a kill switch or a red level ---------------------------------------------------------------------------


@pytest.mark.parametrize("winding", [False, True])
def test_a_kill_pauses_at_once_and_names_the_naked_leg(world: World, winding: bool) -> None:
    row = naked(world)
    if winding:
        stop(world)
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练"))
    assert row.status is PAUSED
    (alert,) = alerts(world, "LEG_NAKED")
    assert (alert.level, alert.instrument) == (Level.ORANGE, FAR)
    assert "还应卖出 3 手" in alert.sentence
    assert "元" in alert.sentence
    assert "一键停止：演练" in alert.sentence
    # Nothing is hedged any more, though it could be, and a stop does not wait for it either.
    show(world)
    world.wait(5)
    assert world.net(FAR) == 0
    assert stop(world).code == "OK"
    assert row.status is STOPPED
    assert len(alerts(world, "LEG_NAKED")) == 2
    # People get out by closing.
    assert world.close_long(3, 3700).ok
    assert world.net(RB) == 0


def test_a_fill_that_comes_after_the_kill_is_named_too(world: World) -> None:
    in_the_middle(world)
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练"))
    assert alerts(world, "LEG_NAKED") == []
    world.tell_held()
    (alert,) = alerts(world, "LEG_NAKED")
    assert "还应卖出 3 手" in alert.sentence
    assert world.net(FAR) == 0


def test_red_pauses_a_winding_strategy_at_once_and_names_the_naked_leg(begin: Begin) -> None:
    world = begin(limits=msgspec.structs.replace(LIMITS, day_loss_yuan=Decimal(2_000)))
    row = naked(world)
    stop(world)
    for _ in range(3):
        world.show({RB: (3600, 3601)})
    assert row.status is PAUSED
    assert "风险级别红色" in row.reason
    assert len(alerts(world, "LEG_NAKED")) == 1


# --- at any moment ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_whenever_they_are_stopped_all_legs_come_to_balance(begin: Begin, seed: int) -> None:
    draw = random.Random(seed)
    world = begin(at=MORNING)
    world.buy(30, 3701)
    start_spread(world, sets=2)
    roll = msgspec.structs.replace(roll_settings(), lots=30, batch_lots=5, batch_pause_seconds=0, chase_seconds=1)
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll))
    rows = world.account.strategies
    rebar, far = 3700, 3600
    for _ in range(120):
        rebar += draw.choice((-2, 0, 2))
        far += draw.choice((-2, 0, 2))
        bid = far if draw.random() < 0.7 else None
        world.wire.hold = draw.choice(((), (Traded,)))
        world.show({RB: (rebar, rebar + 1), FAR: (bid, far + 2)}, lots=draw.choice((1, 3, 500)))
        if not world.wire.hold:
            world.tell_held()
        name = draw.choice((SPREAD, ROLL))
        if draw.random() < 0.3 and rows[name].status is not StrategyStatus.FINISHED:
            draw.choice((pause, resume))(world, name)
    world.tell_held()
    for name, row in rows.items():
        if row.status is not StrategyStatus.FINISHED:
            stop(world, name)
    for _ in range(90):
        world.show({RB: (rebar, rebar + 1), FAR: (far, far + 2)})
    assert {row.status for row in rows.values()} <= {STOPPED, StrategyStatus.FINISHED}
    held = {name: {one: lots.lots for one, lots in row.lots.items()} for name, row in rows.items()}
    assert held[SPREAD].get(RB, 0) == -held[SPREAD].get(FAR, 0)
    assert held[ROLL].get(RB, 0) == -held[ROLL].get(FAR, 0)
    assert alerts(world, "LEG_NAKED") == []
