"""Keep a desk connected to its runner: the socket, the pauses between attempts, and the clock around `DeskSession`.

First try at once, then after 0.5, 1, 2 … 30 s with jitter; a session that held for a while starts the row anew. Where
nobody was reached the row ends at 2 s: who gets no call is not burdened by it, and a cut that ends somewhere on the way
is seen by nothing but the next call, while the desk can neither cancel nor kill. Whoever did answer is spared. A
refusal is tried again too, but slowly: somebody may be enrolling this desk right now. A desk whose device has connected
from somewhere else does not come back by itself: the two would cut each other off for ever. Nothing is sent by itself
after a cut: what is in the outbox is the driver's business.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from terminal.sync.desk_session import BAD_FRAME, NO_COMMON_VERSION, DeskSession, Stage
from terminal.sync.effects import Effect, Ended
from terminal.sync.messages import MAX_FRAME, Bye, Hello
from terminal.sync.wire import WireError, encode, read_from_runner

FIRST_PAUSE: Final = 0.5  # seconds
LONGEST_PAUSE: Final = 30.0
LONGEST_UNHEARD: Final = 2.0  # where nobody was reached
REFUSED_PAUSE: Final = 10.0
TICK_SECONDS: Final = 0.25
OPEN_SECONDS: Final = 5
GOODBYE_SECONDS: Final = 2
ANSWER_SECONDS: Final = 10  # to who only asks about a proof; twice as long as a runner holds the answer to a wrong one
FIRST_WORDS: Final = 1.0  # seconds after which a network sends again what was lost on an attempt to connect
AT_ONCE: Final = 0.05  # seconds before the first attempt after a cut
HELD: Final = 1_000_000_000  # ns; a connection that ends sooner did not hold, and is not made again at once for ever
NOT_RUNNING: Final = "NOT_RUNNING"
"""The code where the host answers and nobody listens: the runner is gone, and not only the way to it."""

REFUSED: Final = "REFUSED"
SUPERSEDED: Final = "SUPERSEDED"
"""The code where the same device has connected from somewhere else."""

# What opening a connection can raise, a port that is none and a redirection to no address among it.
NO_WAY: Final = (OSError, TimeoutError, InvalidHandshake, InvalidURI, ValueError, OverflowError)
# Of these, what the next call cannot find otherwise: a person has to mend it.
NO_CALL: Final = (ssl.SSLCertVerificationError, InvalidURI, ValueError, OverflowError)
# Only a person can mend these.
FINAL: Final = frozenset({REFUSED, NO_COMMON_VERSION, "OTHER_TENANT", "REVOKED", SUPERSEDED, "NO_SNAPSHOT_HELPS"})


class Driver(Protocol):
    """Be what a client works for; called on its loop only."""

    def open(self, now: int) -> DeskSession:
        """Return the session of a new connection."""

    def take(self, effect: Effect, session: DeskSession) -> Ended | None:
        """Do what a session says, before anything further is read, or return why it cannot be done."""

    def look(self, session: DeskSession | None, now: int) -> None:
        """Look at the clock; `None` while there is no connection."""

    def lost(self, code: str, sentence: str) -> None:
        """Hear that the connection is over, or could not be made."""


class DeskClient:
    """Connect, follow, and connect again until cancelled. `clock` is the host's monotonic clock, ns."""

    def __init__(
        self,
        address: str,
        driver: Driver,
        *,
        clock: Callable[[], int],
        jitter: Callable[[], float],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.address = address
        self.is_there: Callable[[], bool] = _may_be  # asked before every call: a few reads of small files
        self.refusals = 0  # so far
        self.is_superseded = False  # the last connection ended because the device is used somewhere else
        self.peer = ""  # the numeric address this desk is, or was last, connected to
        self._driver = driver
        self._clock = clock
        self._jitter = jitter  # 0..1
        self._tls = tls
        self._session: DeskSession | None = None
        self._socket: ClientConnection | None = None
        self._ended: Ended | None = None
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._longest = LONGEST_PAUSE
        self._dialling: asyncio.Timeout | None = None  # while an attempt is under way
        self._dialled_at = 0.0  # by the loop's clock
        self._doubted_at: int | None = None  # when the way to the runner changed under a connection

    def flush(self) -> None:
        """Send what the session has to say now."""
        self._wake.set()

    def hurry(self) -> None:
        """Try again at once: there is another way to the runner, or the machine woke up.

        An attempt whose first words may be lost is begun anew. A connection is given up when it goes on being silent.
        """
        self._hurry.set()
        self._doubted_at = self._clock()
        if self._dialling is not None and not self._dialling.expired():
            self._dialling.reschedule(max(asyncio.get_running_loop().time(), self._dialled_at + FIRST_WORDS))

    def wake_up(self) -> None:
        """Try again at once, and give up a connection that has been slept over: the runner has, long ago."""
        self.hurry()
        if self._session is not None:
            self._abort(self._session.give_up("这台电脑睡眠过，连接已经失效"))

    async def run(self) -> None:
        """Stay connected until cancelled."""
        tasks = [asyncio.create_task(self._stay()), asyncio.create_task(self._look())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # neither ends by itself: what breaks one (a full disk) is raised, not left unheard
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _stay(self) -> None:
        pause, before = FIRST_PAUSE, ""
        while True:
            began = self._clock()
            code, sentence, was_in = await self._once()
            self.refusals += code == REFUSED
            self.is_superseded = code == SUPERSEDED
            self._driver.lost(code, sentence)
            # What could not be used may well come again: that begins a row of pauses, but only the first time.
            if was_in and code == BAD_FRAME != before and self._clock() - began >= HELD:
                pause = FIRST_PAUSE
            before = code
            if was_in and code not in {*FINAL, BAD_FRAME} and self._clock() - began >= HELD:
                pause, wait = FIRST_PAUSE, AT_ONCE
            else:
                wait = (
                    max(pause, REFUSED_PAUSE)
                    if code in FINAL
                    else min(pause, self._longest) * (0.75 + self._jitter() / 2)
                )
                pause = min(pause * 2, LONGEST_PAUSE)
            await self._pause(None if code == SUPERSEDED else wait)

    async def say_goodbye(self) -> Bye | None:
        """Send the last words of the session, after `run` was cancelled; return the runner's, if they come in time."""
        socket, session, answer = self._socket, self._session, None
        if socket is None or session is None:
            return None
        try:
            with suppress(ConnectionClosed, TimeoutError, OSError, WireError):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    for frame in session.outgoing():
                        await socket.send(frame, text=True)
                    while answer is None:
                        said = read_from_runner(await socket.recv())
                        answer = said if isinstance(said, Bye) else None
        finally:
            await socket.close()  # also where nobody answers
        return answer

    async def _pause(self, seconds: float | None) -> None:
        self._hurry.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurry.wait()

    async def _once(self) -> tuple[str, str, bool]:
        try:
            if not self.is_there():
                raise ConnectionRefusedError  # as far as this desk is concerned, nobody listens
            socket = await self._reach()
        except NO_WAY as problem:
            self._longest = LONGEST_PAUSE if isinstance(problem, NO_CALL) else LONGEST_UNHEARD
            code = NOT_RUNNING if isinstance(problem, ConnectionRefusedError) else "UNREACHABLE"
            return code, _why(problem), False
        self._longest, self._doubted_at = LONGEST_PAUSE, None
        self.peer = str(socket.remote_address[0]) if socket.remote_address else ""
        session = self._session = self._driver.open(self._clock())
        self._socket, self._ended = socket, None
        writer = asyncio.create_task(self._write(socket, session))
        try:
            found = await self._read(socket, session)
        finally:
            writer.cancel()
            with suppress(asyncio.CancelledError, ConnectionClosed):
                await writer
        self._session = self._socket = None
        await socket.close()
        return found

    async def _reach(self) -> ClientConnection:
        while True:
            self._hurry.clear()
            self._dialled_at = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(None) as self._dialling:
                    return await self._dial()
            except TimeoutError:
                if not self._hurry.is_set():
                    raise
            finally:
                self._dialling = None

    async def _dial(self) -> ClientConnection:
        return await connect(
            self.address,
            compression=None,
            max_size=MAX_FRAME,
            open_timeout=OPEN_SECONDS,
            close_timeout=1,
            ping_interval=None,
            user_agent_header=None,
            proxy=None,
            ssl=self._tls,
        )

    async def _read(self, socket: ClientConnection, session: DeskSession) -> tuple[str, str, bool]:
        self._wake.set()
        try:
            async for message in socket:
                for effect in session.receive(message, self._clock()):
                    ended = effect if isinstance(effect, Ended) else self._driver.take(effect, session)
                    if ended is not None:
                        return ended.code, ended.sentence, session.welcome is not None
                self._wake.set()
        except ConnectionClosed:
            pass
        ended = self._ended or Ended("CUT", "与运行器的连接中断")
        return ended.code, ended.sentence, session.welcome is not None

    async def _write(self, socket: ClientConnection, session: DeskSession) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            for frame in session.outgoing():
                await socket.send(frame, text=True)
            if session.stage is Stage.CLOSED:
                await socket.close()
                return

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = self._clock()
            session = self._session
            ended = session.tick(now) if session is not None else None
            if ended is None and session is not None and self._is_in_vain(session, now):
                ended = session.give_up("到运行器的网络变了，连接没有回应")
            self._driver.look(session, now)
            self._wake.set()
            if ended is not None:
                self._abort(ended)

    def _is_in_vain(self, session: DeskSession, now: int) -> bool:
        return self._doubted_at is not None and session.heard_at <= self._doubted_at and session.is_stale(now)

    def _abort(self, ended: Ended) -> None:
        if self._socket is not None:
            self._ended = ended
            self._socket.transport.abort()  # a half-open link would never say that it is over


def _may_be() -> bool:
    return True


async def knock(address: str, hello: Hello, *, tls: ssl.SSLContext | None = None) -> tuple[str, str]:
    """Say a HELLO without a key and return the code and sentence of the BYE: PROVEN, or why not.

    NOT_RUNNING and UNREACHABLE say that nobody was there to be asked, UNTRUSTED that nobody was asked, SILENT that
    whoever was asked said nothing: that is no word for the proof, for a wrong one is answered slower each time.
    """
    try:
        socket = await connect(
            address, compression=None, max_size=MAX_FRAME, ping_interval=None, user_agent_header=None,
            proxy=None, ssl=tls, open_timeout=OPEN_SECONDS, close_timeout=1,
        )  # fmt: skip
    except ssl.SSLError as problem:
        return "UNTRUSTED", _why(problem)
    except NO_WAY as problem:
        return NOT_RUNNING if isinstance(problem, ConnectionRefusedError) else "UNREACHABLE", _why(problem)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await socket.send(encode(hello), text=True)
            answer = read_from_runner(await socket.recv())
    except (OSError, TimeoutError, ConnectionClosed):
        return "SILENT", "运行器没有应答，请过一会儿再试"
    except WireError as problem:
        return BAD_FRAME, f"那里的程序说的不是本协议（{problem}）"
    finally:
        await socket.close()
    return (answer.code, answer.sentence) if isinstance(answer, Bye) else (BAD_FRAME, "那里的程序没有按协议回答")


def encryption(address: str) -> ssl.SSLContext | None:
    """Return how an address is spoken to: TLS 1.3 where it says `wss://`.

    Trusted are the authorities of this machine; SSL_CERT_FILE names others, such as a company's own.
    """
    if not address.startswith("wss://"):
        return None
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def _why(problem: Exception) -> str:
    if isinstance(problem, ConnectionRefusedError):
        return "运行器没有在那里运行"
    if isinstance(problem, TimeoutError):
        return "运行器没有应答"
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"不信任运行器的证书（{problem.verify_message}），没有登录；请核对地址，或让本机信任它的颁发者"
    if isinstance(problem, InvalidURI):
        return "地址不是 ws:// 或 wss://"
    if isinstance(problem, InvalidStatus):
        return f"那里拒绝了连接（HTTP {problem.response.status_code}）：不是运行器，或连着它的太多；请核对地址"
    if isinstance(problem, InvalidHandshake):
        return "连接一通就被切断，没有按协议回答：不是运行器，或连着它的太多；请核对地址"
    return f"连不上运行器（{problem}）"
