"""Who pauses or stops a strategy leaves no leg naked, or is told which one (DOMAIN 4.9, SAFETY 6, I12)."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.calendar import instant
from terminal.domain.control_facts import StrategyStatus
from terminal.domain.facts import (
    AlertRaised,
    CancelRecorded,
    CancelRefused,
    CommandDone,
    LevelChanged,
    OrderRefused,
    StrategyPaused,
    StrategyResumed,
    StrategyStopped,
    StrategyWinding,
)
from terminal.domain.ids import DeviceId, InstrumentId, PersonId, StrategyId
from terminal.domain.order import Cause, Origin, Side
from terminal.domain.reports import Traded
from terminal.domain.risk_words import Level, Scope
from terminal.domain.strategy_settings import (
    DaysToExpiry,
    GridSettings,
    OutOfRange,
    RollSettings,
    SpreadLeg,
    SpreadSettings,
)
from terminal.engine.gate import Parent, judge
from terminal.engine.state import OrderRow, StrategyRow
from tests.engine_world import DAY, FAR, LIMITS, MORNING, ONE, RB, RISK, SECOND_RISK, TRADER, World, terms
from tests.scenario.conftest import Begin

SPREAD, ROLL, GRID = StrategyId("spread"), StrategyId("roll"), StrategyId("grid")
RUNNING, WINDING = StrategyStatus.RUNNING, StrategyStatus.WINDING
PAUSED, STOPPED = StrategyStatus.PAUSED, StrategyStatus.STOPPED
FACTS: Final = (StrategyWinding, StrategyPaused, StrategyResumed, StrategyStopped)


def spread_settings(*, naked_lots: int = 6, sets: int = 3, max_sets: int = 3) -> SpreadSettings:
    """Buy rebar against the far month; the spread costs 101, and the far month follows."""
    return SpreadSettings(
        account=ONE,
        legs=(
            SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=1, active=True),
            SpreadLeg(instrument=FAR, coefficient=Decimal(-1), lots=-1),
        ),
        buy_at=Decimal(101),
        sell_at=Decimal(150),
        sets=sets,
        max_sets=max_sets,
        naked_lots=naked_lots,
    )


def show(world: World, far: tuple[int | None, int | None] = (3600, 3602), *, lots: int = 500) -> None:
    world.show({RB: (3700, 3701), FAR: far}, lots=lots)


def start_spread(world: World, **changes: int) -> StrategyRow:
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=SPREAD, settings=spread_settings(**changes)))
    assert done.code == "OK", done.sentence
    return world.account.strategies[SPREAD]


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


def stop(world: World, name: StrategyId = SPREAD) -> CommandDone:
    return world.do(TRADER, c.StopStrategy(account=ONE, strategy=name))


def resume(world: World, name: StrategyId = SPREAD) -> CommandDone:
    return world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=name))


def steps(world: World) -> list[str]:
    """Return what was said about strategies coming to rest, in order."""
    return [type(one.fact).__name__ for one in world.records() if isinstance(one.fact, FACTS)]


def alerts(world: World, code: str) -> list[AlertRaised]:
    return [one for one in world.facts(AlertRaised) if one.code == code]


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


def roll_settings() -> RollSettings:
    return RollSettings(
        account=ONE, near=RB, far=FAR, side=Side.BUY, lots=6, batch_lots=4, timings=(DaysToExpiry(days=900),)
    )


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


# --- by the gate -----------------------------------------------------------------------------------------------


def refusals(world: World, side: Side, lots: int, price: int, instrument: InstrumentId) -> set[str]:
    cause = Cause(origin=Origin.STRATEGY, person=PersonId("runner"), device=DeviceId("runner"), strategy=SPREAD)
    order = terms(side, lots, price, instrument=instrument)
    found = judge(world.engine.look, order, cause, parent=Parent(6, Decimal(200_000)), approved=False)
    return {finding.code for finding in found}


def test_the_gate_lets_a_winding_strategy_balance_and_nothing_else(world: World) -> None:
    naked(world)
    stop(world)
    world.wire.lose_orders = True  # the strategy's own hedge stays on its way
    show(world)
    world.wait(3)
    no = "STRATEGY_NOT_RUNNING"
    assert no not in refusals(world, Side.SELL, 3, 3600, FAR)
    assert no not in refusals(world, Side.SELL, 1, 3600, FAR)
    assert no in refusals(world, Side.SELL, 4, 3600, FAR)
    assert no in refusals(world, Side.BUY, 1, 3602, FAR)
    assert no in refusals(world, Side.BUY, 1, 3701, RB)
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


# --- cancels ---------------------------------------------------------------------------------------------------


def resting_in_a_break(begin: Begin) -> tuple[World, OrderRow]:
    """Begin at 10:14, with an order that rests when the break comes at 10:15."""
    world = begin(at=instant(DAY, 10, 14))
    row = world.buy(1, 3600)
    world.wait_until(instant(DAY, 10, 15, 1))
    return world, row


def test_a_cancel_the_exchange_takes_none_of_now_is_not_repeated_until_it_does(begin: Begin) -> None:
    world, row = resting_in_a_break(begin)
    # When the switch is pulled in the break, Then the cancel is asked for at once and refused.
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练"))
    world.wait_until(instant(DAY, 10, 29))
    assert [one.code for one in world.facts(CancelRefused)] == ["NOT_IN_SESSION"]
    assert len(world.wire.cancelled) == 1
    # When the break is over, Then it is asked for again, and done.
    world.wait_until(instant(DAY, 10, 30, 2))
    assert len(world.wire.cancelled) == 2
    assert row.ended


def test_a_person_may_ask_for_a_cancel_whenever_he_likes(begin: Begin) -> None:
    world, row = resting_in_a_break(begin)
    for _ in range(3):
        world.do(TRADER, c.CancelOrder(account=ONE, order=row.order))
        world.wait(4)
    assert len(world.wire.cancelled) == 3


# --- alerts ----------------------------------------------------------------------------------------------------


def start_grid(world: World, choice: OutOfRange = OutOfRange.HOLD, lots: int = 2) -> None:
    settings = GridSettings(
        account=ONE,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3705),
        step=Decimal(10),
        lines=2,
        lots_per_line=lots,
        stop=Decimal(3670),
        lower=Decimal(3680),
        upper=Decimal(3710),
        out_of_range=choice,
    )
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=settings)).ok
    for _ in range(3):
        show(world)


@pytest.mark.parametrize(
    ("choice", "price", "words"),
    [
        (OutOfRange.HOLD, 3678, None),
        (OutOfRange.HOLD, 3665, ("止损价 3670", "平仓后停止")),
        (OutOfRange.STOP, 3678, ("离开区间 3680 至 3710", "保留持仓")),
        (OutOfRange.FLATTEN, 3678, ("离开区间 3680 至 3710", "平仓后停止")),
    ],
)
def test_a_grid_that_stops_says_what_it_holds_and_what_it_does(
    world: World, choice: OutOfRange, price: int, words: tuple[str, str] | None
) -> None:
    start_grid(world, choice)
    world.show({RB: (3690, 3691)})
    assert world.net(RB) == 2
    world.show({RB: (price, price + 1)})
    found = alerts(world, "GRID_STOPPED")
    if words is None:
        assert found == []
    else:
        (alert,) = found
        assert (alert.level, alert.instrument) == (Level.ORANGE, RB)
        assert "网格持有 2 手" in alert.sentence
        assert "元" in alert.sentence
        assert all(word in alert.sentence for word in words)


def test_a_roll_without_its_position_says_how_much_is_missing_once_a_day(world: World) -> None:
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll_settings()))
    for _ in range(10):
        show(world)
    (alert,) = alerts(world, "POSITION_MISSING")
    assert (alert.level, alert.instrument) == (Level.ORANGE, RB)
    assert "要平 6 手" in alert.sentence
    assert "缺 6 手（约 222,000.00 元）" in alert.sentence
    assert "等待" in alert.sentence


# --- the level of a leg beyond its limit -----------------------------------------------------------------------


def leg_levels(world: World) -> list[Level]:
    found = [one for one in world.facts(LevelChanged) if one.signal == "leg_imbalance"]
    assert {one.scope for one in found} <= {Scope(strategy=SPREAD)}
    return [one.after for one in found]


def beyond_its_limit(world: World) -> StrategyRow:
    """Hold six lots of rebar without their far month, where three are allowed.

    An active order was declared void, a second one took its place, and then the first one filled after all.
    """
    row = start_spread(world, naked_lots=3, max_sets=6)
    world.wire.hold_orders = True
    show(world)
    world.wire.hold_orders = False
    while world.account.live:
        world.wait(1)
    world.wire.hold = (Traded,)
    show(world)
    show(world, (None, 3602))
    world.tell_held()
    world.wait(10)
    assert (world.net(RB), world.net(FAR), leg_levels(world)) == (3, 0, []), "at its limit, not beyond it"
    world.arrive()
    assert (world.net(RB), world.net(FAR)) == (6, 0)
    return row


def test_a_leg_beyond_its_limit_is_orange_after_five_seconds_and_red_after_a_minute(world: World) -> None:
    row = beyond_its_limit(world)
    world.wait(6)
    assert leg_levels(world) == []
    world.wait(1)
    assert leg_levels(world) == [Level.ORANGE]
    world.wait(54)
    assert leg_levels(world) == [Level.ORANGE]
    world.wait(1)
    assert leg_levels(world) == [Level.ORANGE, Level.RED]
    assert row.status is PAUSED
    assert "还应卖出 6 手" in alerts(world, "LEG_NAKED")[-1].sentence


def test_the_clock_of_a_leg_beyond_its_limit_counts_no_jump_of_the_market(world: World) -> None:
    beyond_its_limit(world)
    world.show(after=1)
    world.show(after=600)
    assert leg_levels(world) == []


def test_what_a_stopped_strategy_left_behind_is_no_imbalance_any_more(world: World) -> None:
    row = beyond_its_limit(world)
    world.wait(70)
    assert stop(world).code == "OK"
    assert row.status is STOPPED
    for scope in (Scope(), Scope(strategy=SPREAD)):
        for person in (RISK, SECOND_RISK):
            world.do(person, c.Release(account=ONE, scope=scope, reason="已人工平仓"))
    world.wait(125)
    assert leg_levels(world) == [Level.ORANGE, Level.RED, Level.NORMAL]


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
