"""Say where bytes are no JSON, or not the JSON that was meant, with the library's own words behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import msgspec

_AT: Final = re.compile(r" \(byte (\d+)\)$")
_CUT_SHORT: Final = "Input data was truncated"


def json_said(raw: bytes, problem: msgspec.DecodeError | ValueError) -> str:
    """Return line and byte of the line, counted from 1, where bytes stop being JSON; else that they mean another thing.

    `problem` is what the library made of those bytes.
    """
    words, end = str(problem), len(raw)
    found = _AT.search(words)
    if found is None and words != _CUT_SHORT:
        return f"内容对不上：{words}"
    if found is not None:
        words, end = words[: found.start()], int(found[1])
    before = raw[:end]
    line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
    return f"第 {line} 行第 {column} 个字节处不合 JSON 语法：{words}"
