"""A contract nears its delivery: the exchange lets fewer lots be held and asks more margin, from the day it says."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain import commands as c
from terminal.domain.fact.facts import InstrumentListed
from terminal.domain.orders.order import HedgeFlag, Offset, OrderState, Side
from terminal.domain.products.product import PositionLimit
from tests.engine_world import DAY, NEXT_DAY, NEXT_NIGHT, RB, TRADER, World, instruments, terms
from tests.scenario.conftest import Begin

TEN = msgspec.structs.replace(instruments()[RB], position_limit=PositionLimit(lots=10))
NEARER = msgspec.structs.replace(TEN, position_limit=PositionLimit(lots=4), margin_rate=Decimal("0.15"))


def margin(world: World) -> Decimal:
    return world.account.book.view(lambda _: None).margin


def refused(world: World, side: Side, lots: int, price: int, flag: HedgeFlag = HedgeFlag.SPECULATION) -> str:
    done = world.do(TRADER, c.SubmitOrder(terms=terms(side, lots, price, flag=flag)))
    return "" if done.ok else done.sentence


def test_nobody_holds_more_than_the_exchange_allows_and_hedging_has_its_own_quota(begin: Begin) -> None:
    world = begin(changed={(RB, DAY): TEN})
    assert world.buy(6, 3701).state is OrderState.FILLED
    assert world.buy(3, 3690).state is OrderState.LIVE
    sentence = refused(world, Side.BUY, 2, 3701)
    assert "11 手，超过交易所现阶段的持仓限额 10 手；请减少 1 手" in sentence
    assert refused(world, Side.BUY, 20, 3701, HedgeFlag.HEDGE) == ""
    assert refused(world, Side.BUY, 1, 3690) == ""  # lots that hedge do not use up the limit of those that do not
    assert refused(world, Side.SELL, 10, 3700) == ""  # each side for itself


def test_the_terms_of_the_next_day_are_listed_with_its_first_quotes(begin: Begin) -> None:
    world = begin(changed={(RB, DAY): TEN, (RB, NEXT_DAY): NEARER})
    world.buy(6, 3701)
    before = margin(world)
    world.show_at(NEXT_NIGHT)
    assert [fact.instrument for fact in world.facts(InstrumentListed) if fact.instrument.id == RB] == [TEN, NEARER]
    assert margin(world) > before * Decimal("1.8")  # 15 % instead of 8 %
    assert "7 手，超过交易所现阶段的持仓限额 4 手" in refused(world, Side.BUY, 1, 3701)
    assert world.close_long(3, 3700, offset=Offset.CLOSE_YESTERDAY).ok
    assert refused(world, Side.BUY, 1, 3701) == ""


def test_a_day_with_the_same_terms_lists_nothing_again(begin: Begin) -> None:
    world = begin()
    listed = len(world.facts(InstrumentListed))
    world.show_at(NEXT_NIGHT)
    assert len(world.facts(InstrumentListed)) == listed


def test_another_tick_is_not_taken_over_in_a_running_journal(begin: Begin) -> None:
    finer = msgspec.structs.replace(TEN, tick=Decimal("0.5"))
    world = begin(changed={(RB, NEXT_DAY): finer})
    world.show_at(NEXT_NIGHT)
    listed = world.runner.state.tenant.instruments[RB]
    assert (listed.tick, listed.position_limit) == (1, PositionLimit(lots=10))


def test_lots_that_hedge_bind_the_margin_the_exchange_asks_of_hedging(begin: Begin) -> None:
    two = msgspec.structs.replace(instruments()[RB], margin_rate=Decimal("0.1"), hedge_margin_rate=Decimal("0.05"))
    world = begin(changed={(RB, DAY): two})
    assert refused(world, Side.BUY, 2, 3701) == ""
    assert margin(world) == 2 * 3701
    assert refused(world, Side.BUY, 2, 3701, HedgeFlag.HEDGE) == ""
    assert margin(world) == 3 * 3701
