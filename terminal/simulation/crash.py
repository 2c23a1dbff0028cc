"""Kill the runner at a point of its work drawn from the seed.

A crash is an exception that only the world catches; what it leaves behind is what the journal had accepted and what
the exchange had received. The fuse is set for each life of the runner: it is armed at some input, and blows at the
first point of its kind after that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum

from terminal.domain.fact.facts import CommandDone
from terminal.domain.ids import CommandId, StreamId, TenantId
from terminal.engine.records.journal import Entry, Head, Journal, JournalError, Record


class Crash(BaseException):
    """End the runner's process here."""


class Point(StrEnum):
    """Name the points at which a life may end."""

    BEFORE_APPEND = "before_append"  # decided, not durable
    AFTER_APPEND = "after_append"  # durable, nothing of it sent
    BEFORE_SEND = "before_send"  # among the effects of a turn
    AFTER_SEND = "after_send"
    AFTER_CANCEL = "after_cancel"
    AFTER_QUERY = "after_query"
    BETWEEN_TURNS = "between_turns"
    DISK_FULL = "disk_full"  # the append fails, nothing is stored
    DISK_TORN = "disk_torn"  # the append fails, and yet all of it is there after the restart


DISK = frozenset({Point.DISK_FULL, Point.DISK_TORN})
_PATIENCE = 120  # inputs after arming: then the life ends between two turns, so that every fuse blows


class Fuse:
    """Blow at one point of one life: after `armed_after` live inputs, and `skip` points of the kind let pass."""

    def __init__(self, point: Point | None, *, armed_after: int, skip: int = 0) -> None:
        self.point = point
        self._left = armed_after
        self._skip = skip
        self.blown: Point | None = None

    def input(self, *, live: bool) -> None:
        """Count an input, unless it is of the past; the point between two turns is here."""
        self._left -= live
        if self.point is not None and self.point not in DISK and self._left < -_PATIENCE:
            self.point = Point.BETWEEN_TURNS
        self.at(Point.BETWEEN_TURNS)

    def reached(self, point: Point) -> bool:
        """Return whether the fuse blows at this point."""
        if self.point is not point or self._left > 0 or self.blown is not None:
            return False
        self._skip -= 1
        if self._skip >= 0:
            return False
        self.blown = point
        return True

    def at(self, point: Point) -> None:
        """End the life if the fuse blows at this point."""
        if self.reached(point):
            raise Crash(point)


class CrashingJournal:
    """Be a `Journal` that may end the life before or after an append, or fail as a disk does."""

    def __init__(self, inner: Journal, fuse: Fuse, kept: Callable[[Sequence[Record]], None]) -> None:
        self._inner = inner
        self._fuse = fuse
        self._kept = kept  # told of every turn that became durable, whatever happens next
        self.failed = False

    @property
    def tenant(self) -> TenantId:
        """Return whose facts these are."""
        return self._inner.tenant

    @property
    def epoch(self) -> int:
        """Return the epoch every record is appended in."""
        return self._inner.epoch

    def append(self, records: Sequence[Record], *, batch: int | None = None) -> Sequence[Entry]:
        """Store one turn and return it as stored, unless the life ends or the disk fails here."""
        self._fuse.at(Point.BEFORE_APPEND)
        if self.failed or self._fuse.reached(Point.DISK_FULL):
            self.failed = True
            raise JournalError("日志写不进去：空间已满（模拟故障）")
        entries = self._inner.append(records, batch=batch)
        self._kept(records)
        if self._fuse.reached(Point.DISK_TORN):
            self.failed = True
            raise JournalError("日志写入后没有得到确认（模拟故障）")
        self._fuse.at(Point.AFTER_APPEND)
        return entries

    def read(self, stream: StreamId, after_seq: int = 0) -> Iterator[Entry]:
        """Yield one stream."""
        return self._inner.read(stream, after_seq)

    def replay(self, after: int = 0) -> Iterator[Entry]:
        """Yield every stream in the order of appending."""
        return self._inner.replay(after)

    def heads(self) -> Mapping[StreamId, Head]:
        """Return where each stream ends now."""
        return self._inner.heads()

    def place(self, stream: StreamId, seq: int) -> tuple[int, bytes] | None:
        """Return where a record stands."""
        return self._inner.place(stream, seq)

    def cursor(self) -> int | None:
        """Return the index of the last market batch that was finished durably."""
        return self._inner.cursor()

    def command_result(self, command: CommandId) -> CommandDone | None:
        """Return what a command led to when it first arrived."""
        return self._inner.command_result(command)

    def close(self) -> None:
        """Give the journal up."""
        self._inner.close()
