"""Read a committed table of facts, and name file and line when a row is wrong.

Every table the house ships (holidays, sessions, products, fees) is comma-separated text: lines that begin
with `#` are remarks, the first other line names the columns, an empty cell means "not known". This floor
never opens a file: it is given text that somebody else has read, together with the name to be used in
sentences.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from terminal.domain.errors import UserError

_W = TypeVar("_W", bound=StrEnum)


class Row:
    """Hold one line of a table; each getter raises `UserError` naming file, line and column."""

    __slots__ = ("_cells", "file", "line", "own")

    def __init__(self, file: str, line: int, cells: Mapping[str, str], *, own: bool = False) -> None:
        self.file = file
        self.line = line
        self.own = own  # a person's, not the house's
        self._cells = cells

    def wrong(self, column: str, problem: str) -> UserError:
        """Return the sentence that names this row, the column and what is wrong with it."""
        found = self._cells.get(column, "")
        return UserError(f"{self.file} 第 {self.line} 行：{column} = “{found}”，{problem}。")

    def text(self, column: str) -> str:
        """Return a cell that must not be empty."""
        if not self._cells[column]:
            raise self.wrong(column, "不能为空")
        return self._cells[column]

    def optional(self, column: str) -> str | None:
        """Return a cell, or `None` where it is empty."""
        return self._cells[column] or None

    def number(self, column: str, *, least: str = "0") -> Decimal | None:
        """Return a plain decimal number not below `least`, or `None` where the cell is empty."""
        cell = self._cells[column]
        if not cell:
            return None
        try:
            value = Decimal(cell)
        except InvalidOperation:
            raise self.wrong(column, "应为数字") from None
        if not cell.isascii():
            raise self.wrong(column, "应写半角数字")
        if not value.is_finite() or value < Decimal(least):
            raise self.wrong(column, f"应为不小于 {least} 的有限数")
        return value

    def positive(self, column: str) -> Decimal:
        """Return a decimal number above zero."""
        value = self.number(column)
        if not value:
            raise self.wrong(column, "应为正数")
        return value

    def fraction(self, column: str) -> Decimal | None:
        """Return a rate between 0 and 1, or `None` where the cell is empty."""
        value = self.number(column)
        if value is not None and value > 1:
            raise self.wrong(column, "应为 0 到 1 之间的比率")
        return value

    def lots(self, column: str) -> int | None:
        """Return a whole number above zero, or `None` where the cell is empty."""
        cell = self._cells[column]
        if not cell:
            return None
        if not cell.isascii() or not cell.isdigit() or int(cell) == 0:
            raise self.wrong(column, "应为正整数")
        return int(cell)

    def day(self, column: str) -> int:
        """Return a date, written `2020-08-21` or `20200821`, as the number 20200821."""
        cell = self.text(column)
        try:
            found = date.fromisoformat(cell)
        except ValueError:
            raise self.wrong(column, "应为日期，如 2020-08-21") from None
        return found.year * 10_000 + found.month * 100 + found.day

    def flag(self, column: str) -> bool:
        """Return yes or no."""
        match self.text(column):
            case "yes":
                return True
            case "no":
                return False
            case _:
                raise self.wrong(column, "应为 yes 或 no")

    def word(self, column: str, words: type[_W]) -> _W:
        """Return one of these words."""
        try:
            return words(self.text(column))
        except ValueError:
            raise self.wrong(column, "应为 " + " 或 ".join(words)) from None


def read_table(
    text: str, *, file: str, columns: Sequence[str], own: bool = False, retired: Collection[str] = frozenset()
) -> Iterator[Row]:
    """Yield the rows of a table whose columns must be exactly `columns`, in this order.

    Columns that are `retired` may stand among them and are not read.
    """
    header: list[str] | None = None
    for line, raw in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in next(csv.reader([raw]))]
        if header is None:
            header = cells
            if [name for name in header if name not in retired] != list(columns):
                raise UserError(f"{file} 第 {line} 行：表头应为 {','.join(columns)}。")
            continue
        if len(cells) != len(header):
            raise UserError(f"{file} 第 {line} 行：应有 {len(header)} 列，实有 {len(cells)} 列。")
        yield Row(file, line, dict(zip(header, cells, strict=True)), own=own)
    if header is None:
        raise UserError(f"{file}：表是空的，应有表头 {','.join(columns)}。")
