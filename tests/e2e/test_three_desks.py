"""One exchange, one runner and three real desks: the story of the issue, from a newcomer's chair."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from terminal.domain.confirmation import ConfirmationEvent, ConfirmationState
from terminal.domain.facts import CommandDone, ConfirmationDecided, OrderFilled, OrderRecorded
from terminal.domain.order import Origin
from tests.e2e.own_market import wave_tape
from tests.e2e.processes import (
    OFFSCREEN,
    eventually,
    fold_until,
    journal_records,
    port_of,
    program,
    replica_of,
    said,
    visible_hash,
)
from tests.e2e.tcp_proxy import TcpProxy

PLAN = """
seed = 7
tenant = "OWN"

[limits]
position_lots = 400
day_loss_yuan = 1_000_000

[[account]]
id = "A"
cash = 20_000_000

[[person]]
id = "trader"
name = "交易员"
roles = { A = ["trader"] }

[[person]]
id = "operator"
name = "夜盘值班"
roles = { A = ["trader"] }

[[person]]
id = "supervisor"
name = "风控主管"
roles = { A = ["checker", "risk"] }

[[instrument]]
id = "CZCE.AP010"
broker_margin_add = "0.02"
fees.close_today = { by_lot = 20 }

[[strategy]]
id = "grid"
kind = "grid"
account = "A"
instrument = "CZCE.AP010"
side = "BUY"
anchor = 7020
step = 2
lines = 8
lots_per_line = 1
lower = 6990
upper = 7040
stop = 6980

[[command]]
do = "submit"
at = "2020-07-31 09:00:30"
by = "trader"
account = "A"
instrument = "CZCE.AP010"
side = "BUY"
offset = "OPEN"
lots = 90
price = 6990
hedge_flag = "HEDGE"
"""

TOOLS = ("Xvfb", "openbox", "xdotool")
needs_a_screen = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in TOOLS), reason="apt-get install xvfb openbox xdotool"
)


class Room:
    """Hold one exchange, one runner and whatever desks a test seats."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        tape = wave_tape(folder / "ap.csv", seconds=900)
        plan = folder / "plan.toml"
        plan.write_text(PLAN, encoding="utf-8")
        self.data = folder / "here"
        self.runner_data = self.data / "runner" / "own"
        exchange = self._run(
            "exchange", "--data", str(folder / "exchange"), "--listen", "127.0.0.1:0",
            "--market", f"replay:{tape}", "--plan", str(plan), "--json",
        )  # fmt: skip
        runner = self._run(
            "runner", "--data", str(self.runner_data), "--listen", "127.0.0.1:0", "--exchange",
            said(exchange)["listen"], "--plan", str(plan), "--speed", "2", "--json",
        )  # fmt: skip
        self.port = port_of(said(runner))

    def _run(self, *words: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        log = self.folder / f"{words[0]}-{time.monotonic_ns()}.log"
        return self._stack.enter_context(program(*words, env=env, log=log))

    def seat(self, person: str, *more: str, proxy: TcpProxy, env: dict[str, str] | None = None) -> Desk:
        url = f"ws://127.0.0.1:{proxy.port}"
        words = ("run", "--runner", url, "--profile", person, "--data", str(self.data), *more)
        if env is None and "--after" not in more:  # without a screen a desk would end after half a minute
            words = (*words, "--after", "600", "--screenshot", str(self.folder / f"{person}.png"))
        return Desk(self._run(*words, env=env), self.data, person)

    def proxy(self) -> TcpProxy:
        proxy = TcpProxy(self.port)
        self._stack.callback(proxy.close)
        return proxy

    def records(self):
        return journal_records(self.runner_data)

    def fills(self) -> int:
        return sum(isinstance(record.fact, OrderFilled) for record in self.records())


class Desk:
    """Hold one desk's process, and look at its replica from outside."""

    def __init__(self, process: subprocess.Popen[str], data: Path, person: str) -> None:
        self.process = process
        self._data = data
        self._person = person

    def copy(self):
        found = next(self._data.glob(f"desk/*/{self._person}"), None)
        return None if found is None else replica_of(found)

    def state(self):
        copy = self.copy()
        return None if copy is None else copy[0]

    def has_reached(self, room: Room) -> bool:
        """Return whether the desk holds everything the runner had when this was asked."""
        goal = room.records()
        copy = self.copy()
        if copy is None:
            return False
        state, heads = copy
        mine = [record for record in goal if record.stream in heads]
        if any(record.seq > heads[record.stream] for record in mine):
            return False
        later = room.records()
        assert visible_hash(state) == visible_hash(fold_until(later, heads))
        return "A" in state.accounts


@pytest.fixture
def room(tmp_path):
    with ExitStack() as stack:
        yield Room(tmp_path, stack)


@pytest.fixture
def screen(tmp_path):
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
def test_a_large_order_waits_for_the_supervisor_and_strategies_outlive_the_traders_desk(room, screen):
    trader = room.seat("trader", proxy=room.proxy())
    eventually(lambda: trader.has_reached(room), "the trader's desk has everything")
    supervisor = room.seat("supervisor", proxy=room.proxy(), env=screen)
    pending = eventually(lambda: pending_of(supervisor.state()), "the order waits on the supervisor's desk")
    window = eventually(lambda: xdotool(screen, "search", "--onlyvisible", "--name", "衡舵"), "the supervisor's window")
    window = window.splitlines()[0]

    def approved():
        xdotool(screen, "windowactivate", window)
        xdotool(screen, "key", "--window", window, "alt+a")
        return decisions(room, ConfirmationEvent.APPROVE)

    eventually(approved, "the supervisor approves with Alt+A")
    by_hand = eventually(
        lambda: [r.fact for r in room.records() if isinstance(r.fact, OrderRecorded) and is_by_hand(r.fact)],
        "the approved order",
    )
    decided = decisions(room, ConfirmationEvent.APPROVE)
    assert [(one.confirmation, one.person, bool(one.signature)) for one in decided] == [(pending, "supervisor", True)]
    assert [(order.terms.lots, order.confirmation) for order in by_hand] == [(90, pending)]
    eventually(
        lambda: trader.state().accounts["A"].confirmations[pending].state is ConfirmationState.CONSUMED,
        "the trader sees that it was approved",
    )
    os.kill(trader.process.pid, signal.SIGKILL)
    trader.process.wait()
    before = room.fills()
    eventually(lambda: room.fills() > before + 2, "strategies go on without the trader's desk")
    operator = room.seat("operator", proxy=room.proxy())
    eventually(lambda: operator.has_reached(room), "the operator's new desk has everything")
    state = operator.state()
    assert "grid" in state.accounts["A"].strategies
    assert state.accounts["A"].confirmations[pending].checker == "supervisor"
    assert len([r for r in room.records() if isinstance(r.fact, OrderRecorded) and is_by_hand(r.fact)]) == 1


def test_a_cut_and_a_half_open_link_send_nothing_by_themselves_and_what_was_missed_is_said(room):
    proxy = room.proxy()
    desk = room.seat("operator", "--after", "45", "--screenshot", str(room.folder / "shot.png"), proxy=proxy)
    eventually(lambda: desk.has_reached(room), "the desk has everything")
    before = commands(room)
    proxy.cut()
    stood = desk.copy()[1]
    fills = room.fills()
    eventually(lambda: room.fills() > fills + 2, "strategies go on while the link is cut")
    assert desk.copy()[1] == stood
    proxy.forward()
    eventually(lambda: desk.has_reached(room), "after the cut the desk has everything again")
    proxy.hold()
    connections = proxy.connections
    fills = room.fills()
    eventually(lambda: room.fills() > fills + 2, "strategies go on while the link is half-open")
    time.sleep(11)  # the longest a dead link may go unnoticed (SAFETY 10): this waits for the clock, not for a guess
    proxy.cut()
    proxy.forward()
    eventually(lambda: proxy.connections > connections, "the desk calls again")
    eventually(lambda: desk.has_reached(room), "after the half-open link the desk has everything again")
    assert commands(room) == before
    summary, _ = desk.process.communicate(timeout=90)
    assert desk.process.returncode == 0
    assert "离线期间" in summary, summary


def pending_of(state):
    if state is None or "A" not in state.accounts:
        return None
    rows = state.accounts["A"].confirmations
    return next((name for name, row in rows.items() if row.state is ConfirmationState.PENDING), None)


def decisions(room, event):
    facts = [record.fact for record in room.records() if isinstance(record.fact, ConfirmationDecided)]
    return [fact for fact in facts if fact.decision is event]


def is_by_hand(fact: OrderRecorded) -> bool:
    return fact.cause.origin is Origin.MANUAL


def commands(room) -> list[str]:
    # Of desks: the plan's own stand in the record too.
    done = [record.fact.command for record in room.records() if isinstance(record.fact, CommandDone)]
    return [command for command in done if not command.startswith("plan-")]
