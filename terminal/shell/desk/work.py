"""Put a desk's link thread together: files, keys, session and screen, over the connection to one runner."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from terminal import __version__
from terminal.domain.errors import UserError
from terminal.domain.ids import CommandId, PersonId
from terminal.shell.desk.absence import Absence
from terminal.shell.desk.copy import Copy
from terminal.shell.desk.driver import DeskDriver
from terminal.shell.desk.link import UNHEARD
from terminal.shell.desk.loss import STOPPING
from terminal.shell.desk.sending import Sending
from terminal.shell.desk.surroundings import watch
from terminal.shell.ids import new_device
from terminal.store.outbox import Outbox
from terminal.store.replica import Replica
from terminal.store.unread import UnreadFile
from terminal.sync.client import DeskClient, encryption
from terminal.sync.desk_session import Identity

if TYPE_CHECKING:
    from terminal.domain.commands import CommandBody
    from terminal.domain.days.calendar import Calendar
    from terminal.engine.mailbox import LatestMailbox
    from terminal.engine.unread import Unread
    from terminal.shell.desk.last_run import LastRun

FLUSH_SECONDS: Final = 0.03
SEEK_SECONDS: Final = 1.0
SETTLE_SECONDS: Final = 5.0  # from a runner's answer until it must have been found: before, nobody starts another


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Say where a runner is and how to be let in; `name` is what the screen calls it."""

    url: str
    proof: str
    name: str
    keep: Callable[[], Awaitable[None]] | None = None  # called once the runner has taken the proof
    is_there: Callable[[], bool] | None = None  # whether the one whose proof it is has that address still


Find = Callable[[Callable[[str], None]], Awaitable[Place]]
"""Say where the runner is, however long that takes; told whom to tell in a sentence what is waited for."""
Seek = Callable[[bool], Awaitable[Place | None]]
"""Say where the runner is now, if that is known; told whether it has refused the proof since it was last asked."""


async def _nothing_new(_: object) -> None:
    pass


def _open_wishes(outbox: Outbox) -> int | None:
    if outbox.rebuilt:  # what it knew went with the file
        return None
    return sum(sent.is_order for sent in outbox.unanswered())


def _waits(driver: DeskDriver) -> Callable[[str], None]:
    def say(sentence: str) -> None:
        driver.loss.waits(sentence)
        driver.tell_link()

    return say


class DeskWork:
    """Be what the link thread runs. Made before its loop; `send` and `preview` belong to the loop.

    `seek` is asked while there is no connection: a runner that was started anew has another port and another secret
    than the one this desk knew, and a token that was refused may have been renewed.
    An `embedded` runner is this desk's own, exchange and all: `find` starts it where it is not there.
    `last_run` is begun here and ended by whoever ends the desk, which goes on after a link that broke; without one this
    run leaves no mark, and leaves that of another for who will tell of it.
    """

    def __init__(
        self,
        *,
        folder: Path,
        person: PersonId,
        find: Find,
        calendar: Callable[[], Calendar],
        mailbox: LatestMailbox,
        seek: Seek = _nothing_new,
        embedded: bool = False,
        last_run: LastRun | None = None,
    ) -> None:
        self._folder = folder
        self._last_run = last_run
        self._person = person
        self._find = find
        self._calendar = calendar
        self._mailbox = mailbox
        self._seek = seek
        self._embedded = embedded
        self._driver: DeskDriver | None = None
        self._client: DeskClient | None = None
        self._absence: Absence | None = None
        self._flushing: asyncio.TimerHandle | None = None
        self._starting: asyncio.Future[None] | None = None
        self.stop_runner = False  # say so at the end
        self.farewell = ""  # why the runner was not stopped, where that was wanted

    @property
    def refusal(self) -> str:
        """Return why the runner will not have this desk, or was never reached; empty otherwise. From any thread."""
        return self._driver.refusal if self._driver is not None else ""

    @property
    def was_let_in(self) -> bool:
        """Return whether a runner has ever let this desk in. From any thread."""
        return self._driver is not None and self._driver.welcome is not None

    async def run(self) -> None:
        """Be connected until cancelled. What the folder or the runner's start refuse is a `UserError`."""
        with ExitStack() as files:
            outbox = files.enter_context(closing(Outbox(self._folder, new_device=new_device(self._person))))
            if self._last_run is not None:
                self._last_run.begin()  # behind the outbox: its lock says that no other process is this desk
            copy = files.enter_context(closing(Copy(Replica(self._folder))))
            unread = files.enter_context(closing(UnreadFile(self._folder)))
            self._mailbox.post_unread(unread.unread())
            heard, unanswered = unread.heard(), _open_wishes(outbox)
            broken = None if self._last_run is None else self._last_run.take_over()
            told = "" if broken is None else broken.told(heard=heard, unanswered=unanswered)
            for sentence in (told, copy.rebuilt, outbox.rebuilt, unread.rebuilt):
                if sentence:
                    self._mailbox.post_notice(sentence)
            self._absence = absence = Absence(unread, time.time_ns)
            absence.reopen(copy.state if copy.heads() else None, time.monotonic_ns())
            try:
                await self._connect(copy, outbox, absence)
            finally:
                self._absence = None

    async def _connect(self, copy: Copy, outbox: Outbox, absence: Absence) -> None:
        key = Ed25519PrivateKey.generate()  # of this session: the runner learns it at HELLO
        identity = Identity(
            person=self._person,
            device=outbox.device(),
            proof="",
            public_key=key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex(),
            app=__version__,
        )
        self._driver = driver = DeskDriver(
            copy=copy,
            sending=Sending(outbox, self._person, key, self._mailbox.post_result),
            absence=absence,
            identity=identity,
            mailbox=self._mailbox,
            calendar=self._calendar(),
            runner="运行器",
            soon=self._soon,
            embedded=self._embedded,
        )
        driver.tell_link()
        place = await self._find(_waits(driver))
        driver.loss.waits("")
        driver.found(msgspec.structs.replace(identity, proof=place.proof), place.name)
        self._client = client = DeskClient(
            place.url,
            driver,
            clock=time.monotonic_ns,
            jitter=random.SystemRandom().random,
            tls=encryption(place.url),
        )
        client.is_there = place.is_there or client.is_there
        tasks = (
            asyncio.create_task(client.run()),
            asyncio.create_task(self._seek_again(client, driver, identity, place)),
            asyncio.create_task(watch(client, driver)),
        )
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # none ends by itself: what breaks one ends the link, where it is seen
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            driver.leave(stop=self.stop_runner)
            bye = await client.say_goodbye()
            if self.stop_runner and (bye is None or bye.code not in STOPPING):
                self.farewell = UNHEARD if bye is None else f"运行器没有停止：{bye.sentence}。"

    async def _seek_again(self, client: DeskClient, driver: DeskDriver, identity: Identity, known: Place) -> None:
        keep, refusals = known.keep, 0
        while True:
            await asyncio.sleep(SEEK_SECONDS)
            if keep is not None and driver.welcome is not None:  # what a runner has refused is nothing to keep
                await keep()
                keep = None
            if driver.session is not None:
                continue
            before, refusals = refusals, client.refusals
            place = await self._seek(refusals > before)
            if place is not None and (place.url, place.proof) != (known.url, known.proof):
                known, keep = place, place.keep
                client.address, client.is_there = place.url, place.is_there or client.is_there
                driver.found(msgspec.structs.replace(identity, proof=place.proof), place.name)
                if not client.is_superseded:  # else an abandoned desk would throw out the one that is in use
                    client.hurry()

    def send(self, command: CommandId, body: CommandBody, pressed: int) -> None:
        """Send a command; `pressed` is the monotonic clock at the press of the key, ns."""
        if self._driver is not None:
            self._driver.send(command, body, pressed)

    def preview(self, request: int, body: CommandBody, *, split_close: bool) -> None:
        """Ask what a command would do."""
        if self._driver is not None:
            self._driver.preview(request, body, split_close=split_close)

    def start_runner(self) -> None:
        """Start this machine's runner again; it is found like any other that came up. One start at a time.

        One of another version is ended first.
        """
        if self._driver is not None and self._embedded and self._starting is None:
            self._starting = asyncio.ensure_future(self._start(self._driver))

    async def _start(self, driver: DeskDriver) -> None:
        driver.loss.starting()
        driver.tell_link()
        why_not = "本程序出错，详情见标准错误输出"
        try:
            if driver.may_restart:
                await self._end_runner(driver)
            await self._find(_waits(driver))
            why_not = ""
            await asyncio.sleep(SETTLE_SECONDS)
        except UserError as problem:
            why_not = problem.message
        finally:
            self._starting = None
            driver.loss.started(why_not)
            driver.tell_link()

    async def _end_runner(self, driver: DeskDriver) -> None:
        # As at closing: it keeps what it knows and lets the journal go, which the next one takes up.
        is_refused = False
        before = await self._seek(is_refused)
        if not driver.may_restart:  # the link went meanwhile, and with it whom to ask
            raise UserError("与运行器的连接刚断开，没有重新启动；请再按一次")
        driver.ask_to_stop()
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            if driver.stop_answer is None:  # a runner that is silent ends as dead
                continue
            code, sentence = driver.stop_answer
            if code not in STOPPING:
                raise UserError(sentence)
            there = await self._seek(is_refused)
            if there is None or before is None or there.proof != before.proof:
                return

    def keep_unread(self, unread: Unread) -> None:
        """Keep what is unread for when this desk is opened again."""
        if self._absence is not None:
            self._absence.keep(unread)

    def _soon(self) -> None:
        if self._client is not None:
            self._client.flush()
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        self._flushing = None
        if self._driver is not None:
            self._driver.flush()
