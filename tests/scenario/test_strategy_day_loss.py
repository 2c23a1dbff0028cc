"""What a strategy lost today is what it lost today: neither yesterday's loss nor yesterday's gain counts (C7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.words.risk import Level, Scope
from terminal.engine.book.scopes import worst_level
from terminal.strategies.own.code import Aim, Seen
from tests.engine_world import FAR, LIMITS, NEXT_NIGHT, ONE, RB, RISK, SECOND_RISK, World
from tests.scenario.conftest import Begin
from tests.scenario.test_leg_expires import LAST, expire
from tests.scenario.test_own_strategy import NAME, at, learned, start

LOSS: Final = msgspec.structs.replace(LIMITS, strategy_day_loss_yuan=Decimal(1_200))
SCOPE: Final = Scope(strategy=NAME)


def cautious(numbers: Any, seen: Seen) -> Aim | None:
    """Be long between 3690 and 3740, else out."""
    return Aim(3 if 3690 < seen.prices[-1] < 3740 else 0, "区间内外") if seen.prices else None


def stubborn(numbers: Any, seen: Seen) -> Aim | None:
    """Be long below 3740, else out."""
    return Aim(3 if seen.prices[-1] < 3740 else 0, "不到价") if seen.prices else None


@pytest.fixture
def world(begin: Begin, request: pytest.FixtureRequest) -> World:
    """Hold three lots by a rule that may lose 1 200 yuan a day; a tick of them is 30 yuan, bought at 3707."""
    world = begin(limits=LOSS)
    start(world, learned(request.param))
    at(world, 3705)
    assert world.net(RB) == 3
    return world


def overnight(world: World, bid: int) -> None:
    world.show_at(NEXT_NIGHT + 1_000_000_000, {RB: (bid, bid + 2)})
    world.wait(12)


@pytest.mark.parametrize("world", [cautious], indirect=True)
def test_a_loss_taken_yesterday_bars_no_opening_today(world: World) -> None:
    # Given a loss of more than half of what it may lose, all of it taken, and nothing held
    at(world, 3680)
    assert world.net(RB) == 0
    at(world, 3705)
    assert world.net(RB) == 0, "no opening by itself beyond half of the day's limit"
    # When the next day begins, then it begins at nothing.
    overnight(world, 3705)
    assert world.net(RB) == 3


@pytest.mark.parametrize("world", [stubborn], indirect=True)
def test_a_gain_taken_yesterday_lets_nobody_lose_more_today(world: World) -> None:
    # Given a gain of 1 140 yuan, taken, and nothing held
    at(world, 3745)
    assert world.net(RB) == 0
    overnight(world, 3705)
    assert world.net(RB) == 3
    # When it loses more than a day's limit with the lots of today
    at(world, 3660)
    # Then it is red, and paused with the reason in people's words.
    row = world.account.strategies[NAME]
    assert (row.status, world.net(RB)) == (StrategyStatus.PAUSED, 3)
    assert row.reason == f"风险级别红色：策略 {NAME}当日亏损占限额"


@pytest.mark.parametrize("world", [stubborn], indirect=True)
def test_two_persons_lift_a_red_level_of_yesterdays_loss(world: World) -> None:
    # Given a red strategy whose lots a person has closed
    at(world, 3660)
    assert world.account.strategies[NAME].status is StrategyStatus.PAUSED
    assert world.close_long(3, 3660).ok
    body = c.Release(account=ONE, scope=SCOPE, reason="看过了")
    refused = world.do(RISK, body)
    assert refused.code == "CAUSE_PRESENT"
    assert f"（策略 {NAME}当日亏损占限额）" in refused.sentence
    # When the next day has begun, two of them lift it.
    overnight(world, 3660)
    for person in (RISK, SECOND_RISK):
        assert world.do(person, body).ok
    assert all(row.level is not Level.RED for row in world.account.levels.values())


def test_the_level_of_a_loss_comes_down_though_its_contract_has_ended(begin: Begin) -> None:
    # Given a loss of three fifths of the limit, on the last day of the only contract the strategy trades
    world = begin(limits=LOSS, at=instant(LAST, 9, 30))
    start(world, learned(stubborn))
    world.show({RB: (3705, 3707), FAR: (3600, 3602)})
    world.wait(12)
    at(world, 3683)
    assert worst_level(world.account, NAME, None) is Level.YELLOW
    # When the contract ends that night, so that nothing of it is held or paid for any more
    expire(world)
    row = world.account.strategies[NAME]
    assert (row.status, row.lots, row.fees_today) == (StrategyStatus.PAUSED, {}, 0)
    world.wait(70)
    # Then nothing stands of the loss.
    assert worst_level(world.account, NAME, None) is Level.NORMAL
