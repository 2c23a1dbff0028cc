"""Over a real socket a large request to exercise waits for its second person, and a kill says what it withdraws."""

from __future__ import annotations

import time
from decimal import Decimal

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from terminal.domain.commands import CommandBody, Kill, RequestExercise
from terminal.domain.days.calendar import instant
from terminal.domain.ids import CommandId
from terminal.domain.orders.exercise import Choice, ExerciseState, ExerciseWish
from terminal.domain.orders.order import HedgeFlag
from terminal.domain.words.risk import Scope
from terminal.sync import messages as m
from terminal.sync.desk_session import command_frame
from terminal.sync.wire import encode, read_from_runner
from tests.desk_server import with_server
from tests.engine_market import LATER, WITH_OPTIONS
from tests.engine_world import CHECKER, DAY, LIMITS, I, World
from tests.sync_rig import ONE, Rig

WISH = ExerciseWish(instrument=LATER, flag=HedgeFlag.SPECULATION, lots=2, choice=Choice.EXERCISE)


def house() -> Rig:
    """Return a runner's house over a world that is long two calls, worth more than one person may exercise."""
    limits = msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(100_000))
    world = World(at=instant(DAY, 14, 50), universe=WITH_OPTIONS, limits=limits)
    world.show({LATER: ("22", "22.5"), I: ("830", "830.5")})
    world.buy(2, "22.5", instrument=LATER)
    return Rig(world=world)


class Wire:
    """Be a desk on a socket: answer pings, send commands, keep the records that come."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._sent = 0
        self._measured = False
        self.records: list[bytes] = []

    async def ask(self, body: CommandBody) -> m.Result:
        while not self._measured:
            await self._hear()
        self._sent += 1
        name, pressed = CommandId(f"w{self._sent}"), time.monotonic_ns()
        frame = command_frame(name, self._sent, body, pressed_mono=pressed, ttl_ms=3_000)
        await self._socket.send(encode(frame), text=True)
        while not isinstance(said := await self._hear(), m.Result):
            pass
        return said

    async def until(self, kind: bytes) -> None:
        """Wait for a record of this kind."""
        while not any(kind in record for record in self.records):
            await self._hear()

    async def _hear(self) -> m.FromRunner:
        said = read_from_runner(await self._socket.recv())
        if isinstance(said, m.Ping):
            pong = m.Pong(nonce=said.nonce, mono=said.mono, own_mono=time.monotonic_ns())
            await self._socket.send(encode(pong), text=True)
            self._measured = True
        if isinstance(said, m.Evt):
            self.records += [bytes(event.record) for event in said.events]
        return said


def test_a_large_request_waits_is_approved_and_withdrawn_by_a_kill() -> None:
    rig = house()
    world = rig.world

    async def work(port: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}", proxy=None, ping_interval=None) as socket:
            await socket.send(encode(rig.hello()), text=True)
            wire = Wire(socket)
            asked = await wire.ask(RequestExercise(account=ONE, wish=WISH))
            assert (asked.ok, asked.code) == (True, "CONFIRM2"), asked.sentence
            assert "复核以前没有向交易所提交，最迟 15:30" in asked.sentence
            await wire.until(b'"confirmation_requested"')
            assert world.wire.requested == []
            assert world.decide(CHECKER, world.parked).ok
            await wire.until(b'"exercise_requested"')
            killed = await wire.ask(Kill(account=ONE, scope=Scope(), reason="停"))
            assert "正在撤销行权申请 A1-X000001（i2101-C-810 行权 2 手（投机）），以交易所回报为准" in killed.sentence
            world.drain()
            await wire.until(b'"exercise_withdrawal_sent"')

    with_server(work, rig=rig)
    assert [row.state for row in world.account.exercises.rows.values()] == [ExerciseState.WITHDRAWN]
    world.check()
