"""Set rows of cells as columns of plain text, where a Chinese letter is two places wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from unicodedata import east_asian_width

_WIDE: Final = frozenset("WF")


def columns(rows: Sequence[Sequence[str]], *, text: int) -> Iterator[str]:
    """Yield a line for each row: the first `text` columns are words and stand left, the others numbers and stand right.

    >>> list(columns([["合约", "手"], ["rb", "12"]], text=1))
    ['合约  手', 'rb    12']
    """
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = []
        for place, (cell, wide) in enumerate(zip(row, widths, strict=True)):
            gap = " " * (wide - width(cell))
            cells.append(cell + gap if place < text else gap + cell)
        yield "  ".join(cells).rstrip()


def width(text: str) -> int:
    """Return how many places a text takes on a terminal."""
    return sum(2 if east_asian_width(letter) in _WIDE else 1 for letter in text)
