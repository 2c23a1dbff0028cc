"""What becomes of an order when the world is not orderly: late, lost, doubled, raced (SAFETY 2, I4-I8, I10)."""

from __future__ import annotations

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import CancelRefused, OrderFilled, OrderRejected, OrderSent
from terminal.domain.orders.order import Offset, OrderState, Side, TimeCondition
from terminal.domain.reports import Accepted, CancelRejected, Rejected, Removed, Traded
from terminal.engine.orders import gate
from terminal.engine.state import OrderRow
from tests.engine_world import LIMITS, ONE, RB, TRADER, DiedError, I, World
from tests.scenario.conftest import Begin

FILLED, CANCELLED, LIVE, PARTIAL = OrderState.FILLED, OrderState.CANCELLED, OrderState.LIVE, OrderState.PARTIAL
UNKNOWN, SENT, REJECTED = OrderState.UNKNOWN, OrderState.SENT, OrderState.REJECTED


def cancel(world: World, row: OrderRow) -> None:
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=row.order)).ok


def test_an_order_that_meets_the_market_fills_and_one_that_does_not_rests(world: World) -> None:
    assert world.buy(2, 3701).state is FILLED
    assert world.buy(2, 3690).state is LIVE
    assert world.net() == 2


def test_sent_is_recorded_with_the_next_turn_and_never_before_the_intent(world: World) -> None:
    world.wire.hold = (Accepted,)
    row = world.buy(1, 3690)
    assert row.state is OrderState.RECORDED
    world.show()
    assert row.state is SENT
    kinds = [record.kind for record in world.records()]
    assert kinds.index("order_recorded") < kinds.index("order_sent")
    assert len(world.facts(OrderSent)) == 1
    world.tell_held()


# --- out of order ----------------------------------------------------------------------------------------------


def test_a_fill_before_its_order_counts_and_the_acceptance_takes_nothing_back(world: World) -> None:
    world.wire.hold = (Accepted,)
    row = world.buy(2, 3701)
    assert (row.state, row.filled, world.net()) == (FILLED, 2, 2)
    world.tell_held()
    assert (row.state, row.filled, world.net()) == (FILLED, 2, 2)


def test_everything_told_twice_counts_once(world: World) -> None:
    world.wire.repeat = True
    first = world.buy(2, 3701)
    second = world.buy(3, 3690)
    cancel(world, second)
    world.cut()
    assert (first.state, second.state, world.net()) == (FILLED, CANCELLED, 2)
    assert len(world.facts(OrderFilled)) == 1
    assert world.account.book.view(world.engine.columns.last_price).commission == 6


def test_a_fill_after_the_word_that_the_order_ended_still_counts(world: World) -> None:
    # Given an order of five, three of them filled and not told, and a removal that says so
    world.wire.hold = (Traded,)
    row = world.buy(5, 3690)
    world.show({RB: (3685, 3690)}, lots=3)
    cancel(world, row)
    # Then the answer the runner asked for brings the fill and the end; the late report brings nothing more.
    assert (row.state, row.filled, world.net()) == (CANCELLED, 3, 3)
    world.tell_held()
    assert (row.filled, world.net()) == (3, 3)
    assert len(world.facts(OrderFilled)) == 1


def test_a_removal_before_its_fills_keeps_the_lots_reserved(begin: Begin) -> None:
    # Given a limit of five lots, and an order of five that was removed with three fills still on their way
    world = begin(limits=msgspec.structs.replace(LIMITS, position_lots=5))
    world.wire.hold = (Traded,)
    world.wire.rewrite = lambda answer: msgspec.structs.replace(answer, trades=(), orders=())
    world.order(Side.BUY, 4, 3690)
    world.show({RB: (3685, 3690)}, lots=3)
    row = next(iter(world.account.orders.values()))
    cancel(world, row)
    # Then the order has not ended for us, and its room is not given to another one.
    assert (row.state, row.filled) == (LIVE, 0)
    assert world.order(Side.BUY, 2, 3600).code == "POSITION_LIMIT"
    # When the fills arrive and the exchange is asked again
    world.wire.rewrite = None
    world.tell_held()
    assert (row.state, row.filled) == (PARTIAL, 3)
    world.wait(40)
    assert (row.state, world.net()) == (CANCELLED, 3)


def test_a_cancel_that_loses_the_race_is_refused_and_the_fill_counts(world: World) -> None:
    # Given a resting order that filled a moment ago, unheard of here
    row = world.buy(2, 3690)
    world.wire.hold = (Traded,)
    world.show({RB: (3685, 3689)})
    # When it is cancelled
    cancel(world, row)
    # Then the exchange says it is too late, and nobody calls it cancelled.
    assert row.state is LIVE
    assert [one.code for one in world.facts(CancelRefused)] == ["INSUITABLE_ORDER_STATUS"]
    world.tell_held()
    assert (row.state, row.cancel_refused, world.net()) == (FILLED, True, 2)


def test_a_cancel_that_wins_the_race_leaves_what_was_filled(world: World) -> None:
    row = world.buy(5, 3690)
    world.show({RB: (3685, 3690)}, lots=2)
    assert (row.state, row.filled) == (PARTIAL, 2)
    cancel(world, row)
    assert (row.state, row.filled, world.net()) == (CANCELLED, 2, 2)
    assert world.account.book.worst_lots(RB) == (2, 0), "nothing is reserved any more"


def test_a_report_about_an_order_that_ended_moves_nothing(world: World) -> None:
    row = world.buy(2, 3701)
    key = row.wire_key
    assert row.exchange is not None
    assert row.sys_id is not None
    world.tell(
        Accepted(account=ONE, wire_key=key, exchange=row.exchange, sys_id=row.sys_id, exchange_at=world.at),
        Removed(
            account=ONE, wire_key=key, exchange=row.exchange, sys_id=row.sys_id, unfilled=2, expired=False, why="迟到"
        ),
        Rejected(account=ONE, wire_key=key, code="LATE", text="迟到"),
        CancelRejected(account=ONE, wire_key=key, code="LATE", text="迟到"),
    )
    assert (row.state, row.filled, world.net()) == (FILLED, 2, 2)


# --- refused by the exchange -----------------------------------------------------------------------------------


@pytest.fixture
def ungated(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Ask no rules, so that what only the exchange refuses reaches it."""
    monkeypatch.setattr(gate, "RULES", ())
    return world


def test_the_exchanges_refusal_is_a_rejection_with_its_words(ungated: World) -> None:
    world = ungated
    world.buy(1, "830.5", instrument=I)
    done = world.close_long(1, "830", instrument=I, offset=Offset.CLOSE_TODAY)  # DCE knows no 平今
    (fact,) = world.facts(OrderRejected)
    assert done.ok
    assert (fact.code, fact.text) == ("BAD_OFFSET_FLAG", "该交易所不区分平今平昨，请使用平仓")
    assert world.net(I) == 1


def test_a_late_rejection_ends_an_order_that_nobody_could_speak_for(ungated: World) -> None:
    world = ungated
    world.wire.hold = (Rejected,)
    world.wire.rewrite = lambda answer: msgspec.structs.replace(answer, orders=())
    world.buy(1, "830.5", instrument=I)
    world.close_long(1, "830", instrument=I, offset=Offset.CLOSE_TODAY)
    row = list(world.account.orders.values())[-1]
    world.wait(5)
    assert row.state is UNKNOWN
    world.tell_held()
    assert row.state is REJECTED
    world.wire.rewrite = None


def test_a_rejection_that_was_lost_is_found_by_asking(ungated: World) -> None:
    world = ungated
    world.wire.lose = (Rejected,)
    world.buy(1, "830.5", instrument=I)
    world.close_long(1, "830", instrument=I, offset=Offset.CLOSE_TODAY)
    row = list(world.account.orders.values())[-1]
    world.wait(4)
    assert row.state is REJECTED
    assert [one.code for one in world.facts(OrderRejected)] == ["BAD_OFFSET_FLAG"]


@pytest.mark.parametrize(
    ("condition", "filled", "state"),
    [(TimeCondition.FAK, 3, CANCELLED), (TimeCondition.FOK, 0, CANCELLED), (TimeCondition.GFD, 3, PARTIAL)],
)
def test_the_time_condition_says_what_becomes_of_the_rest(
    world: World, condition: TimeCondition, filled: int, state: OrderState
) -> None:
    world.show({RB: (3700, 3701)}, lots=3)
    world.order(Side.BUY, 5, 3701, condition=condition)
    (row,) = world.account.orders.values()
    assert (row.filled, row.state, world.net()) == (filled, state, filled)


# --- the process dies ------------------------------------------------------------------------------------------


def test_a_runner_killed_before_the_wire_sends_nothing_again(world: World) -> None:
    # Given an intent that was committed and never sent
    world.wire.die = "before"
    with pytest.raises(DiedError):
        world.buy(2, 3701)
    # When another runner takes over
    world.restart()
    (row,) = world.account.orders.values()
    assert row.state is UNKNOWN
    world.wait(40)
    # Then the order is proven absent and void; nobody sends it a second time.
    assert row.state is OrderState.VOID
    assert world.wire.sent == []
    assert world.net() == 0


def test_a_runner_killed_after_the_wire_finds_its_order_and_its_fill(world: World) -> None:
    world.wire.die = "after"
    with pytest.raises(DiedError):
        world.buy(2, 3701)
    world.restart()
    (row,) = world.account.orders.values()
    assert (row.state, row.filled, world.net()) == (FILLED, 2, 2)
    assert len(world.wire.sent) == 1


def test_a_command_that_died_with_its_runner_has_taken_effect_once(world: World) -> None:
    # The desk has no answer and asks again with the same number: it gets the first result.
    world.wire.die = "after"
    with pytest.raises(DiedError):
        world.order(Side.BUY, 2, 3701)
    world.restart()
    again = world.do(TRADER, c.SubmitOrder(terms=world.wire.sent[0].terms), command="c1")
    assert again.ok
    assert len(world.wire.sent) == 1
    assert world.net() == 2
