"""A desk is told of conditional orders as they are folded, in words, and only whose it is of what became of one."""

from __future__ import annotations

from terminal.domain import commands as c
from terminal.domain.market import DayFacts
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState
from terminal.domain.orders.conditional import ConditionalState as S
from terminal.domain.orders.order import Offset, Side
from terminal.domain.words.risk import Level
from terminal.engine.conditional.line import ConditionalLine
from tests.engine_world import CHECKER, COLLEAGUE, DAY, NEXT_NIGHT, ONE, RB, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.waiting_orders import ABOVE, BELOW, close, place, reaches, send, wanted


def line(desk: Desk) -> ConditionalLine:
    (found,) = desk.look().conditionals.values()
    return found


def test_a_line_says_what_is_waited_for_what_is_sent_and_how_long() -> None:
    world = World()
    desk = Desk(world, TRADER)
    row = place(world, wanted(reaches(3690, BELOW), close(2, when_short=d.WhenShort.CANCEL_FIRST)))
    shown = line(desk)
    assert (shown.conditional, shown.state, shown.told) == (row.conditional, ConditionalState.WAITING, "")
    assert shown.condition == "rb2101 买价 ≤ 3690"
    assert shown.release == "卖平持仓 rb2101 2 手 @对手价−2 跳（可平不足先撤平仓单）"
    assert shown.validity == "当日有效（到 2020-08-21 15:00）"


def test_whose_it_is_is_told_that_it_went_out_and_nobody_else() -> None:
    world = World()
    mine, other = Desk(world, TRADER), Desk(world, COLLEAGUE)
    place(world, wanted(reaches(3705), send(price=3690)))
    world.show({RB: (3705, 3706)})
    shown = line(mine)
    assert shown.note == "rb2101 买价 3705；已报单 A1-00000001"
    assert "已触发：rb2101 买价 3705；已报单 A1-00000001" in shown.told
    assert shown.level is Level.NORMAL
    assert line(other).told == ""


def test_one_that_could_not_be_sent_says_why_and_warns() -> None:
    world = World()
    desk = Desk(world, TRADER)
    place(world, wanted(reaches(3705), send(Side.SELL, offset=Offset.CLOSE_TODAY)))
    world.show({RB: (3705, 3706)})
    shown = line(desk)
    assert (shown.state, shown.level) == (ConditionalState.FAILED, Level.ORANGE)
    assert "没有报出" in shown.told
    assert "可平" in shown.note


def test_a_settlement_forgets_what_is_over_and_a_desk_that_begins_anew_lists_what_stands() -> None:
    world = World()
    desk = Desk(world, TRADER)
    place(world, wanted(reaches(3705), send()))
    stays = place(world, wanted(reaches(3800), send(), d.Validity.GTC))
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, settlement=3700)])
    world.show_at(NEXT_NIGHT)
    assert desk.look().conditionals[stays.conditional].stands
    desk.begin()
    assert desk.show().conditionals[stays.conditional].stands


def test_one_that_was_parked_says_what_became_of_the_approval_and_its_order_says_whence_it_comes() -> None:
    world = World()
    desk = Desk(world, TRADER)
    place(world, wanted(reaches("831", instrument=I), send(lots=70, price="832", instrument=I)))
    world.show({I: ("831", "831.5")})
    assert line(desk).note == "i2101 买价 831；复核 A1-C000001 待复核"
    assert world.decide(CHECKER, world.parked).ok
    drained = desk.look()
    (shown,), (order,) = drained.conditionals.values(), drained.orders.values()
    assert shown.note == "i2101 买价 831；复核 A1-C000001 已批准并执行，已报出，全部成交"
    assert order.source == "条件单 T000001"


def test_what_is_attached_to_a_position_stands_on_its_line_and_names_the_other_of_two() -> None:
    world = World()
    desk = Desk(world, TRADER)
    world.buy(5, 3701)
    stop = wanted(reaches(3690, BELOW), close(3), d.Validity.GTC)
    profit = wanted(reaches(3710, ABOVE), close(3), d.Validity.GTC)
    assert world.do(TRADER, c.GuardPosition(account=ONE, exits=(stop, profit))).ok
    seen = desk.look()
    assert [one.note for one in seen.conditionals.values()] == [
        "附在持仓上，与 T000002 二择一",
        "附在持仓上，与 T000001 二择一",
    ]
    (held,) = desk.books[ONE].positions
    assert (held.guard, held.unguarded) == ("止损 3690 · 止盈 3710（3 手）", 2)
    assert world.close_long(3, 3699).ok
    notes = [one.note for one in desk.look().conditionals.values()]
    assert notes == [f"附在持仓上，与 T00000{other} 二择一；持仓减到 2 手" for other in (2, 1)]
    desk.look()
    (held,) = desk.books[ONE].positions
    assert (held.guard, held.unguarded, held.beside) == ("止损 3690 · 止盈 3710", 0, None)
    world.show({RB: (3710, 3711)})
    seen = desk.look()
    assert desk.books[ONE].positions == ()
    assert [seen.conditionals[name].state for name in sorted(seen.conditionals)] == [S.EXPIRED, S.RELEASED]


def test_the_line_names_what_guards_all_of_it_alone() -> None:
    world = World()
    desk = Desk(world, TRADER)
    world.buy(5, 3701)
    stop = wanted(reaches(3690, BELOW), close(5), d.Validity.GTC)
    assert world.do(TRADER, c.GuardPosition(account=ONE, exits=(stop,))).ok
    (row,) = world.account.conditionals.rows.values()
    desk.look()
    assert [one.beside for one in desk.books[ONE].positions] == [row.conditional]
    world.buy(1, 3701)
    desk.look()
    assert [one.beside for one in desk.books[ONE].positions] == [None]


def test_beside_a_stop_whose_take_profit_was_withdrawn_another_one_can_be_put() -> None:
    world = World()
    desk = Desk(world, TRADER)
    world.buy(5, 3701)
    stop = wanted(reaches(3690, BELOW), close(5), d.Validity.GTC)
    profits = [wanted(reaches(price, ABOVE), close(5), d.Validity.GTC) for price in (3710, 3706)]
    assert world.do(TRADER, c.GuardPosition(account=ONE, exits=(stop, profits[0]))).ok
    first, second = world.account.conditionals.rows
    desk.look()
    assert world.do(TRADER, c.WithdrawConditional(account=ONE, conditional=second)).ok
    assert desk.look().conditionals[first].note == "附在持仓上"
    (held,) = desk.books[ONE].positions
    assert (held.guard, held.unguarded, held.beside) == ("止损 3690", 0, first)
    assert world.do(TRADER, c.GuardPosition(account=ONE, exits=(profits[1],), beside=held.beside)).ok
    seen = desk.look()
    third = list(world.account.conditionals.rows)[-1]
    assert [seen.conditionals[name].note for name in (first, third)] == [
        "附在持仓上，与 T000003 二择一",
        "附在持仓上，与 T000001 二择一",
    ]
    (held,) = desk.books[ONE].positions
    assert (held.guard, held.unguarded, held.beside) == ("止损 3690 · 止盈 3706", 0, None)
