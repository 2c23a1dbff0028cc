"""Turn the cells of a table into typed rows, and hold them against the table's last row."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from terminal.domain.errors import UserError
from terminal.domain.ids import ExchangeId
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.reports.statement.blocks import Cells, RawTable
from terminal.reports.statement.columns import Column, Kind, Table
from terminal.reports.statement.lines import Section, TableLine
from terminal.reports.statement.words import EXCHANGES, EXERCISED, FLAGS, OFFSETS, SIDES, amount_of, day_of, squeezed

Cell = str | int | Decimal | Side | Offset | HedgeFlag | ExchangeId

ZERO: Final = Decimal(0)
_WORDS: Final[Mapping[Kind, Mapping[str, Cell]]] = {
    Kind.SIDE: SIDES,
    Kind.FLAG: FLAGS,
    Kind.OFFSET: OFFSETS,
    Kind.EXCHANGE: EXCHANGES,
    Kind.EXERCISED: EXERCISED,
}

# What a field holds where the statement has no such column.
_ABSENT: Final[dict[Kind, Cell | None]] = {Kind.TEXT: "", Kind.NUMBER: ZERO, Kind.FLAG: None}
# Where a house does not print these, they are not zero.
_NOT_ZERO: Final = frozenset(
    {"close_profit", "day_profit", "floating_profit", "premium", "amount", "profit", "fee"}
    | {"option_value", "long_option_value", "short_option_value"}
)


class UnbalancedTableError(UserError):
    """Say that the rows of a table do not add up to its last one."""


class ReadTable(NamedTuple):
    """Hold a table's rows and what is known of the part."""

    rows: tuple[TableLine, ...]
    section: Section


def read_table(raw: RawTable, table: Table) -> ReadTable:
    """Return the typed rows of a table; a cell that cannot be read is a `UserError` that names line and column."""
    places: dict[int, Column] = {}
    taken: set[str] = set()
    for place, name in enumerate(raw.columns):
        column = next((column for column in table.columns if squeezed(name) in column.names), None)
        if column is not None and column.field not in taken:
            places[place] = column
            taken.add(column.field)
    names = _unknown_names(raw, places)
    missing = [column for column in table.columns if column.field not in taken]
    lacking = [column.chinese for column in missing if column.required]
    why = raw.why
    if lacking and raw.rows:
        raise UserError(
            f"{table.part}（第 {raw.line} 行）没有“{'”、“'.join(lacking)}”一列，读不了；请导出完整的结算单。"
        )
    absent = {
        column.field: None if column.field in _NOT_ZERO else _ABSENT[column.kind] for column in missing if not lacking
    }
    rows = tuple(_row(line, cells, table, places, names, absent) for line, cells in raw.rows)
    if not why and raw.last is not None:
        _compare_sums(raw, raw.last, table, places, rows)
    section = Section(part=table.part, line=raw.line, rows=len(rows), why=why, unknown_columns=tuple(names.values()))
    return ReadTable(rows, section)


def _unknown_names(raw: RawTable, places: dict[int, Column]) -> dict[int, str]:
    names: dict[int, str] = {}
    for place, name in enumerate(raw.columns):
        if place not in places:
            again = name in names.values()
            names[place] = f"{name}#{place + 1}" if again or not name else name
    return names


def _row(
    line: int, cells: Cells, table: Table, places: dict[int, Column], names: dict[int, str], absent: dict[str, Any]
) -> TableLine:
    values: dict[str, Any] = dict(absent)
    other = {name: cells[place] for place, name in names.items()}
    for place, column in places.items():
        values[column.field] = _value(cells[place], column, table, line)
        if column.kind is Kind.OFFSET and squeezed(cells[place]).startswith(("强", "本地", "forced")):
            other[column.chinese] = cells[place]
    return table.line(line=line, other=other, **values)


def _value(cell: str, column: Column, table: Table, line: int) -> Cell:
    value: Cell | None
    match column.kind:
        case Kind.TEXT:
            value = cell
        case Kind.NUMBER:
            value = amount_of(cell) if cell else ZERO
        case Kind.LOTS:
            value = _lots(cell)
        case Kind.DAY:
            value = day_of(cell)
        case _:
            value = _WORDS[column.kind].get(squeezed(cell))
    if value is None:
        raise UserError(f"{table.part}第 {line} 行的{column.chinese}“{cell}”读不懂；请核对原件。")
    return value


def _lots(cell: str) -> int | None:
    amount = amount_of(cell) if cell else ZERO
    return int(amount) if amount is not None and amount >= 0 and amount == amount.to_integral_value() else None


def _compare_sums(
    raw: RawTable, last: tuple[int, Cells], table: Table, places: dict[int, Column], rows: tuple[TableLine, ...]
) -> None:
    line, cells = last
    for place, column in places.items():
        said = amount_of(cells[place]) if column.summed else None
        if said is None:
            continue
        total = sum((getattr(row, column.field) for row in rows), ZERO)
        if total != said:
            first, end = (raw.rows[0][0], raw.rows[-1][0]) if raw.rows else (0, 0)
            where = "没有一行" if not raw.rows else f"第 {first} 行" if first == end else f"第 {first} 至 {end} 行"
            raise UnbalancedTableError(
                f"结算单不平：{table.part}合计行（第 {line} 行）的{column.chinese}是 {said}，"
                f"逐行（{where}）相加是 {total}；请核对原件。"
            )
