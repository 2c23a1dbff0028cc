"""Keep a desk's files in memory, under the same rules as on disk: a thousand simulated runs cannot wait for disks.

`tests/simulation/test_two_desks.py` plays some runs over both and compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import msgspec

from terminal.domain.ids import AccountId, CommandId, DeviceId, StreamId, TenantId
from terminal.engine.records.chain import Chains, genesis, link, read_record
from terminal.engine.records.journal import Entry, Head, JournalError
from terminal.engine.unread import Unread
from terminal.store.outbox import Sent
from terminal.store.replica import StoredEvent


class MemoryReplica:
    """Be a `Replica`; keep the object over a restart of the desk."""

    def __init__(self) -> None:
        self.rebuilt = ""
        self.tenant: TenantId | None = None
        self.asides = 0
        self._snapshot: bytes | None = None
        self._past = b""
        self._starts: dict[StreamId, Head] = {}
        self._heads: dict[StreamId, Head] = {}
        self._events: list[StoredEvent] = []

    def heads(self) -> Mapping[StreamId, Head]:
        return self._heads

    def state(self) -> tuple[bytes | None, dict[StreamId, Head], Iterator[Entry]]:
        return self._snapshot, dict(self._starts), self._entries()

    def append(self, events: Sequence[StoredEvent], fold: Callable[[], object] = lambda: None) -> None:
        heads = dict(self._heads)
        for one in events:
            tenant = self.tenant = self.tenant or read_record(one.data).tenant
            head = heads.get(one.stream) or Head(one.epoch, 0, genesis(tenant, one.stream, one.epoch))
            if (one.epoch, one.seq) != (head.epoch, head.seq + 1) or link(head.hash, one.data) != one.hash:
                raise JournalError(f"{one.stream} 第 {one.seq} 条接不上第 {head.seq} 条")
            heads[one.stream] = Head(one.epoch, one.seq, one.hash)
        fold()
        self._events.extend(events)
        self._heads = heads

    def past(self) -> bytes:
        return self._past

    def find_room(self) -> None:
        pass

    def swap(self, snapshot: bytes, heads: Mapping[StreamId, Head], digest: str, past: bytes = b"") -> None:
        self._snapshot, self._events, self._past = snapshot, [], past
        self._starts, self._heads = dict(heads), dict(heads)

    def forget(self, streams: Collection[StreamId]) -> None:
        gone = set(streams)
        if gone & self._starts.keys():
            self._snapshot, self._past, self._starts, self._heads, self._events = None, b"", {}, {}, []
        self._events = [one for one in self._events if one.stream not in gone]
        self._heads = {stream: head for stream, head in self._heads.items() if stream not in gone}
        self.asides = 0

    def start_over(self, error: Exception) -> None:
        asides = self.asides + 1
        MemoryReplica.__init__(self)
        self.asides, self.rebuilt = asides, f"本机副本{error}"

    def close(self) -> None:
        pass

    def _entries(self) -> Iterator[Entry]:
        chains: dict[StreamId, Chains] = {}
        for number, one in enumerate(self._events, 1):
            assert self.tenant is not None
            start = {one.stream: self._starts[one.stream]} if one.stream in self._starts else None
            chain = chains.setdefault(one.stream, Chains(self.tenant, one.epoch, start))
            yield chain.follow(number, one.stream, one.seq, one.data, one.hash)


class MemoryOutbox:
    """Be an `Outbox`; keep the object over a restart of the desk."""

    def __init__(self, device: DeviceId) -> None:
        self.rebuilt = ""
        self._device = device
        self._sent: list[Sent] = []
        self._results: dict[CommandId, bytes] = {}
        self._lost: set[CommandId] = set()

    def device(self) -> DeviceId:
        return self._device

    def last_seq(self) -> int:
        return len(self._sent)

    def next(
        self,
        command: CommandId,
        *,
        kind: str,
        is_order: bool,
        pressed_mono: int,
        ttl_ms: int,
        frame: Callable[[int], bytes],
    ) -> Sent:
        number = len(self._sent) + 1
        sent = Sent(
            device_seq=number,
            command=command,
            kind=kind,
            is_order=is_order,
            pressed_mono=pressed_mono,
            ttl_ms=ttl_ms,
            frame=frame(number),
        )
        if any(one.command == command for one in self._sent):
            raise JournalError(f"命令 {command} 已在发件箱中")
        self._sent.append(sent)
        return sent

    def answered(self, command: CommandId, result: bytes) -> bool:
        if command in self._results or all(one.command != command for one in self._sent):
            return False
        self._results[command] = result
        self._lost.discard(command)
        return True

    def result(self, command: CommandId) -> bytes | None:
        return self._results.get(command)

    def unanswered(self) -> list[Sent]:
        return [one for one in self._sent if one.command not in self._results and one.command not in self._lost]

    def forget(self, is_of: Callable[[bytes], bool]) -> None:
        gone = {one.command for one in self._sent if is_of(one.frame)}
        self._sent = [msgspec.structs.replace(one, frame=b"") if one.command in gone else one for one in self._sent]
        self._lost |= gone

    def lost(self, command: CommandId) -> None:
        if command not in self._results:
            self._lost.add(command)

    def close(self) -> None:
        pass


class MemoryUnread:
    """Be an `UnreadFile`; keep the object over a restart of the desk."""

    def __init__(self) -> None:
        self._unread = Unread()
        self._before = b""
        self._heard: int | None = None

    def unread(self) -> Unread:
        return self._unread

    def before(self) -> bytes:
        return self._before

    def heard(self) -> int | None:
        return self._heard

    def keep(self, unread: Unread, *, is_told: bool) -> None:
        self._unread, self._before = unread, b"" if is_told else self._before

    def keep_before(self, look: bytes) -> None:
        self._before = look

    def hear(self, at: int) -> None:
        self._heard = at

    def forget(self, accounts: Collection[AccountId]) -> None:
        self._unread = self._unread.without(accounts)
