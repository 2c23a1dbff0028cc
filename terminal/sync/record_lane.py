"""Send one desk the records it lacks: a snapshot where it must, then the journal's tail, as far as it has credit.

Nothing is queued per desk: a lane keeps a position and reads on from it when there is credit, so a slow desk costs no
memory and an absent one costs nothing. Records of streams the guest may not see are passed over and leave no trace:
not in what is sent, not in the heads of a snapshot or of a CHECK, not in the numbers of the frames.

A frame has an end (SAFETY 4), and `texts` bounds what records grow from. Should a journal hold a record that is larger
all the same, a desk gets a snapshot of now in its place: without that record, and with everything it led to. The
record stays in the journal, whose chain the desk goes on with.

A digest is compared every so many records and when a trading day closes (SAFETY 4). The journal itself says that a day
is closed, by `DaySettled`, and not a clock here: a desk that was away at that moment is sent the record later and is
compared then, and a market whose clock jumps over a night misses no close. A digest that must wait, for it is rationed,
stays owed, also by a snapshot that had to go without; it follows as soon as there is one, be there records or not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

import msgspec

from terminal.domain.fact.facts import DaySettled
from terminal.domain.ids import StreamId
from terminal.engine.records.journal import Entry
from terminal.sync import messages as m
from terminal.sync.house import Frozen, Guest, House
from terminal.sync.wire import encode, said

REDO_SNAPSHOTS: Final = 8  # on one connection
CLOSES_A_DAY: Final = str(DaySettled.__struct_config__.tag)

STRANGE: Final = "工作台保存的记录不是这本日志的一部分（另一纪元、另一份日志，或权限已变）"
ASKED: Final = "工作台请求重取快照"


class LaneLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Say how much a desk may be sent at once, and from when on it gets a snapshot instead of records."""

    credit_events: int = m.CREDIT_EVENTS
    credit_bytes: int = m.CREDIT_BYTES
    beyond_events: int = m.SNAPSHOT_BEYOND_EVENTS
    beyond_bytes: int = m.SNAPSHOT_BEYOND_BYTES
    part_bytes: int = m.SNAPSHOT_PART
    frame_events: int = 128
    frame_bytes: int = 128 * 1024  # a single record may be larger: `texts` bounds what it grows from
    check_every: int = 1_000  # records


class RecordLane:
    """Follow the journal for one guest."""

    def __init__(self, house: House, guest: Guest, limits: LaneLimits) -> None:
        self._house = house
        self._guest = guest
        self._limits = limits
        self.streams = guest.streams(house.tenant)
        self.round = 0
        self.number = 0  # of the next EVT frame in its round
        self.starved_since: int | None = None
        self.is_hopeless = False  # snapshot after snapshot did not help
        self._position = 0
        self._must_speak = False  # a desk that asked hears of its round, be there records or not
        self._flying: deque[tuple[StreamId, int, int]] = deque()  # sent, not acknowledged: stream, seq, bytes
        self._flying_bytes = 0
        self._since_check = 0
        self._owes_check = False  # whatever the number of records
        self._snapshot: Frozen | None = None
        self._part = 0
        self._snapshots = 0

    # --- where the records go on from -------------------------------------------------------------------------------

    def begin(self, heads: Mapping[StreamId, m.HeadSaid], snapshot: str = "", parts: int = 0) -> list[m.Frame]:
        """Go on from what a desk has; return what it must be told first. What was under way before is void."""
        self._forget_flying()
        self._snapshot = None
        resumed = self._house.frozen(snapshot) if snapshot else None
        # A snapshot is found by a name the desk said; what it may see is decided by who it is (SAFETY I25).
        if resumed is not None and 0 < parts <= self._parts_of(resumed) and resumed.heads.keys() <= self.streams:
            return [self._announce(resumed, parts)]
        position = self._house.position_of(heads, self.streams) if heads.keys() <= self.streams else None
        if position is None:
            return self._give_snapshot(STRANGE)
        records, size = self._house.lag(position)
        if records > self._limits.beyond_events or size > self._limits.beyond_bytes:
            return self._give_snapshot("")
        self._position = position
        return []

    def fetch(self, asked: m.FetchJournal) -> list[m.Frame]:
        """Begin a round a desk asked for; return what it must be told first."""
        self.round, self.number = asked.round, 0
        self._must_speak = not asked.snapshot
        return self._give_snapshot(ASKED) if asked.snapshot else self.begin(asked.heads)

    def _give_snapshot(self, reason: str) -> list[m.Frame]:
        house = self._house
        self._snapshots += 1
        if self._snapshots > REDO_SNAPSHOTS:
            self.is_hopeless = True
            return []
        reset: list[m.Frame] = [m.Reset(tenant=house.tenant, epoch=house.epoch, reason=reason)] if reason else []
        return [*reset, self._announce(house.freeze(self._guest), 0)]

    def _announce(self, frozen: Frozen, part: int) -> m.Frame:
        self._forget_flying()
        self._snapshot, self._part = frozen, part
        self._position = frozen.position
        self._must_speak = False
        self._since_check, self._owes_check = 0, not frozen.visible_hash
        return m.SnapBegin(
            tenant=self._house.tenant,
            snapshot=frozen.name,
            heads=said(frozen.heads),
            parts=self._parts_of(frozen),
            size=frozen.size,
            fold_version=frozen.fold_version,
            visible_hash=frozen.visible_hash,
        )

    # --- credit -----------------------------------------------------------------------------------------------------

    def acknowledge(self, credit: m.Credit) -> None:
        """Take what a desk has applied."""
        while self._flying:
            stream, seq, size = self._flying[0]
            if seq > credit.applied.get(stream, 0):
                return
            self._flying.popleft()
            self._flying_bytes -= size
            self.starved_since = None  # only what makes room counts: an empty CREDIT keeps nobody alive

    def _has_credit(self) -> bool:
        return len(self._flying) < self._limits.credit_events and self._flying_bytes < self._limits.credit_bytes

    def _forget_flying(self) -> None:
        self._flying.clear()
        self._flying_bytes = 0
        self.starved_since = None

    # --- what leaves ------------------------------------------------------------------------------------------------

    @property
    def behind(self) -> bool:
        """Return whether records wait to be sent."""
        return self._snapshot is not None or self._position < self._house.end

    def pump(self, now: int) -> list[bytes]:
        """Return what is to be sent next, a bounded amount."""
        return [self._next_part(self._snapshot)] if self._snapshot is not None else self._records(now)

    def _next_part(self, frozen: Frozen) -> bytes:
        if self._part == self._parts_of(frozen):
            self._snapshot = None
            return encode(m.SnapEnd(snapshot=frozen.name))
        start = self._part * self._limits.part_bytes
        data = frozen.data[start : start + self._limits.part_bytes]
        part = m.SnapChunk(snapshot=frozen.name, part=self._part, data=data)
        self._part += 1
        return encode(part)

    def _records(self, now: int) -> list[bytes]:
        sent: list[Entry] = []
        size = 0
        while self._position < self._house.end and len(sent) < self._limits.frame_events:
            entry = self._house.entry(self._position + 1)
            if entry.record.stream in self.streams:
                if sent and size + len(entry.data) > self._limits.frame_bytes:
                    break
                if not self._has_credit():
                    self.starved_since = now if self.starved_since is None else self.starved_since
                    break
                sent.append(entry)
                size += len(entry.data)
                self._fly(entry)
            self._position += 1
        if not sent and not self._must_speak:
            return self._check()
        self._must_speak = False
        events = tuple(m.Event(record=msgspec.Raw(entry.data), hash=entry.hash.hex()) for entry in sent)
        evt = encode(m.Evt(tenant=self._house.tenant, round=self.round, number=self.number, events=events))
        if len(evt) > m.MAX_FRAME:  # one record alone: several stop at `frame_bytes`
            self._house.passes_over(sent[0])
            return [encode(frame) for frame in self._give_snapshot("")]
        self.number += 1
        self._since_check += len(events)
        self._owes_check = self._owes_check or any(entry.record.kind == CLOSES_A_DAY for entry in sent)
        return [evt, *self._check()]

    def _fly(self, entry: Entry) -> None:
        self._flying.append((entry.record.stream, entry.record.seq, len(entry.data)))
        self._flying_bytes += len(entry.data)

    def _check(self) -> list[bytes]:
        house = self._house
        is_due = self._owes_check or self._since_check >= self._limits.check_every
        if not is_due or self._position < house.end:
            return []
        version, digest = house.visible_hash(self._guest)
        if not digest:
            return []
        self._since_check, self._owes_check = 0, False
        visible = {stream: head.seq for stream, head in house.heads().items() if stream in self.streams}
        return [encode(m.Check(heads=visible, fold_version=version, visible_hash=digest))]

    def _parts_of(self, frozen: Frozen) -> int:
        return -(-len(frozen.data) // self._limits.part_bytes)
