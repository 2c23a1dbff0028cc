"""Hold the runner's half of one connection: what a desk may say when, and what it is sent. No I/O, no clock.

States: GREETING until a HELLO is taken, OPEN, CLOSED. In OPEN three lanes share the wire, in this order:

- *replies*: results, pongs, previews, history; small, and each asked for.
- *records*: a snapshot where the desk has nothing, is too far behind, or holds what is no part of this journal; then
  the journal's tail. Nothing is queued per desk: a session keeps a position and reads on from it when there is credit,
  so a slow desk costs no memory and an absent one costs nothing.
- *quotes*: what changed since the last such frame, only while the desk is at the journal's end (a price never overtakes
  the fact it made) and only as often as it asked for.

The age of a command is measured by this side alone: the desk says when the key was pressed on its own monotonic clock,
and the least delayed PING of this connection says how the two clocks stand. Bytes that lay in a half-open link
therefore arrive as late as they are (SAFETY I18). What is not nice: until the first PONG nothing can be said about age,
so orders are refused for the first round trip.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from enum import Enum
from typing import Final

import msgspec

from terminal.domain.ids import StreamId
from terminal.engine.journal import Entry
from terminal.sync import messages as m
from terminal.sync.house import Frozen, Guest, House
from terminal.sync.wire import WireError, encode, read_from_desk, said

SECOND: Final = 1_000_000_000
PING_EVERY: Final = 5 * SECOND
DEAD_AFTER: Final = 5 * SECOND
HELLO_WITHIN: Final = 5 * SECOND
CREDIT_WITHIN: Final = 10 * SECOND
FASTEST_MS: Final = 50
BEAT_EVERY: Final = SECOND // 2  # a desk hears something at least this often: it calls 3 s of silence stale
CHECK_EVERY: Final = 1_000  # records
RECORDS_AT_ONCE: Final = 128
BYTES_AT_ONCE: Final = 128 * 1024
MESSAGES_PER_SECOND: Final = 50
FLOOD: Final = 500  # messages over the rate before the connection is closed
MOST_REPLIES: Final = 256  # a desk that reads nothing and asks on is closed
REDO_SNAPSHOTS: Final = 8  # on one connection


class Stage(Enum):
    """Name the stages of a session."""

    GREETING = "greeting"
    OPEN = "open"
    CLOSED = "closed"


class CarryOut(msgspec.Struct, frozen=True):
    """Ask the house to carry out a command; the answer comes back by `answer`."""

    command: m.Cmd


class RunnerSession:
    """Be one connection of a desk, seen from the runner. `now` is the host's monotonic clock, ns."""

    def __init__(self, house: House, now: int) -> None:
        self._house = house
        self._began = now
        self.stage = Stage.GREETING
        self.guest: Guest | None = None
        self.hello: m.Hello | None = None
        self.ended: m.Bye | None = None
        self._replies: deque[bytes] = deque()
        self._streams: frozenset[StreamId] = frozenset()
        self._position = 0
        self._round = 0
        self._number = 0  # of the next EVT frame in its round
        self._flying: deque[tuple[StreamId, int, int]] = deque()  # sent, not acknowledged: stream, seq, bytes
        self._flying_bytes = 0
        self._starved_since: int | None = None
        self._since_check = 0
        self._snapshot: Frozen | None = None
        self._part = 0
        self._snapshots = 0
        self._sub = m.Sub()
        self._quoted_tick = -1
        self._quoted_at = now - SECOND
        self._nonce = 0
        self._pinged: dict[int, int] = {}
        self._ping_at = now
        self._offset: int | None = None
        self._best_trip: int | None = None
        self._room = float(MESSAGES_PER_SECOND)
        self._room_at = now
        self._over = 0

    # --- what arrives -----------------------------------------------------------------------------------------------

    def receive(self, data: bytes | str, now: int) -> CarryOut | None:
        """Take one message; return a command that is to be carried out."""
        if self.stage is Stage.CLOSED:
            return None
        try:
            frame = read_from_desk(data)
        except WireError as problem:
            self.close("BAD_FRAME", f"{problem}；连接已关闭")
            return None
        if self.stage is Stage.GREETING:
            self._greet(frame, now)
            return None
        match frame:
            case m.Credit():
                self._acknowledge(frame)
            case m.Pong():
                self._measure(frame, now)
            case _ if not self._has_room(now):
                self._reply(m.Throttle(sentence=f"每秒最多 {MESSAGES_PER_SECOND} 条消息，多出的没有执行"))
            case _:
                return self._listen(frame, now)
        return None

    def answer(self, result: m.Result) -> None:
        """Send the result of a command."""
        self._reply(result)

    def close(self, code: str, sentence: str) -> None:
        """End the session with a reason; whoever pumps it sends it as the last frame."""
        if self.stage is not Stage.CLOSED:
            self.stage = Stage.CLOSED
            self.ended = m.Bye(tenant=self._house.tenant, code=code, sentence=sentence)

    def _greet(self, frame: m.FromDesk, now: int) -> None:
        house = self._house
        if not isinstance(frame, m.Hello):
            self.close("NO_HELLO", "第一帧应是 HELLO")
            return
        if frame.protocol_max < m.OLDEST_PROTOCOL or frame.protocol_min > m.PROTOCOL:
            ours = f"{m.OLDEST_PROTOCOL}–{m.PROTOCOL}"
            theirs = f"{frame.protocol_min}–{frame.protocol_max}"
            self.close("NO_COMMON_VERSION", f"运行器的协议版本 {ours}，工作台 {theirs}；请升级较旧的一方")
            return
        admitted = house.admit(frame)
        if isinstance(admitted, str):
            self.close("REFUSED", admitted)
            return
        self.guest, self.hello = admitted, frame
        self._streams = admitted.streams(house.tenant)
        self.stage = Stage.OPEN
        visible = {stream: head for stream, head in house.heads().items() if stream in self._streams}
        self._reply(
            m.Welcome(
                tenant=house.tenant,
                protocol=min(m.PROTOCOL, frame.protocol_max),
                runner=house.name,
                app=house.app,
                person=admitted.person,
                device=admitted.device,
                roles=admitted.roles,
                heads=said(visible),
                market=house.market,
                universe=house.universe,
                utc=house.utc(),
            )
        )
        self._ping(now)
        self._begin(frame.heads, frame.snapshot, frame.parts)

    def _listen(self, frame: m.FromDesk, now: int) -> CarryOut | None:
        house, guest = self._house, self.guest
        if guest is None:
            return None
        match frame:
            case m.Cmd():
                return self._command(frame, now)
            case m.Ping():
                self._reply(m.Pong(nonce=frame.nonce, mono=frame.mono, own_mono=now))
            case m.Sub():
                self._sub, self._quoted_tick = frame, -1
            case m.FetchJournal():
                self._round, self._number = frame.round, 0
                if frame.snapshot:
                    self._give_snapshot("工作台请求重取快照")
                else:
                    self._begin(frame.heads, "", 0)
            case m.FetchBasis():
                self._replies.extend(house.history(frame.request, frame.product, frame.before, frame.most))
            case m.FetchPreview():
                self._reply(m.Previewed(preview=house.preview(guest, frame)))
            case m.Bye():
                self.close("STOP" if frame.code == "STOP" else "BYE", "工作台已离开")
            case _:
                self.close("OUT_OF_TURN", f"此时不应发送 {frame.__struct_config__.tag}")
        return None

    def _command(self, frame: m.Cmd, now: int) -> CarryOut | None:
        if self._offset is None:
            self._refuse(frame, "NO_CLOCK", "连接刚建立，还没有量出时钟差，没有执行；请稍候再下达。")
            return None
        age_ms = (now - frame.pressed_mono - self._offset) / 1_000_000
        if age_ms > frame.ttl_ms:
            late = f"{age_ms / 1000:.1f}"
            self._refuse(frame, "EXPIRED", f"指令在路上 {late} 秒，已过有效期，没有执行；请确认后重新下达。")
            return None
        return CarryOut(frame)

    def _refuse(self, frame: m.Cmd, code: str, sentence: str) -> None:
        status = "EXPIRED" if code == "EXPIRED" else "DENIED"
        self._reply(m.Result(cmd_id=frame.cmd_id, status=status, ok=False, code=code, sentence=sentence))

    def _measure(self, pong: m.Pong, now: int) -> None:
        sent = self._pinged.pop(pong.nonce, None)
        if sent is None or sent != pong.mono:
            return
        trip = now - sent
        if self._best_trip is None or trip <= self._best_trip:
            self._best_trip = trip
            self._offset = (sent + now) // 2 - pong.own_mono

    def _has_room(self, now: int) -> bool:
        earned = (now - self._room_at) / SECOND * MESSAGES_PER_SECOND
        self._room = min(float(MESSAGES_PER_SECOND), self._room + earned)
        self._room_at = now
        if self._room >= 1:
            self._room -= 1
            self._over = 0
            return True
        self._over += 1
        if self._over > FLOOD:
            self.close("FLOOD", "消息过多，连接已关闭")
        return False

    # --- records ----------------------------------------------------------------------------------------------------

    def _begin(self, heads: Mapping[StreamId, m.HeadSaid], snapshot: str, parts: int) -> None:
        # Where the records go on from; what was under way before is void.
        house = self._house
        self._flying.clear()
        self._flying_bytes = 0
        self._snapshot = None
        resumed = house.frozen(snapshot) if snapshot else None
        if resumed is not None and 0 < parts <= _parts_of(resumed):
            self._announce(resumed, parts)
            return
        position = house.position_of(heads, self._streams) if heads.keys() <= self._streams else None
        if position is None:
            self._give_snapshot("工作台保存的记录不是这本日志的一部分（另一纪元、另一份日志，或权限已变）")
            return
        records, size = house.lag(position)
        if records > m.SNAPSHOT_BEYOND_EVENTS or size > m.SNAPSHOT_BEYOND_BYTES:
            self._give_snapshot("")
            return
        self._position = position

    def _give_snapshot(self, reason: str) -> None:
        if self.guest is None:
            return
        self._snapshots += 1
        if self._snapshots > REDO_SNAPSHOTS:
            self.close("NO_SNAPSHOT_HELPS", "反复取快照仍不相符，连接已关闭；请联系运行器的管理员")
            return
        if reason:
            self._reply(m.Reset(tenant=self._house.tenant, epoch=self._house.epoch, reason=reason))
        self._announce(self._house.freeze(self.guest), 0)

    def _announce(self, frozen: Frozen, part: int) -> None:
        self._flying.clear()
        self._flying_bytes = 0
        self._snapshot, self._part = frozen, part
        self._position = frozen.position
        self._reply(
            m.SnapBegin(
                tenant=self._house.tenant,
                snapshot=frozen.name,
                heads=said(frozen.heads),
                parts=_parts_of(frozen),
                size=frozen.size,
                fold_version=frozen.fold_version,
                visible_hash=frozen.visible_hash,
            )
        )

    def _acknowledge(self, credit: m.Credit) -> None:
        applied = credit.applied
        while self._flying:
            stream, seq, size = self._flying[0]
            if seq > applied.get(stream, 0):
                break
            self._flying.popleft()
            self._flying_bytes -= size
        self._starved_since = None

    # --- what leaves ------------------------------------------------------------------------------------------------

    def pump(self, now: int) -> list[bytes]:
        """Return what is to be sent next, a bounded amount; an empty list says that there is nothing now."""
        frames = list(self._replies)
        self._replies.clear()
        if self.stage is not Stage.OPEN:
            return frames
        if self._snapshot is not None:
            frames.append(self._next_part(self._snapshot))
            return frames
        frames.extend(self._records(now))
        if not frames or not self.behind:
            frames.extend(self._quotes(now))
        return frames

    @property
    def has_replies(self) -> bool:
        """Return whether something waits that was asked for."""
        return bool(self._replies)

    @property
    def behind(self) -> bool:
        """Return whether records wait to be sent."""
        return self._snapshot is not None or self._position < self._house.end

    def quotes_due(self, now: int) -> bool:
        """Return whether the QUOTE lane has something to say, the heartbeat at least."""
        # Desks that asked for the same pace are served in the same instant, so that they share one frame.
        every = min(max(self._sub.every_ms, FASTEST_MS) * 1_000_000, BEAT_EVERY)
        return self.stage is Stage.OPEN and now // every != self._quoted_at // every

    def tick(self, now: int) -> None:
        """Look at the clock: ping, and end what is silent, slow or never said HELLO."""
        if self.stage is Stage.GREETING and now - self._began > HELLO_WITHIN:
            self.close("NO_HELLO", "5 秒内没有 HELLO")
        if self.stage is not Stage.OPEN:
            return
        if any(now - at > DEAD_AFTER for at in self._pinged.values()):
            self.close("DEAD", "5 秒没有回应 PING")
        elif self._starved_since is not None and now - self._starved_since > CREDIT_WITHIN:
            self.close("SLOW", "10 秒没有确认收到的记录")
        elif now - self._ping_at >= PING_EVERY:
            self._ping(now)

    def _ping(self, now: int) -> None:
        self._nonce += 1
        self._pinged[self._nonce] = now
        self._ping_at = now
        self._reply(m.Ping(nonce=self._nonce, mono=now))

    def _next_part(self, frozen: Frozen) -> bytes:
        if self._part == _parts_of(frozen):
            self._snapshot = None
            return encode(m.SnapEnd(snapshot=frozen.name))
        start = self._part * m.SNAPSHOT_PART
        part = m.SnapChunk(snapshot=frozen.name, part=self._part, data=frozen.data[start : start + m.SNAPSHOT_PART])
        self._part += 1
        return encode(part)

    def _records(self, now: int) -> list[bytes]:
        house = self._house
        events: list[m.Event] = []
        size = 0
        while self._position < house.end and size < BYTES_AT_ONCE and len(events) < RECORDS_AT_ONCE:
            entry = self._next_entry()
            if entry is None:
                continue
            if not self._has_credit():
                self._position -= 1
                self._starved_since = now if self._starved_since is None else self._starved_since
                break
            events.append(m.Event(record=msgspec.Raw(entry.data), hash=entry.hash.hex()))
            self._flying.append((entry.record.stream, entry.record.seq, len(entry.data)))
            self._flying_bytes += len(entry.data)
            size += len(entry.data)
        if not events:
            return []
        evt = m.Evt(tenant=house.tenant, round=self._round, number=self._number, events=tuple(events))
        self._number += 1
        frames = [encode(evt)]
        self._since_check += len(events)
        if self._since_check >= CHECK_EVERY and self._position == house.end and self.guest is not None:
            self._since_check = 0
            version, digest = house.visible_hash(self.guest)
            visible = {stream: head.seq for stream, head in house.heads().items() if stream in self._streams}
            frames.append(encode(m.Check(heads=visible, fold_version=version, visible_hash=digest)))
        return frames

    def _next_entry(self) -> Entry | None:
        self._position += 1
        entry = self._house.entry(self._position)
        return entry if entry.record.stream in self._streams else None

    def _has_credit(self) -> bool:
        return len(self._flying) < m.CREDIT_EVENTS and self._flying_bytes < m.CREDIT_BYTES

    def _quotes(self, now: int) -> list[bytes]:
        if not self.quotes_due(now):
            return []
        frame, self._quoted_tick = self._house.quotes(self._quoted_tick, self._sub.instruments)
        self._quoted_at = now
        return [frame]

    def _reply(self, frame: m.Frame) -> None:
        if len(self._replies) >= MOST_REPLIES:
            self.close("SLOW", "积压的回应过多，连接已关闭")
            return
        self._replies.append(encode(frame))


def _parts_of(frozen: Frozen) -> int:
    return -(-len(frozen.data) // m.SNAPSHOT_PART)
