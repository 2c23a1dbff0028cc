"""Notice a damaged write-ahead log before SQLite quietly ends the journal there.

SQLite reads its log up to the first frame whose checksum fails and takes the rest for a write that a crash cut off.
After a crash that is right for the last transaction and for no other: each commit was synced before the next began.
So two commits behind the first bad frame, or frames behind a bad header, prove that durable turns were damaged.

What is not nice: damage inside the very last transaction looks like a cut-off write and is taken for one. A head that
was written down elsewhere, and the exchange's own books, still show the difference.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

_HEADER: Final = struct.Struct(">8I")
_FRAME: Final = struct.Struct(">6I")
_LITTLE: Final = 0x377F0682
_BIG: Final = 0x377F0683
_MASK: Final = 0xFFFFFFFF
_TWO_COMMITS: Final = 2


def has_lost_turns(database: Path) -> bool:
    """Return whether the log beside a database holds committed turns that SQLite will no longer read."""
    log = database.with_name(f"{database.name}-wal")
    data = log.read_bytes() if log.exists() else b""
    if len(data) <= _HEADER.size:
        return False
    magic, _, page_size, _, *salts, first, second = _HEADER.unpack_from(data)
    if magic not in (_LITTLE, _BIG):
        return True
    order = "<" if magic == _LITTLE else ">"
    check = _checksum(order, (0, 0), data[:24])
    if check != (first, second) or page_size < 512:
        return True
    commits = 0
    is_whole = True
    for start in range(_HEADER.size, len(data) - _FRAME.size - page_size + 1, _FRAME.size + page_size):
        _, size_after, salt1, salt2, *sums = _FRAME.unpack_from(data, start)
        has_salts = [salt1, salt2] == salts
        if is_whole:
            body = data[start + _FRAME.size : start + _FRAME.size + page_size]
            check = _checksum(order, _checksum(order, check, data[start : start + 8]), body)
            is_whole = has_salts and list(check) == sums
        if not is_whole and has_salts and size_after:
            commits += 1
    return commits >= _TWO_COMMITS


def _checksum(order: str, start: tuple[int, int], data: bytes) -> tuple[int, int]:
    first, second = start
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & _MASK
        second = (second + odd + first) & _MASK
    return first, second
