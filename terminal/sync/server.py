"""Serve desks over WebSocket: the sockets, the tasks and the clock around `RunnerSession`.

A connection has one task that reads and one that writes. The writer asks its session for the next bounded handful of
frames and waits until the socket has taken them, so what one desk has not read is held in its own socket and nowhere
else. One more task looks at all sessions twenty times a second: pings, quotes that are due, and what has gone silent.

A device has one connection: a new one ends the old, which is told so if it can be within a second, and what the old
one still had on its way is dropped unread. Nobody waits for that: an old connection is as a rule a dead one.
Browsers are kept out (any Origin header is refused); wrong proofs are answered slower each time, and keep no good desk
out meanwhile, nor does who connects and says nothing.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from terminal.domain.addresses import cannot_listen
from terminal.domain.errors import UserError
from terminal.domain.ids import DeviceId
from terminal.sync.crowd import Crowd
from terminal.sync.house import House
from terminal.sync.messages import MAX_FRAME
from terminal.sync.penalty import Penalties
from terminal.sync.runner_session import RunnerSession, Stage
from terminal.sync.turned_away import DESKS_ONLY
from terminal.sync.wire import encode

TICK_SECONDS: Final = 0.05
HANDSHAKE_SECONDS: Final = 5
CLOSE_SECONDS: Final = 1
MOST_CONNECTIONS: Final = 128
MOST_STRANGERS: Final = 8  # of one address, connected and yet to say who; and of all addresses, eight times as many
SILENT: Final = 1_000_000_000  # ns without a HELLO after which a stranger gives way to another one
REFUSALS_SAID_EVERY: Final = 10_000_000_000  # ns
HELD_BYTES: Final = 256 * 1024  # of a socket's own buffer; the session holds nothing

Clock = Callable[[], int]


class _Desk:
    """Hold one connection's session and what wakes its writer."""

    def __init__(self, session: RunnerSession, socket: ServerConnection, began: int) -> None:
        self.session = session
        self.began = began
        self.socket = socket
        self.wake = asyncio.Event()
        self.is_held = False  # a guess that was wrong waits for its answer


class DeskServer:
    """Serve desks until cancelled. `clock` is the host's monotonic clock, ns; `say` gets a line worth logging."""

    def __init__(
        self,
        house: House,
        *,
        clock: Clock,
        say: Callable[[str], None],
        last_one_stops: Callable[[], None] | None = None,
    ) -> None:
        # `last_one_stops` is what the wish of the last desk to stop the runner does; any other is told that it goes on.
        self._house = house
        self._clock = clock
        self._say = say
        self._last_one_stops = last_one_stops
        self._desks: set[_Desk] = set()
        self._by_device: dict[DeviceId, _Desk] = {}
        self._is_stopping = False  # the last desk was told so, and nobody is let in to hear otherwise
        self._penalties = Penalties()
        self._crowd = Crowd()
        self._refused_at: int | None = None  # when that was said last
        self._refused = 0  # connections since, of which nothing was said
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None

    @property
    def desks(self) -> int:
        """Return how many desks are connected and greeted."""
        return len(self._by_device)

    async def open(self, address: str, port: int, *, tls: ssl.SSLContext | None = None) -> Server:
        """Listen; a taken port is a `UserError`. Close the returned server to end."""
        try:
            server = await serve(
                self._talk,
                address,
                port,
                compression=None,  # it costs a fifth of the throughput of small messages
                max_size=MAX_FRAME,
                max_queue=8,
                write_limit=HELD_BYTES,
                open_timeout=HANDSHAKE_SECONDS,
                close_timeout=CLOSE_SECONDS,
                ping_interval=None,  # PING frames of our own measure the clocks as well
                process_request=self._screen,
                server_header=None,
                create_connection=self._crowd.socket(tls),  # it begins TLS too: counted are all, from the first byte
            )
        except OSError as problem:
            raise cannot_listen(address, port, problem) from problem
        self._looking = asyncio.ensure_future(self._look_after_all())
        return server

    async def watched(self) -> None:
        """End only with what broke the looking after all desks: without it nobody hears quotes, nor that it is over."""
        if self._looking is not None:
            await self._looking

    def changed(self) -> None:
        """Wake every writer: the journal has grown."""
        for desk in self._desks:
            desk.wake.set()

    async def close(self) -> None:
        """Say good-bye to everybody and end."""
        for desk in list(self._desks):
            desk.session.close("RUNNER_STOPS", "运行器正在停止")
            desk.wake.set()
        await asyncio.sleep(0)
        for task in (*self._tasks, *((self._looking,) if self._looking is not None else ())):
            task.cancel()
        for desk in list(self._desks):
            with suppress(ConnectionClosed):
                await desk.socket.close()

    # --- one connection ---------------------------------------------------------------------------------------------

    def _screen(self, socket: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Origin") is not None:
            return socket.respond(HTTPStatus.FORBIDDEN, f"{DESKS_ONLY}\n")
        # Whoever guessed wrong has spoken: counted here, it would shut the door to every good desk of its address.
        strangers = [desk for desk in self._desks if desk.session.stage is Stage.GREETING]
        same = [desk for desk in strangers if _where(desk.socket) == _where(socket)]
        crowd = same if len(same) >= MOST_STRANGERS else strangers if len(strangers) >= 8 * MOST_STRANGERS else []
        if crowd and not self._gives_way(crowd):
            return socket.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections\n")
        return None

    def _gives_way(self, crowd: list[_Desk]) -> bool:
        oldest = min(crowd, key=lambda desk: desk.began)
        if self._clock() - oldest.began < SILENT:
            return False
        oldest.session.close("NO_HELLO", "没有 HELLO，而别的连接在等")
        oldest.wake.set()
        self._cut_later(oldest)
        return True

    async def _talk(self, socket: ServerConnection) -> None:
        now = self._clock()
        desk = _Desk(RunnerSession(self._house, now), socket, now)
        self._desks.add(desk)
        writer = asyncio.create_task(self._write(desk))
        try:
            async for message in socket:
                await self._take(desk, message)
                desk.wake.set()
                if desk.session.stage is Stage.CLOSED:
                    break
        except ConnectionClosed:
            pass
        except UserError as problem:  # there is no runner behind this door any more
            desk.session.close("RUNNER_STOPS", problem.message)
        finally:
            desk.session.close("GONE", "连接已断开")
            desk.wake.set()
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    with suppress(ConnectionClosed):
                        await writer
            except TimeoutError:  # stuck in a socket nobody reads
                socket.transport.abort()
            self._forget(desk)

    async def _take(self, desk: _Desk, message: str | bytes) -> None:
        session = desk.session
        greeting = session.stage is Stage.GREETING
        wanted = session.receive(message, self._clock())
        if greeting:
            await self._greeted(desk)
        elif session.ended is not None and session.ended.code == "STOP":
            self._judge_stop(session)
        if wanted is not None and session.guest is not None:
            carried_out = wanted

            def still() -> bool:
                return session.still(carried_out, self._clock())

            session.answer(await self._house.carry_out(session.guest, wanted.command, still, wanted.refused))

    async def _greeted(self, desk: _Desk) -> None:
        session = desk.session
        where = _where(desk.socket)
        if session.guest is not None and self._is_stopping:
            session.close("RUNNER_STOPS", "运行器正在停止")
        elif session.guest is not None and self._is_full(session.guest.device):
            self._say(f"没有放行 {session.guest.person} 的 {session.guest.device}：已有 {MOST_CONNECTIONS} 台工作台")
            session.turn_away("FULL", f"已有 {MOST_CONNECTIONS} 台工作台连着这个运行器，请先关闭用不着的，会自动再试")
        elif session.guest is not None and session.hello is not None:
            self._penalties.forgive(where)
            self._crowd.known(desk.socket)
            device = session.guest.device
            before = self._by_device.get(device)
            if before is not None:
                # At once, before anybody else has a turn: what it had on its way is dropped unread.
                before.session.close("SUPERSEDED", f"同一台设备又从另一处（{where}）连接了运行器，这里的连接已断开")
                before.wake.set()
                self._cut_later(before)
                self._say(f"{device} 又从 {where} 连接，旧的连接断开")
            self._by_device[device] = desk
            self._tell_others()
            await self._house.settle_in(session.guest, session.hello)
            self._say(f"{session.guest.person} 在 {device} 连接")
        elif session.ended is not None and session.ended.code == "REFUSED":
            self._note_refusal(f"拒绝来自 {where} 的连接：{session.ended.sentence}")
            desk.is_held = True
            is_answered = await self._penalties.serve(where)
            desk.is_held = False
            if not is_answered:
                desk.socket.transport.abort()

    def _note_refusal(self, sentence: str) -> None:
        # A stranger must not fill the disk that the log lies on: what comes between is counted.
        now = self._clock()
        if self._refused_at is not None and now - self._refused_at < REFUSALS_SAID_EVERY:
            self._refused += 1
            return
        more = f"（此前还有 {self._refused} 次没有逐一记下）" if self._refused else ""
        self._refused_at, self._refused = now, 0
        self._say(f"{sentence}{more}")

    def _is_full(self, device: DeviceId) -> bool:
        # A device that is here already takes no further place: its old connection, half open perhaps, gives way.
        return len(self._by_device) >= MOST_CONNECTIONS and device not in self._by_device

    def _judge_stop(self, session: RunnerSession) -> None:
        others = len(self._by_device) - 1
        if self._last_one_stops is None:
            session.stay("这个运行器不由工作台停止，它继续运行，策略照常交易")
        elif others:
            session.stay(f"另有 {others} 台工作台连着，运行器继续运行，策略照常交易")
        else:
            self._is_stopping = True

    def _tell_others(self) -> None:
        if self._last_one_stops is not None:
            for desk in self._by_device.values():
                desk.session.tell_others(len(self._by_device) - 1)
                desk.wake.set()

    async def _write(self, desk: _Desk) -> None:
        session, socket = desk.session, desk.socket
        try:
            while True:
                desk.wake.clear()
                try:
                    frames = session.pump(self._clock())
                except UserError as problem:
                    session.close("RUNNER_STOPS", problem.message)
                    frames = []
                for frame in frames:
                    await socket.send(frame, text=True)
                if session.stage is Stage.CLOSED and not desk.is_held:
                    if session.ended is not None:
                        await socket.send(encode(session.ended), text=True)
                    await socket.close()
                    return
                if not frames:
                    await desk.wake.wait()
        except ConnectionClosed:
            session.close("GONE", "连接已断开")
        except Exception:
            socket.transport.abort()  # a desk nobody writes to must not go on being listened to
            raise

    def _forget(self, desk: _Desk) -> None:
        self._desks.discard(desk)
        guest = desk.session.guest
        if guest is not None and self._by_device.get(guest.device) is desk:
            del self._by_device[guest.device]
            why = desk.session.ended.code if desk.session.ended is not None else ""
            self._say(f"{guest.person} 在 {guest.device} 断开（{why}）")
            self._tell_others()
            if why == "STOP" and self._last_one_stops is not None:
                self._last_one_stops()

    # --- all connections --------------------------------------------------------------------------------------------

    async def _look_after_all(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = self._clock()
            self._house.publish()
            for desk in list(self._desks):
                session = desk.session
                before = session.stage
                session.tick(now)
                if session.stage is Stage.CLOSED and before is not Stage.CLOSED:
                    self._cut_later(desk)
                if session.quotes_due(now) or session.stage is Stage.CLOSED or session.has_replies:
                    desk.wake.set()

    def _cut_later(self, desk: _Desk) -> None:
        # A writer that is stuck in a socket nobody reads cannot say good-bye: the socket is cut under it.
        async def cut() -> None:
            await asyncio.sleep(CLOSE_SECONDS)
            desk.socket.transport.abort()

        self._start(cut())

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _where(socket: ServerConnection) -> str:
    address = socket.remote_address
    return str(address[0]) if address else "?"
