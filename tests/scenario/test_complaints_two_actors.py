"""The complaints ledger's theme *two actors fight*: two wills over one position, played to this terminal.

Each test is named after a thread: `tq` of tqsdk-python, `krypto` of Krypto-trading-bot, `ft` of freqtrade.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.errors import UserError
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRecorded, OrderRefused
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Origin, Side
from terminal.domain.parameters.strategy import OutOfRange
from terminal.store.journal import SqliteJournal
from tests.engine_world import COLLEAGUE, FAR, ONE, RB, TENANT, TRADER, World
from tests.scenario.legs import GRID, SPREAD, show, spread_settings, start_grid, start_spread
from tests.scenario.test_grid import grid

SECOND_GRID = StrategyId("grid-2")


def children(world: World) -> list[OrderRecorded]:
    return [one for one in world.facts(OrderRecorded) if one.cause.origin is Origin.STRATEGY]


def held(world: World, name: StrategyId) -> int:
    lots = world.account.strategies[name].lots.get(RB)
    return lots.lots if lots is not None else 0


def test_tq_175_a_long_and_a_short_will_over_one_contract_do_not_trade_to_and_fro_without_end(world: World) -> None:
    # tq 175: one target of +1 and another of -1 on the same contract open and close without end.
    long = grid(anchor=Decimal(3701), step=Decimal(5), lines=2)
    short = replace(grid(anchor=Decimal(3700), step=Decimal(5), lines=2), side=Side.SELL, stop=Decimal(3800))
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=long)).ok
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=SECOND_GRID, settings=short)).ok
    world.wait(5)
    world.show({RB: (3694, 3695)})
    world.wait(5)
    world.show({RB: (3705, 3706)})
    world.wait(5)
    settled = len(children(world))
    # When five minutes go by in which the price stands still
    world.wait(300)
    # Then nothing is traded for the sake of the other's will, and each has what its own fills gave it.
    assert len(children(world)) - settled <= 4
    assert held(world, GRID) + held(world, SECOND_GRID) == world.net(RB)
    assert held(world, GRID) >= 0 >= held(world, SECOND_GRID)
    own = {one.order: one.cause.strategy for one in children(world)}
    assert set(own.values()) == {GRID, SECOND_GRID}


def test_tq_207_a_target_that_is_set_again_and_again_is_one_target(world: World) -> None:
    # tq 207: a task made anew in every loop adds up beyond its target, trims, and burns fees for ever.
    settings = spread_settings(sets=3, max_sets=3)
    codes = []
    for _ in range(20):
        body = c.StartStrategy(account=ONE, strategy=SPREAD, settings=settings)
        codes.append(world.do(TRADER, body).code)
        show(world)
    assert codes[0] == "OK"
    assert "OK" not in codes[1:]
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    assert sum(one.terms.lots for one in children(world)) == 6
    world.wait(60)
    assert len(children(world)) == 2


def test_krypto_471_a_second_instance_over_the_same_account_does_not_come_to_work(tmp_path: Path) -> None:
    # krypto 471: two instances over one account undo each other's orders.
    first = World(journal=SqliteJournal(tmp_path, TENANT), sound=False)
    first.buy(2, 3690)
    with pytest.raises(UserError, match="一个账户只能有一个主人"):
        SqliteJournal(tmp_path, TENANT)
    # The first goes on, and its order is where it was.
    first.wait(5)
    assert [row.remaining for row in first.account.live.values()] == [2]
    first.check()
    first.journal.close()


def test_krypto_471_what_one_strategy_cancels_are_its_own_orders(world: World) -> None:
    by_hand = world.buy(1, 3650)
    start_grid(world)
    world.wait(5)
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=GRID)).ok
    world.wait(5)
    assert list(world.account.live) == [by_hand.order]


def test_ft_3906_a_strategy_sells_only_what_it_bought_itself(world: World) -> None:
    # ft 3906: of two bots that trade one pair, one sells the coins of the other.
    world.buy(5, 3701)
    start_grid(world, OutOfRange.FLATTEN)
    world.show({RB: (3690, 3691)})
    world.wait(3)
    assert (world.net(RB), held(world, GRID)) == (7, 2)
    # When it leaves its range and flattens
    world.show({RB: (3669, 3670)})
    world.wait(20)
    # Then its own lots are gone and those bought by hand are there.
    assert world.account.strategies[GRID].status is StrategyStatus.FINISHED
    assert held(world, GRID) == 0
    assert world.net(RB) == 5


def test_ft_6436_two_who_share_one_book_never_enter_the_same_trade_twice(world: World) -> None:
    # ft 6436: several bots over one database, one to buy and one to sell; both may open, and neither knows.
    assert world.do(TRADER, c.TakeAccount(account=ONE)).ok
    body = c.StartStrategy(account=ONE, strategy=SPREAD, settings=spread_settings())
    refused = world.do(COLLEAGUE, body)
    assert not refused.ok
    assert str(TRADER) in refused.sentence
    start_spread(world)
    # The same command from two desks is one, whoever was quicker; after taking over it is the other's word that counts.
    assert world.do(COLLEAGUE, c.TakeAccount(account=ONE)).ok
    assert not world.do(TRADER, replace(body, strategy=StrategyId("spread-2"))).ok
    show(world)
    world.wait(20)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    assert world.facts(OrderRefused) == []
