"""Find the line on which a key of a TOML file stands, so that a sentence about it can name the line.

`tomllib` gives values without places. This reads the same text once more for its structure alone; the text is known
to be valid TOML by then, so nothing is checked here. It runs only when there is something to complain about.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.ids import InstrumentId

Path = tuple[str | int, ...]
"""Where a value stands: keys and places in arrays, as in ("strategy", 2, "legs", 0, "lots")."""

_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "e": "\x1b"}
_WIDTHS: Final = {"x": 2, "u": 4, "U": 8}


class Lines:
    """Know the line of every key and array element of one text."""

    def __init__(self, text: str) -> None:
        self._known = _Scan(text).known

    def __getitem__(self, path: Path) -> int:
        """Return the line of a path, or of the nearest thing around it that is written down; 1 if nothing is."""
        while path and path not in self._known:
            path = path[:-1]
        return self._known.get(path, 1)


class _Scan:
    def __init__(self, text: str) -> None:
        self.known: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._starts = list(accumulate((len(line) for line in text.splitlines(keepends=True)), initial=0))
        self._arrays: dict[Path, int] = {}
        self._document()

    def _document(self) -> None:
        table: Path = ()
        while self._skip(" \t\r\n"):
            if self._text.startswith("[[", self._at):
                table = self._header(2)
            elif self._text[self._at] == "[":
                table = self._header(1)
            else:
                self._pair(table)

    def _header(self, brackets: int) -> Path:
        line = self._line()
        self._at += brackets
        keys = self._keys()
        self._at += brackets
        path: Path = ()
        for key in keys[:-1]:
            path = self._inside((*path, key))
        path = (*path, keys[-1])
        if brackets == 2:
            self.known.setdefault(path, line)
            self._arrays[path] = self._arrays.get(path, 0) + 1
        path = self._inside(path)
        self.known.setdefault(path, line)
        return path

    def _inside(self, path: Path) -> Path:
        count = self._arrays.get(path)
        return path if count is None else (*path, count - 1)

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = (*table, *self._keys())
        for end in range(len(table) + 1, len(path) + 1):
            self.known.setdefault(path[:end], line)
        self._at += 1  # =
        self._value(path)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(" \t")
            if self._text[self._at] in "\"'":
                keys.append(self._string())
            else:
                begin = self._at
                while self._text[self._at].isalnum() or self._text[self._at] in "-_":
                    self._at += 1
                keys.append(self._text[begin : self._at])
            self._skip(" \t")
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _value(self, path: Path) -> None:
        self._skip(" \t")
        match self._text[self._at]:
            case '"' | "'":
                self._string()
            case "[":
                self._array(path)
            case "{":
                self._inline(path)
            case _:
                while self._at < len(self._text) and self._text[self._at] not in ",]}#\n":
                    self._at += 1

    def _array(self, path: Path) -> None:
        self._at += 1
        place = 0
        while self._skip(" \t\r\n,") and self._text[self._at] != "]":
            self.known.setdefault((*path, place), self._line())
            self._value((*path, place))
            place += 1
        self._at += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        while self._skip(" \t\r\n,") and self._text[self._at] != "}":
            self._pair(path)
        self._at += 1

    def _string(self) -> str:
        text, mark = self._text, self._text[self._at]
        quotes = mark * 3 if text.startswith(mark * 3, self._at) else mark
        self._at += len(quotes)
        found = []
        while not text.startswith(quotes, self._at):
            if mark == '"' and text[self._at] == "\\":
                found.append(self._escape())
            else:
                found.append(text[self._at])
                self._at += 1
        while len(quotes) == 3 and text.startswith(mark, self._at + 3):
            self._at += 1  # up to two quotes may stand before the closing three
        self._at += len(quotes)
        return "".join(found)

    def _escape(self) -> str:
        letter = self._text[self._at + 1]
        self._at += 2
        width = _WIDTHS.get(letter)
        if width is None:
            return _ESCAPES.get(letter, letter)
        digits = self._text[self._at : self._at + width]
        self._at += width
        return chr(int(digits, 16))

    def _skip(self, blanks: str) -> bool:
        # Comments end a line, so they are skipped only where a line may end.
        text, size = self._text, len(self._text)
        while self._at < size:
            if text[self._at] in blanks:
                self._at += 1
            elif text[self._at] == "#" and "\n" in blanks:
                end = text.find("\n", self._at)
                self._at = size if end < 0 else end
            else:
                return True
        return False

    def _line(self) -> int:
        return bisect_right(self._starts, self._at)


def place_of(instrument: InstrumentId, settings: Mapping[str, Any], path: Path) -> Path:
    """Return where a strategy's table names an instrument."""
    for key in ("instrument", "near", "far"):
        if settings.get(key) == instrument:
            return (*path, key)
    for key in ("legs", "contracts"):
        for place, leg in enumerate(settings.get(key, ())):
            if leg.get("instrument") == instrument:
                return (*path, key, place, "instrument")
    return path
