"""Turn the bytes of an exported file into lines, whatever encoding and line ends the client wrote.

Clients write GBK (of which GB18030 is the superset) or UTF-8, with or without a byte order mark. A file that was cut
inside a character loses that character and says so; the decoders hold it back instead of failing.
"""

from __future__ import annotations

import codecs
import re
from typing import Final, NamedTuple

from terminal.domain.errors import UserError

LARGEST: Final = 64 * 1024 * 1024  # bytes; a month of an active account has a few
LONGEST: Final = 4_000  # characters of a line; the widest table has some three hundred

_LINE_END: Final = re.compile(r"\r{0,2}\n|\r")  # CRLF that was turned into CRLF once more is one end


class Text(NamedTuple):
    """Hold the lines of a file; line n is `lines[n - 1]`. `ends_open`: the last one has no line end."""

    lines: tuple[str, ...]
    ends_open: bool


def read_text(data: bytes) -> Text:
    """Return the lines of a file in UTF-8 or GBK; anything else is a `UserError`."""
    if len(data) > LARGEST:
        raise UserError(f"结算单文件有 {len(data)} 字节，超过 {LARGEST} 字节；请核对是不是结算单。")
    for encoding in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            text = decoder.decode(data)
        except UnicodeDecodeError:
            continue
        return _lines(text.removeprefix("\ufeff"), cut=bool(decoder.getstate()[0]))
    raise UserError("结算单既不是 UTF-8 也不是 GBK 编码的文本；请从交易客户端重新导出为文本文件。")


def _lines(text: str, *, cut: bool) -> Text:
    lines = _LINE_END.split(text)
    ends_open = cut or bool(lines[-1])
    if not lines[-1]:
        lines.pop()
    wide = next((number for number, line in enumerate(lines, 1) if len(line) > LONGEST), None)
    if wide is not None:
        raise UserError(f"结算单第 {wide} 行超过 {LONGEST} 个字符；请核对是不是从交易客户端导出的文本结算单。")
    return Text(tuple(lines), ends_open)
