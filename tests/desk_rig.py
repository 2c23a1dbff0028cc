"""Sit a real desk (driver, copy, sending, session) beside a `Rig`, over a link that a test opens and cuts by hand."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from terminal.domain import commands as c
from terminal.domain.ids import CommandId, DeviceId, PersonId
from terminal.engine.mailbox import Drained, LatestMailbox
from terminal.engine.screen import LinkLine, ResultLine
from terminal.shell.desk.absence import Absence
from terminal.shell.desk.copy import Copy
from terminal.shell.desk.driver import DeskDriver
from terminal.shell.desk.sending import Sending
from terminal.sync import messages as m
from terminal.sync.desk_session import DeskSession, Identity
from terminal.sync.effects import Effect, Ended
from terminal.sync.runner_session import RunnerSession, Stage
from terminal.sync.wire import encode, read_from_desk
from tests.desk_memory import MemoryOutbox, MemoryReplica, MemoryUnread
from tests.engine_world import TRADER, reference, run
from tests.sync_rig import SECOND, SECRET, Rig


class Seat:
    """Hold one desk; its clock is the runner's. What its person is told gathers in `results` and `links`."""

    def __init__(self, rig: Rig, person: PersonId = TRADER, name: str = "seat", *, embedded: bool = False) -> None:
        self.rig, self.person, self.embedded = rig, person, embedded
        self.replica, self.outbox = MemoryReplica(), MemoryOutbox(DeviceId(name))
        self.unread = MemoryUnread()
        self.results: list[ResultLine] = []
        self.links: list[LinkLine] = []
        self.drained: list[Drained] = []
        self.sent: list[m.FromDesk] = []
        self.runner: RunnerSession | None = None
        self._numbers = 0
        self.start()

    def start(self) -> None:
        """Begin a process over the files there are."""
        self.copy = Copy(self.replica)  # type: ignore[arg-type]  # the same protocol
        self.mailbox = LatestMailbox()
        self.key = Ed25519PrivateKey.generate()
        self.sending = Sending(self.outbox, self.person, self.key, self.mailbox.post_result)  # type: ignore[arg-type]
        identity = Identity(
            person=self.person,
            device=self.outbox.device(),
            proof=SECRET,
            public_key=self.key.public_key().public_bytes_raw().hex(),
            app="t",
        )
        self.absence = Absence(self.unread, lambda: self.rig.now)
        self.absence.reopen(self.copy.state if self.copy.heads() else None, self.rig.now)
        self.driver = DeskDriver(
            copy=self.copy,
            sending=self.sending,
            absence=self.absence,
            identity=identity,
            mailbox=self.mailbox,
            calendar=reference().calendar,
            runner="运行器",
            soon=lambda: None,
            embedded=self.embedded,
        )
        self.session: DeskSession | None = None
        self.look()

    # --- the link ---------------------------------------------------------------------------------------------------

    def connect(self) -> None:
        """Open a connection and let everything through that belongs to it."""
        self.open()
        self.pump()
        self.look()

    def open(self) -> None:
        self.session = self.driver.open(self.rig.now)
        self.runner = self.rig.session()

    def up(self) -> list[m.FromDesk]:
        """Bring what the desk says to the runner, which does what it is asked."""
        assert self.session is not None
        said = self.session.outgoing()
        self.sent += map(read_from_desk, said)
        for frame in said:
            runner = self.runner
            if runner is None:
                continue
            greeting = runner.stage is Stage.GREETING
            wanted = runner.receive(frame, self.rig.now)
            if greeting and runner.guest is not None and runner.hello is not None:
                run(self.rig.house.settle_in(runner.guest, runner.hello))
            if wanted is not None:
                self.rig.carry_out(runner, wanted)
        return [read_from_desk(frame) for frame in said]

    def down(self) -> list[Effect]:
        """Bring what the runner sends to the desk; return what the driver was told to do."""
        assert self.session is not None
        told: list[Effect] = []
        while self.runner is not None and (frames := self.runner.pump(self.rig.now)):
            for frame in frames:
                told += self.give(frame)
        return told

    def give(self, frame: bytes) -> list[Effect]:
        assert self.session is not None
        effects = self.session.receive(frame, self.rig.now)
        for effect in effects:
            ended = effect if isinstance(effect, Ended) else self.driver.take(effect, self.session)
            if ended is not None:
                self.lose(ended.code, ended.sentence)
                break
        return effects

    def pump(self) -> None:
        """Let everything through until both ends are silent, or the connection is over."""
        for _ in range(60):
            if self.session is None:
                return
            self.up()
            self.down()
            if self.runner is not None and self.runner.ended is not None:
                self.give(encode(self.runner.ended))
                return
            if self.session is None or not self.session._out:
                return

    def lose(self, code: str = "CUT", sentence: str = "断开") -> None:
        self.session = self.runner = None
        self.driver.lost(code, sentence)

    # --- time and people --------------------------------------------------------------------------------------------

    def look(self) -> LinkLine:
        self.driver.look(self.session, self.rig.now)
        drained = self.mailbox.drain()
        self.drained.append(drained)
        self.results += drained.results
        if drained.link is not None:
            self.links.append(drained.link)
        return self.links[-1]

    def wait(self, seconds: float, *, silent: bool = False) -> LinkLine:
        """Let host time go by, in the steps of the client; the link works unless it is `silent`."""
        for _ in range(round(seconds * 4)):
            self.rig.now += SECOND // 4
            if self.session is not None and not silent:
                self.session.tick(self.rig.now)
                if self.runner is not None:
                    self.runner.tick(self.rig.now)
                self.pump()
            self.look()
            if self.session is not None and not silent:
                self.pump()
        return self.look()

    def press(self, body: c.CommandBody) -> CommandId:
        self._numbers += 1
        command = CommandId(f"{self.outbox.device()}-{self._numbers}")
        self.driver.send(command, body, self.rig.now)
        return command

    def codes(self, command: CommandId) -> list[str]:
        """Return everything the person was told about a command."""
        self.look()
        return [line.code for line in self.results if line.command == command]
