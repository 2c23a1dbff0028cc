"""One exchange, one runner and three real desks: the story of the issue, from a newcomer's chair.

How fast it goes is no matter of a test, which runs beside others: the five seconds of a new desk and the two of an
approval are the bars of `hengduo bench handover`, which measures them on a machine that does nothing else.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from terminal.domain.fact.facts import ConfirmationDecided
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState
from tests.e2e.desk_room import NEVER, Room
from tests.e2e.processes import OFFSCREEN, eventually

TOOLS = ("Xvfb", "openbox", "xdotool")
needs_a_screen = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in TOOLS), reason="apt-get install xvfb openbox xdotool"
)
LARGE = 90  # lots, more than the trader may send alone


@pytest.fixture
def room(tmp_path):
    with ExitStack() as stack:
        yield Room(tmp_path, stack)


@pytest.fixture
def screen():
    number = 90 + os.getpid() % 400
    with ExitStack() as stack:
        server = subprocess.Popen(["Xvfb", f":{number}", "-screen", "0", "1440x900x24"], stderr=subprocess.DEVNULL)
        stack.callback(server.wait)
        stack.callback(server.terminate)
        env = {key: value for key, value in OFFSCREEN.items() if key != "QT_QPA_PLATFORM"} | {"DISPLAY": f":{number}"}
        eventually(lambda: Path(f"/tmp/.X11-unix/X{number}").exists(), "Xvfb")
        manager = subprocess.Popen(["openbox"], env=env, stderr=subprocess.DEVNULL)
        stack.callback(manager.wait)
        stack.callback(manager.terminate)
        yield env


def xdotool(env, *words: str) -> str:
    done = subprocess.run(["xdotool", *words], env=env, capture_output=True, text=True, check=False)
    return done.stdout.strip()


@needs_a_screen
@pytest.mark.xdist_group("screen")
@pytest.mark.alone
def test_the_night_operator_carries_on_from_a_new_desk_after_the_traders_machine_has_died(room, screen):
    # Given a draft that the operator kept at another machine, which has been left since
    keep_a_draft(room)
    # And a trader who asks for more than one person may send, with the supervisor at a third desk
    trader = room.seat("trader")
    supervisor = room.seat("supervisor", env=screen)
    trader.shows("summary", "持仓 苹果010 多")
    supervisor.shows("summary", "持仓 苹果010 多")
    pending = card_shown(trader, supervisor)
    trader.shows("result", "等待主管复核")
    assert pending_of(supervisor.state()) == [pending]
    assert room.sent_by_hand() == {}

    # When the operator opens a desk that has nothing yet
    # Then it soon has, and shows, positions, strategies, the draft and what waits.
    operator = new_desk(room)
    state = operator.state()
    account = state.accounts["A"]
    assert list(account.strategies) == ["grid"]
    assert account.fills
    assert pending_of(state) == [pending]
    (draft,) = state.persons["operator"].documents.values()
    assert '"lots":3' in draft.body
    shown = operator.shows("summary", "持仓 苹果010 多", "策略 1 个运行中", "1 项待复核")
    assert shown["button"] == "先选合约"  # a draft fills nothing in by itself
    assert ["6995" in words and "3 手" in words for words in shown["drafts"]] == [True]

    # When the supervisor approves
    approve(room, screen, supervisor)
    # Then it is sent once, the trader sees it, and nothing waits any more.
    eventually(room.sent_by_hand, "the approved order at the exchange")
    (decided,) = decisions(room, ConfirmationEvent.APPROVE)
    assert (decided.confirmation, decided.person, bool(decided.signature)) == (pending, "supervisor", True)
    trader.shows("result", "风控主管已通过，已报出")
    for desk in (trader, operator):
        eventually(partial(is_consumed, desk, pending), "approved, on each desk")
    eventually(lambda: "待复核" not in operator.look()["summary"], "nothing waits")

    # When the trader's machine dies
    os.kill(trader.process.pid, signal.SIGKILL)
    trader.process.wait()
    # Then strategies go on, the operator sees what they do, and can order from there.
    room.more_fills("strategies go on without the trader's desk")
    eventually(lambda: operator.has_reached(room), "the operator's desk has everything")
    operator.fill(6995, 2)
    operator.enter()
    operator.shows("result", "已报单")
    eventually(lambda: len(room.sent_by_hand()) == 2, "the operator's order at the exchange")
    assert room.sent_by_hand() == {("6990", LARGE): 1, ("6995", 2): 1}
    assert "grid" in operator.state().accounts["A"].strategies
    operator.arrivals()


def test_the_operators_link_goes_half_open_is_cut_and_restored_beside_two_desks_that_go_on(room):
    # Given three desks that have everything, and an order in the operator's ticket
    trader, supervisor, operator = (room.seat(person) for person in ("trader", "supervisor", "operator"))
    for desk in (trader, supervisor, operator):
        desk.shows("summary", "持仓 苹果010 多")
        eventually(partial(desk.has_reached, room), "each desk has everything")
    operator.fill(6991, 1)
    # When the link is half-open as the operator presses Enter
    lost = operator.enter(before=operator.proxy.hold, otherwise=operator.proxy.forward)
    operator.shows("summary", "离线", "策略由运行器执行，不因本机断线而停", "不能下单")
    stood = operator.arrivals()  # what was under way when the link was held is stored by now
    assert operator.look()["button"] == "离线"
    connections = operator.proxy.connections
    eventually(lambda: operator.proxy.connections > connections, "the desk calls again over the dead link")
    # And it is cut, while the others go on: the trader orders, strategies trade, nothing of it reaches the operator
    operator.proxy.cut()
    fills = room.fills()
    trader.fill(6992, 2)
    trader.enter()
    trader.shows("result", "已报单")
    room.more_fills("strategies go on while the link is cut")
    for desk in (trader, supervisor):
        eventually(partial(desk.has_reached, room), "the other desks have everything")
    assert operator.arrivals() == stood
    missed = room.fills() - fills
    # And it is restored
    operator.proxy.forward()
    # Then what was missed comes in its order, the difference is said, and what became of the order: nothing.
    eventually(partial(operator.has_reached, room), "after the cut the operator's desk has everything again")
    said = operator.difference()
    (count,) = re.findall(r"(\d+) 笔成交", said)
    assert int(count) >= missed
    eventually(lambda: re.search(NEVER, operator.look()["result"]), "what became of the order")
    room.settle(operator, stood)
    assert (operator.pressed(), room.done(lost)) == ([lost], [])
    assert room.sent_by_hand() == {("6992", 2): 1}


def card_shown(trader, supervisor) -> str:
    """Have the trader send the large order; return the confirmation that the supervisor is shown."""
    trader.fill(6990, LARGE)
    trader.enter()
    shown = supervisor.shows("card", f"{LARGE} 手")
    card: str = shown["card"][0]
    return card


def new_desk(room):
    desk = room.seat("operator")  # behind a proxy of its own, and so with an empty store
    eventually(partial(desk.has_reached, room), "the operator's new desk has what the runner has")
    return desk


def keep_a_draft(room) -> None:
    elsewhere = room.seat("operator")
    elsewhere.shows("summary", "策略 1 个运行中")
    elsewhere.fill(6995, 3)
    elsewhere.look("draft")
    eventually(lambda: room_has_a_draft(room), "the draft in the runner's journal")
    elsewhere.process.terminate()
    elsewhere.process.wait()


def room_has_a_draft(room) -> bool:
    return any(record.kind == "document_saved" for record in room.records())


def approve(room, screen, supervisor) -> None:
    """Bring the supervisor's window to the front and, once its card may be decided, press Alt+A: one time."""
    window = eventually(lambda: xdotool(screen, "search", "--onlyvisible", "--name", "衡舵"), "the supervisor's window")
    window = window.splitlines()[0]
    xdotool(screen, "windowactivate", "--sync", window)
    eventually(lambda: supervisor.look()["ready"], "the card in front of the supervisor may be decided")
    assert decisions(room, ConfirmationEvent.APPROVE) == []
    xdotool(screen, "key", "--window", window, "alt+a")
    eventually(lambda: decisions(room, ConfirmationEvent.APPROVE), "the one press of Alt+A decided")


def pending_of(state) -> list[str]:
    if state is None or "A" not in state.accounts:
        return []
    rows = state.accounts["A"].confirmations
    return [name for name, row in rows.items() if row.state is ConfirmationState.PENDING]


def is_consumed(desk, confirmation) -> bool:
    row = desk.state().accounts["A"].confirmations[confirmation]
    return row.state is ConfirmationState.CONSUMED and row.checker == "supervisor"


def decisions(room, event) -> list[ConfirmationDecided]:
    facts = [record.fact for record in room.records() if isinstance(record.fact, ConfirmationDecided)]
    return [fact for fact in facts if fact.decision is event]
