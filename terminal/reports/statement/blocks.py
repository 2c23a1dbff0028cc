"""Cut the lines of a statement into its head, its account summary, and its tables, without understanding the cells.

A title stands above its table; a table's rows begin and end with `|`; its last row (共 n 条) says how many there are.
Rules of dashes and blank lines carry nothing: some clients leave them out, some print them after every line. A table
is whole when its last row is there and says the right number, so a file that was cut shows itself wherever the cut is.
The account summary has no last row; it is whole when something else follows it.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from terminal.domain.errors import UserError
from terminal.reports.statement.columns import Table, could_be_cut_title, table_of
from terminal.reports.statement.currency import is_yuan, refuse_no_yuan, refuse_other_money
from terminal.reports.statement.funds import looks_like_funds
from terminal.reports.statement.text import Text
from terminal.reports.statement.words import squeezed

Cells = tuple[str, ...]

_RULE: Final = re.compile(r"[-=_－—]{3,}")
_LAST_ROW: Final = re.compile(r"共\s*([0-9]{1,9})\s*条")
_BLANKS: Final = " \t\f\u3000\x00\x1a"


class RawTable(msgspec.Struct):
    """Hold a table as it is printed; `why` says what it lacks. `is_money`: it is a summary in another currency."""

    title: str
    line: int
    columns: Cells = ()
    rows: list[tuple[int, Cells]] = []
    last: tuple[int, Cells] | None = None
    why: str = ""
    is_money: bool = False


class Blocks(msgspec.Struct):
    """Hold a statement in blocks; `funds` are the lines of the account summary in yuan."""

    head: list[tuple[int, str]] = []
    funds_line: int | None = None
    funds: list[tuple[int, str]] = []
    funds_why: str = ""
    tables: list[RawTable] = []
    notes: list[str] = []
    dangling: tuple[int, str] | None = None  # a title that nothing follows


class _Cutter:
    def __init__(self, text: Text) -> None:
        self._text = text
        self._blocks = Blocks()
        self._title: tuple[int, str] | None = None
        self._table: RawTable | None = None
        self._in_funds = False
        self._foreign = False  # inside the summary of another currency

    def cut(self) -> Blocks:
        for number, line in enumerate(self._text.lines, 1):
            self._take(number, line.strip(_BLANKS))
        self._end_table()
        foreign = next((table for table in self._blocks.tables if table.is_money), None)
        if foreign is not None and self._blocks.funds_line is None:
            refuse_no_yuan(foreign.line, foreign.title)
        self._end_of_file()
        return self._blocks

    def _take(self, number: int, line: str) -> None:
        if _RULE.fullmatch(line):
            return
        if line.startswith("|"):
            self._in_funds = self._foreign = False
            self._row(number, line)
            return
        if not line:
            if self._blocks.funds or self._foreign:
                self._in_funds = self._foreign = False
            return
        self._end_table()
        if squeezed(line).startswith(("资金状况", "accountsummary")):
            self._begin_funds(number, line)
        elif (self._in_funds or self._foreign) and looks_like_funds(line):
            self._funds_line(number, line)
        elif self._in_funds and self._text.ends_open and number == len(self._text.lines):
            self._blocks.funds.append((number, line))  # the beginning of one more line: `_end_of_file` takes it out
        else:
            self._in_funds = self._foreign = False
            self._title = None if "---" in line else (number, line)
            if self._blocks.funds_line is None and not self._blocks.tables:
                refuse_other_money(number, line)
                self._blocks.head.append((number, line))
            elif squeezed(line).startswith(("客户号", "clientid")):
                raise UserError(f"第 {number} 行又是一张结算单的开头：一个文件只放一张结算单。")

    def _begin_funds(self, number: int, line: str) -> None:
        if is_yuan(number, line):
            if self._blocks.funds_line is not None:
                raise UserError(
                    f"第 {number} 行又是一份资金状况（第一份在第 {self._blocks.funds_line} 行）："
                    "一个文件只放一张结算单。"
                )
            self._blocks.funds_line = number
            self._in_funds, self._foreign = True, False
        else:
            self._blocks.tables.append(RawTable(line, number, ("项目",), is_money=True))
            self._in_funds, self._foreign = False, True
        self._title = None

    def _funds_line(self, number: int, line: str) -> None:
        if self._foreign:
            self._blocks.tables[-1].rows.append((number, (line,)))
        else:
            self._blocks.funds.append((number, line))

    # --- tables ------------------------------------------------------------------------------------------------------

    def _row(self, number: int, line: str) -> None:
        if self._table is None:
            title_line, title = self._title or (number, "")
            self._table = RawTable(title, title_line)
            self._title = None
        table = self._table
        if not line.endswith("|") or line == "|":
            table.why = table.why or f"第 {number} 行不完整"
            return
        cells = tuple(cell.strip(_BLANKS) for cell in line[1:-1].split("|"))
        if not table.columns:
            table.columns = cells
        elif _is_second_header(table, cells):
            table.columns = _both(table.columns, cells)
        elif len(cells) != len(table.columns):
            table.why = table.why or f"第 {number} 行有 {len(cells)} 列，表头有 {len(table.columns)} 列"
        elif _LAST_ROW.fullmatch(cells[0]):
            table.last = number, cells
        elif cells[0].startswith("小计"):
            self._blocks.notes.append(f"第 {number} 行是小计，没有核对。")
        elif table.last is not None:
            table.why = table.why or f"第 {number} 行在合计行（第 {table.last[0]} 行）之后"
        else:
            table.rows.append((number, cells))

    def _end_table(self) -> None:
        table, self._table = self._table, None
        if table is None:
            return
        self._blocks.tables.append(table)
        if table.why:
            return
        if table.last is None:
            table.why = f"没有合计行（共 n 条），读到第 {table.rows[-1][0] if table.rows else table.line} 行"
            return
        said = _LAST_ROW.fullmatch(table.last[1][0])
        if said is not None and int(said[1]) != len(table.rows):
            raise UserError(
                f"结算单不平：{table.title or '表'}的合计行（第 {table.last[0]} 行）写共 {int(said[1])} 条，"
                f"表中是 {len(table.rows)} 条；请核对原件。"
            )

    def _end_of_file(self) -> None:
        blocks = self._blocks
        if blocks.funds_line is not None and self._in_funds:
            if self._text.ends_open and blocks.funds:
                blocks.funds.pop()  # its last figure may lack digits
            last = blocks.funds[-1][0] if blocks.funds else blocks.funds_line
            blocks.funds_why = f"文件在资金状况中断，读到第 {last} 行"
        if self._title is not None and blocks.funds_line is not None:
            line, title = self._title
            if table_of(title) is not None or could_be_cut_title(title):
                blocks.dangling = line, title


def cut_blocks(text: Text) -> Blocks:
    """Return the blocks of a statement; two statements in one file are a `UserError`."""
    return _Cutter(text).cut()


def _is_second_header(table: RawTable, cells: Cells) -> bool:
    # The English names stand in a row of their own under the Chinese ones.
    if table.rows or len(cells) != len(table.columns):
        return False
    known = _names(table_of(table.title))
    return sum(squeezed(cell) in known for cell in cells) >= 2 if known else not any(map(_has_digit, cells))


def _both(chinese: Cells, english: Cells) -> Cells:
    return tuple(first or second for first, second in zip(chinese, english, strict=True))


def _names(table: Table | None) -> frozenset[str]:
    return frozenset().union(*(column.names for column in table.columns)) if table is not None else frozenset()


def _has_digit(cell: str) -> bool:
    return any(letter.isdigit() for letter in cell)
