"""A plan waits for a second person while its own days go by: at the yes it is asked again what was asked when typed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import CommandDone, ConfirmationDecided
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import (
    Combine,
    DaysToExpiry,
    ExecutionSettings,
    ExecutionStyle,
    RollSettings,
    Slices,
    StepDay,
    StrategySettings,
    Timing,
)
from terminal.engine.confirmations.approval import stored_of
from tests.engine_world import CHECKER, DAY, FAR, LIMITS, MORNING, NEXT_DAY, ONE, OTHER, RB, TRADER, Shown, World
from tests.scenario.between import LOTS, ask_for, between, half, held, net
from tests.scenario.conftest import Begin

NAME: Final = StrategyId("plan")
TURN: Final = instant(DAY, 17)  # Monday's trading day begins
EVENING: Final = TURN - 10 * MINUTE_NS
QUOTES: Final[dict[InstrumentId, Shown]] = {RB: (3700, 3701), FAR: (3600, 3602)}
SECOND: Final = replace(LIMITS, confirm_value_yuan=Decimal(100_000))
NEVER: Final = DaysToExpiry(days=0)
ON_FRIDAY: Final[list[tuple[Timing, str]]] = [
    (Slices(first_day=DAY, slices=2), f"首日 {DAY} 已过（1 个交易日前）"),
    (StepDay(day=DAY), f"台阶日 {DAY} 已过（1 个交易日前）"),
    (DaysToExpiry(days=5, policy_day=DAY), f"公司期限 {DAY} 已过（1 个交易日前）"),
]


def roll(*timings: Timing, **changes: Any) -> RollSettings:
    made = RollSettings(account=ONE, near=RB, far=FAR, side=Side.BUY, lots=6, batch_lots=6, timings=timings)
    return replace(made, **changes)


def start(world: World, settings: StrategySettings) -> CommandDone:
    return world.do(TRADER, c.StartStrategy(account=ONE, strategy=NAME, settings=settings))


def in_the_evening(begin: Begin) -> World:
    world = begin(limits=SECOND)
    world.buy(2, 3701)  # small enough for one person
    world.show_at(EVENING, QUOTES)
    assert world.account.trading_day == DAY
    return world


@pytest.mark.parametrize(("timing", "said"), ON_FRIDAY)
def test_a_day_that_passed_while_a_roll_waited_is_refused_at_the_yes_and_nothing_is_lost(
    begin: Begin, timing: Timing, said: str
) -> None:
    # Given a roll of Friday's, which waits for a second person as the next trading day begins
    world = in_the_evening(begin)
    wanted = roll(NEVER, timing)
    assert start(world, wanted).code == "CONFIRM2"
    parked = world.parked
    world.show_at(TURN + MINUTE_NS, QUOTES)
    assert world.account.trading_day == NEXT_DAY
    # When that person says yes, and a minute goes by
    done = world.decide(CHECKER, parked)
    world.wait(60)
    # Then they read what has passed and what to do; nothing has begun, and what was wanted can still be read.
    assert done.code == "STALE"
    assert f"策略 {NAME}：移仓时机 2：{said}" in done.sentence
    assert "没有执行，请改好后重新提交。" in done.sentence
    assert parked.state is ConfirmationState.STALE
    assert world.facts(ConfirmationDecided)[-1].reason == done.sentence
    assert stored_of(parked).settings == wanted
    assert NAME not in world.account.strategies
    assert (world.net(RB), world.net(FAR)) == (2, 0)
    # When the day is put right under the same number, Then it goes its way.
    assert start(world, roll(NEVER, Slices(first_day=NEXT_DAY, slices=2))).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).ok
    assert world.account.strategies[NAME].status is StrategyStatus.RUNNING


@pytest.mark.parametrize(("timing", "_"), ON_FRIDAY)
def test_the_last_moment_of_the_day_itself_is_not_too_late(begin: Begin, timing: Timing, _: str) -> None:
    world = in_the_evening(begin)
    assert start(world, roll(NEVER, timing, combine=Combine.ALL)).code == "CONFIRM2"
    world.show_at(TURN - MINUTE_NS, QUOTES)
    done = world.decide(CHECKER, world.parked)
    assert done.ok, done.sentence
    assert world.account.strategies[NAME].status is StrategyStatus.RUNNING


def test_a_change_that_waited_over_its_new_day_leaves_the_roll_as_it_was(begin: Begin) -> None:
    # Given a roll that runs, and a change of its day to Friday that waits over the turn
    world = in_the_evening(begin)
    runs = roll(NEVER, DaysToExpiry(days=1), combine=Combine.ALL)
    assert start(world, runs).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).ok
    wanted = replace(runs, timings=(NEVER, DaysToExpiry(days=1, policy_day=DAY)))
    change = c.ChangeStrategy(account=ONE, strategy=NAME, base_version=1, settings=wanted)
    assert world.do(TRADER, change).code == "CONFIRM2"
    world.show_at(TURN + MINUTE_NS, QUOTES)
    done = world.decide(CHECKER, world.parked)
    # Then the yes is void, and the roll goes on with what it had.
    assert done.code == "STALE"
    assert f"公司期限 {DAY} 已过" in done.sentence
    row = world.account.strategies[NAME]
    assert (row.version, row.settings, row.status) == (1, runs, StrategyStatus.RUNNING)


def test_a_change_of_something_else_is_not_held_up_by_a_day_that_passed_under_the_running_roll(begin: Begin) -> None:
    world = in_the_evening(begin)
    runs = roll(NEVER, StepDay(day=DAY), combine=Combine.ALL)
    assert start(world, runs).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).ok
    body = c.ChangeStrategy(account=ONE, strategy=NAME, base_version=1, settings=replace(runs, chase_seconds=9))
    assert world.do(TRADER, body).code == "CONFIRM2"
    world.show_at(TURN + MINUTE_NS, QUOTES)
    done = world.decide(CHECKER, world.parked)
    assert done.ok, done.sentence
    assert world.account.strategies[NAME].version == 2


@pytest.mark.parametrize(("approved", "code"), [(instant(DAY, 9, 4), "OK"), (instant(DAY, 9, 6), "STALE")])
def test_an_execution_whose_window_closed_while_it_waited_is_not_begun(begin: Begin, approved: int, code: str) -> None:
    world = begin(limits=SECOND)
    window = ExecutionSettings(
        account=ONE,
        instrument=RB,
        style=ExecutionStyle.ICEBERG,
        side=Side.BUY,
        total_lots=10,
        limit=Decimal(3710),
        begins_at=MORNING,
        ends_at=instant(DAY, 9, 5),
    )
    assert start(world, window).code == "CONFIRM2"
    world.show_at(approved)
    done = world.decide(CHECKER, world.parked)
    assert done.code == code, done.sentence
    assert (NAME in world.account.strategies) is (code == "OK")
    if code == "STALE":
        assert "没有连续交易时间" in done.sentence
        assert "没有执行，请改好后重新提交。" in done.sentence


@pytest.mark.parametrize(("far", "code"), [((3600, 3602), "OK"), ((3606, 3608), "STALE")])
def test_a_roll_that_has_become_dearer_than_the_account_allows_is_not_begun(
    begin: Begin, far: Shown, code: str
) -> None:
    # Given a roll of little less than the most that one task may be worth, which waits for a second person
    most = Decimal(6 * 10 * (3701 + 3603))
    world = begin(limits=replace(SECOND, max_value_yuan=most))
    world.buy(2, 3701)
    world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    done = start(world, roll(DaysToExpiry(days=900)))
    assert done.code == "CONFIRM2", done.sentence
    # When prices rise a little, by far less than the drift a yes may be given over
    world.show({RB: (3700, 3701), FAR: far})
    done = world.decide(CHECKER, world.parked)
    # Then nobody can let it begin, and both read why.
    assert done.code == code, done.sentence
    assert (NAME in world.account.strategies) is (code == "OK")
    assert (f"超过上限 {most} 元" in done.sentence) is (code == "STALE")


def test_a_half_that_waits_over_its_day_ends_and_the_half_that_had_its_yes_with_it(begin: Begin) -> None:
    # Given a roll between two accounts, whose near half is approved in time and whose far half is not
    world = held(begin, limits=SECOND)
    world.show_at(EVENING, QUOTES)
    assert ask_for(world, between(timings=(NEVER, StepDay(day=DAY)), combine=Combine.ALL)).code == "CONFIRM2"
    near, far = (next(iter(world.state.accounts[name].pending.values())) for name in (ONE, OTHER))
    assert world.decide(CHECKER, near).ok
    world.show_at(TURN + MINUTE_NS, QUOTES)
    # When the far half is approved in the next trading day
    done = world.decide(CHECKER, far)
    world.wait(10)
    # Then it does not begin, and near is told so and stops without a trade.
    assert done.code == "STALE"
    assert f"台阶日 {DAY} 已过" in done.sentence
    assert half(world, ONE).status is StrategyStatus.STOPPED
    assert net(world, ONE, RB) == LOTS
