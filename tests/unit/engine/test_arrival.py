"""Reports of one order in every order of arrival, doubled and mixed: one and the same end (SAFETY I8, I10)."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain import commands as c
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.reports import Accepted, Removed, Report, Traded
from tests.engine_world import ONE, RB, TRADER, World

PRIVATE = (Accepted, Traded, Removed)


def told_nothing(*, cancelled: bool) -> World:
    """Play an order of five to its end at the exchange, and keep every word of it back."""
    world = World()
    world.wire.hold = PRIVATE
    world.wire.rewrite = lambda answer: answer.__class__(
        account=answer.account,
        query=answer.query,
        trading_day=answer.trading_day,
        orders=(),
        trades=(),
        positions=(),
        reports_before=0,
    )
    world.buy(5, 3690)
    world.show({RB: (3685, 3690)}, lots=1)
    world.show({RB: (3685, 3689)}, lots=1)
    if cancelled:
        world.do(TRADER, c.CancelOrder(account=ONE, order=next(iter(world.account.orders))))
    else:
        world.show({RB: (3684, 3688)}, lots=3)
    return world


@cache
def story(*, cancelled: bool) -> tuple[Report, ...]:
    return tuple(told_nothing(cancelled=cancelled).wire.take_held())


def end_of(world: World) -> tuple[object, ...]:
    """Let the exchange answer truly once, and return everything that came of the order."""
    world.wire.rewrite = None
    world.wait(35)
    world.check()
    (row,) = world.account.orders.values()
    return (
        row.state,
        row.filled,
        row.note,
        row.exchange,
        row.sys_id,
        sorted(world.account.fills),
        world.account.book.canonical(),
        world.account.filled_lots,
        dict(world.account.live),
    )


@cache
def in_order(*, cancelled: bool) -> tuple[object, ...]:
    world = told_nothing(cancelled=cancelled)
    world.tell_held()
    return end_of(world)


def test_the_stories_are_what_they_are_meant_to_be() -> None:
    assert [type(one) for one in story(cancelled=True)] == [Accepted, Traded, Traded, Removed]
    assert [type(one) for one in story(cancelled=False)] == [Accepted, Traded, Traded, Traded]
    assert in_order(cancelled=True)[:2] == (OrderState.CANCELLED, 2)
    assert in_order(cancelled=False)[:2] == (OrderState.FILLED, 5)


@settings(max_examples=60)
@given(data=st.data(), cancelled=st.booleans())
def test_every_order_of_arrival_gives_the_same_state_fills_and_books(data: st.DataObject, cancelled: bool) -> None:
    words = story(cancelled=cancelled)
    doubled = data.draw(st.lists(st.sampled_from(words), max_size=4))
    missing = data.draw(st.sets(st.sampled_from(range(len(words)))))
    arriving = data.draw(st.permutations([*(word for n, word in enumerate(words) if n not in missing), *doubled]))
    silence = data.draw(st.sampled_from([0, 0, 5]))  # seconds: an order may be UNKNOWN before its first word
    world = told_nothing(cancelled=cancelled)
    world.wire.take_held()
    world.wait(silence)
    for word in arriving:
        world.tell(word)
        (row,) = world.account.orders.values()
        assert row.filled <= row.terms.lots
        assert (row.order in world.account.live) == (not row.ended)
    assert end_of(world) == in_order(cancelled=cancelled)


def test_no_report_moves_an_ended_order_back() -> None:
    for cancelled in (True, False):
        world = told_nothing(cancelled=cancelled)
        world.tell_held()
        world.wire.rewrite = None
        world.wait(6)
        (row,) = world.account.orders.values()
        ended, filled, net = row.state, row.filled, world.net()
        for word in story(cancelled=cancelled):
            world.tell(word)
        assert (row.state, row.filled, world.net()) == (ended, filled, net)
        assert row.terms.side is Side.BUY
