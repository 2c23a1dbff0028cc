"""What the exchange holds as combinations changes the margin of the account, by its word alone."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.combined import Combined
from terminal.domain.facts import CombinationMoved
from terminal.domain.ids import ExchangeId
from terminal.domain.order import HedgeFlag, Side
from terminal.domain.reports import CombinationTold, QueryAnswer
from terminal.engine.snapshot import freeze, thaw
from tests.engine_world import ONE, I, World
from tests.scenario.conftest import Begin

LOCKED = Combined(first=I, second=I, flag=HedgeFlag.SPECULATION, side=Side.BUY, lots=2)


def locked(begin: Begin) -> World:
    """Return a world that holds two lots of ore on both sides."""
    world = begin()
    world.buy(2, "830.5", instrument=I)
    world.sell(2, "830", instrument=I)
    return world


def told(world: World, lots: int) -> CombinationTold:
    one = msgspec.structs.replace(LOCKED, lots=lots)
    day = world.account.trading_day
    return CombinationTold(account=ONE, exchange=ExchangeId("DCE"), trading_day=day, combined=one)


def answering(world: World, *combined: Combined) -> None:
    def rewrite(answer: QueryAnswer) -> QueryAnswer:
        return msgspec.structs.replace(answer, combinations=combined if answer.account == ONE else ())

    world.wire.rewrite = rewrite


def margin(world: World) -> Decimal:
    return world.account.book.view(world.engine.columns.last_price).margin


def test_a_combination_is_journaled_once_and_broken_by_the_exchanges_word(begin: Begin) -> None:
    world = locked(begin)
    both = margin(world)
    world.tell(told(world, 2), told(world, 2))
    assert [fact.combined for fact in world.facts(CombinationMoved)] == [LOCKED]
    # 2 lots x 100 t: the long leg at 830.5 binds more than the short one at 830.
    assert margin(world) == both * Decimal("830.5") / (Decimal("830.5") + 830)
    world.tell(told(world, 0))
    assert margin(world) == both
    assert [fact.combined.lots for fact in world.facts(CombinationMoved)] == [2, 0]


def test_a_complete_answer_mends_what_was_not_heard(begin: Begin) -> None:
    world = locked(begin)
    both = margin(world)
    answering(world, LOCKED)
    world.cut()
    assert world.account.book.combinations() == [LOCKED]
    assert margin(world) < both
    answering(world)
    world.cut()
    assert world.account.book.combinations() == []
    assert margin(world) == both


def test_an_answer_that_tells_of_no_combinations_changes_nothing(begin: Begin) -> None:
    world = locked(begin)
    world.tell(told(world, 2))
    world.wire.rewrite = lambda answer: msgspec.structs.replace(answer, combinations=None)
    world.cut()
    assert world.account.book.combinations() == [LOCKED]


def test_a_combination_outlives_a_restart_and_a_snapshot(begin: Begin) -> None:
    world = locked(begin)
    world.tell(told(world, 2))
    answering(world, LOCKED)
    before = margin(world)
    copy = thaw(freeze(world.state, accounts=None, persons=frozenset()))
    assert copy.state_hash() == world.state.state_hash()
    assert world.refolded().accounts[ONE].book.combinations() == [LOCKED]
    world.wire.rewrite = None
    world.wire.lose = (QueryAnswer,)
    world.cut()
    assert margin(world) == before
