"""A cancel that the exchange takes none of now is a person's to ask for, and not repeated by a strategy."""

from __future__ import annotations

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import CancelRefused
from terminal.domain.words.risk import Scope
from terminal.engine.state import OrderRow
from tests.engine_world import DAY, ONE, RISK, TRADER, World
from tests.scenario.conftest import Begin


def resting_in_a_break(begin: Begin) -> tuple[World, OrderRow]:
    """Begin at 10:14, with an order that rests when the break comes at 10:15."""
    world = begin(at=instant(DAY, 10, 14))
    row = world.buy(1, 3600)
    world.wait_until(instant(DAY, 10, 15, 1))
    return world, row


def test_a_cancel_the_exchange_takes_none_of_now_is_not_repeated_until_it_does(begin: Begin) -> None:
    world, row = resting_in_a_break(begin)
    # When the switch is pulled in the break, Then the cancel is asked for at once and refused.
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练"))
    world.wait_until(instant(DAY, 10, 29))
    assert [one.code for one in world.facts(CancelRefused)] == ["NOT_IN_SESSION"]
    assert len(world.wire.cancelled) == 1
    # When the break is over, Then it is asked for again, and done.
    world.wait_until(instant(DAY, 10, 30, 2))
    assert len(world.wire.cancelled) == 2
    assert row.ended


def test_a_person_may_ask_for_a_cancel_whenever_he_likes(begin: Begin) -> None:
    world, row = resting_in_a_break(begin)
    for _ in range(3):
        world.do(TRADER, c.CancelOrder(account=ONE, order=row.order))
        world.wait(4)
    assert len(world.wire.cancelled) == 3
