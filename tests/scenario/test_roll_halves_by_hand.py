"""A roll between accounts whose far lots a person opened by hand: stopping either half opens none of them again.

The user: "A2's half was paused and lacked two lots, so I bought the two in A2 myself and stopped the roll from A1. It
bought two more."
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import AccountId
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, PriceKind, Side, TimeCondition
from terminal.domain.words.risk import Scope
from tests.engine_world import FAR, ONE, OTHER, RB, RISK, TRADER, World
from tests.scenario.between import half, net
from tests.scenario.conftest import Begin
from tests.scenario.legs import alerts
from tests.scenario.test_roll import go
from tests.scenario.test_roll_last_days import expire, lacking
from tests.scenario.test_roll_rests_over import release
from tests.unit.engine.foreseen import ask

STOPPED, PAUSED = StrategyStatus.STOPPED, StrategyStatus.PAUSED


def halted(begin: Begin) -> tuple[World, int]:
    """Return a roll whose far half a kill switch has paused and left, and the lots of far it lacks."""
    world = lacking(begin, RB, FAR)
    lacks = 6 - net(world, ONE, RB) - net(world, OTHER, FAR)
    assert lacks > 0
    assert world.do(RISK, c.Kill(account=OTHER, scope=Scope(), reason="演练")).ok
    world.show({FAR: (3600, None)})
    release(world, OTHER)
    assert half(world, OTHER).status is PAUSED
    return world, lacks


def settle(world: World) -> None:
    world.show({FAR: (3600, 3602)})
    go(world, 1000)  # until the level of risk has fallen back


def open_by_hand(world: World, lots: int) -> None:
    terms = OrderTerms(
        account=OTHER,
        instrument=FAR,
        side=Side.BUY,
        offset=Offset.OPEN,
        lots=lots,
        price=Decimal(3602),
        hedge_flag=HedgeFlag.SPECULATION,
        time_condition=TimeCondition.GFD,
        price_kind=PriceKind.LIMIT,
    )
    assert world.do(TRADER, c.SubmitOrder(terms=terms)).ok
    go(world, 3)


def stop(world: World, account: AccountId) -> c.StopStrategy:
    return c.StopStrategy(account=account, strategy=half(world, account).strategy)


@pytest.mark.parametrize("near_is_over", [False, True])
def test_stopping_nears_half_opens_nothing_that_was_opened_by_hand(begin: Begin, *, near_is_over: bool) -> None:
    # Given a far half that is paused and lacks lots, and a person who opens them in its account
    world, lacks = halted(begin)
    if near_is_over:
        expire(world)
    settle(world)
    before = net(world, OTHER, FAR)
    open_by_hand(world, lacks)
    # When near's half is stopped, once, by whom the preview told that the other one goes with it
    command = stop(world, ONE)
    assert f"它缺的 {lacks} 手不再由它补" in ask(world, command).sentence
    assert world.do(TRADER, command).code == "OK"
    go(world, 20)
    # Then far's half is stopped as well and opens nothing.
    assert half(world, OTHER).status is STOPPED
    assert net(world, OTHER, FAR) == before + lacks
    assert alerts(world, "FAR_COVERED") == []


def test_stopping_nears_half_still_lets_the_other_one_open_what_nobody_has(begin: Begin) -> None:
    world, lacks = halted(begin)
    settle(world)
    before = net(world, OTHER, FAR)
    command = stop(world, ONE)
    then = f"；开远月的一半先补开它缺的 {lacks} 手，再停止"
    assert then in ask(world, command).sentence
    # When near's half is stopped, then the answer says as the preview did that far is still opened.
    done = world.do(TRADER, command)
    assert (done.code, done.sentence) == ("OK", f"策略 roll 已停止，挂单会撤回，持仓不动{then}")
    go(world, 20)
    assert net(world, OTHER, FAR) == before + lacks


def test_the_answer_to_a_stop_of_fars_half_says_that_nears_is_stopped_as_well(begin: Begin) -> None:
    world, _ = halted(begin)
    settle(world)
    done = world.do(TRADER, stop(world, OTHER))
    assert (done.code, done.sentence.endswith("不再由它补。平近月的一半随之停止。")) == ("WINDING", True)
    go(world, 20)
    assert half(world, ONE).status is STOPPED


def test_whoever_pauses_one_half_reads_what_the_other_one_does_meanwhile(begin: Begin) -> None:
    # Given near lots closed whose far ones nobody offers
    world = lacking(begin, RB, FAR)
    lacks = 6 - net(world, ONE, RB) - net(world, OTHER, FAR)
    # When near's half is paused, then preview and answer say that far's opens what it lacks all the same
    pause = c.PauseStrategy(account=ONE, strategy=half(world, ONE).strategy)
    then = f"；开远月的一半照常补开它缺的 {lacks} 手，不要它开请把它也暂停"
    assert ask(world, pause).sentence.endswith(then)
    assert world.do(TRADER, pause).sentence.endswith(then)
    # And it does. While far's is paused, near's waits.
    before = net(world, OTHER, FAR)
    settle(world)
    assert (half(world, ONE).status, net(world, OTHER, FAR)) == (PAUSED, before + lacks)
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=half(world, ONE).strategy)).ok
    pause = c.PauseStrategy(account=OTHER, strategy=half(world, OTHER).strategy)
    then = "；平近月的一半随之等待，不再平"
    assert ask(world, pause).sentence.endswith(then)
    assert world.do(TRADER, pause).sentence.endswith(then)
    left = net(world, ONE, RB)
    go(world, 60)
    assert net(world, ONE, RB) == left > 0
