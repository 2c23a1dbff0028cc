"""Name what a desk's half of a connection has its driver do, and what it hands over to it."""

from __future__ import annotations

import msgspec

from terminal.domain.ids import StreamId
from terminal.engine.records.journal import Head, Record, UnknownRecord
from terminal.sync import messages as m
from terminal.sync.history import HistoryPart


class Arrived(msgspec.Struct, frozen=True):
    """Hold one record that fits: its bytes, its hash, and what it says."""

    data: bytes
    hash: bytes
    record: Record | UnknownRecord


class Partial(msgspec.Struct):
    """Hold a snapshot on its way; it outlives a cut connection, so that it can be resumed."""

    begin: m.SnapBegin
    parts: list[bytes] = []

    @property
    def name(self) -> str:
        """Return the snapshot's name."""
        return self.begin.snapshot


class Store(msgspec.Struct, frozen=True):
    """Store these records and the heads they make in one transaction, fold them, then say `applied`."""

    arrived: tuple[Arrived, ...]


class Swap(msgspec.Struct, frozen=True):
    """Put this snapshot in the place of everything stored, at once; then say `applied`."""

    data: bytes
    heads: dict[StreamId, Head]
    begin: m.SnapBegin
    reason: str = ""  # why what was stored is no part of the journal: it is to be kept aside (SAFETY 4, RESET)


class Compare(msgspec.Struct, frozen=True):
    """Compare the folded state with what the runner says it hashes to at exactly this place."""

    check: m.Check


class Ended(msgspec.Struct, frozen=True):
    """Close the connection; `code` says whether and how soon to come back."""

    code: str
    sentence: str


Effect = (
    Store | Swap | Compare | Ended | m.Welcome | m.Reset | m.Quotes | m.Result | m.Previewed | HistoryPart | m.Throttle
)
