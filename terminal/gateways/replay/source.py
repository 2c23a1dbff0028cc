"""Open a recorded file, packed or plain, and say in one sentence what is wrong with it."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from terminal.domain.errors import UserError
from terminal.domain.words.system import system_said
from terminal.gateways.replay.bar_layout import BarLayout
from terminal.gateways.replay.exact import UnreadableTextError
from terminal.gateways.replay.layout import Layout

_GZIP: Final = b"\x1f\x8b"
_BUFFER: Final = 1 << 18
_AGAIN: Final = "请重新取得该文件后再试。"

# Everything the layers below throw when a file is not what it should be.
_TROUBLES: Final = (UnreadableTextError, csv.Error, EOFError, zlib.error, UnicodeError, OSError)


class Source:
    """Hold an opened recording: its header, its rows, and how far the reading is."""

    def __init__(self, path: Path, file: io.BufferedReader, size: int) -> None:
        self.path = path
        self.line = 1
        self._file = file
        self._size = size
        self._last = ""
        packed = file.peek(2)[:2] == _GZIP
        unpacked = io.BufferedReader(gzip.GzipFile(fileobj=file), _BUFFER) if packed else file
        # Held, not only iterated: a text file closes what it reads from as soon as nobody holds it.
        self._text = io.TextIOWrapper(unpacked, encoding="utf-8-sig", newline="")
        self.rows: Iterator[list[str]] = csv.reader(self._lines(), strict=True)
        self.header = next(self.rows, [])

    def _lines(self) -> Iterator[str]:
        for line in self._text:
            self._last = line
            yield line

    @property
    def share(self) -> float:
        """Return how much of the file has been taken in, 0 to 1."""
        return min(1.0, self._file.tell() / self._size)

    def end(self) -> None:
        """Refuse a file that, read to its end, stops inside a line: the last number in it may be half a number."""
        if not self._last.endswith("\n"):
            raise UserError(
                f"行情文件 {self.path} 第 {self.line} 行：最后一行没有换行，文件可能被截断，"
                "请重新取得该文件；若确认完整，请在末尾补一个换行。"
            )


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open a recording; whatever is wrong with the file, then or while it is read, becomes a `UserError`."""
    source: Source | None = None
    try:
        size = path.stat().st_size
        if not size:
            raise UserError(f"行情文件 {path} 是空文件，{_AGAIN}")
        with path.open("rb") as file:
            source = Source(path, file, size)
            yield source
    except FileNotFoundError:
        raise UserError(f"找不到行情文件 {path}，请核对路径。") from None
    except _TROUBLES as trouble:
        line = source.line if source is not None else 1
        raise UserError(_sentence(path, line, trouble)) from None


def _sentence(path: Path, line: int, trouble: Exception) -> str:
    match trouble:
        case EOFError() | zlib.error() | gzip.BadGzipFile():
            return f"行情文件 {path} 在第 {line} 行之后的压缩数据损坏或被截断，{_AGAIN}"
        case UnreadableTextError():
            return f"行情文件 {path} 第 {line} 行：{trouble}，文件可能损坏或被截断，{_AGAIN}"
        case UnicodeError():
            return f"行情文件 {path} 在第 {line} 行之后不是 UTF-8 文本，{_AGAIN}"
        case csv.Error():
            return f"行情文件 {path} 第 {line + 1} 行：引号或换行错乱（{trouble}），{_AGAIN}"
        case OSError():
            return f"行情文件 {path} 读不出来（{system_said(trouble)}），请检查文件与权限。"
        case _:
            raise trouble


def recognise(source: Source, layouts: Sequence[Layout | BarLayout]) -> Layout | BarLayout:
    """Return the layout whose columns the header holds; none is a `UserError`."""
    there = frozenset(source.header)
    for layout in layouts:
        if layout.columns <= there:
            return layout
    names = "、".join(layout.name for layout in layouts)
    raise UserError(f"行情文件 {source.path} 第 1 行：表头不是已知的录制格式，请换用 {names} 格式的文件。")
