"""Keep the trades of a journal as whole numbers, in the order in which lots come in, and the daily marks made of them.

The file lies beside the journal and may be deleted: `hengduo recompute` makes it anew. Trades lie clustered by their
key (holding, trading day, exchange time, trade number), so reading them gives the order the marks are worked out in and
nothing is sorted. Whatever is done is done in a turn: one transaction, synced to the disk at its end, all or nothing.
A seal over everything that was gathered lies with it: rows that are not those that were gathered count as none.
Money is in fen (分), a price is a worth: price x multiplier, negative for short lots.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from terminal.domain.books.daily_marks import Ledger, Taken
from terminal.domain.errors import InvariantError
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.store.database import UNREADABLE, trouble
from terminal.store.made_anew import open_made_anew, whole_turn

MARKS_FILE: Final = "marks.db"
VERSION: Final = 3  # of the tables below and of how they are gathered
NOTHING: Final = np.iinfo(np.int64).min  # where a row of marks has no figure
_AT_ONCE: Final = 20_000  # rows handed over together
_DAY_BITS: Final = 27  # yyyymmdd fits; the statements that read say it once more

_TABLES: Final = (
    """CREATE TABLE progress (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        version INTEGER NOT NULL,
        position INTEGER NOT NULL,
        hash BLOB NOT NULL,
        seal BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE holdings (
        holding INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        instrument TEXT NOT NULL,
        flag TEXT NOT NULL,
        side TEXT NOT NULL,
        multiplier TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE trades (
        holding INTEGER NOT NULL,
        trading_day INTEGER NOT NULL,
        at_ns INTEGER NOT NULL,
        digits INTEGER NOT NULL,
        number TEXT NOT NULL,
        position INTEGER NOT NULL,
        taken INTEGER NOT NULL,
        lots INTEGER NOT NULL CHECK (lots > 0),
        worth INTEGER NOT NULL,
        fee INTEGER NOT NULL,
        PRIMARY KEY (holding, trading_day, at_ns, digits, number, position)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE settlements (
        holding INTEGER NOT NULL,
        trading_day INTEGER NOT NULL,
        worth INTEGER NOT NULL,
        PRIMARY KEY (holding, trading_day)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE late_prices (
        position INTEGER NOT NULL,
        account TEXT NOT NULL,
        trading_day INTEGER NOT NULL,
        instrument TEXT NOT NULL,
        was TEXT NOT NULL,
        price TEXT NOT NULL,
        PRIMARY KEY (position, instrument)
    ) STRICT""",
    "CREATE TABLE days (account TEXT PRIMARY KEY, trading_day INTEGER NOT NULL) STRICT",
    "CREATE TABLE left_out (what TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT",
    """CREATE TABLE daily_marks (
        holding INTEGER NOT NULL,
        trading_day INTEGER NOT NULL,
        lots INTEGER NOT NULL,
        close_profit INTEGER NOT NULL,
        position_profit INTEGER,
        trade_close_profit INTEGER NOT NULL,
        floating_profit INTEGER,
        fee INTEGER NOT NULL,
        PRIMARY KEY (holding, trading_day)
    ) STRICT, WITHOUT ROWID""",
)
_BEGIN: Final = f"INSERT INTO progress VALUES (1, {VERSION}, 0, x'', x'')"  # noqa: S608  # a number of this file's
_FILLED: Final = {
    "holdings": "INSERT INTO holdings VALUES (?, ?, ?, ?, ?, ?)",
    "trades": "INSERT INTO trades VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "left_out": "INSERT INTO left_out VALUES (?, ?)",
    "late_prices": "INSERT INTO late_prices VALUES (?, ?, ?, ?, ?, ?)",
    "days": "INSERT INTO days VALUES (?, ?)",
    "settlements": "INSERT INTO settlements VALUES (?, ?, ?)"
    " ON CONFLICT (holding, trading_day) DO UPDATE SET worth = excluded.worth",
}
# In the order of their keys, which is that of the tables; holding and day in one number, the key of a cell.
_TRADES: Final = """SELECT holding << 27 | trading_day, taken, lots, worth, fee FROM trades
    ORDER BY holding, trading_day, at_ns, digits, number, position"""
_SETTLEMENTS: Final = "SELECT holding << 27 | trading_day, worth FROM settlements ORDER BY holding, trading_day"
_NAMED: Final = ("holdings", "late_prices", "days", "left_out")  # the small tables, each with its key first
_OPENING: Final = "重算用的文件打不开也建不成（日志不受影响）"
_MARK: Final = "INSERT INTO daily_marks VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

_Row = tuple[int | str, ...]
_Columns = tuple[NDArray[np.int64], NDArray[np.int64]]  # of the trades and of the settlement prices


class HoldingRow(NamedTuple):
    """Name one side of one instrument under one hedge flag of one account; another multiplier is another holding."""

    holding: int  # from 0 on, without a gap
    account: AccountId
    instrument: InstrumentId
    flag: HedgeFlag
    side: Side
    multiplier: str


class TradeRow(NamedTuple):
    """Hold what a trade brought to a holding or took from it; worth per lot and fee in fen."""

    holding: int
    trading_day: int  # it was booked on
    at: int  # exchange time, UTC ns
    digits: int  # of its number: 9 comes before 10
    number: str
    position: int  # in the journal
    taken: int  # a `Taken`
    lots: int
    worth: int
    fee: int


class LatePrice(NamedTuple):
    """Hold a settlement price that came after its day had been settled without it; prices as exact text, in yuan."""

    position: int  # in the journal
    account: AccountId
    trading_day: int  # the settled one
    instrument: InstrumentId
    was: str
    price: str


class Cells(NamedTuple):
    """Hold what the marks are worked out from, and of every cell its day, whether it was settled, traded, and its fees.

    The arrays are as long as the ledger's cells; fees in fen.
    """

    ledger: Ledger
    trading_day: NDArray[np.int64]
    is_settled: NDArray[np.bool_]
    fee: NDArray[np.int64]


class Filling:
    """Take what is gathered, table by table, and hand it to the file many rows at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: dict[str, list[_Row]] = {table: [] for table in _FILLED}

    def holding(self, row: HoldingRow) -> None:
        """Take a holding that is new."""
        self._add("holdings", row)

    def trade(self, row: TradeRow) -> None:
        """Take a trade."""
        self._add("trades", row)

    def settlement(self, holding: int, trading_day: int, worth: int) -> None:
        """Take a settlement price; a later one of the same day takes its place."""
        self._add("settlements", (holding, trading_day, worth))

    def late(self, row: LatePrice) -> None:
        """Take a settlement price that came late."""
        self._add("late_prices", row)

    def day(self, account: AccountId, trading_day: int) -> None:
        """Take the trading day an account stands in at the end."""
        self._add("days", (account, trading_day))

    def left_out(self, what: str, count: int) -> None:
        """Take how much of something was not gathered."""
        self._add("left_out", (what, count))

    def drop(self, holding: int) -> None:
        """Forget the trades and settlement prices of a holding; its row stays."""
        self.flush()
        for table in ("trades", "settlements"):
            self._connection.exec_driver_sql(f"DELETE FROM {table} WHERE holding = ?", (holding,))  # noqa: S608

    def flush(self) -> None:
        """Hand over what is left."""
        for table in _FILLED:
            self._hand_over(table)

    def _add(self, table: str, row: _Row) -> None:
        rows = self._rows[table]
        rows.append(row)
        if len(rows) >= _AT_ONCE:
            self._hand_over(table)

    def _hand_over(self, table: str) -> None:
        if self._rows[table]:
            self._connection.exec_driver_sql(_FILLED[table], self._rows[table])
            self._rows[table] = []


class MarksFile:
    """Own the file for as long as it is open; an absent, damaged or older one is made anew."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / MARKS_FILE
        self._connection = open_made_anew(
            self._path, synchronous="FULL", statements=(*_TABLES, _BEGIN), is_current=_is_current, failed=_OPENING
        )
        self._read: _Columns | None = None  # for the sealing of this turn, and not yet worked on

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def reached(self) -> tuple[int, bytes]:
        """Return the position and hash of the last record that was gathered; 0 before the first.

        As before the first it stands, too, where the rows are not those that were gathered.
        """
        position, digest, seal = self._connection.exec_driver_sql("SELECT position, hash, seal FROM progress").one()
        return (position, digest) if position and self._sealed() == seal else (0, b"")

    def turn(self) -> AbstractContextManager[None]:
        """Let everything that is done within count together, durably, or not at all; nobody else writes meanwhile."""
        self._read = None
        return whole_turn(self._connection, self._path, "重算的结果写不进去（日志不受影响）")

    @contextmanager
    def filling(self) -> Iterator[Filling]:
        """Forget what was gathered and gather anew, within a turn; the caller says `reach` at its end."""
        self._refuse_outside_turn()
        for table in _FILLED:
            self._connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
        filling = Filling(self._connection)
        yield filling
        filling.flush()
        self._connection.exec_driver_sql("UPDATE progress SET seal = ?", (self._sealed(),))

    def reach(self, position: int, digest: bytes) -> None:
        """Note up to which record has been gathered."""
        self._connection.exec_driver_sql("UPDATE progress SET position = ?, hash = ?", (position, digest))

    def holdings(self) -> list[HoldingRow]:
        """Return every holding by its number."""
        found = self._connection.exec_driver_sql("SELECT * FROM holdings ORDER BY holding")
        return [
            HoldingRow(number, AccountId(account), InstrumentId(name), HedgeFlag(flag), Side(side), multiplier)
            for number, account, name, flag, side, multiplier in found
        ]

    def late_prices(self) -> list[LatePrice]:
        """Return every settlement price that came late, in the order of the journal."""
        found = self._connection.exec_driver_sql("SELECT * FROM late_prices ORDER BY position, instrument")
        return [
            LatePrice(position, AccountId(account), day, InstrumentId(name), was, price)
            for position, account, day, name, was, price in found
        ]

    def days(self) -> dict[AccountId, int]:
        """Return the trading day each account stands in; every earlier one is settled."""
        found = self._connection.exec_driver_sql("SELECT account, trading_day FROM days")
        return {AccountId(account): int(day) for account, day in found}

    def left_out(self) -> dict[str, int]:
        """Return what was not gathered, and how much of it."""
        found = self._connection.exec_driver_sql("SELECT what, count FROM left_out ORDER BY what")
        return {str(what): int(count) for what, count in found}

    def cells(self) -> Cells:
        """Return trades and settlement prices as columns."""
        (key, taken, lots, worth, fee), (price_key, price) = self._read or self._gathered()
        self._read = None
        cell = np.union1d(key, price_key)
        priced, traded = np.searchsorted(cell, price_key), np.searchsorted(cell, key)
        settlement, is_settled = np.zeros(len(cell), np.int64), np.zeros(len(cell), np.bool_)
        settlement[priced], is_settled[priced] = price, True
        opens = taken == Taken.NONE
        closes = ~opens
        ledger = Ledger(
            holding=cell >> _DAY_BITS,
            settlement=settlement,
            openings=np.bincount(traded[opens], minlength=len(cell)),
            open_lots=lots[opens],
            open_worth=worth[opens],
            closes=np.bincount(traded[closes], minlength=len(cell)),
            close_lots=lots[closes],
            close_worth=worth[closes],
            close_taken=taken[closes].astype(np.int8),
        )
        fees = np.append(0, np.cumsum(fee))
        bounds = np.append(0, np.cumsum(ledger.openings + ledger.closes))
        return Cells(ledger, cell & ((1 << _DAY_BITS) - 1), is_settled, np.diff(fees[bounds]))

    def write(self, rows: NDArray[np.int64]) -> None:
        """Put these daily marks in the place of the old ones, within a turn; `NOTHING` becomes NULL."""
        self._refuse_outside_turn()
        columns = [column.tolist() for column in rows.T]
        for column, place in np.argwhere(rows.T == NOTHING).tolist():
            columns[column][place] = None
        self._connection.exec_driver_sql("DELETE FROM daily_marks")
        if len(rows):
            self._connection.exec_driver_sql(_MARK, list(zip(*columns, strict=True)))

    def marks(self) -> Iterator[tuple[int | None, ...]]:
        """Yield the rows of the daily marks by holding and day, in the order of the table's columns."""
        for row in self._connection.exec_driver_sql("SELECT * FROM daily_marks ORDER BY holding, trading_day"):
            yield tuple(row)

    @property
    def _driver(self) -> sqlite3.Connection:
        return self._connection.connection.driver_connection  # type: ignore[return-value]  # it is what `connect` made

    def _refuse_outside_turn(self) -> None:
        # Else every statement would be synced by itself, and a half of them could count.
        if not self._driver.in_transaction:
            raise InvariantError("the marks are written within a turn only")

    def _gathered(self) -> _Columns:
        try:
            return self._columns(_TRADES, 5), self._columns(_SETTLEMENTS, 2)
        except (sqlite3.Error, *UNREADABLE) as error:
            raise trouble("重算的成交读不出来（可以删去，下次重新收集）", self._path, error) from error

    def _sealed(self) -> bytes:
        # Nothing can change between this and the work on the same columns where both are of one turn.
        gathered = self._gathered()
        self._read = gathered if self._driver.in_transaction else None
        named = [
            [tuple(row) for row in self._connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2")]  # noqa: S608
            for table in _NAMED
        ]
        digest = hashlib.sha256(msgspec.json.encode([[columns.shape for columns in gathered], named]))
        for columns in gathered:
            digest.update(np.ascontiguousarray(columns, "<i8").data)
        return digest.digest()

    def _columns(self, statement: str, width: int) -> NDArray[np.int64]:
        # Straight from the driver into the array: a row object each would take longer than all the rest.
        values = np.fromiter(chain.from_iterable(self._driver.execute(statement)), np.int64)
        return np.ascontiguousarray(values.reshape(-1, width).T)


def _is_current(connection: Connection) -> bool:
    run = connection.exec_driver_sql
    tables = run("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").scalars().all()
    return set(tables) == set(_TABLES) and run("SELECT version FROM progress").scalar_one_or_none() == VERSION
