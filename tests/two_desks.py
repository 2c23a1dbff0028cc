"""Play two desks against one runner in virtual time: real sessions, real desks, a real engine, and a link that fails.

Everything is drawn from one seed. Each desk is what runs in the program (driver, copy, sending, session), only its
files may be in memory; the runner is a `World` behind its real house and sessions. What `DeskServer` and `DeskClient`
do with sockets is done here by hand, in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone
from terminal.domain.ids import CommandId, DeviceId, PersonId
from terminal.domain.orders.order import Side
from terminal.engine.mailbox import LatestMailbox
from terminal.engine.records.journal import Entry, Record
from terminal.engine.screen import ResultLine
from terminal.engine.state import State
from terminal.shell.desk.absence import Absence
from terminal.shell.desk.copy import Copy
from terminal.shell.desk.driver import DeskDriver
from terminal.shell.desk.sending import Sending
from terminal.shell.living import Living
from terminal.shell.serving.basis_book import BasisBook
from terminal.shell.serving.door import Door
from terminal.shell.serving.house import RunnerHouse
from terminal.shell.serving.tail import Tail
from terminal.sync.desk_session import Identity
from terminal.sync.effects import Ended
from terminal.sync.messages import Cmd
from terminal.sync.record_lane import LaneLimits
from terminal.sync.runner_session import CarryOut, RunnerSession, Stage
from terminal.sync.wire import encode
from tests.desk_memory import MemoryOutbox, MemoryReplica, MemoryUnread
from tests.engine_world import COLLEAGUE, OTHER, RB, STRANGER, TRADER, UNIVERSE, World, reference, run, terms
from tests.lossy_link import SOUND, Connection, Faults
from tests.two_desks_control import any_wish, shared_opening

MS, SECOND = 1_000_000, 1_000_000_000
STEP = 100 * MS
TROUBLED = 24 * SECOND  # of virtual time in which things go wrong
QUIET = 26 * SECOND  # in which they heal
SECRET = "open sesame"
# Small enough that a short run sees credit run out, snapshots in parts, and a CHECK every few records.
LIMITS = LaneLimits(
    credit_events=12, beyond_events=30, part_bytes=600, frame_events=4, frame_bytes=4_000, check_every=5
)
COMPACT_AFTER = 15  # records: a desk that restarts begins as often from its own snapshot as from the runner's
Wishes = Callable[[State, PersonId, Random], c.CommandBody]
NOT_THEIRS = (b"account:A2", b"person:feng", b"person:sun")


class Files:
    """Hold a desk's files over its restarts."""

    def __init__(self, device: DeviceId) -> None:
        self._replica, self._outbox = MemoryReplica(), MemoryOutbox(device)

    def open(self) -> tuple[Any, Any]:
        return self._replica, self._outbox


class Sat:
    """Sit one person at a desk; `results` are all answers the person was given, over restarts too."""

    def __init__(self, name: str, person: PersonId, luck: Random, files: Files) -> None:
        self.name, self.person, self.luck = name, person, luck
        self._files = files
        self.skew = luck.randrange(10**15)
        self.next_try = 0
        self.results: list[ResultLine] = []
        self.pressed: dict[CommandId, tuple[int, c.CommandBody, int]] = {}  # when, what, over which connection
        self.sent: dict[CommandId, list[tuple[int, int]]] = {}  # when and over which connection it went out
        self.connection: Connection | None = None
        self.restarts = self.asked = 0
        self._numbers = 0
        self.start()

    def start(self) -> None:
        replica, self._outbox = self._files.open()
        self.copy = Copy(replica, compact_after=COMPACT_AFTER)
        self.mailbox = LatestMailbox()
        key = Ed25519PrivateKey.from_private_bytes(self.luck.randbytes(32))
        identity = Identity(
            person=self.person,
            device=self._outbox.device(),
            proof=SECRET,
            public_key=key.public_key().public_bytes_raw().hex(),
            app="test",
        )
        self.sending = Sending(self._outbox, self.person, key, self.mailbox.post_result)
        self.driver = DeskDriver(
            copy=self.copy,
            sending=self.sending,
            absence=Absence(MemoryUnread(), lambda: 0),
            identity=identity,
            mailbox=self.mailbox,
            calendar=reference().calendar,
            runner="运行器",
            soon=lambda: None,
        )

    def restart(self) -> None:
        """End the process without a word and begin another one over the same files."""
        self.collect()
        if self.connection is not None:
            self.connection.cut_at_desk()
            self.connection = None
        self.close()
        self.restarts += 1
        self.start()

    def close(self) -> None:
        self.copy.close()
        self._outbox.close()

    def collect(self) -> None:
        self.results.extend(self.mailbox.drain().results)

    def press(self, body: c.CommandBody, now: int) -> None:
        self._numbers += 1
        command = CommandId(f"{self.name}{self._numbers}")
        number = self.connection.number if self.connection is not None else -1
        self.pressed[command] = (now, body, number)
        self.driver.send(command, body, now + self.skew)

    def flush(self, now: int, faults: Faults) -> None:
        connection = self.connection
        if connection is None or connection.desk is None:
            return
        for frame in connection.desk.outgoing():
            if b'"type":"CMD"' in frame:
                command = msgspec.json.decode(frame, type=Cmd).cmd_id
                self.sent.setdefault(command, []).append((now, connection.number))
            self.asked += b'"type":"FETCH_JOURNAL"' in frame
            connection.up.send(frame, now, faults)

    def hear(self, now: int) -> None:
        """Take what has arrived; what the session says is done before the next frame is read."""
        connection = self.connection
        if connection is None or connection.desk is None:
            return
        session, mine = connection.desk, now + self.skew
        ended: Ended | None = None
        for frame in connection.down.arrived(now):
            for effect in session.receive(frame, mine):
                if isinstance(effect, Ended):
                    ended = effect
                    break
                ended = self.driver.take(effect, session)
                if ended is not None:
                    break
        ended = ended or session.tick(mine) or (Ended("CUT", "断开") if connection.down.is_over else None)
        if ended is not None:
            self.lose(ended.code, now)

    def lose(self, code: str, now: int) -> None:
        if self.connection is not None:
            self.connection.cut_at_desk()
            self.connection = None
        self.driver.lost(code, code)
        self.next_try = now + self.luck.randrange(50, 1_500) * MS


class TwoDesks:
    """Hold the whole of one run."""

    def __init__(
        self,
        seed: int,
        files: Callable[[str], Any] = lambda name: Files(DeviceId(f"desk-{name}")),
        *,
        wishes: Wishes = any_wish,
    ) -> None:
        luck = self._luck = Random(seed)
        self.now = 0
        self._wishes = wishes
        self.world = World(opening=shared_opening() if wishes is any_wish else None)
        self.desks = [Sat("a", TRADER, luck, files("a")), Sat("b", COLLEAGUE, luck, files("b"))]
        self.connections: list[Connection] = []
        self.done_at: dict[CommandId, list[int]] = {}
        self.wrong: list[str] = []
        self._made = 0
        self._strange = 0
        self.snapshots = self.resumed = self.starts = 0
        self._faults = Faults(
            loss=luck.choice((0, 0, 0.003, 0.02)),
            twice=luck.choice((0, 0, 0.01, 0.1)),
            overtake=luck.choice((0, 0, 0.01, 0.1)),
            alter=luck.choice((0, 0, 0.02)),
            slowest_ms=luck.choice((5, 60, 400, 1_500)),
        )
        self._haste = luck.choice((0.02, 0.08, 0.2))
        self._busy = luck.choice((0, 0.05, 0.3))
        self._width = luck.choice((1, 3, 12))  # pumps in a step: how much the link takes
        self._open_house()

    # --- the runner -------------------------------------------------------------------------------------------------

    def _open_house(self) -> None:
        world = self.world
        self.starts += 1
        tail = Tail(world.journal, sum(head.seq for head in world.journal.heads().values()))

        def stored(entries: Sequence[Entry]) -> None:
            tail.grew(entries)
            for entry in entries:
                if isinstance(entry.record, Record) and isinstance(entry.record.fact, CommandDone):
                    self.done_at.setdefault(entry.record.fact.command, []).append(self.now)

        world.runner._stored = stored
        living = Living(
            world.runner, live_from=0, speed=1, seen=lambda slots: None, monotonic=lambda: self.now / SECOND
        )
        self.house = RunnerHouse(
            living,
            door=Door(SECRET, {}),
            tail=tail,
            basis=BasisBook(living.engine.columns, reference().calendar),
            name=f"runner-{self.starts}",
            app="test",
            utc=lambda: self.now,
            say=self.wrong.append,
        )

    def restart_runner(self) -> None:
        for one in self.connections:
            one.cut_at_runner()
        self.world.restart()
        self._open_house()

    def _serve(self, one: Connection) -> None:
        session = one.runner
        if session is None:
            return
        one.inbox.extend(one.up.arrived(self.now))
        if one.waiting is not None and one.waiting[0] <= self.now:
            wanted, one.waiting = one.waiting[1], None
            self._carry_out(session, wanted)
        while one.inbox and one.waiting is None:
            self._take(one, session, one.inbox.popleft())
        if one.up.is_over and not one.inbox and one.waiting is None:
            session.close("GONE", "断开")
        session.tick(self.now)
        for _ in range(self._width):
            for frame in session.pump(self.now):
                self._send_down(one, frame)
        if session.stage is Stage.CLOSED:
            if session.ended is not None:
                self._send_down(one, encode(session.ended))
            one.cut_at_runner()

    def _take(self, one: Connection, session: RunnerSession, frame: bytes) -> None:
        greeting = session.stage is Stage.GREETING
        wanted = session.receive(frame, self.now)
        if greeting and session.guest is not None and session.hello is not None:
            for other in self.connections:
                guest = other.runner.guest if other is not one and other.runner is not None else None
                if guest is not None and guest.device == session.guest.device and other.runner is not None:
                    other.runner.close("SUPERSEDED", "在别处重新连接")
                    other.cut_at_runner()
            run(self.house.settle_in(session.guest, session.hello))
            self.resumed += session.hello.parts > 0
        if wanted is not None:
            if self._luck.random() < self._busy:
                one.waiting = (self.now + self._luck.randrange(6_000) * MS, wanted)
            else:
                self._carry_out(session, wanted)

    def _carry_out(self, session: RunnerSession, wanted: CarryOut) -> None:
        assert session.guest is not None
        still = lambda: session.still(wanted, self.now)  # noqa: E731 - one use, in the next line
        result = run(self.house.carry_out(session.guest, wanted.command, still, wanted.refused))
        session.answer(result)
        self.world.drain()

    def _send_down(self, one: Connection, frame: bytes) -> None:
        self.wrong += [f"{trace!r} left a trace" for trace in NOT_THEIRS if trace in frame]
        self.snapshots += b'"type":"SNAP_BEGIN"' in frame
        one.down.send(frame, self.now, self._faults)

    # --- time -------------------------------------------------------------------------------------------------------

    def play(self) -> None:
        """Play the run to its end; what is wrong is in `wrong`."""
        while self.now < TROUBLED:
            self._step(troubled=True)
        self._faults, self._busy = SOUND, 0
        if self._luck.random() < 0.5:
            for desk in self.desks:
                desk.lose("CUT", self.now)
        while self.now < TROUBLED + QUIET:
            self._step(troubled=False)
        for desk in self.desks:
            desk.collect()

    def _step(self, *, troubled: bool) -> None:
        self.now += STEP
        if self.now % SECOND == 0 and self.now < TROUBLED + QUIET - SECOND:  # what is said last must still arrive
            self.world.show({RB: self._quote()} if self._luck.random() < 0.7 else None)
            self.house.saw(list(range(len(UNIVERSE))))
        self.house.publish()
        if troubled:
            self._trouble()
        for desk in self.desks:
            if desk.connection is None and self.now >= desk.next_try:
                self._connect(desk)
            desk.hear(self.now)
            if troubled and self._luck.random() < self._haste:
                desk.press(self._wishes(desk.copy.state, desk.person, self._luck), self.now)
            if self.now % (3 * STEP) == 0:
                session = desk.connection.desk if desk.connection is not None else None
                desk.driver.look(session, self.now + desk.skew)
                desk.collect()
                if why := desk.copy.unreadable:  # no disk fails here, and nobody is of another version
                    self.wrong.append(f"{desk.name} may only look: {why}")
            desk.flush(self.now, self._faults)
        for one in self.connections:
            self._serve(one)
        self.connections = [one for one in self.connections if one.runner is not None or one.desk is not None]

    def _connect(self, desk: Sat) -> None:
        self._made += 1
        session = desk.driver.open(self.now + desk.skew)
        desk.connection = Connection(self._made, self._luck, session, RunnerSession(self.house, self.now, LIMITS))
        self.connections.append(desk.connection)

    def _quote(self) -> tuple[int, int]:
        bid = 3700 + self._luck.randrange(-6, 7)
        return bid, bid + 1

    def _trouble(self) -> None:
        luck = self._luck
        desk = luck.choice(self.desks)
        one = desk.connection
        if luck.random() < 0.15:
            self._strange += 1
            order = c.SubmitOrder(terms=terms(Side.BUY, 1, 3690, account=OTHER))
            self.world.do(STRANGER, order, command=f"x{self._strange}")
        if one is not None:
            if luck.random() < 0.012:
                desk.lose("CUT", self.now)
            elif luck.random() < 0.006:
                one.cut_at_runner()
            elif luck.random() < 0.012:
                luck.choice((one.up, one.down)).hold(self.now + luck.randrange(1, 60) * SECOND // 4)
        if luck.random() < 0.004:
            desk.next_try = self.now + luck.randrange(12) * SECOND  # a long absence
            desk.lose("CUT", self.now)
        if luck.random() < 0.004:
            desk.restart()
        if luck.random() < 0.001:
            self.restart_runner()
