"""A link that is held or deaf and restored while a person's order is under way, between real processes.

What a cut does beside two other desks: `test_three_desks.py`.
"""

from __future__ import annotations

import re
import time
from contextlib import ExitStack

import pytest

from tests.e2e.desk_room import NEVER, ORDER_TTL, Room
from tests.e2e.processes import eventually


@pytest.fixture
def room(tmp_path):
    with ExitStack() as stack:
        yield Room(tmp_path, stack)


@pytest.fixture
def desk(room):
    """Give the operator's desk with everything, and an order for one lot in its ticket."""
    desk = room.seat("operator")
    desk.shows("summary", "持仓 苹果010 多")
    eventually(lambda: desk.has_reached(room), "the desk has everything")
    desk.fill(6991, 1)
    return desk


def test_an_order_the_link_held_for_longer_than_it_lives_is_not_sent_when_it_arrives(room, desk):
    proxy = desk.proxy
    late = desk.enter(before=proxy.hold, otherwise=proxy.forward)
    pressed, stood = time.monotonic(), desk.arrivals()
    desk.shows("summary", "离线")
    fills = room.fills()
    eventually(lambda: room.fills() > fills, "strategies go on")
    while time.monotonic() < pressed + ORDER_TTL + 0.5:  # it waits for the clock that ages orders, not for a guess
        time.sleep(0.05)
    # When all that was held comes through at once
    proxy.forward()
    # Then the runner finds it too old, or never sees it where the link has died of it; the difference is said as well.
    eventually(lambda: re.search(NEVER, desk.look()["result"]), "what became of the order")
    assert "笔成交" in desk.difference()
    room.settle(desk, stood)
    assert desk.pressed() == [late]
    assert [(done.ok, done.code) for done in room.done(late)] in ([], [(False, "EXPIRED")])
    assert room.sent_by_hand() == {}


def test_an_order_whose_answer_was_lost_with_the_link_is_sent_once(room, desk):
    proxy = desk.proxy
    sent = desk.enter(before=proxy.deafen, otherwise=proxy.forward)
    stood = desk.arrivals()
    eventually(lambda: room.done(sent), "the order at the runner")
    assert "等待回答" in desk.look()["result"]
    proxy.cut()
    room.more_fills("strategies go on")
    proxy.forward()
    # Then the desk learns from the facts what became of it, and nothing is sent again.
    desk.shows("result", "已报单")
    room.settle(desk, stood)
    assert (desk.pressed(), [done.code for done in room.done(sent)]) == ([sent], ["OK"])
    assert room.sent_by_hand() == {("6991", 1): 1}
