"""Open a real runner's house over a small world, and speak to its sessions by hand, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from terminal.domain import commands as c
from terminal.domain.ids import AccountId, CommandId, DeviceId, PersonId
from terminal.domain.orders.order import Side
from terminal.engine.records.journal import Entry, Journal
from terminal.engine.records.memory import MemoryJournal
from terminal.shell.living import Living
from terminal.shell.serving.basis_book import BasisBook
from terminal.shell.serving.door import Door
from terminal.shell.serving.house import RunnerHouse
from terminal.shell.serving.tail import Tail
from terminal.sync import messages as m
from terminal.sync.desk_session import command_frame
from terminal.sync.record_lane import LaneLimits
from terminal.sync.runner_session import CarryOut, RunnerSession
from terminal.sync.wire import encode, read_from_runner
from tests.engine_world import ONE, RISK, TENANT, TRADER, UNIVERSE, World, device, reference, run, terms

SECOND = 1_000_000_000
MS = 1_000_000
SECRET = "open sesame"
KEY = "ab" * 32
T = TypeVar("T")


class Rig:
    """Hold a runner; `now` is its monotonic clock, ns, and moves only when a test says so."""

    def __init__(
        self,
        limits: LaneLimits | None = None,
        journal: Journal | None = None,
        *,
        world: World | None = None,
        began: int = 900 * SECOND,
    ) -> None:
        self.now = began
        self.limits = limits
        self.world = world or World(journal or MemoryJournal(TENANT))
        self.tail = Tail(self.world.journal, sum(head.seq for head in self.world.journal.heads().values()))
        self.woken = 0
        self.logged: list[str] = []

        def stored(entries: Sequence[Entry]) -> None:
            self.tail.grew(entries)
            self.woken += 1

        def saw(slots: list[int]) -> None:
            self.house.saw(slots)

        self.world.runner._stored = stored
        self.living = Living(
            self.world.runner,
            live_from=0,
            speed=1,
            seen=saw,
            monotonic=lambda: self.now / SECOND,
        )
        self.house = RunnerHouse(
            self.living,
            door=Door(SECRET, {}),
            tail=self.tail,
            basis=BasisBook(self.living.engine.columns, reference().calendar),
            name="runner-1",
            app="test",
            utc=lambda: 5,
            say=self.logged.append,
        )
        self.now = began + 100 * SECOND  # the runner has stood for a while when a test begins

    def hello(self, person: PersonId = TRADER, **fields: object) -> m.Hello:
        said = {"device": device(person), "person": person, "proof": SECRET, "public_key": KEY, "app": "t"} | fields
        return m.Hello(**said)  # type: ignore[arg-type]  # fields of the message by name

    def session(self, limits: LaneLimits | None = None) -> RunnerSession:
        return RunnerSession(self.house, self.now, limits or self.limits)

    def greeted(self, person: PersonId = TRADER, **fields: object) -> RunnerSession:
        """Return a session that has taken a HELLO and measured the clocks: the desk's is ours."""
        session = self.session()
        self.say(session, self.hello(person, **fields))
        for ping in only(self.hear(session), m.Ping):
            self.say(session, m.Pong(nonce=ping.nonce, mono=ping.mono, own_mono=self.now))
        return session

    def say(self, session: RunnerSession, frame: m.Frame) -> CarryOut | None:
        """Bring a frame to a session; what it refuses is recorded and answered at once, as the server has it done."""
        wanted = session.receive(encode(frame), self.now)
        if wanted is not None and wanted.refused is not None:
            self.carry_out(session, wanted)
            return None
        return wanted

    def hear(self, session: RunnerSession) -> list[m.FromRunner]:
        """Return everything a session has to send now."""
        found: list[m.FromRunner] = []
        while frames := session.pump(self.now):
            found += [read_from_runner(frame) for frame in frames]
        return found

    def carry_out(self, session: RunnerSession, wanted: CarryOut | None) -> m.Result:
        assert wanted is not None
        assert session.guest is not None
        still = lambda: session.still(wanted, self.now)  # noqa: E731 - one use, two lines below
        result = run(self.house.carry_out(session.guest, wanted.command, still, wanted.refused))
        session.answer(result)
        self.world.drain()
        return result

    def order(self, command: str = "c1", *, account: AccountId = ONE, late_ms: int = 0, ttl_ms: int = 3_000) -> m.Cmd:
        body = c.SubmitOrder(terms=terms(Side.BUY, 1, 3690, account=account))
        return self.command(body, command, late_ms=late_ms, ttl_ms=ttl_ms)

    def command(self, body: c.CommandBody, command: str = "c1", *, late_ms: int = 0, ttl_ms: int = 3_000) -> m.Cmd:
        return command_frame(CommandId(command), 1, body, pressed_mono=self.now - late_ms * MS, ttl_ms=ttl_ms)

    def grow(self, orders: int) -> None:
        """Let the journal grow by so many orders of the account everybody here sees."""
        for _ in range(orders):
            self.world.order(Side.BUY, 1, 3690)

    def quote(self) -> None:
        self.world.show()
        self.house.saw(list(range(len(UNIVERSE))))
        self.house.publish()

    def credit(self, session: RunnerSession) -> None:
        """Acknowledge everything the journal holds."""
        applied = {stream: head.seq for stream, head in self.house.heads().items()}
        self.say(session, m.Credit(applied=applied))


def only(frames: Sequence[object], kind: type[T]) -> list[T]:
    return [frame for frame in frames if isinstance(frame, kind)]


def records_in(frames: Sequence[object]) -> list[bytes]:
    return [bytes(event.record) for evt in only(frames, m.Evt) for event in evt.events]


__all__ = ["KEY", "MS", "ONE", "RISK", "SECOND", "SECRET", "DeviceId", "Rig", "only", "records_in"]
