"""A sandbox round of what ended by itself before it was done, in the users' words: it opens no live account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import StrategyStarted
from terminal.domain.ids import AccountId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import DaysToExpiry, GridSettings, OutOfRange
from terminal.domain.sandbox import RoundReader
from terminal.strategies.own.code import Aim, Seen
from tests.engine_world import FAR, ONE, OTHER, RB, TRADER, World
from tests.scenario.between import ask_for, between, half, held, net, walk
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL
from tests.scenario.test_own_strategy import learned
from tests.scenario.test_own_strategy import start as start_own
from tests.scenario.test_roll import go, hold, roll, start
from tests.scenario.test_roll_last_days import LAST, expire, morning
from tests.unit.engine.foreseen import start as asked


def read(world: World, account: AccountId = ONE) -> RoundReader:
    """Return the round of the one strategy of an account that the journal tells of."""
    found: RoundReader | None = None
    for record in world.records():
        if isinstance(record.fact, StrategyStarted) and record.fact.account == account:
            found = RoundReader(record.fact, record.utc)
        elif found is not None:
            found.take(record.fact, record.utc)
    assert found is not None
    return found


def test_a_roll_that_near_s_last_day_ended_is_no_full_round_and_says_what_it_left(world: World) -> None:
    # Given two of six lots moved when near's last trading day is over
    hold(world)
    morning(world, LAST)
    start(world, roll(DaysToExpiry(days=3), batch_lots=2, naked_lots=2))
    go(world, 3)
    for _ in range(4):
        world.show({RB: (3891, 3892), FAR: (3600, None)})
    expire(world)
    assert (world.account.strategies[ROLL].status, world.net(FAR)) == (StrategyStatus.FINISHED, 2)
    # Then it proves nothing of six.
    found = read(world)
    (fault,) = found.faults()
    assert fault.startswith(
        "没有做完：近月 螺纹钢2101 已过最后交易日，移仓到此为止：已移 2 手到 螺纹钢2105，4 手没有移"
    )
    assert not found.reached_at


@pytest.mark.parametrize("side", Side)
def test_a_roll_of_either_side_that_moved_all_its_lots_is_a_full_round(world: World, side: Side) -> None:
    if side is Side.BUY:
        world.buy(6, 3701)
    else:
        world.sell(6, 3700)
    start(world, roll(side=side))
    for _ in range(4):
        go(world, 20)
        world.show({RB: (3705, 3706)})
        world.show({RB: (3695, 3696)})
        world.show({RB: (3700, 3701)})
    assert (world.net(RB), world.net(FAR)) == (0, 6 * side.sign)
    assert read(world).faults() == ()


def test_of_a_roll_between_accounts_each_half_is_full_by_its_own_leg(begin: Begin) -> None:
    world = held(begin)
    assert ask_for(world).ok
    walk(world, 60)
    assert (net(world, ONE, RB), net(world, OTHER, FAR)) == (0, 6)
    for account in (ONE, OTHER):
        assert read(world, account).faults() == ()


def test_the_half_of_a_roll_between_accounts_that_near_s_last_day_ended_is_not(begin: Begin) -> None:
    # Given a half that has closed two of six lots when near is over
    world = held(begin)
    morning(world, LAST)
    assert ask_for(world, between(timings=(DaysToExpiry(days=3),), batch_lots=2)).ok
    go(world, 3)
    for _ in range(4):
        world.show({RB: (3891, 3892), FAR: (3600, None)})
    expire(world)
    assert half(world, ONE).status is StrategyStatus.FINISHED
    (fault,) = read(world, ONE).faults()
    assert fault.startswith("没有做完：")
    assert "4 手没有移" in fault


def test_lots_moved_before_a_change_of_manner_are_none_of_the_new_one(world: World) -> None:
    # Given a roll that has moved some of its lots when its patience is changed
    hold(world)
    settings = roll(batch_lots=2, naked_lots=2)
    start(world, settings)
    while not world.net(FAR):
        go(world, 1)
        world.show({RB: (3701, 3702)})
    changed = replace(settings, chase_seconds=4)
    body = c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=1, settings=changed)
    assert world.do(TRADER, body).ok
    for _ in range(40):
        go(world, 1)
        world.show({RB: (3701, 3702)})
    # Then all of it is rolled, but not by the manner that it ended with.
    assert (world.net(RB), world.net(FAR)) == (0, 6)
    (fault,) = read(world).faults()
    assert fault.startswith("没有做完：移仓完成")


def grid(**changes: Any) -> GridSettings:
    made = GridSettings(
        account=ONE,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3700),
        step=Decimal(5),
        lines=4,
        lots_per_line=2,
        lower=Decimal(3680),
        upper=Decimal(3750),
        stop=Decimal(3650),
        out_of_range=OutOfRange.STOP,
    )
    return replace(made, **changes)


@pytest.mark.parametrize("leaves", [OutOfRange.STOP, OutOfRange.FLATTEN])
def test_a_grid_that_stopped_itself_over_lots_is_no_full_round_though_it_was_flat_before(leaves: OutOfRange) -> None:
    # Given a grid that has gone in and out once, and is in again when the price leaves its range
    world = World()
    assert world.do(TRADER, asked(grid(out_of_range=leaves))).ok
    for price in (3700, 3696, 3694, 3699, 3701, 3702, 3694, 3689, 3684, 3679, 3675):
        for _ in range(8):
            world.show({RB: (price, price + 1)}, last={RB: price})
    (row,) = world.account.strategies.values()
    assert row.status is StrategyStatus.FINISHED
    # Then it counts only where it went out of what it held.
    keeps = leaves is OutOfRange.STOP
    assert bool(world.net(RB)) is keeps
    assert read(world).reached_at
    assert read(world).faults() == ((f"带着持仓结束：{row.reason.rstrip('。')}",) if keeps else ())


def test_a_rule_that_failed_is_no_full_round_though_it_was_flat(world: World) -> None:
    # Given a rule that goes in, out, and then divides by nothing
    def failing(numbers: Any, seen: Seen) -> Aim | None:
        if not seen.prices:
            return None
        return Aim(2 if seen.prices[-1] > 3702 else 0 if seen.prices[-1] > 3690 else 1 // 0, "看价")

    start_own(world, learned(failing))
    for price in (3705, 3698, 3680):
        world.show({RB: (price, price + 1)})
        world.wait(12)
    (row,) = world.account.strategies.values()
    assert (row.status, world.net(RB)) == (StrategyStatus.FINISHED, 0)
    (fault,) = read(world).faults()
    assert fault.startswith("规则自己停下：mine.py 出错：ZeroDivisionError")
