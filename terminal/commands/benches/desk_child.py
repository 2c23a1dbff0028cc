"""Be the desk of a measurement, in a process of its own, started with KIND URL PROOF.

`follow` joins as a full desk (replica on disk, fold) and writes, for every record, its place and the monotonic clock
when it had been stored and folded; `join` says how long it took from the first byte to everything folded; `crowd` opens
many connections that read quotes and throw them away.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from websockets.asyncio.client import connect

from terminal.domain.ids import DeviceId, PersonId, TenantId
from terminal.engine.mailbox import LatestMailbox
from terminal.shell.desk.absence import Absence
from terminal.shell.desk.copy import Copy
from terminal.shell.desk.driver import DeskDriver
from terminal.shell.desk.sending import Sending
from terminal.store.outbox import Outbox
from terminal.store.reference import load_calendar
from terminal.store.replica import Replica
from terminal.store.unread import UnreadFile
from terminal.sync.client import DeskClient
from terminal.sync.desk_session import DeskSession, Identity, Stage
from terminal.sync.effects import Store, Swap
from terminal.sync.messages import MAX_FRAME, Quotes, Sub

if TYPE_CHECKING:
    from terminal.sync.effects import Effect, Ended

PERSON = PersonId("trader")


def _identity(secret: str, number: int) -> Identity:
    key = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    return Identity(person=PERSON, device=DeviceId(f"bench-{number}"), proof=secret, public_key=key, app="bench")


class _Noted(DeskDriver):
    """Note when each record had been stored and folded."""

    stamps: dict[str, int]
    folded_at: int
    live: asyncio.Event

    def take(self, effect: Effect, session: DeskSession) -> Ended | None:
        """Do what a session says, and note when it was done."""
        ended = super().take(effect, session)
        self.folded_at = time.monotonic_ns()
        if session.stage is Stage.LIVE:
            self.live.set()
        if isinstance(effect, Store):
            for one in effect.arrived:
                self.stamps[f"{one.record.stream}|{one.record.seq}"] = self.folded_at
        return ended


class _Client:
    client: DeskClient | None = None

    def flush(self) -> None:
        if self.client is not None:
            self.client.flush()


async def _desk(url: str, secret: str, folder: Path) -> tuple[_Noted, asyncio.Task[None]]:
    outbox = Outbox(folder, new_device=DeviceId("bench-0"))
    mailbox = LatestMailbox()
    key = Ed25519PrivateKey.generate()
    clients = _Client()
    driver = _Noted(
        copy=Copy(Replica(folder)),
        sending=Sending(outbox, PERSON, key, mailbox.post_result),
        absence=Absence(UnreadFile(folder), time.time_ns),
        identity=_identity(secret, 0),
        mailbox=mailbox,
        calendar=load_calendar(),
        runner="bench",
        soon=clients.flush,
    )
    driver.stamps, driver.live = {}, asyncio.Event()
    client = clients.client = DeskClient(url, driver, clock=time.monotonic_ns, jitter=lambda: 0.5)
    return driver, asyncio.ensure_future(client.run())


async def follow(url: str, secret: str) -> None:
    """Follow until standard input ends, then say every stamp."""
    with tempfile.TemporaryDirectory(prefix="hengduo-bench-") as folder:
        driver, task = await _desk(url, secret, Path(folder))
        await driver.live.wait()
        print("live", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        print(json.dumps(driver.stamps), flush=True)
        task.cancel()


async def join(url: str, secret: str) -> None:
    """Say how many seconds a new desk takes from its first byte to everything stored and folded."""
    with tempfile.TemporaryDirectory(prefix="hengduo-bench-") as folder:
        began = time.monotonic_ns()
        driver, task = await _desk(url, secret, Path(folder))
        await driver.live.wait()
        print(json.dumps({"seconds": (driver.folded_at - began) / 1e9}), flush=True)
        task.cancel()


async def crowd(url: str, secret: str, count: int, every_ms: int) -> None:
    """Open connections one after the other, answer what must be, and read quotes until standard input ends."""
    read = [0] * count
    going: list[asyncio.Task[None]] = []
    for number in range(count):
        live = asyncio.Event()
        going.append(asyncio.create_task(_read_quotes(url, _identity(secret, number), every_ms, read, number, live)))
        waiting = asyncio.create_task(live.wait())
        done, _ = await asyncio.wait([waiting, *going], return_when=asyncio.FIRST_COMPLETED)
        if waiting not in done:
            raise RuntimeError(f"desk {number} of the crowd was turned away: {done}")
    print("live", flush=True)
    before, began = sum(read), time.monotonic()
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps({"quotes": sum(read) - before, "seconds": time.monotonic() - began}), flush=True)
    for task in going:
        task.cancel()


async def _read_quotes(
    url: str, identity: Identity, every_ms: int, read: list[int], number: int, live: asyncio.Event
) -> None:
    now = time.monotonic_ns()
    session = DeskSession(identity, tenant=TenantId(""), heads={}, last_device_seq=0, partial=None, now=now)
    async with connect(url, compression=None, max_size=MAX_FRAME, ping_interval=None, proxy=None) as socket:
        subscribed = False
        while True:
            if session.welcome is not None and not subscribed:
                subscribed = True
                session.send(Sub(every_ms=every_ms))
            for frame in session.outgoing():
                await socket.send(frame, text=True)
            for effect in session.receive(await socket.recv(), time.monotonic_ns()):
                if isinstance(effect, Store | Swap):
                    session.applied()
                elif isinstance(effect, Quotes) and session.stage is Stage.LIVE:
                    read[number] += len(effect.quotes)
                    live.set()


if __name__ == "__main__":
    kind, address, proof = sys.argv[1:4]
    works = {"follow": lambda: follow(address, proof), "join": lambda: join(address, proof)}
    asyncio.run(works[kind]() if kind in works else crowd(address, proof, int(sys.argv[4]), int(sys.argv[5])))
