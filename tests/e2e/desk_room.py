"""Put one exchange, one runner and several real desks in a room, each a process, each desk behind its own proxy."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import ExitStack, closing
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from terminal.domain.fact.facts import CommandDone, OrderFilled
from terminal.domain.ids import CommandId, DeviceId, PersonId, TenantId
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.engine.records.journal import Record
from terminal.engine.state import State
from terminal.gateways.sim.store.file import FILE_NAME
from terminal.runner.card import read_card
from terminal.runner.places import desk_folder
from terminal.sync.house import Guest
from tests.e2e.own_market import wave_tape
from tests.e2e.processes import (
    eventually,
    fold_until,
    journal_records,
    port_of,
    program,
    replica_of,
    said,
)
from tests.e2e.tcp_proxy import TcpProxy

APPLE: Final = "CZCE.AP010"
PLAN: Final = """
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
"""
ORDER_TTL: Final = 3.0  # seconds, SAFETY 4
NEVER: Final = "已过有效期，没有执行|没有送达，没有执行，也不会补发"  # what becomes of an order that a dead link had
BELOW_THE_GRID: Final = 7000  # yuan: the grid's lines are above; what a person orders here is below, and rests


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

    def _run(self, *words: str, env: dict[str, str] | None = None, module: str = "terminal") -> subprocess.Popen[str]:
        log = self.folder / f"{words[0]}-{time.monotonic_ns()}.log"
        return self._stack.enter_context(program(*words, env=env, log=log, module=module))

    def seat(self, person: str, *, env: dict[str, str] | None = None) -> Desk:
        """Open a desk with an empty store; with a screen in `env` on that, else offscreen."""
        proxy = TcpProxy(self.port)
        self._stack.callback(proxy.close)
        url = f"ws://127.0.0.1:{proxy.port}"
        words: tuple[str, ...] = (
            "run",
            "--runner",
            url,
            "--profile",
            person,
            "--data",
            str(self.data),
            "--token-stdin",
        )
        folder = desk_folder(self.data, url, PersonId(person))
        assert not folder.exists()
        if env is None:  # without a screen a desk would end after half a minute
            picture = self.folder / f"{person}-{proxy.port}.png"
            words = (*words, "--after", "600", "--screenshot", str(picture))
        process = self._run(*words, env=env, module="tests.e2e.watched_desk")
        card = read_card(self.runner_data)
        assert card is not None
        assert process.stdin is not None
        process.stdin.write(f"{card.secret}\n")  # a desk hands it to no port but the runner's own by itself
        process.stdin.flush()
        return Desk(process, folder, proxy, PersonId(person))

    # --- what the runner and the exchange say ---------------------------------------------------------------------

    def records(self) -> list[Record]:
        return journal_records(self.runner_data)

    def fills(self) -> int:
        return sum(isinstance(record.fact, OrderFilled) for record in self.records())

    def more_fills(self, why: str) -> None:
        """Wait until strategies have traded on."""
        before = self.fills()
        eventually(lambda: self.fills() > before + 2, why)

    def settle(self, desk: Desk, stood: list[tuple[str, int]]) -> None:
        """Let an order's life pass, in which nothing may follow by itself, and look at the order in which records came.

        `stood` is what the desk had before its link went.
        """
        time.sleep(ORDER_TTL)
        self.more_fills("strategies go on")
        eventually(lambda: desk.has_reached(self), "the desk has everything")
        came = desk.arrivals()
        assert came[: len(stood)] == stood
        assert len(came) > len(stood)

    def done(self, command: CommandId) -> list[CommandDone]:
        facts = [record.fact for record in self.records()]
        return [fact for fact in facts if isinstance(fact, CommandDone) and fact.command == command]

    def sent_by_hand(self) -> Counter[tuple[str, int]]:
        """Return what people's orders reached the exchange, by price and lots, from the exchange's own books."""
        address = f"file:{self.folder / 'exchange' / FILE_NAME}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=5)) as books:
            rows = books.execute("SELECT price, lots FROM orders").fetchall()
        return Counter((price, lots) for price, lots in rows if Decimal(price) < BELOW_THE_GRID)


class Desk:
    """Hold one desk's process and its link, and look at its files from outside."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, proxy: TcpProxy, person: PersonId) -> None:
        self.process = process
        self.proxy = proxy
        self._folder = folder
        self._person = person

    # --- its files ------------------------------------------------------------------------------------------------

    def state(self) -> State | None:
        copy = replica_of(self._folder)
        return None if copy is None else copy[0]

    def has_reached(self, room: Room) -> bool:
        """Return whether the desk holds everything the runner had when this was asked.

        The hashes are compared over every stream that the runner's own state lets this person see, whether the desk
        has heard of it or not.
        """
        if replica_of(self._folder) is None:
            return False  # without a look at the runner: a desk that starts needs the processor more than its watcher
        goal = room.records()
        copy = replica_of(self._folder)
        if copy is None:
            return False
        state, heads = copy
        whole = fold_until(goal, {record.stream: record.seq for record in goal})
        guest = Guest(person=self._person, device=DeviceId(""), roles=whole.roles_of(self._person))
        mine = guest.streams(TenantId(whole.tenant.name))
        if any(record.seq > heads.get(record.stream, 0) for record in goal if record.stream in mine):
            return False
        assert heads.keys() <= mine
        theirs = fold_until(room.records(), heads)
        assert state.visible_hash(guest.roles, (self._person,)) == theirs.visible_hash(guest.roles, (self._person,))
        assert "A" in guest.roles
        return True

    def arrivals(self) -> list[tuple[str, int]]:
        """Return stream and number of every record in the order it came, having seen that none is missing or twice."""
        with closing(sqlite3.connect(f"file:{self._folder / 'replica.db'}?mode=ro", uri=True, timeout=5)) as copy:
            copy.isolation_level = None
            copy.execute("BEGIN")
            came = copy.execute("SELECT stream, seq FROM events ORDER BY arrival").fetchall()
            starts = dict(copy.execute("SELECT stream, seq FROM starts").fetchall())
            heads = dict(copy.execute("SELECT stream, seq FROM heads").fetchall())
        numbers: dict[str, list[int]] = defaultdict(list)
        for stream, seq in came:
            numbers[stream].append(seq)
        for stream, head in heads.items():
            assert numbers[stream] == list(range(starts.get(stream, 0) + 1, head + 1)), stream
        return came

    def pressed(self) -> list[CommandId]:
        """Return the orders this desk wrote down before it sent them, in their order."""
        with closing(sqlite3.connect(f"file:{self._folder / 'outbox.db'}?mode=ro", uri=True, timeout=5)) as outbox:
            query = "SELECT command FROM commands WHERE is_order ORDER BY device_seq"
            return [CommandId(row[0]) for row in outbox.execute(query)]

    # --- its window -----------------------------------------------------------------------------------------------

    def look(self, do: str = "look", **more: Any) -> dict[str, Any]:
        """Have the hands do something, and return what the window shows then."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **more}) + "\n")
        self.process.stdin.flush()
        shown: dict[str, Any] = json.loads(self.process.stdout.readline())
        return shown

    def shows(self, part: str, *words: str) -> dict[str, Any]:
        """Wait until a part of the window has all these words."""

        shown: dict[str, Any] = {}

        def seen() -> bool:
            shown.update(self.look())
            return all(word in shown[part] for word in words)

        try:
            eventually(seen, f"{words} in {part}")
        except AssertionError as never:
            never.add_note(str(shown))
            raise
        return shown

    def difference(self) -> str:
        """Return what the ribbon says was missed, as soon as it says so."""
        return eventually(lambda: re.search("离线期间：.*", self.look()["summary"]), "the difference")[0]

    def fill(self, price: int, lots: int) -> None:
        """Fill the ticket; hedging, so that what the grid holds meanwhile is no other side of it."""
        self.look(
            "fill", instrument=APPLE, side=Side.BUY, offset=Offset.OPEN, price=str(price), lots=lots,
            flag=HedgeFlag.HEDGE,
        )  # fmt: skip

    def enter(
        self, before: Callable[[], None] = lambda: None, otherwise: Callable[[], None] = lambda: None
    ) -> CommandId:
        """Press Enter until the ticket has sent, which it does at the press it is ready for, and once only.

        `before` is done right before each press, `otherwise` after one that sent nothing.
        """
        already = self.pressed()

        def sent() -> bool:
            before()
            self.look("enter")
            until = time.monotonic() + 0.5  # also the rest between two presses of one key
            while time.monotonic() < until:
                if len(self.pressed()) > len(already):
                    return True
                time.sleep(0.02)
            otherwise()
            return False

        eventually(sent, f"an order sent: {self.look()}")
        (command,) = self.pressed()[len(already) :]
        return command
