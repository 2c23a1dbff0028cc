"""Stop-loss and take-profit on a position (C13): closes that hold its lots are taken back first, or nothing is sent."""

from __future__ import annotations

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import AlertRaised, CancelRecorded
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState as S
from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.domain.reports import Removed
from terminal.engine.books.conditional import ConditionalRow
from terminal.engine.conditional.release import FAILED
from tests.engine_world import DAY, ONE, RB, TRADER, World
from tests.scenario.conftest import Begin
from tests.scenario.waiting_orders import BELOW, close, place, reaches, send, sent, wanted

FIRST = d.WhenShort.CANCEL_FIRST


def with_a_take_profit(
    begin: Begin, *, when_short: d.WhenShort = FIRST, **options: object
) -> tuple[World, ConditionalRow]:
    """Return a world with four long lots, a close of three that rests above, and a stop on all four below."""
    world = begin(**options)
    world.buy(4, 3701)
    assert world.order(Side.SELL, 3, 3720, offset=Offset.CLOSE_TODAY).ok
    return world, place(world, wanted(reaches(3690, BELOW), close(4, when_short=when_short)))


def test_a_stop_takes_back_the_closes_that_hold_its_lots_and_then_closes(begin: Begin) -> None:
    world, row = with_a_take_profit(begin)
    world.show({RB: (3690, 3691)})
    assert len(row.clearing) == 1
    assert row.state is S.RELEASED
    assert [(one.lots, one.offset) for one in sent(world, 2)] == [(4, Offset.CLOSE_TODAY)]
    assert world.net() == 0
    assert [one.reason for one in world.facts(CancelRecorded)] == [f"条件单 {row.conditional} 先撤平仓单"]


def test_a_stop_that_may_not_take_them_back_is_not_sent_and_says_what_is_there(begin: Begin) -> None:
    world, row = with_a_take_profit(begin, when_short=d.WhenShort.FAIL)
    world.show({RB: (3690, 3691)})
    assert (row.state, row.note) == (S.FAILED, "rb2101 可平 1 手，少于要平的 4 手")
    assert [one.code for one in world.facts(AlertRaised)] == [FAILED]
    assert world.net() == 4


def test_it_waits_for_the_exchange_to_prove_the_cancel_and_closes_what_is_left(begin: Begin) -> None:
    world, row = with_a_take_profit(begin)
    world.wire.lose_cancels = True
    world.show({RB: (3690, 3691)})
    assert (row.state, len(sent(world))) == (S.TRIGGERED, 2)
    world.show({RB: (3720, 3721)})  # the close trades before its cancel arrives
    assert [one.lots for one in sent(world, 2)] == [1]
    assert (row.state, world.net()) == (S.RELEASED, 0)
    assert "可平 1 手" in row.note


def test_a_restart_between_trigger_and_close_goes_on_and_closes_once(begin: Begin) -> None:
    world, _ = with_a_take_profit(begin)
    world.wire.lose_cancels = True
    world.show({RB: (3690, 3691)})
    world.restart()
    world.wait(40)
    (row,) = world.account.conditionals.rows.values()
    assert row.state is S.RELEASED
    assert [one.lots for one in sent(world, 2)] == [4]
    assert world.net() == 0


def test_one_that_cannot_go_out_in_its_time_says_so(begin: Begin) -> None:
    world, row = with_a_take_profit(begin, at=instant(DAY, 14, 59, 30))
    world.wire.lose_cancels, world.wire.lose = True, (Removed,)  # nor is the end of the day order heard
    world.show({RB: (3690, 3691)})
    world.show_at(instant(DAY, 15))
    world.wait(1)
    assert (row.state, "请人工处理" in row.note) == (S.FAILED, True)
    assert [one.code for one in world.facts(AlertRaised)] == [FAILED]


def test_a_position_that_is_smaller_by_then_is_closed_as_it_is(begin: Begin) -> None:
    world = begin()
    world.buy(4, 3701)
    row = place(world, wanted(reaches(3690, BELOW), close(4, when_short=FIRST)))
    assert world.close_long(1, 3700).ok
    world.show({RB: (3690, 3691)})
    assert (row.state, world.net()) == (S.RELEASED, 0)
    assert world.account.orders[row.orders[0]].state is OrderState.FILLED


def test_a_position_that_is_gone_leaves_nothing_to_close(begin: Begin) -> None:
    world = begin()
    world.buy(2, 3701)
    row = place(world, wanted(reaches(3690, BELOW), close(2, when_short=FIRST)))
    assert world.close_long(2, 3700).ok
    world.show({RB: (3690, 3691)})
    assert (row.state, row.note) == (S.FAILED, "rb2101 可平 0 手，少于要平的 2 手")
    assert world.do(TRADER, c.WithdrawConditional(account=ONE, conditional=row.conditional)).code == "NOT_WAITING"


def test_two_equal_stops_triggered_together_both_close_and_no_habit_holds_the_second(begin: Begin) -> None:
    world = begin()
    world.buy(4, 3701)
    stop = wanted(reaches(3690, BELOW), close(2))
    first, second = place(world, stop), place(world, stop)
    world.show({RB: (3690, 3691)})
    assert (first.state, second.state) == (S.RELEASED, S.RELEASED)
    assert (first.confirmations, second.confirmations) == ((), ())
    assert [(one.lots, one.side) for one in sent(world, 1)] == [(2, Side.SELL)] * 2
    assert world.net() == 0


def test_an_equal_close_by_hand_a_moment_after_a_stop_is_still_asked_about(begin: Begin) -> None:
    world = begin()
    world.buy(4, 3701)
    place(world, wanted(reaches(3690, BELOW), close(2, ticks=0)))
    world.show({RB: (3690, 3691)})
    terms = sent(world, 1)[0]
    done = world.order(Side.SELL, terms.lots, terms.price, offset=terms.offset)
    assert (done.code, world.net()) == ("CONFIRM2", 2)


def test_what_opens_repeats_no_other_conditional_order_but_may_repeat_a_hand(begin: Begin) -> None:
    world = begin()
    opens = wanted(reaches(3705), send(price=3690))
    first, second = place(world, opens), place(world, opens)
    world.show({RB: (3705, 3706)})
    assert (first.state, second.state, world.pending()) == (S.RELEASED, S.RELEASED, [])
    world.wait(3)
    third = place(world, wanted(reaches(3705), send(price=3680)))
    assert world.order(Side.BUY, 2, 3680).ok
    world.show()
    assert (third.orders, len(third.confirmations)) == ((), 1)
