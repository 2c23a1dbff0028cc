"""Compare the guard tables with the facts they were derived from, row by row and in one pass.

Every guard row carries the position of its record, so both sides are read in the same order and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from terminal.engine.records import guards as g
from terminal.engine.records.chain import DamageError
from terminal.engine.records.journal import Entry
from terminal.store.schema import APPROVALS, COMMANDS, CONFIRMATIONS, CONSUMPTIONS, FILLS, ORDERS, guard_row

TABLES: Final[dict[type[g.Guard], Table]] = {
    g.RequestGuard: CONFIRMATIONS,
    g.ApprovalGuard: APPROVALS,
    g.ConsumptionGuard: CONSUMPTIONS,
    g.OrderGuard: ORDERS,
    g.FillGuard: FILLS,
    g.CommandGuard: COMMANDS,
}
_END: Final = 1 << 63

_Values = tuple[object, ...]


class GuardTables:
    """Follow the records of a journal and raise `DamageError` at the first guard row that does not fit."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = {kind: _rows(connection, table) for kind, table in TABLES.items()}
        self._next = {kind: next(rows, None) for kind, rows in self._rows.items()}
        self._first = self._first_position()

    def see(self, entry: Entry, guard: g.Guard | None) -> None:
        """Take the next record and the row it must have left."""
        if guard is None:
            if self._first <= entry.position:
                self._complain(entry, "保护表中多出一行")
            return
        kind = type(guard)
        if self._next[kind] != self._expected(entry.position, guard):
            self._complain(entry, f"保护表 {TABLES[kind].name} 中的行缺失或被改动")
        self._next[kind] = next(self._rows[kind], None)
        self._first = self._first_position()
        if self._first <= entry.position:
            self._complain(entry, "保护表中多出一行")

    def leftover(self) -> str | None:
        """Return what is wrong when rows remain after the last record."""
        left = [str(table.name) for kind, table in TABLES.items() if self._next[kind] is not None]
        return f"保护表 {'、'.join(left)} 中有行指向不存在的记录" if left else None

    def _first_position(self) -> int:
        return min((_position(row) for row in self._next.values() if row is not None), default=_END)

    def _expected(self, position: int, guard: g.Guard) -> _Values:
        row = guard_row(position, guard)
        match guard:
            case g.ApprovalGuard():
                asked = self._asked(guard.confirmation)
                return (position, guard.confirmation, None if asked is None else asked[0], guard.checker)
            case g.OrderGuard(confirmation=str() as confirmation):
                asked = self._asked(confirmation)
                return (*row[:-1], confirmation if asked is not None and asked[1] else None)
            case _:
                return row

    def _asked(self, confirmation: str) -> tuple[str, int] | None:
        asked = self._connection.execute(
            select(CONFIRMATIONS.c.maker, CONFIRMATIONS.c.for_order).where(CONFIRMATIONS.c.confirmation == confirmation)
        ).one_or_none()
        return None if asked is None else (asked[0], asked[1])

    def _complain(self, entry: Entry, what: str) -> None:
        raise DamageError(entry.record.stream, entry.record.seq, entry.position, what)


def _rows(connection: Connection, table: Table) -> Iterator[_Values]:
    result = connection.execute(select(table).order_by(table.c.position))
    for page in result.partitions(1_000):
        yield from (_plain(row) for row in page)


def _plain(row: Any) -> _Values:  # noqa: ANN401  # a row has as many types as its table has columns
    return tuple(row)


def _position(row: _Values) -> int:
    return row[0] if isinstance(row[0], int) else 0
