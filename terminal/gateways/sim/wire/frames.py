"""Speak the wire between the sim exchange and its client: length-prefixed frames.

A frame is its length (4 bytes, big endian), one byte that names its kind, and a body. Messages are msgpack; a batch is
its columns as they lie in memory (int64, little endian). The client asks with NEXT and gets one INPUTS frame with
everything that is due, so that a batch costs one round trip however many reports follow it. All other frames of the
client are not answered by themselves: what becomes of an order is an input like any other.

Whatever is not exactly such a frame is a `FrameError`.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Final, TypeVar

import msgspec
import numpy as np

from terminal.domain.errors import InvariantError
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.market import WIDTH, Batch, DayFacts
from terminal.domain.reports import Report
from terminal.engine.ports import WireCancel, WireExercise, WireOrder, WireWithdrawal

PROTOCOL: Final = 5
HEADER: Final = struct.Struct(">IB")
ASK_MAX_BYTES: Final = 64 * 1024  # of what a client sends
TELL_MAX_BYTES: Final = 64 * 1024 * 1024

_BATCH: Final = struct.Struct("<QqII")  # index, at, rows, bytes of day facts
_INT64: Final = np.dtype("<i8")


class FrameError(Exception):
    """Report bytes that are no frame of this protocol; the sentence says what is wrong with them."""


class Kind(IntEnum):
    """Name the kinds of frame and of part of an INPUTS frame."""

    HELLO = 1
    WELCOME = 2
    REFUSED = 3
    NEXT = 4
    ASK = 5
    INPUTS = 6
    BATCH = 7
    REPORT = 8
    END = 9


class Hello(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Open a session: the client has durably finished with every batch before `from_batch`."""

    protocol: int
    from_batch: int


class Welcome(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Say which market and exchange this is, which batches are history, and what stands, as the bytes of a batch."""

    market: str
    identity: str
    universe: tuple[InstrumentId, ...]
    history_until: int
    standing: bytes = b""


class Refused(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Say in one sentence why the exchange ends the connection."""

    why: str


class Query(msgspec.Struct, frozen=True, kw_only=True, tag="query"):
    """Ask for everything about an account."""

    account: AccountId
    query: int


Ask = WireOrder | WireCancel | WireExercise | WireWithdrawal | Query

_encoder = msgspec.msgpack.Encoder()
_read_ask: msgspec.msgpack.Decoder[Ask] = msgspec.msgpack.Decoder(Ask)
_read_report: msgspec.msgpack.Decoder[Report] = msgspec.msgpack.Decoder(Report)
_read_facts = msgspec.msgpack.Decoder(tuple[DayFacts, ...])
_read_hello = msgspec.msgpack.Decoder(Hello)
_read_welcome = msgspec.msgpack.Decoder(Welcome)
_read_refused = msgspec.msgpack.Decoder(Refused)

_T = TypeVar("_T")

NEXT_FRAME: Final = HEADER.pack(0, Kind.NEXT)


def message(kind: Kind, body: Hello | Welcome | Refused | Ask) -> bytes:
    """Return a frame with one message."""
    return _frame(kind, _encoder.encode(body))


def inputs(items: Iterable[Batch | Report | None]) -> bytes:
    """Return an INPUTS frame; `None` stands for the end of the market."""
    return _frame(Kind.INPUTS, b"".join(map(_part, items)))


def read_header(header: bytes, limit: int) -> tuple[int, Kind]:
    """Return body length and kind; a frame over `limit` bytes is a `FrameError`."""
    length, kind = HEADER.unpack(header)
    if length > limit:
        raise FrameError(f"帧长 {length} 字节超过上限 {limit} 字节")
    return length, _kind(kind)


def read_hello(body: bytes) -> Hello:
    """Read the body of HELLO."""
    return _read(_read_hello, body)


def read_welcome(body: bytes) -> Welcome:
    """Read the body of WELCOME."""
    return _read(_read_welcome, body)


def read_standing(welcome: Welcome) -> Batch | None:
    """Read what stands from a WELCOME."""
    return _read_batch(memoryview(welcome.standing)) if welcome.standing else None


def read_refused(body: bytes) -> Refused:
    """Read the body of REFUSED."""
    return _read(_read_refused, body)


def read_ask(body: bytes) -> Ask:
    """Read the body of ASK."""
    return _read(_read_ask, body)


def read_inputs(body: bytes) -> Iterator[Batch | Report | None]:
    """Read the parts of an INPUTS frame."""
    view = memoryview(body)
    while view:
        if len(view) < HEADER.size:
            raise FrameError("INPUTS 帧不完整")
        length, kind = HEADER.unpack(view[: HEADER.size])
        part = view[HEADER.size : HEADER.size + length]
        view = view[HEADER.size + length :]
        if len(part) != length:
            raise FrameError("INPUTS 帧不完整")
        match _kind(kind):
            case Kind.BATCH:
                yield _read_batch(part)
            case Kind.REPORT:
                yield _read(_read_report, part)
            case Kind.END:
                yield None
            case other:
                raise FrameError(f"INPUTS 帧里不应有 {other.name}")


def _frame(kind: Kind, body: bytes) -> bytes:
    return HEADER.pack(len(body), kind) + body


def _kind(number: int) -> Kind:
    try:
        return Kind(number)
    except ValueError:
        raise FrameError(f"未知的帧类型 {number}") from None


def _part(item: Batch | Report | None) -> bytes:
    if item is None:
        return _frame(Kind.END, b"")
    if isinstance(item, Batch):
        return _frame(Kind.BATCH, batch_bytes(item))
    return _frame(Kind.REPORT, _encoder.encode(item))


def batch_bytes(batch: Batch) -> bytes:
    """Return a batch as its columns lie in memory."""
    if sys.byteorder != "little":
        raise InvariantError("batches go on the wire as they lie in memory, which must be little endian")
    facts = _encoder.encode(batch.day_facts) if batch.day_facts else b""
    head = _BATCH.pack(batch.index, batch.at, len(batch.slots), len(facts))
    return b"".join((head, facts, batch.slots.tobytes(), batch.rows.tobytes()))


def _read_batch(part: memoryview) -> Batch:
    if len(part) < _BATCH.size:
        raise FrameError("BATCH 帧不完整")
    index, at, rows, facts = _BATCH.unpack(part[: _BATCH.size])
    if len(part) != _BATCH.size + facts + 8 * rows * (1 + WIDTH):
        raise FrameError("BATCH 帧的长度与行数不符")
    columns = np.frombuffer(part[_BATCH.size + facts :], dtype=_INT64)
    said = _read(_read_facts, part[_BATCH.size : _BATCH.size + facts]) if facts else ()
    return Batch(index=index, at=at, slots=columns[:rows], rows=columns[rows:].reshape(rows, WIDTH), day_facts=said)


def _read(decoder: msgspec.msgpack.Decoder[_T], body: bytes | memoryview) -> _T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise FrameError(f"帧内容读不懂：{problem}") from None
