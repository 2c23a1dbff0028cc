"""What the exchange holds as combinations changes the margin of the account, by its word alone."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.books.combined import Combined
from terminal.domain.fact.facts import CombinationMoved, ExternalOrderSeen, ReportQuarantined
from terminal.domain.ids import ExchangeId, InstrumentId, SysId, TradeId, WireKey
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.reports import CombinationTold, OrderThere, PositionThere, QueryAnswer, Traded
from terminal.engine.records.snapshot import freeze, thaw
from tests.engine_world import DAY, ONE, I, World, terms
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


def test_an_order_on_a_combination_that_another_program_sent_is_a_strangers_and_its_legs_are_put_aside(
    begin: Begin,
) -> None:
    world = begin(sound=False)  # the exchange of this world lists no combinations: the wire says what one would
    ordered = terms(Side.BUY, 2, "30.5", instrument=InstrumentId("DCE.SP i2101&i2105"))
    dce, number, key = ExchangeId("DCE"), SysId("77"), WireKey("another program")
    there = OrderThere(
        wire_key=key, exchange=dce, sys_id=number, terms=ordered, filled=2, state="FILLED", trading_day=DAY
    )
    leg = Traded(
        account=ONE,
        wire_key=key,
        exchange=dce,
        sys_id=number,
        trade=TradeId("901"),
        trading_day=DAY,
        side=Side.BUY,
        instrument=I,
        lots=2,
        price=Decimal("830.5"),
        exchange_at=world.at,
    )
    far = msgspec.structs.replace(
        leg, trade=TradeId("902"), side=Side.SELL, instrument=InstrumentId("DCE.i2105"), price=Decimal(800)
    )
    held = PositionThere(
        instrument=I,
        hedge_flag=HedgeFlag.SPECULATION,
        long_today=2,
        long_yesterday=0,
        short_today=0,
        short_yesterday=0,
    )

    def rewrite(answer: QueryAnswer) -> QueryAnswer:
        if answer.account != ONE:
            return answer
        return msgspec.structs.replace(answer, orders=(*answer.orders, there), positions=(*answer.positions, held))

    world.wire.rewrite = rewrite
    world.tell(leg, far)
    world.cut()
    assert [fact.terms.instrument for fact in world.facts(ExternalOrderSeen)] == [ordered.instrument]
    assert {fact.code for fact in world.facts(ReportQuarantined)} == {"UNKNOWN_ORDER"}
    assert world.net(I) == 0
    # The positions differ, so nothing opens until somebody has looked.
    assert not world.account.barrier.passed
    assert not world.order(Side.BUY, 1, "830.5", instrument=I).ok
