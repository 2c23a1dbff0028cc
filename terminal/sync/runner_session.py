"""Hold the runner's half of one connection: what a desk may say when, and what it is sent. No I/O, no clock.

States: GREETING until a HELLO is taken, OPEN, CLOSED. In OPEN three lanes share the wire, in this order:

- *replies*: results, pongs, previews, and history a part at a time; each was asked for.
- *records*: see `record_lane`.
- *quotes*: what changed since the last such frame, only while the desk is at the journal's end (a price never overtakes
  the fact it made) and only as often as it asked for. A desk that is behind and has no credit hears a PING instead, so
  that it knows the runner to be there.

How old a command is stands in `age`. What is not nice: until the first PONG nothing can be said about it, so everything
but what lowers risk is refused for the first round trip.

An answer stays true. What the engine answered stands in the journal, and a copy gets it before anything else is held
against it. A refusal is an answer too, and is given once it stands there as well: a copy that comes later, over
whatever connection and to whatever runner of that journal, gets the same one, even if it would fit by then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from enum import Enum
from typing import Final

import msgspec

from terminal.domain.commands import Kill
from terminal.domain.ids import CommandId
from terminal.domain.words.typed_text import LONGEST_NAME, is_name, shown
from terminal.sync import messages as m
from terminal.sync.age import AHEAD, NO_CLOCK, Offset, ttl_ms, untimely, waits_for_clock
from terminal.sync.greeting import greeting
from terminal.sync.house import Guest, House
from terminal.sync.pace import Pace
from terminal.sync.record_lane import LaneLimits, RecordLane
from terminal.sync.texts import as_pulled, unfit
from terminal.sync.wire import StrangerError, WireError, encode, read_from_desk

SECOND: Final = 1_000_000_000
MILLISECOND: Final = 1_000_000
PING_EVERY: Final = 5 * SECOND
DEAD_AFTER: Final = 5 * SECOND
HELLO_WITHIN: Final = 5 * SECOND
CREDIT_WITHIN: Final = 10 * SECOND
FASTEST_MS: Final = 50
BEAT_EVERY: Final = SECOND // 2  # a desk hears something at least this often: it calls 3 s of silence stale
MESSAGES_PER_SECOND: Final = 50
KILLS_PER_SECOND: Final = 10  # a room of their own; more of them are carried out too, and are a flood in the end
FLOOD: Final = 500  # messages over the rate before the connection is closed
MOST_REPLIES: Final = 256  # a desk that reads nothing and asks on is closed
MOST_HISTORIES: Final = 64  # asked for and not yet sent; each costs nothing until it is
NEVER: Final = -1  # a time that is over on every clock


class Stage(Enum):
    """Name the stages of a session."""

    GREETING = "greeting"
    OPEN = "open"
    CLOSED = "closed"


class CarryOut(msgspec.Struct, frozen=True):
    """Ask the house to carry out a command, at the latest `until`; the answer comes back by `answer`.

    One that is `refused` is only to be recorded, and answered with that, or with what its name was answered before.
    """

    command: m.Cmd
    until: int
    refused: m.Result | None = None


class RunnerSession:
    """Be one connection of a desk, seen from the runner. `now` is the host's monotonic clock, ns."""

    def __init__(self, house: House, now: int, limits: LaneLimits | None = None) -> None:
        self._house = house
        self._limits = limits or LaneLimits()
        self._began = now
        self.stage = Stage.GREETING
        self.guest: Guest | None = None
        self.hello: m.Hello | None = None
        self.ended: m.Bye | None = None
        self._replies: deque[bytes] = deque()
        self._histories: deque[Iterator[bytes]] = deque()
        self._lane: RecordLane | None = None
        self._credits = 0  # CREDIT frames that answer something
        self._sub = m.Sub()
        self._quoted_tick = -1
        self._quoted_at = now - SECOND
        self._spoke_at = now
        self._nonce = 0
        self._pinged: dict[int, int] = {}
        self._ping_at = now
        self._offset = Offset()
        self._pace = Pace(MESSAGES_PER_SECOND, now)
        self._kill_pace = Pace(KILLS_PER_SECOND, now)
        self._over = 0
        self._named: dict[CommandId, CommandId] = {}  # kills under a name of ours, and what their desk calls them

    # --- what arrives -----------------------------------------------------------------------------------------------

    def receive(self, data: bytes | str, now: int) -> CarryOut | None:
        """Take one message; return a command that is to be carried out."""
        if self.stage is Stage.CLOSED:
            return None
        try:
            frame = read_from_desk(data)
        except WireError as problem:
            todo = "，请让两边使用同一版本的程序" if isinstance(problem, StrangerError) else ""
            self.close("BAD_FRAME", f"{problem}{todo}；连接已关闭")
            return None
        if self._lane is None:
            self._greet(frame, now)
            return None
        if frame.tenant not in {"", self._house.tenant}:
            self.close("OTHER_TENANT", "这一帧属于另一个租户；连接已关闭")
            return None
        match frame:
            case m.Credit() if self._credits:
                self._credits -= 1
                self._lane.acknowledge(frame)
            case m.Pong() if frame.nonce in self._pinged:
                self._measure(frame, now)
            case m.Cmd(body=Kill()):
                return self._kill(frame, now)
            case _ if not self._has_room(now):
                return self._turn_away(frame, now)
            case _:
                return self._listen(frame, self._lane, now)
        return None

    def answer(self, result: m.Result) -> None:
        """Send the result of a command, under the name its desk has for it."""
        name = self._named.pop(result.cmd_id, result.cmd_id)
        self._reply(msgspec.structs.replace(result, cmd_id=name))

    def still(self, wanted: CarryOut, now: int) -> bool:
        """Return whether a command that had to wait may be carried out: in time, and over a connection that stands.

        After a cut a desk is told that what left no fact never arrived; so nothing may happen after it.
        """
        return self.stage is Stage.OPEN and now <= wanted.until

    def close(self, code: str, sentence: str) -> None:
        """End the session with a reason; whoever pumps it sends it as the last frame."""
        if self.stage is not Stage.CLOSED:
            self.stage = Stage.CLOSED
            self.ended = m.Bye(tenant=self._house.tenant, code=code, sentence=sentence)

    def turn_away(self, code: str, sentence: str) -> None:
        """End a session that has just said HELLO, with nothing of the greeting sent."""
        self._replies.clear()
        self.close(code, sentence)

    def stay(self, sentence: str) -> None:
        """Answer a wish to stop the runner that it goes on, and why."""
        self.ended = m.Bye(tenant=self._house.tenant, code="RUNS_ON", sentence=sentence)

    def tell_others(self, others: int) -> None:
        """Say how many other desks there are."""
        if self.stage is Stage.OPEN:
            self._reply(m.Desks(others=others))

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
        if frame.tenant not in {"", house.tenant}:
            self.close("OTHER_TENANT", f"这台运行器属于 {house.tenant}，工作台保存的是 {shown(frame.tenant)} 的数据")
            return
        if not frame.public_key:
            self.close("PROVEN", "口令或令牌有效")
            return
        self.guest, self.hello = admitted, frame
        self._lane = lane = RecordLane(house, admitted, self._limits)
        self.stage = Stage.OPEN
        for said in greeting(house, admitted, frame, self._limits):
            self._reply(said)
        self._ping(now)
        self._say_first(lane, lane.begin(frame.heads, frame.snapshot, frame.parts))

    def _listen(self, frame: m.FromDesk, lane: RecordLane, now: int) -> CarryOut | None:
        match frame:
            case m.Cmd():
                return self._command(frame, now)
            case m.Ping():
                self._reply(m.Pong(nonce=frame.nonce, mono=frame.mono, own_mono=now))
            case m.Pong() | m.Credit():
                pass  # late or one too many: worth nothing, and counted by the rate
            case m.Sub():
                self._sub, self._quoted_tick, self._quoted_at = frame, -1, now - BEAT_EVERY  # answered now
            case m.FetchJournal():
                self._say_first(lane, lane.fetch(frame))
            case m.FetchBasis():
                self._ask_history(frame)
            case m.FetchPreview():
                if self.guest is not None:
                    self._reply(m.Previewed(preview=self._house.preview(self.guest, frame)))
            case m.Bye():
                self.close("STOP" if frame.code == "STOP" else "BYE", "工作台已离开")
            case _:
                self.close("OUT_OF_TURN", f"此时不应发送 {frame.__struct_config__.tag}")
        return None

    def _say_first(self, lane: RecordLane, frames: list[m.Frame]) -> None:
        for frame in frames:
            self._reply(frame)
        self._part_if_hopeless(lane)

    def _part_if_hopeless(self, lane: RecordLane) -> None:
        if lane.is_hopeless:
            self.close("NO_SNAPSHOT_HELPS", "反复取快照仍不相符，连接已关闭；请联系运行器的管理员")

    # --- commands ---------------------------------------------------------------------------------------------------

    def _command(self, frame: m.Cmd, now: int) -> CarryOut | None:
        guest, name = self._whose(), frame.cmd_id
        if isinstance(frame.body, Kill):
            frame = as_pulled(frame, guest.device)
            if frame.cmd_id != name:
                self._named[frame.cmd_id] = CommandId(name[:LONGEST_NAME])
        elif wrong := unfit(frame):
            return self._refuse(frame, now, "BAD_TEXT", f"{wrong}；没有执行。")
        first = self._house.refusals.first(guest.person, frame.cmd_id)
        if first is not None:
            return CarryOut(frame, NEVER, msgspec.structs.replace(first, status="DUPLICATE"))
        # The desk says how long its command may take; never longer than its kind may (SAFETY 4).
        ttl = max(0, min(frame.ttl_ms, ttl_ms(frame.body))) * MILLISECOND
        offset = self._offset.value
        if offset is None:
            is_copy = self.hello is not None and frame.device_seq <= self.hello.last_device_seq
            if waits_for_clock(frame.body, is_copy=is_copy):
                return self._refuse(frame, now, *NO_CLOCK)
            return CarryOut(frame, now + ttl)
        pressed = frame.pressed_mono + offset
        wrong_time = untimely(
            frame.body, pressed=pressed, ttl=ttl, since=self._house.refusals.since(guest.person), now=now
        )
        if wrong_time is not None:
            return self._refuse(frame, now, *wrong_time)
        return CarryOut(frame, min(pressed, now) + ttl)  # no stamp buys more time than there is

    def _whose(self) -> Guest:
        if self.guest is None:
            raise RuntimeError("a command was read before anybody was let in")
        return self.guest

    def _refuse(self, frame: m.Cmd, now: int, code: str, sentence: str) -> CarryOut | None:
        name, house, guest = frame.cmd_id, self._house, self._whose()
        status = "EXPIRED" if code == "EXPIRED" else "DENIED"
        refused = m.Result(cmd_id=name, status=status, ok=False, code=code, sentence=sentence)
        if not is_name(name):  # another command may begin alike, and a copy of this one is as unfit
            self._reply(msgspec.structs.replace(refused, cmd_id=CommandId(name[:LONGEST_NAME])))
            return None
        if house.is_under_way(name):
            return CarryOut(frame, NEVER)  # a copy: it waits for its turn, and hears what became of the first
        first = house.answered(guest, name)
        if first is None:
            house.refusals.keep(guest.person, refused, now + AHEAD)
            return CarryOut(frame, NEVER, refused)
        self.answer(first)
        return None

    def _measure(self, pong: m.Pong, now: int) -> None:
        sent = self._pinged.pop(pong.nonce)
        if sent == pong.mono:
            self._offset.heard(sent=sent, theirs=pong.own_mono, now=now)

    # --- how much is too much ---------------------------------------------------------------------------------------

    def _has_room(self, now: int) -> bool:
        if self._pace.takes(now):
            self._over = max(0, self._over - 1)  # a flood with a gap in it is still one
            return True
        self._count_over()
        return False

    def _count_over(self) -> None:
        self._over += 1
        if self._over > FLOOD:
            self.close("FLOOD", "消息过多，连接已关闭")

    def _kill(self, frame: m.Cmd, now: int) -> CarryOut | None:
        # Whatever else a desk sends, and however much: the kill switch is pulled (SAFETY 5). Only a flood of kills ends
        # the connection, after hundreds of them were carried out.
        if not self._kill_pace.takes(now):
            self._count_over()
        return self._command(frame, now) if self.stage is Stage.OPEN else None

    def _turn_away(self, frame: m.FromDesk, now: int) -> CarryOut | None:
        sentence = f"每秒最多 {MESSAGES_PER_SECOND} 条消息，多出的没有执行"
        if isinstance(frame, m.Cmd):  # who pressed a key is owed an answer
            return self._refuse(frame, now, "THROTTLED", f"{sentence}；请稍候重新下达。")
        self._reply(m.Throttle(sentence=sentence))
        return None

    def _ask_history(self, frame: m.FetchBasis) -> None:
        if len(self._histories) >= MOST_HISTORIES:
            self._reply(m.Throttle(sentence=f"最多同时索取 {MOST_HISTORIES} 段历史，多出的没有发送"))
            return
        self._histories.append(self._house.history(frame.request, frame.product, frame.before, frame.most))

    def _reply(self, frame: m.Frame) -> None:
        if len(self._replies) >= MOST_REPLIES:
            self.close("SLOW", "积压的回应过多，连接已关闭")
            return
        self._replies.append(encode(frame))

    # --- what leaves ------------------------------------------------------------------------------------------------

    def pump(self, now: int) -> list[bytes]:
        """Return what is to be sent next, a bounded amount; an empty list says that there is nothing now."""
        lane = self._lane
        if lane is not None and self.stage is Stage.OPEN:
            self._beat(lane, now)
        frames = list(self._replies)
        self._replies.clear()
        if lane is None or self.stage is not Stage.OPEN:
            return frames
        frames.extend(self._next_history())
        records = lane.pump(now)
        self._part_if_hopeless(lane)
        self._credits += len(records)
        frames.extend(records)
        if not lane.behind:
            frames.extend(self._quotes(now))
        if frames:
            self._spoke_at = now
        return frames

    @property
    def has_replies(self) -> bool:
        """Return whether something waits that was asked for."""
        return bool(self._replies or self._histories)

    def quotes_due(self, now: int) -> bool:
        """Return whether the QUOTE lane has something to say, the heartbeat at least."""
        # Desks that asked for the same pace are served in the same instant, so that they share one frame.
        every = min(max(self._sub.every_ms, FASTEST_MS) * MILLISECOND, BEAT_EVERY)
        return self.stage is Stage.OPEN and now // every != self._quoted_at // every

    def tick(self, now: int) -> None:
        """Look at the clock: ping, and end what is silent, slow or never said HELLO."""
        if self.stage is Stage.GREETING and now - self._began > HELLO_WITHIN:
            self.close("NO_HELLO", "5 秒内没有 HELLO")
        if self.stage is not Stage.OPEN:
            return
        starved = self._lane.starved_since if self._lane is not None else None
        if any(now - at > DEAD_AFTER for at in self._pinged.values()):
            self.close("DEAD", "5 秒没有回应 PING")
        elif starved is not None and now - starved > CREDIT_WITHIN:
            self.close("SLOW", "10 秒没有确认收到的记录")
        elif now - self._ping_at >= PING_EVERY:
            self._ping(now)

    def _beat(self, lane: RecordLane, now: int) -> None:
        if lane.starved_since is not None and now - max(self._spoke_at, self._ping_at) >= BEAT_EVERY:
            self._ping(now)

    def _ping(self, now: int) -> None:
        self._nonce += 1
        self._pinged[self._nonce] = now
        self._ping_at = now
        lane = self._lane
        number, turn = (lane.number, lane.round) if lane is not None else (0, 0)
        self._reply(m.Ping(nonce=self._nonce, mono=now, round=turn, number=number))

    def _next_history(self) -> list[bytes]:
        while self._histories:
            part = next(self._histories[0], None)
            if part is not None:
                return [part]
            self._histories.popleft()
        return []

    def _quotes(self, now: int) -> tuple[bytes, ...]:
        if not self.quotes_due(now):
            return ()
        frames, self._quoted_tick = self._house.quotes(self._quoted_tick, self._sub.instruments)
        self._quoted_at = now
        return frames
