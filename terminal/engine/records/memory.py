"""Keep a journal in memory, for simulation, backtests and tests: the same rules as on disk, without the disk.

What a crash leaves is what `append` returned for: `reopen` gives the next process's journal over it and nothing else
that the last one may have held.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import assert_never

from terminal.domain.fact.facts import CommandDone
from terminal.domain.ids import CommandId, ConfirmationId, StreamId, TenantId
from terminal.engine.records import guards as g
from terminal.engine.records.chain import Chains, read_record, seal
from terminal.engine.records.journal import Entry, Head, JournalError, Record

_Key = tuple[str, ...]


class MemoryJournal:
    """Keep a journal in memory; `room` bounds its records, and the disk is full beyond it."""

    def __init__(self, tenant: TenantId, epoch: int = 1, *, room: int | None = None) -> None:
        self._tenant = tenant
        self._epoch = epoch
        self._room = room
        self._stored = _Stored()
        self._closed = False

    @property
    def tenant(self) -> TenantId:
        """Return whose facts these are."""
        return self._tenant

    @property
    def epoch(self) -> int:
        """Return the epoch every record is appended in."""
        return self._epoch

    def append(self, records: Sequence[Record], *, batch: int | None = None) -> Sequence[Entry]:
        """Store one turn and return it as stored, or raise `JournalError` and store nothing."""
        stored = self._stored
        if self._closed:
            raise JournalError("日志已关闭，不再接受写入")
        if batch is not None and stored.cursor is not None and batch < stored.cursor:
            raise JournalError(f"行情游标不能从第 {stored.cursor} 批退回第 {batch} 批；什么也没有写入")
        entries, heads = seal(
            records, stored.heads, tenant=self._tenant, epoch=self._epoch, position=len(stored.entries)
        )
        if self._room is not None and len(stored.entries) + len(entries) > self._room:
            raise JournalError("日志写不进去：空间已满。交易停止；请腾出空间后重新启动")
        claims = [
            (entry.position, record.stream, guard)
            for entry, record in zip(entries, records, strict=True)
            if (guard := g.guard_of(record.fact)) is not None
        ]
        if claims:
            stored.claims.take(claims)
        stored.entries += [(entry.record.stream, entry.record.seq, entry.data, entry.hash) for entry in entries]
        for entry in entries:
            stored.places.setdefault(entry.record.stream, []).append(entry.position)
        stored.heads.update(heads)
        if batch is not None:
            stored.cursor = batch
        return entries

    def read(self, stream: StreamId, after_seq: int = 0) -> Iterator[Entry]:
        """Yield one stream from the record after `after_seq` on; the chain is recomputed on the way."""
        places = self._stored.places.get(stream, [])
        chains = Chains(self._tenant, self._epoch)
        if 0 < after_seq <= len(places):
            chains.heads[stream] = Head(self._epoch, after_seq, self._stored.entries[places[after_seq - 1] - 1][3])
        for position in places[after_seq:]:
            yield chains.follow(position, *self._stored.entries[position - 1])

    def replay(self, after: int = 0) -> Iterator[Entry]:
        """Yield every stream in the order of appending, recomputing the chains."""
        chains = Chains(self._tenant, self._epoch)
        stored = self._stored.entries
        for position, (stream, seq, data, digest) in enumerate(stored[after:], after + 1):
            if seq > 1 and stream not in chains.heads:
                before = stored[self._stored.places[stream][seq - 2] - 1]
                chains.heads[stream] = Head(self._epoch, seq - 1, before[3])
            yield chains.follow(position, stream, seq, data, digest)

    def heads(self) -> Mapping[StreamId, Head]:
        """Return where each stream ends now."""
        return MappingProxyType(self._stored.heads)

    def place(self, stream: StreamId, seq: int) -> tuple[int, bytes] | None:
        """Return where a record stands among all, and its hash; `None` where there is none."""
        places = self._stored.places.get(stream, [])
        if not 0 < seq <= len(places):
            return None
        return places[seq - 1], self._stored.entries[places[seq - 1] - 1][3]

    def cursor(self) -> int | None:
        """Return the index of the last market batch that was finished; `None` before the first."""
        return self._stored.cursor

    def command_result(self, command: CommandId) -> CommandDone | None:
        """Return what a command led to when it first arrived."""
        position = self._stored.claims.place("command", command)
        if position is None:
            return None
        record = read_record(self._stored.entries[position - 1][2])
        return record.fact if isinstance(record, Record) and isinstance(record.fact, CommandDone) else None

    def close(self) -> None:
        """Give the journal up; appending afterwards is refused."""
        self._closed = True

    def reopen(self) -> MemoryJournal:
        """Return the journal as the next process finds it; this one is closed, as a crash would close it."""
        self.close()
        journal = MemoryJournal(self._tenant, self._epoch, room=self._room)
        journal._stored = self._stored
        return journal


class _Stored:
    def __init__(self) -> None:
        self.entries: list[tuple[StreamId, int, bytes, bytes]] = []
        self.places: dict[StreamId, list[int]] = {}
        self.heads: dict[StreamId, Head] = {}
        self.claims = _Claims()
        self.cursor: int | None = None


class _Claims:
    # What the guard tables of a database say by their constraints, said by one dictionary of claimed keys.

    def __init__(self) -> None:
        self._taken: dict[_Key, int] = {}
        self._streams: dict[int, StreamId] = {}  # by position
        self._requests: dict[ConfirmationId, g.RequestGuard] = {}

    def take(self, claims: list[tuple[int, StreamId, g.Guard]]) -> None:
        taken: list[_Key] = []
        try:
            for position, stream, guard in sorted(claims, key=lambda claim: g.GUARDS.index(type(claim[2]))):
                for key, sentence in self._keys(guard, stream):
                    self._refuse_second(key, sentence)
                    self._taken[key], self._streams[position] = position, stream
                    taken.append(key)
        except JournalError:
            for key in taken:
                del self._taken[key]
            raise

    def place(self, *key: str) -> int | None:
        return self._taken.get(key)

    def _keys(self, guard: g.Guard, stream: StreamId) -> Iterator[tuple[_Key, str]]:
        match guard:
            case g.RequestGuard():
                yield ("request", guard.confirmation), g.SECOND_REQUEST
                self._requests[guard.confirmation] = guard
            case g.ApprovalGuard():
                if ("request", guard.confirmation) not in self._taken or guard.checker is None:
                    raise JournalError(f"{g.NO_REQUEST}；什么也没有写入")
                if self._requests[guard.confirmation].maker == guard.checker:
                    raise JournalError(f"{g.SELF_APPROVAL}；什么也没有写入")
                self._need(stream, "request", guard.confirmation)
                yield ("approval", guard.confirmation), g.SECOND_APPROVAL
            case g.ConsumptionGuard():
                self._need(stream, "approval", guard.confirmation)
                yield ("consumption", guard.confirmation), g.SECOND_CONSUMPTION
            case g.OrderGuard():
                yield from self._order_keys(guard, stream)
            case g.FillGuard():
                self._count(guard.lots)
                self._need(stream, "order", guard.order)
                key = ("fill", str(guard.trading_day), guard.exchange, guard.trade, guard.sys_id, guard.side)
                yield key, g.SECOND_FILL
            case g.CommandGuard():
                yield ("command", guard.command), g.SECOND_COMMAND
            case _:
                assert_never(guard)

    def _order_keys(self, guard: g.OrderGuard, stream: StreamId) -> Iterator[tuple[_Key, str]]:
        self._count(guard.lots)
        yield ("order", guard.order), g.SECOND_ORDER
        yield ("wire", guard.wire_key), g.SECOND_WIRE_KEY
        if guard.confirmation is not None:
            self._need(stream, "consumption", guard.confirmation)
            if self._requests[guard.confirmation].for_order:
                yield ("use", guard.confirmation), g.SECOND_USE

    def _refuse_second(self, key: _Key, sentence: str) -> None:
        if key in self._taken:
            raise JournalError(f"{sentence}；什么也没有写入")

    def _need(self, stream: StreamId, *key: str) -> None:
        if key not in self._taken:
            raise JournalError(f"{g.NO_PARENT}；什么也没有写入")
        if self._streams[self._taken[key]] != stream:
            raise JournalError(f"{g.OTHER_ACCOUNT}；什么也没有写入")

    def _count(self, lots: int) -> None:
        if lots <= 0:
            raise JournalError(f"{g.NO_LOTS}；什么也没有写入")
