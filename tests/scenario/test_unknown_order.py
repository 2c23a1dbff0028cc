"""Silence proves nothing: an order without an answer is UNKNOWN until the exchange says what it is (SAFETY 2, I5)."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact.facts import LevelChanged, OrderUnknown, OrderVoided
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.reports import Accepted, QueryAnswer, Rejected
from terminal.domain.words.risk import Level, Scope
from terminal.engine.alert.levels import Watch
from terminal.engine.turn import RUNNER, Turn
from tests.engine_world import DAY, LIMITS, ONE, RB, RISK, SECOND_RISK, TRADER, I, World
from tests.scenario.conftest import Begin

LIVE, SENT, UNKNOWN, VOID = OrderState.LIVE, OrderState.SENT, OrderState.UNKNOWN, OrderState.VOID


def level(world: World, signal: str) -> Level:
    found = [row.level for row in world.account.levels.values() if row.signal == signal]
    return found[0] if found else Level.NORMAL


def test_three_seconds_without_a_report_and_nobody_can_say(world: World) -> None:
    world.wire.lose = (Accepted, QueryAnswer)
    row = world.buy(2, 3690)
    world.wait(3)
    assert row.state is SENT
    world.wait(1)
    assert row.state is UNKNOWN
    assert [one.why for one in world.facts(OrderUnknown)] == ["3 秒内没有回报"]


def test_a_lost_acceptance_is_found_by_asking_at_once(world: World) -> None:
    world.wire.lose = (Accepted,)
    row = world.buy(2, 3690)
    world.wait(4)
    assert row.state is LIVE
    assert row.sys_id == "1"
    assert len(world.wire.sent) == 1


def test_a_lost_link_makes_what_was_under_way_unknown_and_leaves_the_rest(world: World) -> None:
    resting = world.buy(1, 3690)
    world.wire.hold = (Accepted,)
    fresh = world.buy(1, 3689)
    world.cut()
    # The private stream of the new session proves it: LIVE again, and sent only once.
    assert [one.order for one in world.facts(OrderUnknown)] == [fresh.order]
    assert resting.state is LIVE
    world.tell_held()
    assert fresh.state is LIVE
    assert len(world.wire.sent) == 2


def test_an_unknown_order_holds_its_room_and_margin(begin: Begin) -> None:
    # Given room for ten lots and an order of eight that nobody can speak for
    world = begin(limits=msgspec.structs.replace(LIMITS, position_lots=10, position_confirm_fraction=Decimal(1)))
    world.wire.lose_orders = True
    world.buy(8, 3690)
    world.wait(5)
    world.wire.lose_orders = False
    # Then three more are refused, and two are not; its margin stays frozen; nothing of ours may meet it.
    assert world.order(Side.BUY, 3, 3690).code == "POSITION_LIMIT"
    assert world.account.book.view(world.engine.columns.last_price).frozen_margin > 20_000
    assert world.order(Side.SELL, 1, 3690).code == "SELF_MATCH"
    assert world.order(Side.BUY, 2, 3689).ok


def test_it_is_void_only_after_two_complete_answers_and_thirty_seconds(world: World) -> None:
    # Given an order that never arrived: UNKNOWN after four seconds, asked about every five
    world.wire.lose_orders = True
    row = world.buy(2, 3701)
    world.wait(4)
    assert (row.state, row.absent_queries) == (UNKNOWN, 1)
    world.wait(29)
    assert row.state is UNKNOWN, "29 seconds are not 30, however many answers there were"
    assert row.absent_queries > 2
    world.wait(6)
    # Then it is proven never to have left; its room is free, and it was sent once.
    assert row.state is VOID
    assert world.account.book.worst_lots(RB) == (0, 0)
    assert len(world.wire.sent) == 1
    (fact,) = world.facts(OrderVoided)
    assert fact.why == "两次完整查询均无此委托"


def test_one_answer_does_not_prove_absence_however_late(world: World) -> None:
    # Given that the exchange does not answer for a minute
    world.wire.lose_orders = True
    world.wire.lose = (QueryAnswer,)
    row = world.buy(2, 3701)
    world.wait(50)
    assert (row.state, row.absent_queries) == (UNKNOWN, 0)
    # When it answers once
    world.wire.lose = ()
    while not row.absent_queries:
        world.wait(1)
    assert row.state is UNKNOWN
    # And once more, five seconds later
    world.wait(4)
    assert row.state is UNKNOWN
    world.wait(1)
    assert row.state is VOID


def test_two_answers_within_five_seconds_are_one(world: World) -> None:
    world.wire.lose_orders = True
    world.wire.lose = (QueryAnswer,)
    row = world.buy(2, 3701)
    world.wait(50)
    world.wire.lose = ()
    while not row.absent_queries:
        world.wait(1)
    world.tell(world.wire.answers[-1])  # the same page again
    assert (row.state, row.absent_queries) == (UNKNOWN, 2)


def test_a_new_cut_begins_the_thirty_seconds_anew(world: World) -> None:
    world.wire.lose_orders = True
    row = world.buy(2, 3701)
    world.wait(28)
    world.cut()
    world.wait(20)
    assert row.state is UNKNOWN
    world.wait(20)
    assert row.state is VOID


def test_a_rejection_proves_absence_too(world: World) -> None:
    world.wire.lose_orders = True
    row = world.buy(2, 3701)
    world.wait(5)
    world.tell(Rejected(account=ONE, wire_key=row.wire_key, code="FRONT", text="前置拒绝"))
    assert row.state is OrderState.REJECTED


# --- levels ----------------------------------------------------------------------------------------------------


def test_an_unknown_order_is_orange_after_three_seconds_and_red_after_sixty(world: World) -> None:
    world.wire.lose = (Accepted, QueryAnswer)
    row = world.buy(2, 3690)
    world.wait(4)
    assert (row.state, level(world, "unknown_orders")) == (UNKNOWN, Level.NORMAL)
    world.wait(4)
    assert level(world, "unknown_orders") is Level.ORANGE
    assert world.order(Side.BUY, 1, 3690).code == "CONFIRM2"
    world.wait(56)
    assert level(world, "unknown_orders") is Level.ORANGE
    world.wait(2)
    assert level(world, "unknown_orders") is Level.RED


def test_orange_clears_at_once_when_the_order_is_proven(world: World) -> None:
    world.wire.lose = (Accepted, QueryAnswer)
    row = world.buy(2, 3690)
    world.wait(10)
    assert level(world, "unknown_orders") is Level.ORANGE
    world.wire.lose = ()
    world.wait(6)
    assert (row.state, level(world, "unknown_orders")) == (LIVE, Level.NORMAL)


def test_a_break_is_no_waiting(begin: Begin) -> None:
    # Given an order without an answer ten seconds before the morning break
    world = begin(at=instant(DAY, 11, 29, 50))
    world.wire.lose = (Accepted, QueryAnswer)
    row = world.buy(2, 3690)
    world.wait(9)
    assert row.state is UNKNOWN
    # When two hours later the afternoon begins
    world.show_at(instant(DAY, 13, 30))
    world.wait(10)
    # Then those two hours were no two hours of silence.
    assert level(world, "unknown_orders") is Level.ORANGE


def test_a_restart_forgets_neither_the_level_of_a_doubtful_order_nor_who_has_seen_it(world: World) -> None:
    # Given an order that never arrived, orange for it, and somebody who has seen that
    world.wire.lose_orders = True
    row = world.buy(2, 3690)
    world.wait(10)
    seen = c.AcknowledgeLevel(account=ONE, scope=Scope(), signal="unknown_orders", level=Level.ORANGE)
    assert world.do(RISK, seen).ok
    # When the runner is started again, and the answer leaves the order open
    world.restart()
    world.wait(1)
    # Then it has been orange without a break: whoever opens needs a second person, and nobody has to look again.
    assert (world.account.orders[row.order].state, world.account.barrier.passed) == (UNKNOWN, True)
    assert world.order(Side.BUY, 1, 3689).code == "CONFIRM2"
    assert [fact.after for fact in world.facts(LevelChanged)] == [Level.ORANGE]
    (standing,) = [one for one in world.account.levels.values() if one.signal == "unknown_orders"]
    assert standing.seen_by == RISK


def test_a_doubtful_order_grows_no_older_while_nobody_can_be_asked_about_it(world: World) -> None:
    world.wire.lose = (Accepted, QueryAnswer)
    world.buy(2, 3690)
    world.wait(4)
    watch, turn = Watch(), Turn(world.state, world.at, "test", RUNNER)
    for steady, linked in ((1, True), (3, True), (5, False), (64, False), (65, True)):
        world.account.linked = linked
        watch.look_at(turn, world.engine.look, world.account, steady=steady * SECOND_NS)
        assert level(world, "unknown_orders") is Level.NORMAL
    watch.look_at(turn, world.engine.look, world.account, steady=66 * SECOND_NS)
    assert level(world, "unknown_orders") is Level.ORANGE
    world.account.linked = False
    watch.look_at(turn, world.engine.look, world.account, steady=200 * SECOND_NS)
    assert level(world, "unknown_orders") is Level.ORANGE
    world.sound = False  # what this watch said is in no journal


def test_market_time_that_an_exchange_plays_once_more_makes_no_order_older(world: World) -> None:
    # An exchange that was killed is some seconds behind our journal: they have been, and nobody waited through them.
    world.wire.lose = (Accepted, QueryAnswer)
    row = world.buy(2, 3690)
    world.engine.floor = world.at + 70 * SECOND_NS
    world.wait(69)
    assert (row.state, level(world, "unknown_orders")) == (UNKNOWN, Level.NORMAL)
    world.wait(6)
    assert level(world, "unknown_orders") is Level.ORANGE


# --- the zombie ------------------------------------------------------------------------------------------------


def zombie(world: World, price: int) -> None:
    """Have an order declared void and arrive after all."""
    world.wire.hold_orders = True
    row = world.buy(2, price)
    world.wait(40)
    assert row.state is VOID
    world.arrive()


@pytest.mark.parametrize(("price", "state"), [(3690, LIVE), (3701, OrderState.FILLED)])
def test_a_void_order_that_appears_is_attached_counted_and_red(world: World, price: int, state: OrderState) -> None:
    zombie(world, price)
    (row,) = world.account.orders.values()
    assert row.state is state
    assert world.net() == (2 if price == 3701 else 0)
    assert world.account.zombies == 1
    world.wait(1)
    assert level(world, "zombie") is Level.RED
    assert world.order(Side.BUY, 1, "830.5", instrument=I).code == "LEVEL_RED"


def test_a_zombie_that_only_a_query_shows_is_found_too(world: World) -> None:
    world.wire.lose = (Accepted,)
    zombie(world, 3690)
    world.wait(31)
    (row,) = world.account.orders.values()
    assert (row.state, world.account.zombies) == (LIVE, 1)
    assert level(world, "zombie") is Level.RED


def test_a_zombie_holds_room_and_margin_again(begin: Begin) -> None:
    world = begin(limits=msgspec.structs.replace(LIMITS, position_lots=10))
    zombie(world, 3690)
    assert world.account.book.worst_lots(RB) == (2, 0)
    (row,) = world.account.orders.values()
    world.do(TRADER, c.CancelOrder(account=ONE, order=row.order))
    assert world.account.book.worst_lots(RB) == (0, 0)


def test_two_persons_who_have_looked_at_it_may_release_it_for_good(world: World) -> None:
    zombie(world, 3701)
    world.wait(2)
    for person in (RISK, SECOND_RISK):
        assert world.do(person, c.Release(account=ONE, scope=Scope(), reason="已核对，成交属实")).ok
    assert level(world, "zombie") is Level.ORANGE
    world.wait(10)
    assert level(world, "zombie") is Level.ORANGE
    world.wait(120)
    assert level(world, "zombie") is Level.NORMAL
    # The next one is red again.
    world.wire.hold_orders = True
    world.order(Side.BUY, 1, 3680)
    world.wait(40)
    world.arrive()
    world.wait(2)
    assert level(world, "zombie") is Level.RED
