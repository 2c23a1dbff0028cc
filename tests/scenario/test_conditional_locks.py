"""What holds an order that waits back (SAFETY I7, I21, I22): locks, a dead link, books that differ, lost roles."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain import commands as c
from terminal.domain.fact.facts import LevelChanged, OrderRecorded, Role, RolesGranted
from terminal.domain.market import Batch
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState as S
from terminal.domain.orders.order import Side
from terminal.domain.reports import QueryAnswer
from terminal.domain.words.risk import Level, Scope
from terminal.engine.turn import RUNNER, Turn
from tests.engine_world import COLLEAGUE, DAY, LIMITS, ONE, RB, TRADER, World
from tests.scenario.conftest import Begin
from tests.scenario.waiting_orders import BELOW, close, place, reaches, send, sent, wanted


def turned(world: World, level: Level) -> None:
    """Bring the whole account to a level, as a signal does."""
    turn = Turn(world.state, world.engine.columns.at, "timer", RUNNER)
    turn.say(
        LevelChanged(
            account=ONE,
            scope=Scope(),
            signal="zombie",
            value="1",
            threshold="",
            before=Level.NORMAL,
            after=level,
            at=turn.at,
        )
    )
    world.runner._append(turn)


def both(world: World) -> tuple[d.Conditional, d.Conditional]:
    world.buy(2, 3701)
    return wanted(reaches(3705), send(price=3690)), wanted(reaches(3705), close(2))


def test_at_red_what_opens_is_paused_and_a_take_profit_goes_out(begin: Begin) -> None:
    world = begin()
    opens, closes = (place(world, one) for one in both(world))
    turned(world, Level.RED)
    world.show({RB: (3705, 3706)})
    assert (opens.state, closes.state, world.net()) == (S.PAUSED, S.RELEASED, 0)
    assert "红色" in opens.note


def test_at_orange_what_opens_is_parked_for_a_second_person(begin: Begin) -> None:
    world = begin()
    opens = place(world, wanted(reaches(3705), send(price=3707)))
    turned(world, Level.ORANGE)
    world.show({RB: (3705, 3706)})
    assert (opens.state, list(opens.confirmations)) == (S.RELEASED, world.pending())
    assert sent(world) == []


def test_books_that_differ_hold_back_what_opens_and_never_a_stop_loss(begin: Begin) -> None:
    world = begin()
    opens, closes = (place(world, one) for one in both(world))

    def other(answer: QueryAnswer) -> QueryAnswer:
        return msgspec.structs.replace(answer, positions=())

    world.wire.rewrite = other
    world.cut()
    assert not world.account.barrier.passed
    world.show({RB: (3705, 3706)})
    assert (opens.state, closes.state) == (S.WAITING, S.RELEASED)
    assert world.net() == 0
    world.wire.rewrite = None
    world.wait(6)
    assert world.account.barrier.passed
    world.sound = False  # a position that never was there is not at the exchange either


def test_nothing_leaves_before_the_exchange_has_answered_after_a_cut(begin: Begin) -> None:
    world = begin()
    rows = [place(world, one) for one in both(world)]
    world.wire.lose = (QueryAnswer,)
    world.cut()
    world.show({RB: (3705, 3706)})
    assert [row.state for row in rows] == [S.WAITING, S.WAITING]
    world.wire.lose = ()
    world.wait(6)
    assert {row.state for row in rows} == {S.RELEASED}  # the quotes since then hold as well
    assert len(sent(world)) == 3


def test_whoever_may_order_no_more_opens_nothing_later(begin: Begin) -> None:
    world = begin()
    opens, closes = (place(world, one) for one in both(world))
    turn = Turn(world.state, world.engine.columns.at, "plan", RUNNER)
    turn.say(RolesGranted(account=ONE, person=TRADER, name=TRADER, roles=(Role.VIEWER,)))
    world.runner._append(turn)
    world.show({RB: (3705, 3706)})
    assert (opens.state, closes.state) == (S.FAILED, S.RELEASED)
    assert "没有下单权限" in opens.note


def test_what_closes_is_the_new_holders_after_a_taking_over(begin: Begin) -> None:
    world = begin(limits=msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(60_000)))
    world.buy(1, 3701)
    world.wait(3)
    world.buy(1, 3702)
    row = place(world, wanted(reaches(3690, BELOW), close(2)))
    assert world.do(COLLEAGUE, c.TakeAccount(account=ONE)).ok
    assert (row.person, row.version, row.state) == (COLLEAGUE, 2, S.WAITING)
    world.show({RB: (3690, 3691)})
    assert world.parked.confirmation.maker == COLLEAGUE


def test_a_quiet_exchange_holds_a_time_back_until_it_is_heard_again(begin: Begin) -> None:
    world = begin()
    row = place(world, wanted(d.TimeReached(instrument=RB, clock=9 * 3600 + 60), send(price=3701)))
    kept = dict(world.quotes)
    world.quotes = {name: shown for name, shown in kept.items() if name.startswith("DCE")}
    world.wait(65)
    assert row.state is S.WAITING
    world.quotes = kept
    world.show()
    assert row.state is S.RELEASED


def test_a_quote_the_exchange_repeats_with_an_old_stamp_triggers_nothing(begin: Begin) -> None:
    world = begin()
    row = place(world, wanted(reaches(3705), send(price=3707)))
    world.quotes[RB] = (3706, 3707)
    world.at += 1_000_000_000
    world.grow()
    batch: Batch = world.market.grown[-1]
    batch.rows[:, -1] = world.at - 24 * 3600 * 1_000_000_000  # the stamp of yesterday's last quote
    world.drain()
    assert row.state is S.WAITING
    world.show()
    assert row.state is S.RELEASED


def test_an_order_for_the_opening_is_checked_at_the_opening(begin: Begin) -> None:
    world = begin(limits=msgspec.structs.replace(LIMITS, position_lots=1))
    row = place(world, wanted(reaches(3705), send(Side.BUY, 2, 3707)))
    world.show({RB: (3705, 3706)})
    assert (row.state, world.facts(OrderRecorded)) == (S.FAILED, [])
    assert world.account.trading_day == DAY
