"""Hold the desk's half of one connection: what has come, whether it fits, what must be asked again. No I/O, no clock.

States: GREETING from HELLO to WELCOME, CATCHING_UP until everything the runner had at WELCOME is here and nothing is
being asked for again, LIVE, CLOSED.

The one rule: nothing is applied that does not continue what the desk has. Each record must follow the last of its
stream by number and by hash. Anything else (a gap, another hash, a snapshot with a part missing) stops the applying,
asks from the last good record, and if that does not help asks for a snapshot. A record that came before is skipped.
A last frame that was lost shows in the number the runner's next PING names; what then stays silent is asked for anew.

The session decides what fits; its driver stores and folds it, in one transaction with the place reached (SAFETY I16),
and only then says `applied`, which lets the runner send more.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Mapping
from enum import Enum
from hashlib import sha256
from typing import Final

import msgspec

from terminal.domain.commands import CommandBody
from terminal.domain.errors import UserError
from terminal.domain.ids import CommandId, DeviceId, PersonId, StreamId, TenantId
from terminal.domain.words.typed_text import LONGEST_TEXT, shown
from terminal.engine.records.chain import genesis, link, read_record
from terminal.engine.records.journal import Head
from terminal.sync import messages as m
from terminal.sync.bounds import refuse_misplaced, refuse_unshowable
from terminal.sync.effects import Arrived, Compare, Effect, Ended, Partial, Store, Swap
from terminal.sync.greeting import Named
from terminal.sync.history import read_part
from terminal.sync.wire import StrangerError, WireError, encode, read_from_runner, said

SECOND: Final = 1_000_000_000
PING_EVERY: Final = 5 * SECOND
DEAD_AFTER: Final = 5 * SECOND
WELCOME_WITHIN: Final = 10 * SECOND
STALE_AFTER: Final = 3 * SECOND
ASK_AGAIN: Final = 4 * SECOND  # of silence while something must come; a large snapshot may take longer as a whole
LARGEST_SNAPSHOT: Final = 512 * 1024 * 1024
NO_COMMON_VERSION: Final = "NO_COMMON_VERSION"
NEWER: Final = "运行器的版本比本程序新（它发来的{}），本程序读不懂它、不能下单；请升级本程序后重新打开。"
BAD_FRAME: Final = "BAD_FRAME"  # what came could not be read, placed or used


class Stage(Enum):
    """Name the stages of a session."""

    GREETING = "greeting"
    CATCHING_UP = "catching up"
    LIVE = "live"
    CLOSED = "closed"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Hold who a desk says it is; `public_key` is the device's Ed25519 key, raw, hex."""

    person: PersonId
    device: DeviceId
    proof: str
    public_key: str
    app: str


class DeskSession:
    """Be one connection to a runner, seen from the desk. `now` is the host's monotonic clock, ns."""

    def __init__(
        self,
        identity: Identity,
        *,
        tenant: TenantId,
        heads: Mapping[StreamId, Head],
        last_device_seq: int,
        partial: Partial | None,
        now: int,
    ) -> None:
        self._identity = identity
        self._tenant = tenant
        self._heads = dict(heads)
        self.partial = partial
        self.stage = Stage.GREETING
        self.is_asked_to_stop = False  # the runner, by this desk, which stays for the answer
        self.welcome: m.Welcome | None = None
        self._named = Named()
        self.heard_at = now
        self.trip: int | None = None  # ns, of the latest PING
        self.others: int | None = None  # desks at this runner; it does not tell everybody
        self.is_timed = False  # a PING was answered: what is sent behind that the runner can tell the age of
        self._opened_at = now
        self._goal: dict[StreamId, int] = {}
        self._out: deque[bytes] = deque()
        self._asking = False  # records were asked for again and have not come
        self._asked = 0  # times in a row
        self._moved_at = now  # when records or parts of a snapshot last came or were asked for
        self._reset = ""  # why, if what is here is no part of the runner's journal
        self._round = 0
        self._number = 0  # of the EVT frame that must come next in this round
        self._nonce = 0
        self._pinged: dict[int, int] = {}
        self._ping_at = now
        self._say(
            m.Hello(
                tenant=tenant,
                device=identity.device,
                person=identity.person,
                proof=identity.proof,
                public_key=identity.public_key,
                app=identity.app,
                heads=said(self._heads),
                last_device_seq=last_device_seq,
                snapshot=partial.name if partial is not None else "",
                parts=len(partial.parts) if partial is not None else 0,
            )
        )

    # --- what leaves ------------------------------------------------------------------------------------------------

    def outgoing(self) -> list[bytes]:
        """Return what is to be sent now."""
        frames = list(self._out)
        self._out.clear()
        return frames

    def send(self, frame: m.Cmd | m.Sub | m.FetchBasis | m.FetchPreview) -> None:
        """Send something; only between WELCOME and the end."""
        self._say(frame)

    def applied(self) -> None:
        """Acknowledge everything stored so far."""
        self._say(m.Credit(applied={stream: head.seq for stream, head in self._heads.items()}))

    def leave(self, *, stop: bool) -> None:
        """Say good-bye; with `stop` the runner is asked to end too, and its BYE says whether it does."""
        self._say(m.Bye(code="STOP" if stop else "BYE", sentence="工作台关闭"))
        self.stage = Stage.CLOSED

    def ask_to_stop(self) -> None:
        """Ask the runner to end, and go on until its BYE says whether it does."""
        self.is_asked_to_stop = True
        self._say(m.Bye(code="STOP", sentence="工作台请它结束"))

    def redo(self, now: int) -> None:
        """Ask for a snapshot: what is folded here is not what the runner has, and nothing is ordered over it."""
        self._fetch(now, snapshot=True)

    def resume(self, heads: Mapping[StreamId, Head], now: int) -> None:
        """Ask for all that follows these heads: what came since was acknowledged and not kept."""
        self._goal |= {stream: head.seq for stream, head in self._heads.items()}
        self._heads, self.partial = dict(heads), None
        self._fetch(now, snapshot=False)

    def refuse(self, what: str) -> Ended:
        """End the connection over something that came and cannot be used."""
        return self._end(BAD_FRAME, f"运行器发来的{what}")

    def give_up(self, sentence: str) -> Ended:
        """End the connection over something that says it is dead before its silence does."""
        return self._end("DEAD", sentence)

    def tick(self, now: int) -> Ended | None:
        """Look at the clock: ping, ask again, and end what is silent."""
        if self.stage is Stage.CLOSED:
            return None
        if self.stage is Stage.GREETING and now - self._opened_at > WELCOME_WITHIN:
            return self._end("DEAD", "运行器没有应答")
        if any(now - at > DEAD_AFTER for at in self._pinged.values()):
            return self._end("DEAD", "运行器 5 秒没有回应")
        if self.stage is Stage.CATCHING_UP and now - self._moved_at > ASK_AGAIN:
            self._ask_again(now)
        if self.stage is not Stage.GREETING and now - self._ping_at >= PING_EVERY:
            self._ping(now)
        return None

    def is_stale(self, now: int) -> bool:
        """Return whether the runner has been silent for too long to order anything (SAFETY I18)."""
        return now - self.heard_at > STALE_AFTER

    # --- what arrives -----------------------------------------------------------------------------------------------

    def receive(self, data: bytes | str, now: int) -> list[Effect]:
        """Take one message; return what the driver is to do, in order."""
        if self.stage is Stage.CLOSED:
            return []
        try:
            return self._receive(read_from_runner(data), now)
        except StrangerError as problem:  # docs/protocol.md: nothing is added within a version of the protocol
            return [self._end(NO_COMMON_VERSION, NEWER.format(problem))]
        except WireError as problem:
            return [self.refuse(str(problem))]

    def _receive(self, frame: m.FromRunner, now: int) -> list[Effect]:
        self.heard_at = now
        if isinstance(frame, m.Bye):
            return [self._end(frame.code, frame.sentence)]
        if self.stage is Stage.GREETING:
            # Anything else is left over from before, or out of order; the greeting has its own time limit.
            if isinstance(frame, m.Universe):
                self._named.add(frame)
            return [self._take_in(self._named.whole(frame), now)] if isinstance(frame, m.Welcome) else []
        refuse_unshowable(frame, self.welcome)
        return self._follow(frame, now)

    def _take_in(self, welcome: m.Welcome, now: int) -> Effect:
        self.welcome = welcome
        if self._tenant and welcome.tenant != self._tenant:
            return self._end("OTHER_TENANT", f"这台运行器属于 {welcome.tenant}，本机保存的是 {self._tenant} 的数据")
        self._tenant = welcome.tenant
        self.stage = Stage.CATCHING_UP
        self._goal = {stream: head.seq for stream, head in welcome.heads.items()}
        self._moved_at = now
        self._ping(now)
        self._look_around()
        return welcome

    def _follow(self, frame: m.FromRunner, now: int) -> list[Effect]:
        match frame:
            case m.Evt():
                return self._records(frame, now)
            case m.SnapBegin():
                self._moved_at = now
                if self.partial is None or self.partial.name != frame.snapshot:
                    self.partial = Partial(frame)
            case m.SnapChunk():
                self._part(frame, now)
            case m.SnapEnd():
                return self._snapshot(frame, now)
            case m.Check():
                here = {stream: head.seq for stream, head in self._heads.items()}
                return [Compare(frame)] if here == frame.heads else []
            case m.Ping() | m.Pong() | m.Desks():
                self._hear_of_link(frame, now)
            case m.Reset():
                return self._start_over(frame, now)
            case m.Chunk():
                return [read_part(frame)]
            case m.Quotes() | m.Result() | m.Previewed() | m.Throttle():
                return [frame]
            case _:
                pass  # a second greeting: a repeated frame, and nothing new
        return []

    def _hear_of_link(self, frame: m.Ping | m.Pong | m.Desks, now: int) -> None:
        match frame:
            case m.Ping():
                self._answer_ping(frame, now)
            case m.Pong():
                sent = self._pinged.pop(frame.nonce, None)
                self.trip = now - sent if sent is not None and sent == frame.mono else self.trip
            case m.Desks():
                self.others = frame.others

    def _answer_ping(self, ping: m.Ping, now: int) -> None:
        self._say(m.Pong(nonce=ping.nonce, mono=ping.mono, own_mono=now))
        self.is_timed = True
        if ping.round == self._round and ping.number > self._number and self.stage is Stage.LIVE:
            self._ask_again(now)

    def _records(self, evt: m.Evt, now: int) -> list[Effect]:
        if evt.round != self._round or evt.number < self._number:
            return []  # of before the records were asked for again, or a second time
        if evt.number > self._number:
            self._ask_again(now)
            return []
        self._number += 1
        self._moved_at = now
        arrived: list[Arrived] = []
        for event in evt.events:
            data = bytes(event.record)
            try:
                record = read_record(data)
                digest = bytes.fromhex(event.hash)
                refuse_misplaced(record, self._tenant)
            except (msgspec.DecodeError, ValueError, WireError, UserError) as problem:
                return [*_stored(arrived), self.refuse(f"记录读不懂：{shown(str(problem), LONGEST_TEXT)}")]
            head = self._heads.get(record.stream) or Head(
                record.epoch, 0, genesis(record.tenant, record.stream, record.epoch)
            )
            if record.epoch == head.epoch and record.seq <= head.seq:
                continue
            if (record.epoch, record.seq) != (head.epoch, head.seq + 1) or link(head.hash, data) != digest:
                self._ask_again(now)
                return _stored(arrived)
            self._heads[record.stream] = Head(record.epoch, record.seq, digest)
            arrived.append(Arrived(data, digest, record))
        self._settled()
        return _stored(arrived)

    def _start_over(self, reset: m.Reset, now: int) -> list[Effect]:
        # None of what is here continues any more; the snapshot that follows takes its place as a whole.
        self._reset, self._heads, self.stage, self._moved_at = reset.reason, {}, Stage.CATCHING_UP, now
        return [reset]

    def _part(self, chunk: m.SnapChunk, now: int) -> None:
        partial = self.partial
        if partial is not None and partial.name == chunk.snapshot and len(partial.parts) == chunk.part:
            self._moved_at = now
            partial.parts.append(chunk.data)

    def _snapshot(self, end: m.SnapEnd, now: int) -> list[Effect]:
        partial = self.partial
        if partial is None or partial.name != end.snapshot:
            return []  # of one that is in its place already, or was given up: if something is missing, silence tells
        self.partial = None
        opened = _opened(partial)
        if opened is None:
            self._ask_again(now)
            return []
        begin, reason = partial.begin, self._reset
        heads = {stream: Head(head.epoch, head.seq, bytes.fromhex(head.hash)) for stream, head in begin.heads.items()}
        self._heads, self._reset = dict(heads), ""
        self._settled()
        return [Swap(opened, heads, begin, reason)]

    # --- inside -----------------------------------------------------------------------------------------------------

    def _ask_again(self, now: int) -> None:
        self._asked += 1
        self._fetch(now, snapshot=self._asked > 1 or not self._heads)

    def _fetch(self, now: int, *, snapshot: bool) -> None:
        self._round += 1
        self._number = 0
        self._asking, self._moved_at = True, now
        self.stage = Stage.CATCHING_UP
        self._say(m.FetchJournal(round=self._round, heads=said(self._heads), snapshot=snapshot))

    def _settled(self) -> None:
        self._asking, self._asked = False, 0
        self._look_around()

    def _look_around(self) -> None:
        here = self._heads
        reached = all(stream in here and here[stream].seq >= seq for stream, seq in self._goal.items())
        if self.stage is Stage.CATCHING_UP and reached and not self._asking:
            self.stage = Stage.LIVE

    def _ping(self, now: int) -> None:
        self._nonce += 1
        self._pinged[self._nonce] = now
        self._ping_at = now
        self._say(m.Ping(nonce=self._nonce, mono=now))

    def _end(self, code: str, sentence: str) -> Ended:
        self.stage = Stage.CLOSED
        return Ended(code, sentence)

    def _say(self, frame: m.Frame) -> None:
        self._out.append(encode(frame))


def _opened(partial: Partial) -> bytes | None:
    # What the parts hold, decompressed; `None` where one is missing or something is not as it was announced.
    data, size = b"".join(partial.parts), partial.begin.size
    if sha256(data).hexdigest() != partial.name or not 0 <= size <= LARGEST_SNAPSHOT:
        return None
    try:
        opened = zlib.decompressobj().decompress(data, max(size, 1))
        for head in partial.begin.heads.values():
            bytes.fromhex(head.hash)
    except (zlib.error, ValueError):
        return None
    return opened if len(opened) == size else None


def _stored(arrived: list[Arrived]) -> list[Effect]:
    return [Store(tuple(arrived))] if arrived else []


def command_frame(command: CommandId, number: int, body: CommandBody, *, pressed_mono: int, ttl_ms: int) -> m.Cmd:
    """Return the frame of a command."""
    kind = str(body.__struct_config__.tag)
    return m.Cmd(cmd_id=command, device_seq=number, kind=kind, body=body, pressed_mono=pressed_mono, ttl_ms=ttl_ms)
