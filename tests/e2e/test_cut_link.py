"""A link that is cut, half-open, deaf and restored while a person's order is under way, between real processes."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack

import pytest

from tests.e2e.desk_room import Room
from tests.e2e.processes import eventually

ORDER_TTL = 3.0  # seconds, SAFETY 4
NEVER = "已过有效期，没有执行|没有送达，没有执行，也不会补发"


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


def test_an_order_pressed_on_a_dead_link_is_never_sent_and_what_was_missed_is_said(room, desk):
    proxy = desk.proxy
    # Given a link that is half-open when the person presses Enter
    lost = desk.enter(before=proxy.hold, otherwise=proxy.forward)
    # When nothing comes any more, the desk says so and takes no order; at last it calls again, and nobody answers.
    desk.shows("summary", "离线", "策略由运行器执行，不因本机断线而停", "不能下单")
    stood = desk.arrivals()  # what was under way when the link was held is stored by now
    assert desk.look()["button"] == "离线"
    connections = proxy.connections
    eventually(lambda: proxy.connections > connections, "the desk calls again over the dead link")
    # And then the link is cut, and restored
    proxy.cut()
    fills = room.fills()
    room.more_fills("strategies go on while the link is cut")
    assert desk.arrivals() == stood
    missed = room.fills() - fills
    proxy.forward()
    # Then what was missed comes, the difference is said, and so is what became of the order: nothing.
    eventually(lambda: desk.has_reached(room), "after the cut the desk has everything again")
    (said,) = re.findall(r"(\d+) 笔成交", difference(desk))
    assert int(said) >= missed
    eventually(lambda: re.search(NEVER, desk.look()["result"]), "what became of the order")
    settle(room, desk, stood)
    assert (desk.pressed(), room.done(lost)) == ([lost], [])
    assert room.sent_by_hand() == {}


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
    assert "笔成交" in difference(desk)
    settle(room, desk, stood)
    assert (desk.pressed(), room.done(late)) == ([late], [])
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
    settle(room, desk, stood)
    assert (desk.pressed(), [done.code for done in room.done(sent)]) == ([sent], ["OK"])
    assert room.sent_by_hand() == {("6991", 1): 1}


def settle(room, desk, stood) -> None:
    """Let an order's life pass, in which nothing may follow by itself, and look at the order in which records came."""
    time.sleep(ORDER_TTL)
    room.more_fills("strategies go on")
    eventually(lambda: desk.has_reached(room), "the desk has everything")
    came = desk.arrivals()
    assert came[: len(stood)] == stood
    assert len(came) > len(stood)


def difference(desk) -> str:
    """Return what the ribbon says was missed, as soon as it says so."""
    return eventually(lambda: re.search("离线期间：.*", desk.look()["summary"]), "the difference")[0]
