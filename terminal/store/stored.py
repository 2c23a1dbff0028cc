"""Read stored records page by page, and let nothing through that is not of the shape it was stored in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import select

from terminal.domain.ids import StreamId
from terminal.engine.records.chain import DamageError
from terminal.store.schema import RECORDS

Stored = tuple[int, StreamId, int, bytes, bytes]  # position, stream, seq, bytes, hash

STORED: Final = select(RECORDS.c.position, RECORDS.c.stream, RECORDS.c.seq, RECORDS.c.bytes, RECORDS.c.hash)


def stored(rows: Iterable[Sequence[Any]]) -> list[Stored]:
    """Return rows of `STORED`; a damaged page can yield any type in any column, which is `DamageError`."""
    found: list[Stored] = []
    for position, stream, seq, data, digest in rows:
        if not (
            type(position) is int
            and type(stream) is str
            and type(seq) is int
            and type(data) is bytes
            and type(digest) is bytes
        ):
            raise DamageError(StreamId(str(stream)), 0, int(position), "这一行的字段类型不对，数据库页损坏")
        found.append((position, StreamId(stream), seq, data, digest))
    return found
