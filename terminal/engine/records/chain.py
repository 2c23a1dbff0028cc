"""Chain records by their hashes, and tell where a chain is broken.

Theory. Each stream is a chain: h(n) = SHA-256(h(n-1) + bytes of record n), and h(0) = SHA-256 of
`tenant|stream|epoch`. The bytes are made once, when a record is sealed, and exactly these bytes are hashed, stored
and sent; nothing ever hashes a re-encoding. Sealing reads the bytes back before it lets them in: a fact that would not
come back as it went in (a NaN, a wrong type) is refused while it is still known who said it.

What is not nice: a chain cannot show that its own tail is missing. Only a head that was written down elsewhere can.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from terminal.domain.ids import StreamId, TenantId
from terminal.engine.records.journal import (
    RECORD_VERSION,
    Entry,
    Head,
    JournalError,
    Record,
    UnknownRecord,
    kind_of,
    stream_of,
)

_ENCODER: Final = msgspec.json.Encoder(order="deterministic", decimal_format="string")
_RECORDS: Final = msgspec.json.Decoder(Record)
_UNKNOWN: Final = msgspec.json.Decoder(UnknownRecord)


def read_record(data: bytes) -> Record | UnknownRecord:
    """Return the record its bytes hold; one this program cannot understand comes back as `UnknownRecord`.

    Bytes that do not even have a record's head raise `msgspec.DecodeError`.
    """
    try:
        record = _RECORDS.decode(data)
    except msgspec.ValidationError:
        return _UNKNOWN.decode(data)
    return record if record.v == RECORD_VERSION else _UNKNOWN.decode(data)


def genesis(tenant: TenantId, stream: StreamId, epoch: int) -> bytes:
    """Return the hash a chain begins with."""
    return hashlib.sha256(f"{tenant}|{stream}|{epoch}".encode()).digest()


def link(previous: bytes, data: bytes) -> bytes:
    """Return the hash of a record after `previous`."""
    return hashlib.sha256(previous + data).digest()


def journal_head(heads: Mapping[StreamId, Head]) -> str:
    """Return one SHA-256 in hex over the heads of all streams: equal journals, equal text."""
    digest = hashlib.sha256()
    for stream, head in sorted(heads.items()):
        digest.update(f"{stream}|{head.epoch}|{head.seq}|{head.hash.hex()}\n".encode())
    return digest.hexdigest()


def seal(
    records: Sequence[Record], heads: Mapping[StreamId, Head], *, tenant: TenantId, epoch: int, position: int
) -> tuple[list[Entry], dict[StreamId, Head]]:
    """Return a turn's records as they will be stored after `position`, and the heads they make."""
    new: dict[StreamId, Head] = {}
    entries = []
    for record in records:
        stream = record.stream
        head = new.get(stream) or heads.get(stream) or Head(epoch, 0, genesis(tenant, stream, epoch))
        if record.seq != head.seq + 1 or record.epoch != epoch or record.tenant != tenant:
            raise JournalError(
                f"流 {stream} 止于第 {head.seq} 条（{tenant}，纪元 {head.epoch}），"
                f"不能接第 {record.seq} 条（{record.tenant}，纪元 {record.epoch}）；什么也没有写入"
            )
        if record.kind != kind_of(record.fact) or stream != stream_of(record.fact, tenant):
            raise JournalError(f"{record.kind} 这一条不属于流 {stream} 或类别不符；什么也没有写入")
        data = _ENCODER.encode(record)
        if read_record(data) != record:
            raise JournalError(f"{record.kind} 这一条写下后读回不相等；什么也没有写入：{data.decode()}")
        position += 1
        digest = link(head.hash, data)
        entries.append(Entry(position, record, data, digest))
        new[stream] = Head(epoch, record.seq, digest)
    return entries, new


class DamageError(JournalError):
    """Name the first record that is not what was written: its stream, its number there, and what is wrong."""

    def __init__(self, stream: StreamId, seq: int, position: int, what: str) -> None:
        super().__init__(
            f"日志在流 {stream} 第 {seq} 条（总第 {position} 条）处损坏：{what}。"
            "不要再用它交易；保留原文件，取另一处的备份，再用 hengduo verify 核对"
        )
        self.stream = stream
        self.seq = seq
        self.position = position
        self.what = what


class Chains:
    """Follow stored records from given heads (none: from the beginning) and stop at the first that does not fit."""

    def __init__(self, tenant: TenantId, epoch: int, heads: Mapping[StreamId, Head] | None = None) -> None:
        self._tenant = tenant
        self._epoch = epoch
        self.heads: dict[StreamId, Head] = dict(heads or {})

    def follow(self, position: int, stream: StreamId, seq: int, data: bytes, digest: bytes) -> Entry:
        """Return the next stored record, or raise `DamageError`."""
        head = self.heads.get(stream)
        if head is None:
            head = Head(self._epoch, 0, genesis(self._tenant, stream, self._epoch))
        if seq != head.seq + 1:
            raise DamageError(
                stream, head.seq + 1, position, f"应接第 {head.seq + 1} 条，却是第 {seq} 条（缺失、重复或调换）"
            )
        if link(head.hash, data) != digest:
            raise DamageError(stream, seq, position, "内容与哈希不符，这一条或它的哈希被改动")
        try:
            record = read_record(data)
        except msgspec.DecodeError as error:
            raise DamageError(stream, seq, position, f"不是一条记录（{error}）") from None
        self._compare(position, stream, seq, record)
        self.heads[stream] = Head(self._epoch, seq, digest)
        return Entry(position, record, data, digest)

    def _compare(self, position: int, stream: StreamId, seq: int, record: Record | UnknownRecord) -> None:
        says = (record.tenant, record.stream, record.epoch, record.seq)
        if says != (self._tenant, stream, self._epoch, seq):
            raise DamageError(stream, seq, position, f"内容自称是 {'|'.join(str(word) for word in says)}")
        if isinstance(record, Record) and (
            record.kind != kind_of(record.fact) or stream != stream_of(record.fact, self._tenant)
        ):
            raise DamageError(stream, seq, position, f"{record.kind} 与内容的类别不符或不属于这个流")
